/// What wasmtime's serialisation made of a component.
#[derive(Debug, Clone, Copy)]
pub enum Artefact {
    /// To be executed where it stands, from the start of a page.
    InPlace(&'static [u8]),
    /// Compressed: a block of LZ4 after its size, as little-endian `u32`.
    Packed(&'static [u8]),
}

impl Artefact {
    /// The serialised bytes, from the start of a page; those that are packed in
    /// `memory`, which is given their length.
    ///
    /// # Errors
    /// Where they cannot be unpacked.
    pub fn in_place(
        self,
        memory: impl FnOnce(usize) -> Option<&'static mut [u8]>,
    ) -> Result<&'static [u8], Broken> {
        let unpack = |packed: &[u8]| {
            let (length, block) = packed.split_first_chunk()?;
            let memory = memory(u32::from_le_bytes(*length).try_into().ok()?)?;
            let unpacked = lz4_flex::block::decompress_into(block, memory).ok()?;
            (unpacked == memory.len()).then_some(&*memory)
        };
        match self {
            Self::InPlace(bytes) => Ok(bytes),
            Self::Packed(packed) => unpack(packed).ok_or(Broken),
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
