//! Everything that a backend can do with a path, one or two of them.

use hermes_host::effect::{Bytes, PathAction};

/// An action and where the attacking path stands in it.
#[derive(Debug, Clone)]
pub(crate) enum Attempt {
    /// The path is acted on.
    On(PathAction),
    /// The path is where `own`, or a directory, is to go.
    To(&'static str, fn(String) -> PathAction),
    /// The path is the target of a new link, which is then acted on.
    Through(&'static str, PathAction),
}

impl Attempt {
    /// The actions on paths, in their order.
    pub(crate) fn steps(&self, path: &str) -> Vec<(String, PathAction)> {
        match self {
            Self::On(action) => vec![(path.to_owned(), action.clone())],
            Self::To(from, action) => vec![((*from).to_owned(), action(path.to_owned()))],
            Self::Through(planted, action) => {
                let target = path.to_owned();
                vec![
                    ("planted".to_owned(), PathAction::CreateSymlink { target }),
                    ((*planted).to_owned(), action.clone()),
                ]
            }
        }
    }

    pub(crate) fn all() -> Vec<Self> {
        use PathAction as A;

        let contents = || Bytes(b"overwritten".to_vec());
        // Of nobody.
        let (uid, gid) = (4_000_000, 4_000_000);
        let (read, open) = (A::Read { limit: 1 << 16 }, A::OpenDirectory);
        let write = A::Write {
            contents: contents(),
            mode: 0o4755,
        };
        let create_file = A::CreateFile {
            contents: contents(),
            mode: 0o666,
        };
        let on = [
            open.clone(),
            read.clone(),
            A::Entries,
            A::Metadata,
            write.clone(),
            create_file.clone(),
            A::CreateDirectory { mode: 0o755 },
            A::CreateDirectory { mode: 0o3777 },
            A::CreateFifo { mode: 0o666 },
            A::CreateSymlink {
                target: "own".into(),
            },
            A::CreateLink {
                new_path: "grabbed".into(),
                other: None,
            },
            A::SetOwner { uid, gid },
            A::Rename {
                new_path: "grabbed".into(),
            },
            A::Remove,
            A::RemoveTree,
            A::Signal {
                bytes: contents(),
                meaning: String::new(),
            },
            A::Listen { mode: 0o666 },
        ];
        let mut all: Vec<Self> = on.into_iter().map(Self::On).collect();
        all.extend([
            Self::To("own", |new_path| A::CreateLink {
                new_path,
                other: None,
            }),
            Self::To("own", |new_path| A::Rename { new_path }),
            Self::To("plain", |new_path| A::Rename { new_path }),
            Self::Through("planted", open),
            Self::Through("planted", read.clone()),
            Self::Through("planted/canary", read),
            Self::Through("planted/new", write),
            Self::Through("planted", create_file),
            Self::Through("planted/", A::RemoveTree),
        ]);
        all
    }
}
