use super::listed_unit::ListedUnit;
use super::reader::{Reader, Value};

/// What comes from the other side.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub(crate) kind: Kind,
    pub(crate) path: Option<&'a str>,
    pub(crate) interface: Option<&'a str>,
    pub(crate) member: Option<&'a str>,
    pub(crate) error: Option<&'a str>,
    /// The serial of the call that this answers.
    pub(crate) reply_to: Option<u32>,
    body: Reader<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reply,
    Error,
    Signal,
    /// A call, or what a later version of D-Bus has.
    Other,
}

/// No message of systemd's: the stream cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Bytes of the part that every message begins with.
const FIXED: usize = 16;

/// Bytes of the longest message that is waited for: a list of 30,000 units.
const LONGEST: usize = 16 << 20;

/// The message that a stream begins with, and its bytes; `None`: it is not all
/// there yet.
///
/// # Errors
/// Where the stream does not begin with a message.
pub fn first_message(stream: &[u8]) -> Result<Option<(Message<'_>, usize)>, Malformed> {
    let Some(fixed) = stream.get(..FIXED) else {
        return Ok(None);
    };
    let little_endian = match fixed.first() {
        Some(b'l') => true,
        Some(b'B') => false,
        _ => return Err(Malformed),
    };
    let mut reader = Reader::new(fixed, little_endian);
    let length = (|| {
        reader.number()?;
        let body = reader.number()?;
        reader.number()?;
        let fields = reader.number()?;
        let [body, fields] = [body, fields].map(|bytes| bytes as usize);
        let length = FIXED
            .checked_add(fields.checked_next_multiple_of(8)?)?
            .checked_add(body)?;
        (length <= LONGEST).then_some((length, fields))
    })();
    let (length, fields) = length.ok_or(Malformed)?;
    let Some(bytes) = stream.get(..length) else {
        return Ok(None);
    };
    let message = Message::parse(bytes, fields, little_endian).ok_or(Malformed)?;
    Ok(Some((message, length)))
}

impl<'a> Message<'a> {
    fn parse(bytes: &'a [u8], fields: usize, little_endian: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes, little_endian);
        reader.byte()?;
        let kind = match reader.byte()? {
            2 => Kind::Reply,
            3 => Kind::Error,
            4 => Kind::Signal,
            _ => Kind::Other,
        };
        let mut fields = {
            let mut reader = Reader::new(bytes, little_endian);
            reader.part(FIXED)?;
            let part = reader.part(fields)?;
            reader.align(8)?;
            (part, reader)
        };
        let mut message = Self {
            kind,
            path: None,
            interface: None,
            member: None,
            error: None,
            reply_to: None,
            body: fields.1,
        };
        while !fields.0.is_at_end() {
            fields.0.align(8)?;
            let code = fields.0.byte()?;
            match (code, fields.0.variant()?) {
                (1, Value::Text(text)) => message.path = Some(text),
                (2, Value::Text(text)) => message.interface = Some(text),
                (3, Value::Text(text)) => message.member = Some(text),
                (4, Value::Text(text)) => message.error = Some(text),
                (5, Value::Number(serial)) => message.reply_to = u32::try_from(serial).ok(),
                _ => {}
            }
        }
        Some(message)
    }

    /// The text that the body begins with: the job of a reply, the words of an error.
    pub fn text(&self) -> Option<&'a str> {
        self.body().text()
    }

    /// The variant that the body begins with.
    pub fn property(&self) -> Option<Value<'a>> {
        self.body().variant()
    }

    /// The same where it is a list of texts.
    pub fn texts(&self) -> Option<Vec<&'a str>> {
        self.body().texts()
    }

    /// The list of units that the body is, `a(ssssssouso)`; `None`: it is something
    /// else. It ends where it is torn.
    pub fn units(&self) -> Option<impl Iterator<Item = ListedUnit<'a>>> {
        let mut body = self.body();
        let length = body.number()?;
        body.align(8)?;
        let mut list = body.part(usize::try_from(length).ok()?)?;
        Some(std::iter::from_fn(move || ListedUnit::read(&mut list)))
    }

    pub(crate) fn body(&self) -> Reader<'a> {
        self.body
    }

    /// Of a bus: whoever is spoken to has left it, or is not there yet.
    pub(crate) fn says_nobody_is_there(&self) -> bool {
        if self.is_signal("org.freedesktop.DBus", "NameOwnerChanged") {
            let mut body = self.body();
            let (_name, _before, now) = (body.text(), body.text(), body.text());
            return now == Some("");
        }
        let error = self
            .error
            .and_then(|name| name.strip_prefix("org.freedesktop.DBus.Error."));
        self.kind == Kind::Error
            && error.is_some_and(|error| {
                matches!(error, "NoReply" | "ServiceUnknown" | "NameHasNoOwner")
                    || error.starts_with("Spawn.")
            })
    }

    pub(crate) fn is_signal(&self, interface: &str, member: &str) -> bool {
        self.kind == Kind::Signal
            && self.interface == Some(interface)
            && self.member == Some(member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_of_something_else_is_given_up() {
        let header = |fields: u32, body: u32| {
            let mut bytes = vec![b'l', 2, 0, 1];
            for number in [body, 1, fields] {
                bytes.extend(number.to_le_bytes());
            }
            bytes
        };
        assert!(first_message(b"HTTP/1.1 400 Bad").is_err());
        assert!(first_message(&header(u32::MAX, 0)).is_err());
        assert!(first_message(&header(0, u32::MAX)).is_err());
        assert!(matches!(first_message(&header(0, 8)), Ok(None)));
        assert!(matches!(first_message(&header(0, 0)), Ok(Some((_, 16)))));
    }

    #[test]
    fn a_field_that_leads_out_of_the_header_is_refused() {
        let mut bytes = vec![b'l', 2, 0, 1];
        for number in [0_u32, 1, 8] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend([1, 1, b'o', 0, 0xff, 0, 0, 0]);
        assert!(first_message(&bytes).is_err());
    }
}
