//! How this program copies bytes. A command makes tens of thousands of copies, nearly all of
//! a few words, and musl's begin with an instruction that takes longer than such a copy: a
//! tenth of what a command does. So these take the place of musl's; other C libraries have
//! good ones. In assembly, as a compiler may make a call of `memcpy` of any copy it finds.
#![allow(unsafe_code)]

use std::arch::naked_asm;

/// Copies `count` bytes. The two may overlap.
///
/// # Safety
///
/// As of C's `memmove`: `from` may be read and `to` written for so many bytes.
#[unsafe(naked)]
#[cfg_attr(target_env = "musl", unsafe(export_name = "memmove"))]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // Up to 128 bytes all is read before anything is written, first and last bytes in the
    // same steps: where these overlap they say the same.
    naked_asm!(
        "mov rax, rdi",
        "cmp rdx, 16",
        "jb 5f",
        "cmp rdx, 32",
        "ja 2f",
        // 16 to 32
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm1",
        "ret",
        "2:",
        "cmp rdx, 64",
        "ja 3f",
        // 33 to 64
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + rdx - 32]",
        "movups xmm3, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm1",
        "movups [rdi + rdx - 32], xmm2",
        "movups [rdi + rdx - 16], xmm3",
        "ret",
        "3:",
        "cmp rdx, 128",
        "ja 8f",
        // 65 to 128
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + 32]",
        "movups xmm3, [rsi + 48]",
        "movups xmm4, [rsi + rdx - 64]",
        "movups xmm5, [rsi + rdx - 48]",
        "movups xmm6, [rsi + rdx - 32]",
        "movups xmm7, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm1",
        "movups [rdi + 32], xmm2",
        "movups [rdi + 48], xmm3",
        "movups [rdi + rdx - 64], xmm4",
        "movups [rdi + rdx - 48], xmm5",
        "movups [rdi + rdx - 32], xmm6",
        "movups [rdi + rdx - 16], xmm7",
        "ret",
        "5:",
        "cmp edx, 8",
        "jb 6f",
        // 8 to 15
        "mov rcx, [rsi]",
        "mov r8, [rsi + rdx - 8]",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], r8",
        "ret",
        "6:",
        "cmp edx, 4",
        "jb 7f",
        // 4 to 7
        "mov ecx, [rsi]",
        "mov r8d, [rsi + rdx - 4]",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], r8d",
        "ret",
        "7:",
        "test edx, edx",
        "jz 4f",
        // 1 to 3: the first, the middle and the last
        "mov r9d, edx",
        "shr r9d, 1",
        "movzx ecx, byte ptr [rsi]",
        "movzx r8d, byte ptr [rsi + rdx - 1]",
        "movzx esi, byte ptr [rsi + r9]",
        "mov [rdi], cl",
        "mov [rdi + r9], sil",
        "mov [rdi + rdx - 1], r8b",
        "4:",
        "ret",
        "8:",
        // More: the processor's own way, in words, and what is less than one beforehand.
        "mov rcx, rdi",
        "sub rcx, rsi",
        "cmp rcx, rdx",
        "mov rcx, rdx",
        "jb 9f",
        "mov r8, [rsi + rdx - 8]",
        "shr rcx, 3",
        "rep movsq",
        "mov [rax + rdx - 8], r8",
        "ret",
        "9:",
        // `to` lies within `from`: from the end.
        "mov r8, [rsi]",
        "lea rsi, [rsi + rdx - 8]",
        "lea rdi, [rdi + rdx - 8]",
        "shr rcx, 3",
        "std",
        "rep movsq",
        "cld",
        "mov [rax], r8",
        "ret",
    )
}

/// Copies `count` bytes between places that do not overlap.
///
/// # Safety
///
/// As of C's `memcpy`: `from` may be read and `to` written for so many bytes.
#[unsafe(naked)]
#[cfg_attr(target_env = "musl", unsafe(export_name = "memcpy"))]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    naked_asm!("jmp {memmove}", memmove = sym memmove)
}

#[cfg(test)]
mod tests {
    use super::{memcpy, memmove};

    /// More than what is copied at once, and the lengths around each step.
    const LONGEST: usize = 300;

    #[test]
    fn every_length_is_copied_and_nothing_else() {
        let from: Vec<u8> = (1..=255).cycle().take(LONGEST + 8).collect();
        for count in 0..=LONGEST {
            for shift in 0..8 {
                let mut to = vec![0; LONGEST + 16];
                let place = to[shift..].as_mut_ptr();
                // SAFETY: both have so many bytes from there on.
                let answer = unsafe { memcpy(place, from[7 - shift..].as_ptr(), count) };
                assert_eq!(answer, place, "{count} bytes to {shift}");
                let mut expected = vec![0; LONGEST + 16];
                expected[shift..shift + count].copy_from_slice(&from[7 - shift..][..count]);
                assert_eq!(to, expected, "{count} bytes to {shift}");
            }
        }
    }

    #[test]
    fn what_overlaps_is_as_it_was() {
        let before: Vec<u8> = (1..=255).cycle().take(2 * LONGEST).collect();
        for count in 0..=LONGEST {
            for (from, to) in [(0, 0), (0, 1), (1, 0), (3, 11), (11, 3), (0, 299), (299, 0)] {
                let mut bytes = before.clone();
                let start = bytes.as_mut_ptr();
                // SAFETY: both are within the same bytes.
                unsafe { memmove(start.add(to), start.add(from), count) };
                let mut expected = before.clone();
                expected.copy_within(from..from + count, to);
                assert_eq!(bytes, expected, "{count} bytes from {from} to {to}");
            }
        }
    }
}
