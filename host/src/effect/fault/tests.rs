#![allow(clippy::unwrap_used)]

use std::cell::RefCell;

use super::*;
use crate::effect::fixture::Recorder;
use crate::effect::{Bytes, DirectoryId, LogLevel, PathAction, Reply};
use crate::recording::{Recording, Trace, Track};

fn fault(text: &str) -> Injection {
    Injection::new(text.parse().unwrap())
}

fn write() -> Effect {
    Effect::Path {
        directory: DirectoryId(0),
        path: "gateway-coder/run".into(),
        action: PathAction::Write {
            contents: Bytes(Vec::new()),
            mode: 0o644,
        },
    }
}

#[test]
fn every_fault_has_a_name_of_its_own() {
    let mut kinds: Vec<FaultKind> = Vec::new();
    for name in FaultKind::NAMES {
        let kind = FaultKind::named(name).unwrap();
        assert!(!kinds.contains(&kind), "{name}");
        kinds.push(kind);
    }
}

#[test]
fn anything_else_is_refused() {
    for (text, error) in [
        ("", FaultError::Malformed),
        ("7", FaultError::Malformed),
        (":io", FaultError::Malformed),
        ("+7:io", FaultError::Malformed),
        ("7 :io", FaultError::Malformed),
        ("-1:io", FaultError::Malformed),
        ("0:io", FaultError::Number),
        ("07:io", FaultError::Number),
        ("99999999999999999999:io", FaultError::Number),
        ("7:", FaultError::Unknown),
        ("7:IO", FaultError::Unknown),
        ("7:other", FaultError::Unknown),
        ("7:io:8", FaultError::Unknown),
    ] {
        assert_eq!(text.parse::<Fault>(), Err(error), "{text}");
    }
}

#[test]
fn one_effect_fails_and_the_others_happen() {
    for name in FaultKind::NAMES {
        let Some(FaultKind::Fail(failure)) = FaultKind::named(name) else {
            continue;
        };
        let below = Recorder::default();
        let injection = fault(&format!("2:{name}"));
        let mut faulty = Faulty::new("s6".into(), injection.clone(), below.clone());
        assert_eq!(faulty.perform(&write()), Ok(Reply::Done));
        assert_eq!(injection.progress(), Progress::Waiting);
        assert_eq!(faulty.perform(&write()), Err(failure));
        assert_eq!(injection.progress(), Progress::Injected);
        assert_eq!(faulty.perform(&write()), Ok(Reply::Done));
        assert_eq!(below.take().len(), 2, "{name}");
    }
}

#[test]
fn a_refusal_names_what_it_was_injected_into() {
    let mut faulty = Faulty::new("s6".into(), fault("1:not-granted"), Recorder::default());
    let Err(Failure::NotGranted(denial)) = faulty.perform(&write()) else {
        unreachable!()
    };
    assert_eq!(
        denial.to_string(),
        "backend s6 was refused files.write on gateway-coder/run: it holds no grant for it"
    );
    assert_eq!(denial.missing, "none, the refusal was injected");
}

#[test]
fn what_the_contract_lets_never_fail_happens() {
    let message = String::new();
    let level = LogLevel::Info;
    for (effect, out_of_time) in [
        (Effect::Now, true),
        (Effect::Monotonic, true),
        (Effect::Sleep { duration: 1 }, true),
        (Effect::Log { level, message }, true),
        (
            Effect::CloseDirectory {
                directory: DirectoryId(0),
            },
            false,
        ),
    ] {
        for (name, fails) in [
            ("io", false),
            ("not-granted", false),
            ("out-of-time", out_of_time),
        ] {
            let injection = fault(&format!("1:{name}"));
            let mut layer = Faulty::new("s6".into(), injection.clone(), Recorder::default());
            assert_eq!(layer.perform(&effect).is_err(), fails, "{effect:?} {name}");
            let expected = match fails {
                true => Progress::Injected,
                false => Progress::CannotFail,
            };
            assert_eq!(injection.progress(), expected, "{effect:?} {name}");
        }
    }
}

#[test]
fn of_several_instances_the_first_to_come_to_the_effect_has_the_fault() {
    let injection = fault("1:io");
    let mut faults = Vec::new();
    for backend in ["s6", "noop"] {
        let mut layer = Faulty::new(backend.into(), injection.clone(), Recorder::default());
        faults.push(layer.perform(&write()).is_err());
    }
    assert_eq!(faults, [true, false]);
}

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_trace_shows_the_fault_at_its_number() {
    let sink = Sink::default();
    let layer = Faulty::new("s6".into(), fault("2:no-space"), Recorder::default());
    let recording = Recording::new(Box::new(sink.clone()));
    let mut trace = Trace::new(Track::begin(recording, "s6".into(), "", ""), layer);
    for _ in 0..3 {
        let _ = trace.perform(&write());
    }
    let text = String::from_utf8(sink.0.take()).unwrap();
    let failed: Vec<bool> = text
        .lines()
        .skip(1)
        .map(|line| line.contains(r#""outcome":{"Err":"no-space"}"#))
        .collect();
    assert_eq!(failed, [false, true, false]);
    assert!(text.contains(r#"{"number":2,"#), "{text}");
}
