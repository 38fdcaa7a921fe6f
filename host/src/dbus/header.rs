use super::Malformed;
use super::reader::{ByteOrder, Reader};

/// The fixed part that every message begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) order: ByteOrder,
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) serial: u32,
    /// Bytes of the header fields, without the padding behind them.
    pub(super) fields: usize,
    /// Bytes.
    pub(super) body: usize,
}

impl Header {
    /// Bytes.
    pub(super) const SIZE: usize = 16;

    /// The specification's `MAX_ARRAY_LENGTH` and, for all of it, twice that.
    const MOST_FIELDS: usize = 1 << 26;

    /// `None`: it is not all there yet.
    pub(super) fn parse(message: &[u8]) -> Result<Option<Self>, Malformed> {
        let Some(fixed) = message.get(..Self::SIZE) else {
            return Ok(None);
        };
        let order = match fixed.first() {
            Some(b'l') => ByteOrder::Little,
            Some(b'B') => ByteOrder::Big,
            _ => return Err(Malformed("it begins with no byte order")),
        };
        let mut reader = Reader::new(fixed, order);
        reader.byte()?;
        let (kind, flags, version) = (reader.byte()?, reader.byte()?, reader.byte()?);
        let (body, serial, fields) = (reader.number()?, reader.number()?, reader.number()?);
        let [body, fields] =
            [body, fields].map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if version != 1 {
            return Err(Malformed("its version is not 1"));
        }
        if serial == 0 {
            return Err(Malformed("its serial is 0"));
        }
        if fields > Self::MOST_FIELDS || body > 2 * Self::MOST_FIELDS {
            return Err(Malformed("it is too long"));
        }
        Ok(Some(Self {
            order,
            kind,
            flags,
            serial,
            fields,
            body,
        }))
    }

    /// Bytes of the whole message.
    pub(super) fn length(&self) -> usize {
        Self::SIZE + self.fields.next_multiple_of(8) + self.body
    }
}

/// A message and what follows it.
type Split<'a> = (&'a [u8], &'a [u8]);

/// The message that a stream begins with; `None`: it is not all there yet.
/// `longest`: bytes.
pub(crate) fn first_message(stream: &[u8], longest: usize) -> Result<Option<Split<'_>>, Malformed> {
    match Header::parse(stream)? {
        None => Ok(None),
        Some(header) if header.length() > longest => Err(Malformed("it is too long")),
        Some(header) => Ok(stream.split_at_checked(header.length())),
    }
}
