//! Where this program's memory comes from. Most commands end after a millisecond, of
//! which the allocators of C libraries take a good part: musl's asks the kernel for each
//! block, and each new page costs a fault.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::ffi::c_void;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dlmalloc::Dlmalloc;
use rustix::mm::{MapFlags, MremapFlags, ProtFlags, mmap_anonymous, mremap, munmap};

/// dlmalloc behind a lock.
pub struct Allocator(Mutex<Dlmalloc<Pages>>);

impl Allocator {
    /// Without any memory so far.
    pub const fn new() -> Self {
        Self(Mutex::new(Dlmalloc::new_with_allocator(Pages)))
    }

    fn heap(&self) -> MutexGuard<'_, Dlmalloc<Pages>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Allocator {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: each call is passed on as it is to one heap, under its lock.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { self.heap().malloc(layout.size(), layout.align()) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { self.heap().free(block, layout.size(), layout.align()) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { self.heap().calloc(layout.size(), layout.align()) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let mut heap = self.heap();
        // SAFETY: as the caller promises.
        unsafe { heap.realloc(block, layout.size(), layout.align(), size) }
    }
}

/// Mappings of the kernel's.
struct Pages;

impl Pages {
    /// Bytes that come with their pages: 64 KiB are what dlmalloc asks for at a time, and
    /// are used up soon. Of a large block maybe little is touched.
    const WITH_PAGES: usize = 64 << 10;
}

// SAFETY: what is handed out is a mapping of its own, which only dlmalloc unmaps.
unsafe impl dlmalloc::Allocator for Pages {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        let flags = match size <= Self::WITH_PAGES {
            true => MapFlags::PRIVATE | MapFlags::POPULATE,
            false => MapFlags::PRIVATE,
        };
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the kernel chooses the place.
        let place = unsafe { mmap_anonymous(ptr::null_mut(), size, access, flags) };
        place.map_or((ptr::null_mut(), 0, 0), |place| (place.cast(), size, 0))
    }

    fn remap(&self, place: *mut u8, size: usize, new_size: usize, can_move: bool) -> *mut u8 {
        let flags = match can_move {
            true => MremapFlags::MAYMOVE,
            false => MremapFlags::empty(),
        };
        // SAFETY: dlmalloc names a mapping of its own.
        let place = unsafe { mremap(place.cast::<c_void>(), size, new_size, flags) };
        place.unwrap_or(ptr::null_mut()).cast()
    }

    fn free_part(&self, place: *mut u8, size: usize, new_size: usize) -> bool {
        // SAFETY: dlmalloc names the end of a mapping of its own.
        unsafe { munmap(place.add(new_size).cast::<c_void>(), size - new_size) }.is_ok()
    }

    fn free(&self, place: *mut u8, size: usize) -> bool {
        // SAFETY: dlmalloc names a mapping of its own.
        unsafe { munmap(place.cast::<c_void>(), size) }.is_ok()
    }

    fn can_release_part(&self, _: u32) -> bool {
        true
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        rustix::param::page_size()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// A block and the byte that it is full of.
    struct Block {
        place: *mut u8,
        layout: Layout,
        byte: u8,
    }

    impl Block {
        fn bytes(&mut self) -> &mut [u8] {
            // SAFETY: the block is its own, as long as its layout says, and full.
            unsafe { std::slice::from_raw_parts_mut(self.place, self.layout.size()) }
        }

        fn is_whole(&mut self) -> bool {
            let byte = self.byte;
            self.place.addr().is_multiple_of(self.layout.align())
                && self.bytes().iter().all(|other| *other == byte)
        }
    }

    /// Sizes up to those that get a mapping of their own (256 KiB), and alignments.
    fn layout() -> impl Strategy<Value = Layout> {
        let size = prop_oneof![1_usize..600, 1_usize..100_000, 200_000_usize..400_000];
        (size, 0_u32..13)
            .prop_map(|(size, align)| Layout::from_size_align(size, 1 << align).unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_block_reaches_into_another(
            steps in prop::collection::vec((layout(), any::<u8>(), 0_u8..4), 1..80)
        ) {
            let allocator = Allocator::new();
            let mut blocks: Vec<Block> = Vec::new();
            for (layout, byte, step) in steps {
                match (step, blocks.pop()) {
                    (0, Some(mut block)) => {
                        prop_assert!(block.is_whole());
                        // SAFETY: its own, and not used afterwards.
                        unsafe { allocator.dealloc(block.place, block.layout) };
                    }
                    (1, Some(mut block)) => {
                        prop_assert!(block.is_whole());
                        let kept = block.layout.size().min(layout.size());
                        let old = (block.byte, block.layout);
                        // SAFETY: its own, and the new size is not 0.
                        block.place = unsafe { allocator.realloc(block.place, old.1, layout.size()) };
                        block.layout = Layout::from_size_align(layout.size(), old.1.align()).unwrap();
                        block.byte = byte;
                        prop_assert!(block.bytes()[..kept].iter().all(|other| *other == old.0));
                        block.bytes().fill(byte);
                        blocks.insert(0, block);
                    }
                    (step, other) => {
                        blocks.extend(other);
                        // SAFETY: the size is not 0.
                        let place = unsafe {
                            match step {
                                2 => allocator.alloc_zeroed(layout),
                                _ => allocator.alloc(layout),
                            }
                        };
                        let mut block = Block { place, layout, byte };
                        if step == 2 {
                            prop_assert!(block.bytes().iter().all(|byte| *byte == 0));
                        }
                        block.bytes().fill(byte);
                        blocks.push(block);
                    }
                }
            }
            for mut block in blocks {
                prop_assert!(block.is_whole());
                // SAFETY: its own, and not used afterwards.
                unsafe { allocator.dealloc(block.place, block.layout) };
            }
        }
    }

    #[test]
    fn threads_share_it() {
        static SHARED: Allocator = Allocator::new();

        let layout = Layout::from_size_align(200, 8).unwrap();
        std::thread::scope(|scope| {
            for byte in 0..4_u8 {
                scope.spawn(move || {
                    for _ in 0..2_000 {
                        // SAFETY: the size is not 0.
                        let place = unsafe { SHARED.alloc(layout) };
                        let mut block = Block {
                            place,
                            layout,
                            byte,
                        };
                        block.bytes().fill(byte);
                        assert!(block.is_whole());
                        // SAFETY: its own, and not used afterwards.
                        unsafe { SHARED.dealloc(place, layout) };
                    }
                });
            }
        });
    }
}
