#![allow(clippy::unwrap_used, clippy::panic)]

mod differences;
mod hostile;
mod redacted;

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Cursor, Write};
use std::path::Path;
use std::rc::Rc;

use hermes_bundle::BUNDLED;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::*;
use crate::backend::{Backend, Variables};
use crate::recording::Recording;
use crate::sandbox::{Artefact, Layers};

/// A scan directory with the FIFOs that s6 reads, and their readers.
struct Scan {
    directory: TempDir,
    readers: Vec<File>,
}

impl Scan {
    /// With an s6-svscan that listens and one slot, supervised and down.
    fn new() -> Self {
        let mut scan = Self {
            directory: tempfile::tempdir().unwrap(),
            readers: Vec::new(),
        };
        scan.fifo(".s6-svscan/control");
        scan.fifo("gateway-coder/supervise/control");
        // The second bit of the flags: ready to be started.
        let mut status = [0; 35];
        status[34] = 8;
        scan.file("gateway-coder/supervise/status", &status);
        scan
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn file(&self, path: &str, contents: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn fifo(&mut self, path: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let reader = File::options().read(true).write(true).open(path).unwrap();
        self.readers.push(reader);
    }
}

#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The recording of what `act` has the s6 backend do.
fn record(
    scan: &Scan,
    wrap: fn(Box<dyn Write>) -> Recording,
    act: impl FnOnce(&mut Backend),
) -> String {
    let memory = Memory::default();
    let recording = wrap(Box::new(memory.clone()));
    let layers = Layers {
        recording: Some(recording.clone()),
        ..Layers::default()
    };
    let variables = Variables::new([("HERMES_S6_SCANDIR", scan.path().to_owned())]);
    let bundled = BUNDLED.iter().find(|bundled| bundled.id == "s6").unwrap();
    let artefact = Artefact::bundled(bundled).unwrap();
    act(
        &mut Backend::built_in(&artefact, std::path::Path::new("/data"), &variables, layers)
            .unwrap(),
    );
    recording.finish();
    String::from_utf8(memory.0.take()).unwrap()
}

fn play(text: &str) -> Result<Replayed, ReplayError> {
    let text = text.as_bytes().to_vec();
    replay(Box::new(Cursor::new(text)), Component::Recorded)
}

/// `detect` and `status`, which is enough for most.
fn a_recording() -> String {
    record(&Scan::new(), Recording::new, |backend| {
        backend.detect().unwrap();
        backend.status(&["gateway-coder".into()]).unwrap();
    })
}

/// All of a recording of one backend.
fn all_of(text: &str) -> Vec<Played> {
    let lines = |field: &str| {
        let lines = text.lines().filter(|line| line.contains(field));
        lines.count().try_into().unwrap()
    };
    vec![Played {
        backend: "s6".into(),
        calls: lines(r#""call":"#),
        effects: lines(r#""effect":"#),
        partly: 0,
    }]
}

#[test]
fn what_was_recorded_is_replayed_without_the_machine() {
    let text = a_recording();
    let replayed = play(&text).unwrap();
    assert_eq!(replayed.difference, None);
    assert_eq!(replayed.backends, all_of(&text));
    assert!(replayed.backends[0].effects > 0, "{text}");
}

#[test]
fn a_call_that_the_sandbox_ended_ends_the_same_way() {
    let memory = Memory::default();
    let bundled = BUNDLED.iter().find(|bundled| bundled.id == "s6").unwrap();
    let artefact = Artefact::bundled(bundled).unwrap();
    let recording = Recording::new(Box::new(memory.clone()));
    let layers = Layers {
        recording: Some(recording.clone()),
        ..Layers::default()
    };
    let mut instance = crate::sandbox::Instance::new(&artefact, layers).unwrap();
    // Nothing is granted, so that every effect is a denial.
    instance.open(crate::effect::Grants {
        backend: "s6".into(),
        ..Default::default()
    });
    let out_of_time = crate::sandbox::Budget {
        time: std::time::Duration::ZERO,
        ..crate::sandbox::Budget::LOOK
    };
    for budget in [crate::sandbox::Budget::LOOK, out_of_time] {
        let home = "/data".into();
        let call = crate::sandbox::Call::Registered { home };
        let _ = instance.answer(&call, budget, |guest, store| {
            guest.call_registered(store, &"/data".to_owned())
        });
    }
    recording.finish();
    let text = String::from_utf8(memory.0.take()).unwrap();
    assert!(text.contains(r#""not-granted""#), "{text}");
    let replayed = play(&text).unwrap();
    assert_eq!(replayed.difference, None, "{text}");
}

#[test]
fn a_backend_that_is_asked_twice_is_a_new_one_each_time() {
    let once = a_recording();
    let (lines, _) = once.split_once("{\"end\"").unwrap();
    let twice = lines.repeat(2);
    let effects = all_of(&twice)[0].effects;
    let end = format!("{{\"end\":{{\"calls\":4,\"effects\":{effects}}}}}\n");
    let twice = twice + &end;
    let replayed = play(&twice).unwrap();
    assert_eq!(replayed.difference, None);
    assert_eq!(replayed.backends, all_of(&twice));
}

#[test]
fn one_that_is_not_whole_is_never_as_recorded() {
    let text = a_recording();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let second = lines.iter().rposition(|line| line.contains(r#""call":"#));
    let (first, rest) = lines.split_at(second.unwrap());
    let (header, first) = first.split_first().unwrap();
    let effects = first.len() - 2;
    let end = lines.last().unwrap();
    for (text, reason) in [
        // Cut between two calls.
        (
            format!("{header}{}", first.concat()),
            "cut off: it may be incomplete; as recorded up to there".to_owned(),
        ),
        // Without its first call.
        (
            format!("{header}{}", rest.concat()),
            format!(
                "line 3: it is effect {}, where effect 1 has to be",
                effects + 1
            ),
        ),
        // Without its last one.
        (
            format!("{header}{}{end}", first.concat()),
            format!(
                "line {}: it ends a recording of 2 calls and {} effects; \
                 here are 1 and {effects}",
                first.len() + 2,
                all_of(&text)[0].effects
            ),
        ),
        (
            format!("{text}{end}"),
            format!("line {}: it comes after the end", lines.len() + 1),
        ),
        (
            (*header).to_owned(),
            "holds no call: nothing was recorded that could differ".to_owned(),
        ),
    ] {
        assert_eq!(play(&text).unwrap_err().to_string(), reason);
    }
}

#[test]
fn a_large_batch_fits() {
    let scan = Scan::new();
    let names: Vec<String> = (0..500).map(|number| format!("gateway-{number}")).collect();
    let text = record(&scan, Recording::new, |backend| {
        backend.status(&names).unwrap();
    });
    let replayed = play(&text).unwrap();
    assert_eq!(replayed.difference, None);
    assert_eq!(replayed.backends[0].calls, 1);
}
