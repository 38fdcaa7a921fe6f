use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::super::arguments::HoldArguments;
use super::super::context::Context;
use super::super::report::Exit;
use super::super::signals::Signals;
use super::super::{CommandError, Result};
use super::PROC;
use crate::lease::{Attempt, Candidate, Identity, Lease, Sighting, Timing};
use crate::os_error;
use crate::profile::Home;
use crate::text::sanitise;

/// No event comes from another machine, nor from a file that is written to.
const POLL: Duration = Duration::from_secs(1);

pub(super) fn run(context: &Context, arguments: &HoldArguments) -> Result {
    let signals = Signals::install()?;
    if let Some(fd) = arguments.ready_fd {
        check_open(fd)?;
    }
    let home = context.home()?;
    let Some(lease) = wait(&home, &signals)? else {
        return Ok(Exit::Done);
    };
    let mut held = Held {
        lease,
        signals,
        child: None,
    };
    if let Some((program, words)) = arguments.command.split_first() {
        match Command::new(program).args(words).spawn() {
            Ok(child) => held.child = Some(child),
            Err(error) => say(&format!(
                "error: {} cannot be run: {}; the lease is held all the same",
                program.to_string_lossy(),
                os_error::words(&error)
            )),
        }
    }
    held.until_done()?;
    if let Some(fd) = arguments.ready_fd
        && held.signals.asked().is_none()
    {
        announce(fd);
    }
    held.until_asked()?;
    held.lease.give_back()?;
    Ok(Exit::Done)
}

/// `None`: it was asked to end meanwhile.
fn wait(home: &Home, signals: &Signals) -> Result<Option<Lease>> {
    let identity = Identity::current(Path::new(PROC))?;
    let mut candidate = Candidate::new(home.dir(), &identity, Timing::USUAL);
    let mut said = None;
    while signals.asked().is_none() {
        match candidate.attempt(Instant::now())? {
            Attempt::Taken(lease) => {
                if said.is_some() {
                    say("the lease is held by this container now");
                }
                return Ok(Some(lease));
            }
            Attempt::Waiting(sighting) => {
                if said.as_ref() != Some(&sighting.entry) {
                    say(&waiting(home, &sighting));
                    said = Some(sighting.entry);
                }
            }
        }
        signals.sleep(POLL);
    }
    Ok(None)
}

/// Why it waits, and for how long.
fn waiting(home: &Home, sighting: &Sighting) -> String {
    if sighting.ours {
        let holder = sighting.holder();
        return format!("waiting for the lease: held by this container already ({holder})");
    }
    let expiry = Timing::USUAL.expiry.as_secs();
    let until = match sighting.locked {
        true => String::new(),
        false => format!("; it is taken over if it is not renewed for {expiry} s"),
    };
    format!(
        "waiting for the lease: {}{until}",
        sighting.elsewhere(home.dir())
    )
}

/// A lease that is held, and what runs under it.
struct Held {
    lease: Lease,
    signals: Signals,
    child: Option<Child>,
}

impl Held {
    /// Waits for the end of the command. Asked to end, it passes that on: what still
    /// runs under the lease may be starting gateways.
    fn until_done(&mut self) -> Result<()> {
        let mut told = false;
        while let Some(child) = &mut self.child {
            match child.try_wait() {
                Ok(None) => {}
                Ok(Some(status)) => {
                    if !status.success() && !told {
                        say(&format!(
                            "the command failed ({status}); the lease is held all the same"
                        ));
                    }
                    self.child = None;
                    break;
                }
                Err(error) => {
                    let error = os_error::words(&error);
                    say(&format!("the command cannot be waited for: {error}"));
                    self.child = None;
                    break;
                }
            }
            if self.signals.asked().is_some() && !told {
                told = true;
                terminate(child);
            }
            self.keep()?;
            self.signals.sleep(POLL);
        }
        Ok(())
    }

    fn until_asked(&mut self) -> Result<()> {
        while self.signals.asked().is_none() {
            self.keep()?;
            self.signals.sleep(POLL);
        }
        Ok(())
    }

    /// Under a lease that is lost nothing more is to be started.
    fn keep(&mut self) -> Result<()> {
        let kept = self.lease.keep(Instant::now());
        if let (Err(_), Some(child)) = (&kept, &mut self.child) {
            let _ = child.kill();
            let _ = child.wait();
        }
        Ok(kept?)
    }
}

fn terminate(child: &Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may be ending on its own.
        let _ = kill_process(pid, Signal::TERM);
    }
}

fn check_open(fd: u8) -> Result<()> {
    match Path::new(PROC).join(format!("self/fd/{fd}")).is_symlink() {
        true => Ok(()),
        false => Err(CommandError::new(
            Exit::Usage,
            format!("--ready-fd {fd}: there is no such descriptor"),
        )
        .hint("under s6 it is the number in the file notification-fd".to_owned())),
    }
}

/// A supervisor of root's has opened it: whoever inherits it may write to it, and may not
/// open it again, which is all that we could do. A shell writes to it as it is.
fn announce(fd: u8) {
    let script = format!("echo >&{fd}");
    let failed = match Command::new("/bin/sh").args(["-c", &script]).status() {
        Ok(status) if status.success() => return,
        Ok(status) => status.to_string(),
        Err(error) => os_error::words(&error),
    };
    say(&format!(
        "error: descriptor {fd} cannot be written to: {failed}"
    ));
}

/// At once, as it stays.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", sanitise(line));
}
