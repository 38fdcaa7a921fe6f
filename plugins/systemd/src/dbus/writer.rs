/// Marshals values one after the other, in little-endian order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn align(&mut self, alignment: usize) {
        self.0.resize(self.0.len().next_multiple_of(alignment), 0);
    }

    pub(super) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn number(&mut self, value: u32) {
        self.align(4);
        self.0.extend(value.to_le_bytes());
    }

    /// A string or an object path.
    pub(crate) fn text(&mut self, text: &str) {
        self.number(length(text.len()));
        self.0.extend(text.bytes());
        self.0.push(0);
    }

    pub(super) fn signature(&mut self, signature: &str) {
        self.0
            .push(u8::try_from(signature.len()).unwrap_or(u8::MAX));
        self.0.extend(signature.bytes());
        self.0.push(0);
    }

    pub(crate) fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        self.number(0);
        let start = self.0.len();
        for text in texts {
            self.text(text);
        }
        let bytes = length(self.0.len() - start).to_le_bytes();
        if let Some(place) = self.0.get_mut(start - 4..start) {
            place.copy_from_slice(&bytes);
        }
    }
}

/// The host sends nothing that is longer than 1 MiB.
pub(super) fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_aligned_and_texts_end_with_zero() {
        let mut writer = Writer::default();
        writer.byte(7);
        writer.text("ab");
        writer.number(1);
        writer.texts(["c", ""]);
        assert_eq!(
            writer.0,
            [
                7, 0, 0, 0, 2, 0, 0, 0, b'a', b'b', 0, 0, 1, 0, 0, 0, //
                13, 0, 0, 0, 1, 0, 0, 0, b'c', 0, 0, 0, 0, 0, 0, 0, 0,
            ]
        );
    }

    #[test]
    fn an_empty_list_has_no_bytes() {
        let mut writer = Writer::default();
        writer.texts([]);
        assert_eq!(writer.0, [0; 4]);
    }
}
