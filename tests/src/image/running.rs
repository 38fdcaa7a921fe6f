use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::eventually::holds_within;
use crate::{GATEWAY_UID, Output, Process, eventually};

/// So many containers of the image at a time, whatever the test runner's idea.
const ROOM: usize = 4;

static TAKEN: Mutex<usize> = Mutex::new(0);
static LEFT: Condvar = Condvar::new();

/// What a host has to do for [`ImageContainer`].
pub(super) trait Host: std::fmt::Debug + Send {
    fn exec(&self, uid: u32, command: &[&str], environment: &[(&str, &str)]) -> Output;
    /// TERM to process 1, KILL after so many seconds.
    fn stop(&mut self, seconds: u32);
    fn kill(&mut self);
    fn start(&mut self);
    /// The exit code, once it has ended.
    fn wait(&mut self) -> i32;
    fn logs(&self) -> String;
    /// The pid of its process 1, as this machine sees it.
    fn pid1(&self) -> Option<i32>;
}

/// A container of the image. It is removed with the value, and with the test process
/// at the latest; its volume is the test's.
#[derive(Debug)]
pub struct ImageContainer {
    host: Box<dyn Host>,
    /// What was written before is of an earlier boot.
    started: SystemTime,
    _room: Room,
}

impl ImageContainer {
    pub(super) fn new(host: impl Host + 'static, started: SystemTime, room: Room) -> Self {
        Self {
            host: Box::new(host),
            started,
            _room: room,
        }
    }

    /// Waits until the boot has reconciled.
    #[track_caller]
    pub fn booted(&self) {
        let reconciled = || {
            let found = std::fs::metadata(self.path("/run/hermes/reconciled")).ok()?;
            let of_this_boot = found.modified().ok()? >= self.started;
            Some(found.len() > 0 && of_this_boot)
        };
        eventually("the container has booted", || {
            reconciled() == Some(true) || !self.is_running()
        });
        assert!(self.is_running(), "it has ended:\n{}", self.logs());
    }

    /// Runs `command` as root, as `docker exec` does.
    pub fn exec(&self, command: &[&str]) -> Output {
        self.host.exec(0, command, &[])
    }

    pub fn exec_with(&self, command: &[&str], environment: &[(&str, &str)]) -> Output {
        self.host.exec(0, command, environment)
    }

    /// As `docker exec --user`, with the group of the same number.
    pub fn exec_as(&self, uid: u32, command: &[&str]) -> Output {
        self.host.exec(uid, command, &[])
    }

    /// Runs `script` in `sh` as root and returns what it printed.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        self.exec(&["sh", "-euc", script]).success()
    }

    /// The same as the account of the image.
    #[track_caller]
    pub fn agent_sh(&self, script: &str) -> Output {
        self.exec_as(GATEWAY_UID, &["sh", "-euc", script])
    }

    /// Runs `hermes-host` with `arguments`, separated by spaces, as `docker exec` does.
    pub fn hermes(&self, arguments: &str) -> Output {
        let mut command = vec!["hermes-host"];
        command.extend(arguments.split_whitespace());
        self.exec(&command)
    }

    pub fn restart(&mut self) {
        self.stop(30);
        self.start();
        self.booted();
    }

    pub fn stop(&mut self, seconds: u32) {
        self.host.stop(seconds);
    }

    /// As a crash of the machine.
    pub fn kill(&mut self) {
        self.host.kill();
    }

    pub fn start(&mut self) {
        self.started = SystemTime::now();
        self.host.start();
    }

    /// Its exit code, once it has ended.
    pub fn wait(&mut self) -> i32 {
        self.host.wait()
    }

    /// What it has written to standard output and standard error so far.
    pub fn logs(&self) -> String {
        self.host.logs()
    }

    #[track_caller]
    pub fn says(&self, text: &str) {
        let said = || self.logs().contains(text);
        let in_time = holds_within(Duration::from_secs(30), said);
        assert!(in_time, "it does not say {text:?}:\n{}", self.logs());
    }

    pub fn is_running(&self) -> bool {
        self.host.pid1().is_some()
    }

    /// Everything that runs inside.
    pub fn processes(&self) -> Vec<Process> {
        let pid1 = self.host.pid1().expect("it runs");
        Process::all_in_namespace_of(pid1)
    }

    /// Where this machine sees a path of the inside, while the container runs.
    pub fn path(&self, inside: &str) -> PathBuf {
        let pid1 = self.host.pid1().unwrap_or_default();
        PathBuf::from(format!("/proc/{pid1}/root{inside}"))
    }

    /// What s6 says: whether a profile's gateway is up and meant to be, or neither.
    /// What is about to change is given the time. `None` where it does not, or nothing
    /// supervises it.
    pub fn is_up(&self, profile: &str) -> Option<bool> {
        for _ in 0..100 {
            match self.svstat("up,wantedup", profile).as_str() {
                "true true" => return Some(true),
                "false false" => return Some(false),
                "true false" | "false true" => {}
                _ => return None,
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        None
    }

    /// Of a gateway that is up.
    #[track_caller]
    pub fn gateway_pid(&self, profile: &str) -> u32 {
        self.svstat("pid", profile).parse().expect("a pid")
    }

    /// As the account: root may have no right to look.
    fn svstat(&self, fields: &str, profile: &str) -> String {
        let slot = format!("/run/hermes/service/gateway-{profile}");
        let command = ["s6-setuidgid", "hermes", "s6-svstat", "-o", fields, &slot];
        self.exec(&command).stdout.trim().to_owned()
    }
}

impl Drop for ImageContainer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.logs();
            let lines: Vec<_> = logs.lines().collect();
            let end = &lines[lines.len().saturating_sub(40)..];
            eprintln!("----- what it wrote, the end -----\n{}", end.join("\n"));
        }
    }
}

/// One of the places; it is free again with the value.
#[derive(Debug)]
pub(super) struct Room;

pub(super) fn room() -> Room {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    while *taken >= ROOM {
        taken = LEFT.wait(taken).unwrap_or_else(PoisonError::into_inner);
    }
    *taken += 1;
    Room
}

impl Drop for Room {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        LEFT.notify_one();
    }
}
