use std::hash::{DefaultHasher, Hash, Hasher};

/// Changes with the contents of files, but is no match for somebody who wants two
/// to have the same. Another build may answer another one for the same files:
/// their slots are written once more then.
pub(super) fn of(files: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_moves_from_one_file_to_the_next_is_a_change() {
        assert_eq!(of(&["a", "bc"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
        assert_ne!(of(&["a", ""]), of(&["a"]));
    }
}
