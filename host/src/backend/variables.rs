use std::collections::BTreeMap;
use std::path::PathBuf;

/// Settings of the host that a manifest may name as `$NAME`, for a path or for
/// how one begins.
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, PathBuf>);

impl Variables {
    /// The home directory of the account that owns the home, where that is another
    /// one than this process's; the command line looks it up.
    pub const OWNER_HOME: &'static str = "OWNER_HOME";

    /// The other names that count; the command line reads these and no others from
    /// its environment.
    pub const NAMES: [&'static str; 4] = [
        "HERMES_S6_SCANDIR",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
        "HOME",
    ];

    /// One more, under the same rule; its absence changes nothing.
    #[must_use]
    pub fn with(mut self, name: &'static str, path: Option<PathBuf>) -> Self {
        let path = path.filter(|path| path.is_absolute());
        self.0.extend(path.map(|path| (name.to_owned(), path)));
        self
    }

    /// A relative path means nothing to a supervisor: it does not count.
    pub fn new(values: impl IntoIterator<Item = (&'static str, PathBuf)>) -> Self {
        Self(
            values
                .into_iter()
                .filter(|(_, path)| path.is_absolute())
                .map(|(name, path)| (name.to_owned(), path))
                .collect(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&PathBuf> {
        self.0.get(name)
    }

    /// The path that a place in a manifest stands for: an absolute one for itself.
    pub(super) fn place(&self, place: &str) -> Option<PathBuf> {
        match place.starts_with('$') {
            true => self.path(place),
            false => Some(PathBuf::from(place)).filter(|path| path.is_absolute()),
        }
    }

    /// The path that `$NAME` or `$NAME/REST` stands for; `None`: it is not set.
    pub(super) fn path(&self, place: &str) -> Option<PathBuf> {
        let place = place.strip_prefix('$')?;
        match place.split_once('/') {
            Some((name, rest)) => Some(self.get(name)?.join(rest)),
            None => self.get(place).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Variables;

    #[test]
    fn only_an_absolute_path_counts() {
        for (value, counts) in [
            ("/run/service", true),
            ("run/service", false),
            ("./x", false),
            ("~/x", false),
            ("", false),
        ] {
            let variables = Variables::new([("HERMES_S6_SCANDIR", PathBuf::from(value))]);
            assert_eq!(
                variables.get("HERMES_S6_SCANDIR").map(PathBuf::as_path),
                counts.then_some(Path::new(value)),
                "{value}"
            );
            assert_eq!(variables.get("OTHER"), None);
        }
    }
}
