/// Writes messages of any kind, right and wrong ones, in both byte orders.
#[derive(Clone)]
pub(crate) struct Marshalled {
    pub(crate) big: bool,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) version: u8,
    pub(crate) serial: u32,
    /// Code, signature and value of each field.
    pub(crate) fields: Vec<(u8, &'static str, String)>,
    pub(crate) body: Vec<Value>,
    /// Behind the body, and counted as part of it.
    pub(crate) trailing: Vec<u8>,
}

#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Texts(Vec<String>),
    Number(u32),
}

const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const DESTINATION: u8 = 6;
const SIGNATURE: u8 = 8;

impl Marshalled {
    pub(crate) fn call(path: &str, interface: &str, member: &str) -> Self {
        Self {
            big: false,
            kind: 1,
            flags: 0,
            version: 1,
            serial: 7,
            fields: vec![
                (PATH, "o", path.into()),
                (INTERFACE, "s", interface.into()),
                (MEMBER, "s", member.into()),
            ],
            body: Vec::new(),
            trailing: Vec::new(),
        }
    }

    /// To systemd's manager.
    pub(crate) fn manager(member: &str) -> Self {
        let interface = "org.freedesktop.systemd1.Manager";
        Self::call("/org/freedesktop/systemd1", interface, member)
    }

    pub(crate) fn start(unit: &str) -> Self {
        Self::manager("StartUnit").text(unit).text("replace")
    }

    pub(crate) fn big(mut self, big: bool) -> Self {
        self.big = big;
        self
    }

    pub(crate) fn to(self, destination: &str) -> Self {
        self.field(DESTINATION, "s", destination)
    }

    pub(crate) fn field(mut self, code: u8, signature: &'static str, value: &str) -> Self {
        self.fields.push((code, signature, value.into()));
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.body.push(Value::Text(text.into()));
        self
    }

    pub(crate) fn texts(mut self, texts: &[&str]) -> Self {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self.body.push(Value::Texts(texts));
        self
    }

    pub(crate) fn number(mut self, number: u32) -> Self {
        self.body.push(Value::Number(number));
        self
    }

    /// With the signature that the arguments have; numbers as `numbers` says.
    pub(crate) fn signed(self, numbers: char) -> Self {
        let types = self.body.iter().map(|value| match value {
            Value::Text(_) => "s".to_owned(),
            Value::Texts(_) => "as".to_owned(),
            Value::Number(_) => numbers.to_string(),
        });
        let signature: String = types.collect();
        match signature.as_str() {
            "" => self,
            signature => self.field(SIGNATURE, "g", signature),
        }
    }

    /// With its signature, where it has no numbers.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.signed('u').raw()
    }

    /// As it is.
    pub(crate) fn raw(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        for (code, signature, value) in &self.fields {
            pad(&mut fields, 8);
            fields.push(*code);
            signature_of(&mut fields, signature);
            match *signature {
                "g" => signature_of(&mut fields, value),
                "u" => self.put_number(&mut fields, value.len()),
                _ => self.put_text(&mut fields, value),
            }
        }
        let mut body = Vec::new();
        for value in &self.body {
            match value {
                Value::Text(text) => self.put_text(&mut body, text),
                Value::Number(number) => self.put_number(&mut body, *number as usize),
                Value::Texts(texts) => {
                    let mut items = Vec::new();
                    for text in texts {
                        self.put_text(&mut items, text);
                    }
                    self.put_number(&mut body, items.len());
                    body.extend(items);
                }
            }
        }
        body.extend(&self.trailing);
        let order = if self.big { b'B' } else { b'l' };
        let mut message = vec![order, self.kind, self.flags, self.version];
        self.put_number(&mut message, body.len());
        self.put_number(&mut message, self.serial as usize);
        self.put_number(&mut message, fields.len());
        message.extend(fields);
        pad(&mut message, 8);
        message.extend(body);
        message
    }

    fn put_number(&self, bytes: &mut Vec<u8>, number: usize) {
        pad(bytes, 4);
        let number = u32::try_from(number).unwrap();
        bytes.extend(match self.big {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        });
    }

    fn put_text(&self, bytes: &mut Vec<u8>, text: &str) {
        self.put_number(bytes, text.len());
        bytes.extend(text.bytes());
        bytes.push(0);
    }
}

fn pad(bytes: &mut Vec<u8>, alignment: usize) {
    bytes.resize(bytes.len().next_multiple_of(alignment), 0);
}

fn signature_of(bytes: &mut Vec<u8>, signature: &str) {
    bytes.push(u8::try_from(signature.len()).unwrap());
    bytes.extend(signature.bytes());
    bytes.push(0);
}
