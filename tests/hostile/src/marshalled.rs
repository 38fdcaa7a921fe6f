/// A D-Bus message as a backend would write one, for it to be spoilt.
pub(crate) struct Marshalled {
    pub(crate) big: bool,
    /// 1: a method call.
    pub(crate) kind: u8,
    /// Code, signature and value of each header field.
    pub(crate) fields: Vec<(u8, &'static str, String)>,
    /// Texts, or one list of them.
    pub(crate) body: Vec<String>,
}

impl Marshalled {
    pub(crate) fn manager(member: &str, body: &[&str]) -> Self {
        let text = |text: &str| text.to_owned();
        Self {
            big: false,
            kind: 1,
            fields: vec![
                (1, "o", text("/org/freedesktop/systemd1")),
                (2, "s", text("org.freedesktop.systemd1.Manager")),
                (3, "s", text(member)),
                (8, "g", "s".repeat(body.len())),
            ],
            body: body.iter().copied().map(text).collect(),
        }
    }

    pub(crate) fn start(unit: &str) -> Self {
        Self::manager("StartUnit", &[unit, "replace"])
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        for (code, signature, value) in &self.fields {
            pad(&mut fields, 8);
            fields.push(*code);
            put_signature(&mut fields, signature);
            match *signature {
                "g" => put_signature(&mut fields, value),
                _ => self.put_text(&mut fields, value),
            }
        }
        let mut body = Vec::new();
        for text in &self.body {
            self.put_text(&mut body, text);
        }
        let order = if self.big { b'B' } else { b'l' };
        let mut message = vec![order, self.kind, 0, 1];
        for number in [body.len(), 1, fields.len()] {
            self.put_number(&mut message, number);
        }
        message.extend(fields);
        pad(&mut message, 8);
        message.extend(body);
        message
    }

    fn put_number(&self, bytes: &mut Vec<u8>, number: usize) {
        let number = u32::try_from(number).unwrap_or_default();
        bytes.extend(match self.big {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        });
    }

    fn put_text(&self, bytes: &mut Vec<u8>, text: &str) {
        pad(bytes, 4);
        self.put_number(bytes, text.len());
        bytes.extend(text.bytes());
        bytes.push(0);
    }
}

fn pad(bytes: &mut Vec<u8>, alignment: usize) {
    bytes.resize(bytes.len().next_multiple_of(alignment), 0);
}

fn put_signature(bytes: &mut Vec<u8>, signature: &str) {
    bytes.push(u8::try_from(signature.len()).unwrap_or_default());
    bytes.extend(signature.bytes());
    bytes.push(0);
}
