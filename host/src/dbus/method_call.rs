use super::Malformed;
use super::header::Header;
use super::reader::Reader;

/// The type of message that passes.
const METHOD_CALL: u8 = 1;

/// The flag that may be set. Without a reply nobody would know what became of a
/// call, and to ask the user for authorization is not up to a backend.
const NO_AUTO_START: u8 = 2;

/// One call, its arguments still as bytes.
#[derive(Debug)]
pub(crate) struct MethodCall<'a> {
    pub(crate) serial: u32,
    pub(crate) path: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) member: &'a str,
    pub(crate) destination: Option<&'a str>,
    /// Of its arguments.
    pub(crate) signature: &'a str,
    body: Reader<'a>,
}

/// One argument of a call, of the types that known calls have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Argument<'a> {
    Text(&'a str),
    Texts(Vec<&'a str>),
    Number(u32),
    Boolean(bool),
}

impl<'a> MethodCall<'a> {
    /// `message` is all of one message and nothing else.
    pub(crate) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let header = Header::parse(message)?.ok_or(Malformed("it ends too soon"))?;
        if header.kind != METHOD_CALL {
            return Err(Malformed("it is no method call"));
        }
        if header.flags & !NO_AUTO_START != 0 {
            return Err(Malformed("it has a flag that does not pass"));
        }
        let mut reader = Reader::new(message, header.order);
        reader.part(Header::SIZE)?;
        let mut fields = reader.part(header.fields)?;
        reader.align(8)?;
        let body = reader.part(header.body)?;
        if !reader.is_at_end() {
            return Err(Malformed("bytes follow it"));
        }
        let [
            mut path,
            mut interface,
            mut member,
            mut destination,
            mut signature,
        ] = [None; 5];
        while !fields.is_at_end() {
            fields.align(8)?;
            let field = (fields.byte()?, fields.signature()?);
            let (place, value) = match field {
                (1, "o") => (&mut path, fields.text()?),
                (2, "s") => (&mut interface, fields.text()?),
                (3, "s") => (&mut member, fields.text()?),
                (6, "s") => (&mut destination, fields.text()?),
                (8, "g") => (&mut signature, fields.signature()?),
                (9, _) => return Err(Malformed("it carries file descriptors")),
                _ => return Err(Malformed("it has a header field that does not pass")),
            };
            if place.replace(value).is_some() {
                return Err(Malformed("it has a header field twice"));
            }
        }
        Ok(Self {
            serial: header.serial,
            path: path.ok_or(Malformed("it has no path"))?,
            interface: interface.ok_or(Malformed("it has no interface"))?,
            member: member.ok_or(Malformed("it has no member"))?,
            destination,
            signature: signature.unwrap_or_default(),
            body,
        })
    }

    /// Its arguments, all of them, by its signature.
    pub(crate) fn arguments(&self) -> Result<Vec<Argument<'a>>, Malformed> {
        let mut body = self.body;
        let mut arguments = Vec::new();
        let mut rest = self.signature;
        while !rest.is_empty() {
            let (argument, width) = match rest.as_bytes() {
                [b's', ..] => (Argument::Text(body.text()?), 1),
                [b'u', ..] => (Argument::Number(body.number()?), 1),
                [b'b', ..] => (Argument::Boolean(body.boolean()?), 1),
                [b'a', b's', ..] => (Argument::Texts(body.texts()?), 2),
                _ => return Err(Malformed("it has an argument of another type")),
            };
            arguments.push(argument);
            rest = rest.get(width..).unwrap_or_default();
        }
        match body.is_at_end() {
            true => Ok(arguments),
            false => Err(Malformed("bytes follow its arguments")),
        }
    }
}
