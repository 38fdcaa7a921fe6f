/// Code that is executed where it stands has its pages for itself. Other platforms
/// than this one have pages of up to 64 KiB.
#[cfg_attr(target_arch = "x86_64", repr(C, align(0x1000)))]
#[cfg_attr(not(target_arch = "x86_64"), repr(C, align(0x10000)))]
pub(crate) struct PageAligned<T: ?Sized>(pub(crate) T);

/// An artefact that the build script has written.
macro_rules! embedded {
    ($file:literal) => {{
        const BYTES: &PageAligned<[u8]> =
            &PageAligned(*include_bytes!(concat!(env!("OUT_DIR"), "/", $file)));
        &BYTES.0
    }};
}

pub(crate) use embedded;
