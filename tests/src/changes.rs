use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Changes as lines, in the same words whether a plan or a trace tells of them.
///
/// What no two commands share is numbered by where it first comes up: the label
/// that a command makes of the time, for its event FIFO and what it builds.
#[derive(Debug, Default)]
pub struct Changes {
    labels: BTreeMap<String, usize>,
    lines: Vec<String>,
}

/// Actions that change something, or say that somebody else will.
const CHANGES: [&str; 13] = [
    "write",
    "create-file",
    "create-directory",
    "create-fifo",
    "create-symlink",
    "create-link",
    "set-owner",
    "rename",
    "remove",
    "remove-tree",
    "signal",
    "listen",
    "expect",
];

impl Changes {
    /// The steps of a plan that `by` takes.
    pub fn planned(plan: &Value, by: &str) -> Vec<String> {
        let mut changes = Self::default();
        for step in plan.as_array().expect("a plan is a list") {
            if step["by"] == by {
                changes.add(step, &text(step, "path"), step["new_path"].as_str());
            }
        }
        changes.lines
    }

    /// The effects of a trace that changed something. `place` is what the label
    /// `scan-directory` stands for.
    pub fn traced(trace: &str, place: &str) -> Vec<String> {
        let mut changes = Self::default();
        let mut listeners = BTreeMap::new();
        for line in trace.lines() {
            let line: Value = serde_json::from_str(line).expect("a trace is JSON");
            let Some(reply) = line["outcome"].get("Ok") else {
                continue;
            };
            // The end of a listener is the removal of its FIFO.
            if line["effect"] == "close-listener" {
                let path: &String = &listeners[&line["listener"].to_string()];
                changes.add(&serde_json::json!({ "action": "remove" }), path, None);
                continue;
            }
            let action = line["action"].as_str().unwrap_or_default();
            // A signal without bytes only asks.
            if !CHANGES.contains(&action) || line["bytes"] == "" {
                continue;
            }
            let at = text(&line, "at").replacen("scan-directory", place, 1);
            let path = format!("{at}/{}", text(&line, "path"));
            let new_path = line["new_path"].as_str().map(|path| format!("{at}/{path}"));
            changes.add(&line, &path, new_path.as_deref());
            if let Some(listener) = reply.get("listener") {
                listeners.insert(listener.to_string(), path);
            }
        }
        changes.lines
    }

    fn add(&mut self, change: &Value, path: &str, new_path: Option<&str>) {
        let mut line = format!("{} {path}", text(change, "action"));
        if let Some(new_path) = new_path {
            let _ = write!(line, " {new_path}");
        }
        for field in ["mode", "uid", "gid", "bytes", "target", "meaning"] {
            if let Some(value) = change.get(field) {
                let _ = write!(line, " {field}={value}");
            }
        }
        if let Some(contents) = change["contents"].as_str() {
            let _ = write!(line, " {}", digest(contents.as_bytes()));
        }
        if let Some(contents) = change["contents"]["hex"].as_str() {
            let _ = write!(line, " {}", digest(&bytes(contents)));
        }
        if let Some(sha256) = change["sha256"].as_str() {
            let _ = write!(line, " {sha256}");
        }
        let line = self.numbered(&line);
        self.lines.push(line);
    }

    /// Labels are 24 hexadecimal digits, a colon and 6 more.
    fn numbered(&mut self, line: &str) -> String {
        const LENGTH: usize = 31;
        let mut out = String::new();
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            if let Some(label) = rest.get(..LENGTH).filter(|text| is_label(text)) {
                let next = self.labels.len();
                let number = *self.labels.entry(label.to_owned()).or_insert(next);
                let _ = write!(out, "[LABEL {number}]");
                rest = &rest[LENGTH..];
            } else {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        out
    }
}

/// What is written in hexadecimal digits.
fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at| hex.get(at..at + 2).expect("two digits a byte");
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digits(at), 16).expect("hexadecimal digits"))
        .collect()
}

fn is_label(text: &str) -> bool {
    text.char_indices().all(|(place, c)| match place {
        24 => c == ':',
        _ => matches!(c, '0'..='9' | 'a'..='f'),
    })
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}
