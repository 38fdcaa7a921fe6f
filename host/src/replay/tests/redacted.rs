use super::*;
use crate::backend::{Action, Registration, RunState, ServiceSpec};
use crate::gateway::settings::Settings;
use crate::gateway::specification::Specification;

const OLD_KEY: &str = "sk-of-yesterday-0123456789";
const WRITTEN: &str =
    "#!/bin/sh\n# Written by hermes-host, and written anew whenever it registers.\n";
const NEW_KEY: &str = "sk-'of'-today-0123456789";

/// A gateway that is to have a key in its environment, and no logger, as the slot
/// has none.
fn service() -> ServiceSpec {
    let specification = Specification {
        home: Path::new("/data"),
        executable: Path::new("/bin/hermes-host"),
        settings: &Settings::default(),
        account: None,
    };
    let coder = "coder".parse().unwrap();
    ServiceSpec {
        environment: vec![
            ("API_KEY".into(), NEW_KEY.into()),
            ("A".into(), String::new()),
        ],
        log_directory: None,
        ..specification.service(&coder, RunState::Up)
    }
}

/// A slot whose key is another one is brought up to date, and then looked at.
fn record_update(scan: &Scan, wrap: fn(Box<dyn Write>) -> Recording) -> String {
    // Ours, and after that with a stamp that says so whatever is in it.
    scan.file("gateway-coder/run", WRITTEN.as_bytes());
    record(scan, Recording::new, |backend| {
        let answers = backend.register(&[service()]).unwrap();
        assert_eq!(answers, [Ok(Registration::Updated)]);
    });
    scan.file("gateway-coder/run", OLD_KEY.as_bytes());
    record(scan, wrap, |backend| {
        let answers = backend.register(&[service()]).unwrap();
        assert_eq!(answers, [Ok(Registration::Updated)]);
        let names = ["gateway-coder".to_owned()];
        backend.control(&Action::Start, &names, None).unwrap();
        backend.status(&names).unwrap();
    })
}

/// The key as the script of the slot quotes it.
fn quoted() -> String {
    NEW_KEY.replace('\'', "'\\\\''")
}

#[test]
fn a_recording_has_the_secrets_unless_they_are_redacted() {
    let text = record_update(&Scan::new(), Recording::new);
    for planted in [OLD_KEY, NEW_KEY, &quoted()] {
        assert!(text.contains(planted), "{planted}: {text}");
    }
    let text = record_update(&Scan::new(), Recording::redacted);
    for planted in [OLD_KEY, NEW_KEY, &quoted(), "0123456789", "today"] {
        assert!(!text.contains(planted), "{planted}: {text}");
    }
    assert!(text.contains("API_KEY"), "names stay: {text}");
}

#[test]
fn one_without_secrets_is_replayed_all_the_same() {
    let replayed = play(&record_update(&Scan::new(), Recording::redacted)).unwrap();
    assert_eq!(replayed.difference, None);
    assert_eq!(replayed.backends[0].calls, 3);
    assert_eq!(replayed.backends[0].partly, 0, "{replayed:?}");
}

#[test]
fn what_depends_on_redacted_contents_is_not_compared() {
    let scan = Scan::new();
    record_update(&scan, Recording::new);
    // Now the slot is as it is to be, which a replay cannot see.
    let text = record(&scan, Recording::redacted, |backend| {
        let answers = backend.register(&[service()]).unwrap();
        assert_eq!(answers, [Ok(Registration::Unchanged)]);
        backend.status(&["gateway-coder".into()]).unwrap();
    });
    let replayed = play(&text).unwrap();
    assert_eq!(replayed.difference, None);
    assert_eq!(replayed.backends[0].calls, 2);
    assert_eq!(replayed.backends[0].partly, 1);
}

#[test]
fn what_is_written_is_compared_by_its_digest() {
    let scan = Scan::new();
    let text = record(&scan, Recording::redacted, |backend| {
        let names = ["gateway-coder".to_owned()];
        backend.control(&Action::Stop, &names, None).unwrap();
        backend.control(&Action::Start, &names, None).unwrap();
        backend.control(&Action::Stop, &names, None).unwrap();
    });
    assert_eq!(play(&text).unwrap().difference, None);
    let stand_in = text.find("\"contents\":\"redacted:sha256:").unwrap() + 29;
    let mut other = text.clone();
    let digit = if &text[stand_in..=stand_in] == "0" {
        "1"
    } else {
        "0"
    };
    other.replace_range(stand_in..=stand_in, digit);
    let difference = play(&other).unwrap().difference.unwrap();
    assert_eq!(difference.expected.unwrap()["path"], "gateway-coder/down");
}
