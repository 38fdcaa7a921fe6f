/// Marshals values one after the other, in little-endian order.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

/// A header field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field<'a> {
    Path(&'a str),
    Interface(&'a str),
    Member(&'a str),
    ReplySerial(u32),
    Signature(&'a str),
}

impl Writer {
    pub(super) fn align(&mut self, alignment: usize) {
        self.0.resize(self.0.len().next_multiple_of(alignment), 0);
    }

    pub(super) fn number(&mut self, value: u32) {
        self.align(4);
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(length(text.len()));
        self.0.extend(text.bytes());
        self.0.push(0);
    }

    fn signature(&mut self, signature: &str) {
        self.0
            .push(u8::try_from(signature.len()).unwrap_or(u8::MAX));
        self.0.extend(signature.bytes());
        self.0.push(0);
    }

    fn field(&mut self, field: Field) {
        self.align(8);
        let (code, signature) = match field {
            Field::Path(_) => (1, "o"),
            Field::Interface(_) => (2, "s"),
            Field::Member(_) => (3, "s"),
            Field::ReplySerial(_) => (5, "u"),
            Field::Signature(_) => (8, "g"),
        };
        self.0.push(code);
        self.signature(signature);
        match field {
            Field::Path(text) | Field::Interface(text) | Field::Member(text) => self.text(text),
            Field::ReplySerial(serial) => self.number(serial),
            Field::Signature(signature) => self.signature(signature),
        }
    }
}

/// A whole message that wants no reply.
pub(super) fn message(kind: u8, fields: &[Field], body: &Writer) -> Vec<u8> {
    const NO_REPLY_EXPECTED: u8 = 1;
    const VERSION: u8 = 1;
    const SERIAL: u32 = 1;
    let mut written = Writer::default();
    for field in fields {
        written.field(*field);
    }
    let mut message = Writer(vec![b'l', kind, NO_REPLY_EXPECTED, VERSION]);
    message.number(length(body.0.len()));
    message.number(SERIAL);
    message.number(length(written.0.len()));
    message.0.extend(written.0);
    message.align(8);
    message.0.extend(&body.0);
    message.0
}

/// Nothing here is that long.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
