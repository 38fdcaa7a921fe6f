use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use serde::Serialize;

use super::{Counts, EndLine, Redaction};
use crate::os_error;

/// Where the lines of all backends of a command go.
#[derive(Clone)]
pub struct Recording(Rc<RefCell<Sink>>);

struct Sink {
    /// `Err` once writing has failed: a recording must not stop a gateway.
    writer: Result<Box<dyn Write>, io::Error>,
    redaction: Option<Redaction>,
    written: Counts,
}

impl Recording {
    pub fn new(writer: Box<dyn Write>) -> Self {
        Self::with(writer, None)
    }

    /// One without secrets.
    pub fn redacted(writer: Box<dyn Write>) -> Self {
        Self::with(writer, Some(Redaction::default()))
    }

    fn with(writer: Box<dyn Write>, redaction: Option<Redaction>) -> Self {
        Self(Rc::new(RefCell::new(Sink {
            writer: Ok(writer),
            redaction,
            written: Counts::default(),
        })))
    }

    /// Writes the last line: the command has come to its end.
    pub fn finish(&self) {
        let end = self.0.borrow().written;
        self.write(&EndLine { end });
    }

    /// Why lines are missing at its end, where some are.
    pub fn lost(&self) -> Option<String> {
        let sink = self.0.borrow();
        sink.writer.as_ref().err().map(os_error::words)
    }

    pub(super) fn is_written(&self) -> bool {
        self.0.borrow().writer.is_ok()
    }

    /// What `act` answers; `None` where nothing is to be redacted.
    pub(super) fn redact<T>(&self, act: impl FnOnce(&mut Redaction) -> T) -> Option<T> {
        self.0.borrow_mut().redaction.as_mut().map(act)
    }

    pub(super) fn write_call(&self, line: &impl Serialize) {
        self.0.borrow_mut().written.calls += 1;
        self.write(line);
    }

    pub(super) fn write_effect(&self, line: &impl Serialize) {
        self.0.borrow_mut().written.effects += 1;
        self.write(line);
    }

    pub(super) fn write(&self, line: &impl Serialize) {
        let sink = &mut *self.0.borrow_mut();
        let Ok(writer) = &mut sink.writer else { return };
        let written = serde_json::to_vec(line)
            .map_err(io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                writer.write_all(&line)
            });
        if let Err(error) = written {
            sink.writer = Err(error);
        }
    }
}
