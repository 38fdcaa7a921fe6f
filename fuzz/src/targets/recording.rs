//! A recording that somebody hands in to be replayed: each line of it, and what
//! it makes a backend do.

use std::io::Cursor;

use hermes_host::replay::{Component, replay};

pub fn run(bytes: &[u8]) {
    let recording = Box::new(Cursor::new(bytes.to_vec()));
    match replay(recording, Component::Current) {
        Ok(replayed) => {
            assert!(!replayed.backends.is_empty());
            if let Some(difference) = replayed.difference {
                serde_json::to_vec(&difference).expect("a difference is JSON");
            }
        }
        Err(error) => {
            super::assert_is_one_line(&error.to_string());
            super::assert_is_one_line(&error.hint().unwrap_or_default());
        }
    }
}
