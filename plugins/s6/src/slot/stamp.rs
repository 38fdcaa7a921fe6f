use super::fingerprint;

/// The name of a file in a slot that says that all of it is there, and whose it is: a second
/// name of `run`, made last. Of each home another one, so that a look at the name is enough.
#[derive(Debug, Clone)]
pub(crate) struct Stamp(String);

impl Stamp {
    const PREFIX: &str = "stamp-";

    pub(crate) fn of(home: &str) -> Self {
        Self(format!("{}{:016x}", Self::PREFIX, fingerprint::of(&[home])))
    }

    /// Relative to the slot.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a file of this name may be one of any home.
    pub(crate) fn is_one(name: &str) -> bool {
        name.starts_with(Self::PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;

    #[test]
    fn each_home_has_one_of_its_own() {
        let [data, other] = ["/data", "/other"].map(Stamp::of);
        assert_ne!(data.as_str(), other.as_str());
        assert_eq!(data.as_str(), Stamp::of("/data").as_str());
        assert!(Stamp::is_one(data.as_str()));
        assert!(!data.as_str().contains('/'));
    }
}
