//! The built-in backends, precompiled.
