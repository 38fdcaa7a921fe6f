use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hermes_tests::{Container, GATEWAY_UID, Options, Output, Shell, Tree, has_reader};
use rustix::fs::OFlags;

use crate::state::State;

/// A container that serves one run after the other.
pub(crate) struct Site {
    container: Container,
    /// As the gateway account, who runs the commands.
    shell: Shell,
    /// What runs in it without any gateway.
    own: BTreeSet<u32>,
    /// Commands of `hermes-host` so far.
    pub(crate) runs: usize,
}

/// A command has not ended: the site is of no more use.
#[derive(Debug)]
pub(crate) struct Hung(pub(crate) String);

/// Long enough for a loaded machine: only what never comes waits it out.
const PATIENCE: Duration = Duration::from_secs(5);

impl Site {
    /// With the profiles `coder`, which is wanted, and `writer`, which is not.
    pub(crate) fn new() -> Self {
        let container = Container::start(Options::new(Tree::Nested));
        let shell = container.shell(GATEWAY_UID);
        let mut site = Self {
            own: BTreeSet::new(),
            container,
            shell,
            runs: 0,
        };
        site.own = pids(&site.root().join("proc"));
        site.configure("5s");
        for command in [
            "profile create coder",
            "profile create writer",
            "reconcile",
            "gateway start -p coder",
        ] {
            site.hermes(command).expect("it ends").success();
        }
        site.sh("mkdir -p /data/profiles/writer/memories/old && echo m >/data/profiles/writer/memories/old/m.md && echo 'A=b' >/data/profiles/writer/.env");
        site
    }

    /// The settings, with so much time for a gateway to stop.
    pub(crate) fn configure(&mut self, stop_timeout: &str) {
        let gateway = serde_json::json!({
            "command": ["/gateways/sleeps"],
            "stop_timeout": stop_timeout,
        });
        let settings = serde_json::json!({ "gateway": gateway });
        self.sh(&format!("echo '{settings}' >/data/hermes-host.json"));
    }

    /// Runs `hermes-host` as the gateway account.
    pub(crate) fn hermes(&mut self, arguments: &str) -> Result<Output, Hung> {
        self.line(&format!("hermes-host {arguments}"))
    }

    /// The same in a line of the shell.
    pub(crate) fn line(&mut self, line: &str) -> Result<Output, Hung> {
        self.runs += 1;
        self.shell.run(line).ok_or_else(|| Hung(line.to_owned()))
    }

    /// A preparation, which has to succeed.
    pub(crate) fn sh(&mut self, line: &str) -> String {
        let output = self.shell.run(line).expect("a preparation ends");
        assert_eq!(output.status, 0, "{line}: {output:#?}");
        output.stdout
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.container.exists(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.container.path(path)).unwrap_or_default()
    }

    pub(crate) fn scandir(&self) -> &'static str {
        self.container.scandir()
    }

    fn root(&self) -> PathBuf {
        self.container.path("")
    }

    pub(crate) fn state(&self) -> State {
        State::look(&self.root(), self.scandir(), &self.own)
    }

    /// Once nothing changes any more.
    pub(crate) fn at_rest(&self) -> State {
        let end = Instant::now() + PATIENCE;
        let mut last = self.state();
        let mut unchanged = 0;
        while unchanged < 10 {
            assert!(Instant::now() < end, "it does not come to rest: {last:#?}");
            std::thread::sleep(Duration::from_millis(20));
            let now = self.state();
            let same = !now.is_moving() && last.differences(&now).is_empty();
            unchanged = if same { unchanged + 1 } else { 0 };
            last = now;
        }
        last
    }

    /// The violations that are still there when all that is under way has come
    /// to its end.
    pub(crate) fn settle(&self, violations: impl Fn(&State) -> Vec<String>) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(1);
        loop {
            let found = violations(&self.state());
            if found.is_empty() || Instant::now() >= end {
                return found;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// Until the process of a slot is the gateway itself.
    pub(crate) fn await_gateway(&self, slot: &str) {
        let is_gateway = |state: &State| {
            let pid = state.pids.get(slot)?;
            let name = fs::read_to_string(self.container.path(&format!("/proc/{pid}/comm")));
            (name.ok()?.trim() == "sleep").then_some(())
        };
        let missing = self.settle(|state| match is_gateway(state) {
            Some(()) => Vec::new(),
            None => vec![format!("{slot} runs no gateway")],
        });
        assert_eq!(missing, [""; 0]);
    }

    /// Writes to a FIFO of s6 past `hermes-host`: to that of a service, or of
    /// s6-svscan where `slot` is `.s6-svscan`.
    pub(crate) fn signal(&self, slot: &str, bytes: &[u8]) {
        let directory = self.container.path(self.scandir()).join(slot);
        let control = match slot {
            ".s6-svscan" => directory.join("control"),
            _ => directory.join("supervise/control"),
        };
        let mut fifo = fs::OpenOptions::new()
            .write(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(control)
            .expect("it listens");
        fifo.write_all(bytes).expect("it reads");
    }

    /// Takes every slot away, as at a boot of the container.
    pub(crate) fn unregister_all(&self) {
        let scandir = self.container.path(self.scandir());
        let slots: Vec<PathBuf> = fs::read_dir(&scandir)
            .expect("there is a scan directory")
            .flatten()
            .filter(|entry| {
                entry
                    .file_name()
                    .as_encoded_bytes()
                    .starts_with(b"gateway-")
            })
            .map(|entry| {
                let hidden = scandir.join(format!(".reset-{}", entry.file_name().display()));
                fs::rename(entry.path(), &hidden).expect("a slot can be moved");
                hidden
            })
            .collect();
        self.signal(".s6-svscan", b"an");
        for slot in slots {
            let end = Instant::now() + PATIENCE;
            while ["", "log"]
                .iter()
                .any(|part| has_reader(slot.join(part).join("supervise/control")))
            {
                assert!(Instant::now() < end, "{} does not end", slot.display());
                std::thread::sleep(Duration::from_millis(1));
            }
            fs::remove_dir_all(&slot).expect("a slot can be removed");
        }
    }
}

fn pids(proc: &Path) -> BTreeSet<u32> {
    let entries = fs::read_dir(proc).expect("a container has a /proc");
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}
