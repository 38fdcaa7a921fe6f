use super::reader::Reader;

/// One unit of a list, as far as it is of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedUnit<'a> {
    pub name: &'a str,
    /// What came of reading its files: `loaded`, `bad-setting`, `not-found` and others.
    pub load: &'a str,
    pub active: &'a str,
    pub sub: &'a str,
    /// What is queued for it: `start`, `stop` and others. Empty: nothing.
    pub job: &'a str,
}

impl<'a> ListedUnit<'a> {
    /// `None`: no more follow.
    pub(super) fn read(list: &mut Reader<'a>) -> Option<Self> {
        list.align(8)?;
        let name = list.text()?;
        let (_description, load) = (list.text()?, list.text()?);
        let (active, sub) = (list.text()?, list.text()?);
        let (_followed, _path) = (list.text()?, list.text()?);
        let (_job, job, _job_path) = (list.number()?, list.text()?, list.text()?);
        Some(Self {
            name,
            load,
            active,
            sub,
            job,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dbus::Writer;

    fn list(units: &[[&str; 4]]) -> Vec<u8> {
        let mut writer = Writer::default();
        for [name, active, sub, job] in units {
            writer.align(8);
            for text in [name, "d", "loaded", active, sub, "", "/unit"] {
                writer.text(text);
            }
            writer.number(0);
            writer.text(job);
            writer.text("/");
        }
        writer.0
    }

    #[test]
    fn reads_one_unit_after_the_other() {
        let bytes = list(&[
            ["a.service", "active", "running", ""],
            ["bc.service", "failed", "failed", "start"],
        ]);
        let mut list = Reader::new(&bytes, true);
        for (name, active, sub, job) in [
            ("a.service", "active", "running", ""),
            ("bc.service", "failed", "failed", "start"),
        ] {
            let unit = ListedUnit {
                name,
                load: "loaded",
                active,
                sub,
                job,
            };
            assert_eq!(ListedUnit::read(&mut list), Some(unit));
        }
        assert_eq!(ListedUnit::read(&mut list), None);
    }

    #[test]
    fn a_torn_unit_is_none() {
        let bytes = list(&[["a.service", "active", "running", ""]]);
        for length in 0..bytes.len() {
            let torn = bytes.get(..length).unwrap_or_default();
            assert_eq!(
                ListedUnit::read(&mut Reader::new(torn, true)),
                None,
                "{length}"
            );
        }
    }
}
