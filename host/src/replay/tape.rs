use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::ReplayError;
use crate::recording::{CallLine, Counts, EffectLine, EndLine, Header, ResultLine};
use crate::sandbox::Call;
use crate::text::excerpt;

/// In bytes. The longest line that a host writes is the registration of all its
/// profiles: 5,000 of them take half of this.
pub(super) const LONGEST_LINE: usize = 8 << 20;

/// A recording, line by line.
pub(super) struct Tape {
    input: Box<dyn BufRead>,
    /// Of the line that was read last, from 1.
    number: u64,
    ahead: Option<Line>,
    /// What was read.
    counts: Counts,
    /// The number of the last effect of each backend.
    effects: BTreeMap<String, u64>,
    /// The last line was there.
    ended: bool,
}

pub(super) enum Line {
    Header(Header),
    Call(CallLine<'static, Call<'static>>),
    Effect(Box<EffectLine<'static>>),
    Result(ResultLine<'static, Value>),
    End(EndLine),
}

/// Each kind of line is told by a field of its own.
#[derive(Deserialize)]
struct Kind {
    recording: Option<IgnoredAny>,
    call: Option<IgnoredAny>,
    effect: Option<IgnoredAny>,
    result: Option<IgnoredAny>,
    end: Option<IgnoredAny>,
}

impl Line {
    /// Empty: it is of none.
    pub(super) fn backend(&self) -> &str {
        match self {
            Self::Header(line) => &line.backend,
            Self::Call(line) => &line.backend,
            Self::Effect(line) => &line.backend,
            Self::Result(line) => &line.backend,
            Self::End(_) => "",
        }
    }

    /// `None`: none of the kinds.
    fn parse(text: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        fn as_is<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
            serde_json::from_slice(text)
        }
        let kind: Kind = as_is(text)?;
        Ok(Some(if kind.recording.is_some() {
            Self::Header(as_is(text)?)
        } else if kind.call.is_some() {
            Self::Call(as_is(text)?)
        } else if kind.effect.is_some() {
            Self::Effect(as_is(text)?)
        } else if kind.result.is_some() {
            Self::Result(as_is(text)?)
        } else if kind.end.is_some() {
            Self::End(as_is(text)?)
        } else {
            return Ok(None);
        }))
    }
}

impl Tape {
    pub(super) fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            input,
            number: 0,
            ahead: None,
            counts: Counts::default(),
            effects: BTreeMap::new(),
            ended: false,
        }
    }

    /// The next line; `None` at the end.
    pub(super) fn take(&mut self) -> Result<Option<Line>, ReplayError> {
        match self.ahead.take() {
            Some(line) => Ok(Some(line)),
            None => self.read(),
        }
    }

    /// The next line, which stays the next one.
    pub(super) fn peek(&mut self) -> Result<Option<&Line>, ReplayError> {
        if self.ahead.is_none() {
            self.ahead = self.read()?;
        }
        Ok(self.ahead.as_ref())
    }

    /// The line that was read last is none that can stand there.
    pub(super) fn malformed<'a>(&self, reason: impl Into<Cow<'a, str>>) -> ReplayError {
        ReplayError::Malformed {
            line: self.number,
            reason: excerpt(&reason.into(), 200),
        }
    }

    /// At the end: whether all of it was there.
    pub(super) fn check_end(&self) -> Result<(), ReplayError> {
        match self.ended {
            true => Ok(()),
            false => Err(ReplayError::CutOff),
        }
    }

    pub(super) const fn calls(&self) -> u64 {
        self.counts.calls
    }

    /// Lines that were taken out or put in show in the numbers.
    fn count(&mut self, line: &Line) -> Result<(), ReplayError> {
        if self.ended {
            return Err(self.malformed("it comes after the end"));
        }
        match line {
            Line::Header(line) => {
                self.effects.insert(line.backend.clone(), 0);
            }
            Line::Call(_) => self.counts.calls += 1,
            Line::Effect(line) => {
                self.counts.effects += 1;
                if let Some(last) = self.effects.get_mut(line.backend.as_ref()) {
                    let (next, number) = (*last + 1, line.number);
                    *last = next;
                    if number != next {
                        return Err(self.malformed(format!(
                            "it is effect {number}, where effect {next} has to be"
                        )));
                    }
                }
            }
            Line::Result(_) => {}
            Line::End(EndLine { end }) => {
                self.ended = true;
                let Counts { calls, effects } = self.counts;
                if *end != self.counts {
                    return Err(self.malformed(format!(
                        "it ends a recording of {} calls and {} effects; \
                         here are {calls} and {effects}",
                        end.calls, end.effects
                    )));
                }
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Line>, ReplayError> {
        let mut text = Vec::new();
        let limit = LONGEST_LINE as u64 + 1;
        self.input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut text)?;
        if text.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let ended = text.pop_if(|byte| *byte == b'\n').is_some();
        if text.len() > LONGEST_LINE {
            return Err(ReplayError::TooLong { line: self.number });
        }
        match Line::parse(&text) {
            Ok(Some(line)) => {
                self.count(&line)?;
                Ok(Some(line))
            }
            Ok(None) => Err(self.malformed("no header, call, effect, result or end")),
            Err(error) if error.is_eof() && !ended => {
                Err(ReplayError::CutShort { line: self.number })
            }
            Err(error) => {
                let words = error.to_string();
                // Each line is a text of its own.
                let place = format!(" at line {} column {}", error.line(), error.column());
                Err(self.malformed(words.strip_suffix(&place).unwrap_or(&words)))
            }
        }
    }
}
