/// What a drop-in says that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Installed(String);

/// systemd passes over names that begin so.
pub(super) const HOME: &str = "X-HermesHome";

pub(super) const FINAL_CODES: &str = "RestartPreventExitStatus";

impl Installed {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The home of its profile, where that is another one than this.
    pub(crate) fn other_home(&self, home: &str) -> Option<&str> {
        self.value(HOME).filter(|other| *other != home)
    }

    /// Exit codes after which it is not restarted.
    pub(crate) fn final_codes(&self) -> Vec<u8> {
        let words = self.value(FINAL_CODES).unwrap_or_default();
        let words = words.split_ascii_whitespace();
        words.filter_map(|word| word.parse().ok()).collect()
    }

    fn value(&self, setting: &str) -> Option<&str> {
        let mut lines = self.0.lines();
        lines.find_map(|line| line.strip_prefix(setting)?.strip_prefix('='))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_has_written() {
        let spec = super::super::sample::spec();
        let text = super::super::drop_in(&spec, "/home/a", crate::manager::Scope::User, 252);
        let installed = Installed::new(text.as_bytes());
        assert_eq!(installed.other_home("/home/a"), None);
        assert_eq!(installed.other_home("/home"), Some("/home/a"));
        assert_eq!(installed.final_codes(), [0, 78]);
    }

    #[test]
    fn what_is_torn_says_nothing() {
        let codes = |text: &str| Installed::new(text.as_bytes()).final_codes();
        assert_eq!(codes("RestartPreventExitStatus=x 300 1\n"), [1]);
        assert_eq!(codes(""), []);
        assert_eq!(Installed::new(b"\xffHome").other_home("/a"), None);
    }
}
