use super::Writer;
use super::writer::length;

/// A method call, but for its serial.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    pub(crate) destination: &'a str,
    pub(crate) path: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) member: &'a str,
    /// Of the arguments.
    pub(crate) signature: &'a str,
    pub(crate) arguments: Writer,
}

const METHOD_CALL: u8 = 1;
const VERSION: u8 = 1;

impl Call<'_> {
    /// The whole message. `to_bus`: where there is no bus there is no destination.
    pub(super) fn message(&self, serial: u32, to_bus: bool) -> Vec<u8> {
        let mut fields = Writer::default();
        let mut field = |code, signature: &str, text: &str| {
            fields.align(8);
            fields.byte(code);
            fields.signature(signature);
            match signature {
                "g" => fields.signature(text),
                _ => fields.text(text),
            }
        };
        field(1, "o", self.path);
        field(2, "s", self.interface);
        field(3, "s", self.member);
        if to_bus {
            field(6, "s", self.destination);
        }
        if !self.signature.is_empty() {
            field(8, "g", self.signature);
        }
        let mut message = Writer(vec![b'l', METHOD_CALL, 0, VERSION]);
        message.number(length(self.arguments.0.len()));
        message.number(serial);
        message.number(length(fields.0.len()));
        message.0.extend(fields.0);
        message.align(8);
        message.0.extend(&self.arguments.0);
        message.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Message, first_message};
    use super::*;

    fn start() -> Call<'static> {
        let mut arguments = Writer::default();
        arguments.text("hermes-gateway@a.service");
        arguments.text("replace");
        Call {
            destination: "org.freedesktop.systemd1",
            path: "/org/freedesktop/systemd1",
            interface: "org.freedesktop.systemd1.Manager",
            member: "StartUnit",
            signature: "ss",
            arguments,
        }
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for to_bus in [false, true] {
            let bytes = start().message(7, to_bus);
            let parsed = first_message(&bytes);
            let Some(Some((message, length))) = parsed.ok() else {
                unreachable!("{bytes:?}");
            };
            assert_eq!(length, bytes.len());
            assert_eq!(message.member, Some("StartUnit"));
            assert_eq!(message.path, Some("/org/freedesktop/systemd1"));
            let mut arguments = message.body();
            assert_eq!(arguments.text(), Some("hermes-gateway@a.service"));
            assert_eq!(arguments.text(), Some("replace"));
        }
    }

    #[test]
    fn only_a_bus_is_told_the_destination() {
        let destination = b"org.freedesktop.systemd1\0";
        let has = |to_bus| {
            let bytes = start().message(1, to_bus);
            bytes
                .windows(destination.len())
                .any(|part| part == destination)
        };
        assert!(has(true));
        assert!(!has(false));
    }

    #[test]
    fn a_message_that_is_cut_off_is_waited_for() {
        let bytes = start().message(1, true);
        for end in 0..bytes.len() {
            assert!(
                matches!(first_message(&bytes[..end]), Ok(None::<(Message, usize)>)),
                "{end}"
            );
        }
    }
}
