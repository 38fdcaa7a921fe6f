use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::Value;

use crate::changes::digest;

/// What a home holds, to try a plan on: path, and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeModel {
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// With the type of the file.
    mode: u32,
    owner: (u32, u32),
    contents: Contents,
}

#[derive(Debug, Clone)]
enum Contents {
    /// Without the times in it.
    Text(String),
    Digest(String),
    /// The command that holds a lock writes its number.
    Lock,
    None,
}

/// A plan has only the digest of some texts.
impl PartialEq for Contents {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(another)) | (Self::Digest(one), Self::Digest(another)) => {
                one == another
            }
            (Self::Text(text), Self::Digest(sum)) | (Self::Digest(sum), Self::Text(text)) => {
                digest(text.as_bytes()) == *sum
            }
            (Self::Lock, Self::Lock) | (Self::None, Self::None) => true,
            _ => false,
        }
    }
}

impl Eq for Contents {}

const FILE: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

impl HomeModel {
    /// The files at `root`, called `name` in plans. What gateways and their
    /// loggers write is not the host's.
    pub fn read(root: &Path, name: &str) -> Self {
        let mut entries = BTreeMap::new();
        let mut folders = vec![(root.to_owned(), name.to_owned())];
        while let Some((folder, name)) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a readable directory") {
                let entry = entry.expect("a readable entry");
                let path = format!("{name}/{}", entry.file_name().to_string_lossy());
                if path.ends_with("/logs/gateways") {
                    continue;
                }
                let found = entry.metadata().expect("its metadata");
                if found.is_dir() {
                    folders.push((entry.path(), path.clone()));
                }
                let contents = match found.is_file() {
                    true if is_lock(&path) => Contents::Lock,
                    true => {
                        let bytes = fs::read(entry.path()).expect("a readable file");
                        Contents::of(&bytes, found.mode())
                    }
                    false => Contents::None,
                };
                entries.insert(
                    path,
                    Entry {
                        mode: found.mode(),
                        owner: (found.uid(), found.gid()),
                        contents,
                    },
                );
            }
        }
        Self { entries }
    }

    /// What is not the same in the other one, in words.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let paths: BTreeSet<&String> = self.entries.keys().chain(other.entries.keys()).collect();
        paths
            .into_iter()
            .map(|path| (path, self.entries.get(path), other.entries.get(path)))
            .filter(|(_, one, another)| one != another)
            .map(|(path, one, another)| format!("{path}: {one:?} is not {another:?}"))
            .collect()
    }

    /// Does what the host's steps of a plan say, as the account `uid`.
    pub fn apply(&mut self, plan: &Value, uid: u32) {
        for step in plan.as_array().expect("a plan is a list") {
            if step["by"] == "host" {
                self.step(step, uid);
            }
        }
    }

    fn step(&mut self, step: &Value, uid: u32) {
        let path = step["path"].as_str().expect("a path").to_owned();
        let mode = || u32::try_from(step["mode"].as_u64().expect("a mode")).expect("a mode");
        let id = |field: &str| u32::try_from(step[field].as_u64().expect("an id")).expect("an id");
        let own = |mode, contents| Entry {
            mode,
            owner: (uid, uid),
            contents,
        };
        match step["action"].as_str().expect("an action") {
            "create-directory" => {
                let new = own(DIRECTORY | mode(), Contents::None);
                assert!(self.entries.insert(path, new).is_none(), "{step}");
            }
            "write" => {
                let contents = match step["text"].as_str() {
                    Some(text) => {
                        assert_eq!(step["sha256"], digest(text.as_bytes()), "{step}");
                        Contents::of(text.as_bytes(), mode())
                    }
                    None => Contents::Digest(step["sha256"].as_str().expect("a digest").to_owned()),
                };
                self.entries.insert(path, own(FILE | mode(), contents));
            }
            "append" => {
                let Contents::Text(before) = &mut self.at(&path).contents else {
                    panic!("no text to append to: {step}");
                };
                before.push_str(&timeless(step["text"].as_str().expect("a text")));
            }
            "lock" => {
                let new = own(FILE | 0o600, Contents::Lock);
                self.entries.entry(path).or_insert(new);
            }
            "set-owner" => self.at(&path).owner = (id("uid"), id("gid")),
            "rename" => {
                let new_path = step["new_path"].as_str().expect("a new path");
                for (below, entry) in self.take(&path) {
                    self.entries.insert(format!("{new_path}{below}"), entry);
                }
            }
            "remove" => assert!(self.entries.remove(&path).is_some(), "{step}"),
            "remove-tree" => assert!(!self.take(&path).is_empty(), "{step}"),
            _ => panic!("an unknown step: {step}"),
        }
    }

    fn at(&mut self, path: &str) -> &mut Entry {
        let entry = self.entries.get_mut(path);
        entry.unwrap_or_else(|| panic!("nothing at {path}"))
    }

    /// Takes a path out, with all below it: each by what follows the path.
    fn take(&mut self, path: &str) -> Vec<(String, Entry)> {
        let is_below = |other: &str| {
            let rest = other.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let all = std::mem::take(&mut self.entries);
        let (taken, left) = all.into_iter().partition(|(other, _)| is_below(other));
        self.entries = left;
        let taken: BTreeMap<String, Entry> = taken;
        taken
            .into_iter()
            .map(|(other, entry)| (other[path.len()..].to_owned(), entry))
            .collect()
    }
}

impl Contents {
    /// A plan quotes what everybody may read, and where it is short.
    fn of(bytes: &[u8], mode: u32) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.len() <= 4096 && mode & 0o004 != 0 => Self::Text(timeless(text)),
            _ => Self::Digest(digest(bytes)),
        }
    }
}

fn is_lock(path: &str) -> bool {
    ["/hermes-host.lock", "/gateway_intent.lock"]
        .iter()
        .any(|name| path.ends_with(name))
}

/// `2026-11-23T23:42:32.858Z` and `2026-11-23T23:42:34+0000` are `[TIME]`.
fn timeless(text: &str) -> String {
    let is_time = |word: &str| {
        word.len() >= 20
            && word.bytes().zip(0..).all(|(byte, place)| match place {
                4 | 7 => byte == b'-',
                10 => byte == b'T',
                13 | 16 => byte == b':',
                0..19 => byte.is_ascii_digit(),
                _ => byte.is_ascii_digit() || b".Z+-".contains(&byte),
            })
    };
    text.split_inclusive([' ', '"', '\n'])
        .map(|word| {
            let bare = word.trim_end_matches([' ', '"', '\n']);
            if is_time(bare) {
                word.replace(bare, "[TIME]")
            } else {
                word.to_owned()
            }
        })
        .collect()
}
