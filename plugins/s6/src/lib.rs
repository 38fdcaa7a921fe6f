//! The backend for s6 2.11 to 2.15: files, FIFOs and the event fifodir only.
