//! `data/verdict`: why a service was left down, written by its `finish`.

use hermes_backend_s6::Verdict;

pub fn run(bytes: &[u8]) {
    let words = match Verdict::parse(bytes) {
        Some(Verdict::Final) => "final".to_owned(),
        Some(Verdict::Quarantined { deaths, seconds }) => {
            format!("quarantined {deaths} {seconds}")
        }
        None => return,
    };
    assert_eq!(Verdict::parse(words.as_bytes()), Verdict::parse(bytes));
}
