//! `data/deaths`: the account of a gateway may have put anything there before
//! the `finish` of its service counts them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use hermes_backend_s6::finish_script;
use hermes_backend_sdk::types::RestartPolicy;
use tempfile::TempDir;

const MAX_DEATHS: u32 = 5;
const MOST_ASKED: usize = 40;

pub fn run(bytes: &[u8]) {
    static SLOT: OnceLock<TempDir> = OnceLock::new();
    let slot = SLOT.get_or_init(slot).path();
    let data = slot.join("data");
    fs::write(data.join("deaths"), bytes).expect("a file");
    // As s6-supervise calls it after exit code 1.
    let finish = Command::new("/bin/sh")
        .args(["./finish", "1", "0", "gateway-coder"])
        .current_dir(slot)
        .output()
        .expect("a shell");
    let deaths = fs::read_to_string(data.join("deaths")).expect("text");
    // Restarts that were asked for are no deaths.
    let (asked, died): (Vec<&str>, Vec<&str>) =
        deaths.lines().partition(|line| line.ends_with(" asked"));
    let count = u32::try_from(died.len()).expect("few");
    assert!((1..=MAX_DEATHS).contains(&count), "{deaths:?}");
    assert!(asked.len() < MOST_ASKED, "{deaths:?}");
    let asked = asked.iter().filter_map(|line| line.strip_suffix(" asked"));
    for line in died.into_iter().chain(asked) {
        assert!(line.bytes().all(|byte| byte.is_ascii_digit()), "{deaths:?}");
    }
    let quarantined = count == MAX_DEATHS;
    let code = if quarantined { 125 } else { 0 };
    assert_eq!(finish.status.code(), Some(code), "{finish:?}");
    assert_eq!(finish.stdout.is_empty(), !quarantined, "{finish:?}");
    assert_eq!(names(slot), ["data", "finish"]);
    let record = if quarantined { "verdict" } else { "restarts" };
    assert_eq!(names(&data), ["deaths", record]);
    fs::remove_file(data.join(record)).expect("a file");
}

fn slot() -> TempDir {
    let slot = tempfile::tempdir().expect("a directory");
    let policy = RestartPolicy {
        final_exit_codes: vec![0, 78],
        max_deaths: MAX_DEATHS,
        window: 60_000_000_000,
        max_delay: 30_000_000_000,
    };
    fs::write(slot.path().join("finish"), finish_script(&policy)).expect("a file");
    fs::create_dir(slot.path().join("data")).expect("a directory");
    slot
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("text"))
        .collect();
    names.sort();
    names
}
