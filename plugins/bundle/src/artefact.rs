use std::borrow::Cow;

/// What wasmtime's serialisation made of a component.
#[derive(Debug, Clone, Copy)]
pub enum Artefact {
    /// To be executed where it stands, from the start of a page.
    InPlace(&'static [u8]),
    /// Compressed: a block of LZ4 after its size, as little-endian `u32`.
    Packed(&'static [u8]),
}

impl Artefact {
    /// The serialised bytes.
    ///
    /// # Errors
    /// Where they cannot be unpacked.
    pub fn bytes(self) -> Result<Cow<'static, [u8]>, Broken> {
        match self {
            Self::InPlace(bytes) => Ok(bytes.into()),
            Self::Packed(packed) => lz4_flex::block::decompress_size_prepended(packed)
                .map(Cow::from)
                .map_err(|_| Broken),
        }
    }
}

/// What is packed is no such block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// Code that is executed where it stands has its pages for itself. Other platforms
/// than this one have pages of up to 64 KiB.
#[cfg_attr(target_arch = "x86_64", repr(C, align(0x1000)))]
#[cfg_attr(not(target_arch = "x86_64"), repr(C, align(0x10000)))]
pub(crate) struct PageAligned<T: ?Sized>(pub(crate) T);
