use super::PathAction;

/// How paths in a directory begin that may be written to: what is called so, and
/// what is in that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names(Vec<String>);

/// Write permission of others than the owner.
const OF_OTHERS: u32 = 0o022;

impl Names {
    /// `None`: one of them is not how a name begins, or leads elsewhere.
    pub fn new(beginnings: &[String]) -> Option<Self> {
        let sound = |beginning: &String| is_plain(beginning);
        (!beginnings.is_empty() && beginnings.iter().all(sound)).then(|| Self(beginnings.to_vec()))
    }

    /// Whether an action may change what is there. `path`: from the directory on.
    pub(super) fn allow(&self, path: &str, action: &PathAction) -> bool {
        if !is_plain(path) {
            return false;
        }
        match action {
            PathAction::Write { .. } | PathAction::CreateFile { .. } | PathAction::Remove => {
                self.rest(path).is_some()
            }
            PathAction::CreateDirectory { mode } => {
                self.rest(path).is_some() || mode & OF_OTHERS == 0 && self.leads_to(path)
            }
            // One that is further down, or leads there, could make a way from a name
            // to another.
            PathAction::CreateSymlink { target } => {
                self.bears(path) && target_of(path, target).is_some_and(|place| self.bears(&place))
            }
            _ => false,
        }
    }

    /// What follows how a path begins.
    fn rest<'p>(&self, path: &'p str) -> Option<&'p str> {
        let mut rests = self.0.iter();
        rests.find_map(|beginning| path.strip_prefix(beginning.as_str()))
    }

    /// Whether it is a name itself, and not in what is called so.
    fn bears(&self, path: &str) -> bool {
        self.rest(path).is_some_and(|rest| !rest.contains('/'))
    }

    /// Whether names are in it that are listed.
    fn leads_to(&self, path: &str) -> bool {
        let mut beginnings = self.0.iter();
        beginnings.any(|beginning| {
            beginning
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

/// The path below a directory that is at `inside`, both from where the names start;
/// `None`: it cannot be told from the words alone.
pub(super) fn joined(inside: Option<&str>, path: &str) -> Option<String> {
    let path = is_plain(path).then_some(path)?;
    Some(match inside? {
        "" => path.to_owned(),
        inside => format!("{inside}/{path}"),
    })
}

/// Where a symlink at `path` leads, by the words alone.
fn target_of(path: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    let mut rest = target;
    while let Some(above) = rest.strip_prefix("../") {
        parts.pop()?;
        rest = above;
    }
    if !is_plain(rest) {
        return None;
    }
    parts.push(rest);
    Some(parts.join("/"))
}

/// Relative, and each of its parts the name of something.
fn is_plain(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::effect::Bytes;

    fn names() -> Names {
        let beginnings = ["acme-", "some.wants/acme-"].map(str::to_owned);
        Names::new(&beginnings).unwrap()
    }

    fn write() -> PathAction {
        let contents = Bytes::default();
        PathAction::Write {
            contents,
            mode: 0o644,
        }
    }

    #[test]
    fn a_beginning_is_one_that_stays_in_the_directory() {
        for (beginning, sound) in [
            ("acme-", true),
            ("a/b", true),
            ("", false),
            ("/acme", false),
            ("a/", false),
            ("a//b", false),
            ("../a", false),
            ("./a", false),
            ("a/..", false),
            ("a\0", false),
        ] {
            let made = Names::new(&[beginning.to_owned()]);
            assert_eq!(made.is_some(), sound, "{beginning:?}");
        }
        assert_eq!(Names::new(&[]), None);
    }

    #[test]
    fn what_is_called_so_may_be_written_and_nothing_else() {
        for (path, allowed) in [
            ("acme-a.service", true),
            ("acme-", true),
            ("acme-a.service.d/x.conf", true),
            ("some.wants/acme-a", true),
            ("acme", false),
            ("sshd.service", false),
            ("xacme-a", false),
            ("some.wants", false),
            ("some.wants/sshd.service", false),
            ("other.wants/acme-a", false),
            ("acme-a/../sshd.service", false),
            ("./acme-a", false),
            ("/acme-a", false),
            ("//acme-a", false),
            ("acme-a/", false),
            ("some.wants//acme-a", false),
            ("", false),
            (".", false),
            ("ACME-a", false),
        ] {
            for action in [write(), PathAction::Remove] {
                assert_eq!(names().allow(path, &action), allowed, "{path:?} {action:?}");
            }
        }
    }

    #[test]
    fn a_directory_on_the_way_is_made_and_only_for_its_owner_to_change() {
        for (path, mode, allowed) in [
            ("some.wants", 0o755, true),
            ("some.wants", 0o775, false),
            ("some.wants", 0o777, false),
            ("acme-a.service.d", 0o755, true),
            ("some", 0o755, false),
            ("other.wants", 0o755, false),
            ("some.wants/x", 0o755, false),
        ] {
            let action = PathAction::CreateDirectory { mode };
            assert_eq!(names().allow(path, &action), allowed, "{path} {mode:o}");
        }
    }

    #[test]
    fn a_symlink_leads_from_name_to_name() {
        for (path, target, allowed) in [
            ("some.wants/acme-a", "../acme-b", true),
            ("acme-a", "acme-b", true),
            ("acme-a", "some.wants/acme-b", true),
            ("some.wants/acme-a", "acme-b", true),
            ("some.wants/acme-a", "../sshd.service", false),
            ("some.wants/acme-a", "../../acme-b", false),
            ("some.wants/acme-a", "../acme-b/../sshd.service", false),
            ("acme-a", "sshd.service", false),
            ("acme-a", "/etc/shadow", false),
            ("acme-a", "", false),
            ("acme-a", ".", false),
            ("acme-a", "..", false),
            ("acme-a", "acme-b/x", false),
            // Seen from `acme-a/s`, were that a link, it could lead anywhere.
            ("acme-a/s", "../acme-b", false),
            ("sshd.service", "acme-a", false),
        ] {
            let action = PathAction::CreateSymlink {
                target: target.into(),
            };
            assert_eq!(names().allow(path, &action), allowed, "{path} -> {target}");
        }
    }

    #[test]
    fn nothing_gets_another_name() {
        for action in [
            PathAction::Rename {
                new_path: "acme-b".into(),
            },
            PathAction::CreateLink {
                new_path: "acme-b".into(),
                other: None,
            },
            PathAction::SetOwner { uid: 0, gid: 0 },
            PathAction::CreateFifo { mode: 0o600 },
            PathAction::Listen { mode: 0o600 },
            PathAction::RemoveTree,
            PathAction::Signal {
                bytes: Bytes::default(),
                meaning: String::new(),
            },
        ] {
            assert!(!names().allow("acme-a", &action), "{action:?}");
        }
    }

    #[test]
    fn a_directory_is_where_the_words_say_or_nowhere() {
        for (inside, path, expected) in [
            (Some(""), "a/b", Some("a/b")),
            (Some("a"), "b", Some("a/b")),
            (Some("a"), "../b", None),
            (Some(""), ".", None),
            (None, "a", None),
        ] {
            assert_eq!(joined(inside, path).as_deref(), expected, "{path}");
        }
    }
}
