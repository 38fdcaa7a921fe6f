//! What the operating system says of a failure, as the host says all else.

use std::io;

use rustix::io::Errno;

/// What to do where too many files are open.
pub(crate) const MORE_FILES: &str = "allow more open files: ulimit -n says how many there may be";

/// Whether this process, or the machine, has as many files open as it may.
pub(crate) fn is_too_many_files(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE)
    )
}

/// Its words without their number, and in small letters: `no such file or directory`.
pub(crate) fn words(error: &io::Error) -> String {
    // Each libc has words of its own for it.
    if is_too_many_files(error) {
        return "too many open files".to_owned();
    }
    let said = error.to_string();
    let said = match error.raw_os_error() {
        Some(number) => said
            .strip_suffix(&format!(" (os error {number})"))
            .unwrap_or(&said),
        None => return said,
    };
    let mut letters = said.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_have_no_number() {
        for (error, expected) in [
            (Errno::NOENT.into(), "no such file or directory"),
            (Errno::NOSPC.into(), "no space left on device"),
            (Errno::MFILE.into(), "too many open files"),
            (io::Error::other("It is gone"), "It is gone"),
        ] {
            assert_eq!(words(&error), expected);
        }
    }
}
