use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use crate::state::is_hidden;

/// What lies below a directory: each path with its kind, mode, owner and
/// contents in one text, to compare and to show.
pub(crate) type Tree = BTreeMap<String, String>;

/// Looks at all but what `skipped` says is nobody's concern. What vanishes
/// meanwhile was not there.
pub(crate) fn look(directory: &Path, skipped: fn(&str) -> bool) -> Tree {
    let mut tree = Tree::new();
    walk(directory, "", skipped, &mut tree);
    tree
}

fn walk(directory: &Path, above: &str, skipped: fn(&str) -> bool, tree: &mut Tree) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = String::from_utf8_lossy(entry.file_name().as_bytes()).into_owned();
        let path = match above {
            "" => name,
            above => format!("{above}/{name}"),
        };
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if skipped(&path) {
            continue;
        }
        let kind = metadata.file_type();
        let what = if kind.is_dir() {
            "directory".to_owned()
        } else if kind.is_file() {
            format!("file {}", contents(&entry.path()))
        } else if kind.is_fifo() {
            "FIFO".to_owned()
        } else {
            "something else".to_owned()
        };
        let (mode, uid) = (metadata.mode() & 0o7777, metadata.uid());
        tree.insert(path.clone(), format!("{mode:o} {uid} {what}"));
        if kind.is_dir() {
            walk(&entry.path(), &path, skipped, tree);
        }
    }
}

/// Of an intent only what it says: who said it and when differs each time.
fn contents(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if path.ends_with("gateway_intent.json") {
        let intent: Result<serde_json::Value, _> = serde_json::from_str(&text);
        return match intent.as_ref().map(|intent| intent["desired"].as_str()) {
            Ok(Some(desired)) => desired.to_owned(),
            _ => format!("torn: {text}"),
        };
    }
    text
}

/// The intents of a volume, by the profile's directory, without those of hidden ones.
pub(crate) fn intents(volume: &Tree) -> BTreeMap<&str, &str> {
    volume
        .iter()
        .filter_map(|(path, what)| {
            let home = path.strip_suffix("gateway_intent.json")?;
            if is_hidden(path) {
                return None;
            }
            Some((home.trim_end_matches('/'), what.rsplit(' ').next()?))
        })
        .collect()
}
