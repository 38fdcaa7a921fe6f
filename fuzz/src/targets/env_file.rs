//! A profile's `.env`.

use hermes_host::profile::EnvFile;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let file = EnvFile::parse(&text);
    let lines = file.variables().len() + file.invalid_lines().len();
    assert!(lines <= text.lines().count());
    let Some((key, _)) = file.variables().first() else {
        return;
    };
    // What a copy of a profile leaves out is gone, and nothing else is.
    let kept = EnvFile::without(bytes, key);
    let kept = EnvFile::parse(&String::from_utf8_lossy(&kept));
    assert_eq!(kept.get(key), None);
    let others = |(name, _): &&(String, String)| name != key;
    assert!(file.variables().iter().filter(others).eq(kept.variables()));
}
