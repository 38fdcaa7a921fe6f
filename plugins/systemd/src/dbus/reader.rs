/// Takes values one after the other, aligned to where the bytes begin. `None`:
/// that is not there, or it is something else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    little_endian: bool,
}

/// A value of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    Text(&'a str),
    /// A byte, a boolean or an unsigned number; of a job, what it is numbered by.
    Number(u64),
    /// A signed number of 32 bits.
    Signed(i32),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], little_endian: bool) -> Self {
        Self {
            bytes,
            position: 0,
            little_endian,
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position >= self.bytes.len()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.position.checked_add(length)?;
        let taken = self.bytes.get(self.position..end)?;
        self.position = end;
        Some(taken)
    }

    pub(super) fn align(&mut self, alignment: usize) -> Option<()> {
        let padding = self.position.next_multiple_of(alignment) - self.position;
        self.take(padding).map(drop)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        self.align(4)?;
        let bytes = self.take(4)?.try_into().ok()?;
        Some(match self.little_endian {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    }

    fn long_number(&mut self) -> Option<u64> {
        self.align(8)?;
        let bytes = self.take(8)?.try_into().ok()?;
        Some(match self.little_endian {
            true => u64::from_le_bytes(bytes),
            false => u64::from_be_bytes(bytes),
        })
    }

    /// A string or an object path.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        self.terminated(usize::try_from(length).ok()?)
    }

    pub(super) fn signature(&mut self) -> Option<&'a str> {
        let length = self.byte()?.into();
        self.terminated(length)
    }

    /// The next bytes as values of their own, aligned as before.
    pub(super) fn part(&mut self, length: usize) -> Option<Self> {
        let start = self.position;
        self.take(length)?;
        Some(Self {
            bytes: self.bytes.get(..self.position)?,
            position: start,
            ..*self
        })
    }

    /// A variant of one simple value: all that the properties read here have.
    pub(crate) fn variant(&mut self) -> Option<Value<'a>> {
        let signature = self.signature()?;
        self.value(signature)
    }

    /// A variant of a list of texts.
    pub(super) fn texts(&mut self) -> Option<Vec<&'a str>> {
        self.signature().filter(|signature| *signature == "as")?;
        let length = self.number()?;
        let mut list = self.part(usize::try_from(length).ok()?)?;
        let mut texts = Vec::new();
        while !list.is_at_end() {
            texts.push(list.text()?);
        }
        Some(texts)
    }

    pub(super) fn value(&mut self, signature: &str) -> Option<Value<'a>> {
        Some(match signature {
            "s" | "o" => Value::Text(self.text()?),
            "g" => Value::Text(self.signature()?),
            "y" => Value::Number(self.byte()?.into()),
            "b" | "u" => Value::Number(self.number()?.into()),
            "t" => Value::Number(self.long_number()?),
            // A job and its path.
            "(uo)" => {
                self.align(8)?;
                let (job, _path) = (self.number()?, self.text()?);
                Value::Number(job.into())
            }
            "i" => Value::Signed(self.number()?.cast_signed()),
            _ => return None,
        })
    }

    fn terminated(&mut self, length: usize) -> Option<&'a str> {
        let text = self.take(length)?;
        let end = self.byte()?;
        std::str::from_utf8(text).ok().filter(|_| end == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_is_there_in_both_byte_orders() {
        let mut little = Reader::new(&[7, 0, 0, 0, 1, 0, 0, 0, b'a', 0], true);
        assert_eq!((little.byte(), little.text()), (Some(7), Some("a")));
        assert!(little.is_at_end());
        let mut big = Reader::new(&[0, 0, 0, 1, b'a', 0], false);
        assert_eq!(big.text(), Some("a"));
    }

    #[test]
    fn takes_nothing_that_is_not_there() {
        for bytes in [
            &[][..],
            &[1, 0, 0, 0],
            &[1, 0, 0, 0, b'a'],
            &[1, 0, 0, 0, b'a', 1],
            &[1, 0, 0, 0, 0xff, 0],
            &[0xff, 0xff, 0xff, 0xff, b'a', 0],
        ] {
            assert_eq!(Reader::new(bytes, true).text(), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_list_of_texts_is_whole() {
        let bytes = *b"\x02as\0\x0e\0\0\0\x01\0\0\0a\0\0\0\x01\0\0\0b\0";
        let texts = |bytes: &[u8]| {
            let texts = Reader::new(bytes, true).texts()?;
            Some(texts.concat())
        };
        assert_eq!(texts(&bytes).as_deref(), Some("ab"));
        assert_eq!(texts(b"\x02as\0\0\0\0\0").as_deref(), Some(""));
        for length in 0..bytes.len() {
            assert_eq!(texts(bytes.get(..length).unwrap_or_default()), None);
        }
        assert_eq!(texts(b"\x01s\0\0\0\0\0\0"), None);
    }

    #[test]
    fn a_variant_is_one_simple_value() {
        let variant = |bytes: &[u8]| Reader::new(bytes, true).variant().is_some();
        assert!(variant(&[1, b'u', 0, 0, 5, 0, 0, 0]));
        assert!(variant(&[1, b'i', 0, 0, 0xff, 0xff, 0xff, 0xff]));
        let job = *b"\x04(uo)\0\0\0\x07\0\0\0\x01\0\0\0/\0";
        assert!(variant(&job));
        assert!(!variant(job.strip_suffix(b"\0").unwrap_or_default()));
        assert!(!variant(&[2, b'a', b's', 0, 0, 0, 0, 0]));
    }
}
