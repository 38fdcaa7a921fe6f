//! What the operating system says of a failure, as the host says all else.

use std::io;

/// Its words without their number, and in small letters: `no such file or directory`.
pub(crate) fn words(error: &io::Error) -> String {
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
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn the_words_have_no_number() {
        for (error, expected) in [
            (Errno::NOENT.into(), "no such file or directory"),
            (Errno::NOSPC.into(), "no space left on device"),
            (io::Error::other("It is gone"), "It is gone"),
        ] {
            assert_eq!(words(&error), expected);
        }
    }
}
