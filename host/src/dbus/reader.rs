use super::Malformed;

/// How numbers are written: the first byte of a message says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// Reads marshalled values one after the other.
///
/// Values are aligned to where the message begins, which is where `bytes` begins
/// or a multiple of 8 before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    order: ByteOrder,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], order: ByteOrder) -> Self {
        Self {
            bytes,
            position: 0,
            order,
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position == self.bytes.len()
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let end = self.position.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.position..end));
        let taken = taken.ok_or(Malformed("it ends too soon"))?;
        self.position += length;
        Ok(taken)
    }

    /// Passes over the padding before a value of this alignment.
    pub(super) fn align(&mut self, alignment: usize) -> Result<(), Malformed> {
        let padding = self.position.next_multiple_of(alignment) - self.position;
        match self.take(padding)?.iter().all(|byte| *byte == 0) {
            true => Ok(()),
            false => Err(Malformed("its padding is not zero")),
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let taken = self.take(1)?;
        taken.first().copied().ok_or(Malformed("it ends too soon"))
    }

    pub(super) fn number(&mut self) -> Result<u32, Malformed> {
        self.align(4)?;
        let bytes = self.take(4)?;
        let bytes = bytes
            .try_into()
            .map_err(|_| Malformed("it ends too soon"))?;
        Ok(match self.order {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        })
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Malformed> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed("a boolean is neither 0 nor 1")),
        }
    }

    /// A string or an object path.
    pub(super) fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = self.length()?;
        self.terminated(length)
    }

    pub(super) fn signature(&mut self) -> Result<&'a str, Malformed> {
        let length = self.byte()?.into();
        self.terminated(length)
    }

    pub(super) fn texts(&mut self) -> Result<Vec<&'a str>, Malformed> {
        let length = self.length()?;
        let mut items = self.part(length)?;
        let mut texts = Vec::new();
        while !items.is_at_end() {
            texts.push(items.text()?);
        }
        Ok(texts)
    }

    /// The next bytes as values of their own; goes on behind them.
    pub(super) fn part(&mut self, length: usize) -> Result<Self, Malformed> {
        let start = self.position;
        self.take(length)?;
        Ok(Self {
            bytes: self.bytes.get(..self.position).unwrap_or_default(),
            position: start,
            order: self.order,
        })
    }

    fn length(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.number()?).map_err(|_| Malformed("it ends too soon"))
    }

    fn terminated(&mut self, length: usize) -> Result<&'a str, Malformed> {
        let text = self.take(length)?;
        if self.byte()? != 0 {
            return Err(Malformed("a text does not end with zero"));
        }
        match std::str::from_utf8(text) {
            Ok(text) if !text.contains('\0') => Ok(text),
            _ => Err(Malformed("a text is not UTF-8 without zeros")),
        }
    }
}
