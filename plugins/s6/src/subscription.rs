use hermes_backend_sdk::clock;
use hermes_backend_sdk::files::{self, Directory, Listener};
use hermes_backend_sdk::types::{Duration, Error};

use crate::duration::SECOND;
use crate::failure::{absent_is_fine, failed};

/// s6-supervise runs.
pub(crate) const SUPERVISED: u8 = b's';

/// The service has been started.
pub(crate) const UP: u8 = b'u';

/// The service is down, and its `finish` has ended.
pub(crate) const DOWN: u8 = b'D';

/// s6-supervise ends.
pub(crate) const UNSUPERVISED: u8 = b'x';

/// Its names begin like this.
const PREFIX: &str = ".events-";

/// For a moment, while its listener is made.
const UNFINISHED: &str = "..events-";

/// A slot that is being built: not supervised yet.
pub(crate) const STAGED: &str = ".stage-";

/// Characters of a label.
const LABEL_LENGTH: usize = 31;

/// Nothing takes as long to make as this.
const BEING_MADE: Duration = 10 * SECOND;

/// s6-supervise writes to everybody, and more than once.
const WRITABLE: u32 = 0o622;

/// The events of any number of services.
///
/// s6-supervise writes a byte for each event to every FIFO in the slot's
/// `event/` whose name has the right shape. One FIFO serves a whole command: it
/// stands in the scan directory, with a hard link in each `event/`. Which
/// service a byte is about cannot be told; that a status file has changed can.
pub(crate) struct Subscription<'a> {
    directory: &'a Directory,
    listener: Listener,
    fifo: String,
    link: String,
}

impl<'a> Subscription<'a> {
    pub(crate) fn open(directory: &'a Directory) -> Result<Self, Error> {
        let label = label(clock::now(), clock::monotonic());
        let fifo = format!("{PREFIX}{label}");
        let listener = directory
            .listen(&fifo, WRITABLE)
            .map_err(|error| failed("listen in the scan directory", &error))?;
        Ok(Self {
            directory,
            listener,
            fifo,
            link: format!("ftrig1:@{label}"),
        })
    }

    /// The subscription of a command, opened when it is first needed.
    pub(crate) fn once<'s>(
        opened: &'s mut Option<Self>,
        directory: &'a Directory,
    ) -> Result<&'s Self, Error> {
        Ok(match opened {
            Some(opened) => opened,
            none => none.insert(Self::open(directory)?),
        })
    }

    /// The FIFO itself, in the scan directory.
    pub(crate) fn fifo(&self) -> &str {
        &self.fifo
    }

    /// Where this command builds a slot; see [`is_abandoned`].
    pub(crate) fn staged(&self, slot: &str) -> String {
        let label = self.fifo.strip_prefix(PREFIX).unwrap_or_default();
        format!("{STAGED}{label}-{slot}")
    }

    /// Hears what happens to a slot from now on.
    pub(crate) fn join(&self, slot: &str) -> Result<(), Error> {
        match self
            .directory
            .create_link(&self.fifo, &self.link_in(slot), None)
        {
            // Only this command makes links of this name.
            Ok(()) | Err(files::Error::AlreadyExists) => Ok(()),
            Err(error) => Err(failed(
                &format!("subscribe to the events of {slot}"),
                &error,
            )),
        }
    }

    /// A link that is left behind is removed by the next event, so that a
    /// failure does no harm.
    pub(crate) fn leave(&self, slot: &str) {
        let _ = absent_is_fine(self.directory.remove(&self.link_in(slot)));
    }

    /// The events since the last call, waited for; none when the time is up.
    pub(crate) fn next(&self, timeout: Duration) -> Result<Vec<u8>, Error> {
        files::wait(&[&self.listener], timeout)
            .and_then(|_| self.listener.receive())
            .map_err(|error| failed("wait for events", &error))
    }

    fn link_in(&self, slot: &str) -> String {
        format!("{slot}/event/{}", self.link)
    }
}

/// Whether the command that builds a slot under this name is gone: while it
/// works it reads its own FIFO.
pub(crate) fn is_abandoned(directory: &Directory, staged: &str) -> bool {
    staged
        .strip_prefix(STAGED)
        .and_then(|rest| rest.get(..LABEL_LENGTH))
        .is_none_or(|label| {
            directory
                .signal(&format!("{PREFIX}{label}"), &[], "")
                .is_err()
        })
}

/// Whether this is a FIFO of a command.
pub(crate) fn is_listener(name: &str) -> bool {
    name.starts_with(PREFIX) || name.starts_with(UNFINISHED)
}

/// Whether the command that listens there is gone. One that is being made has no
/// reader for a moment.
pub(crate) fn is_unheard(directory: &Directory, listener: &str) -> bool {
    directory.signal(listener, &[], "") == Err(files::Error::NoReader)
        && (listener.starts_with(PREFIX)
            || directory
                .metadata(listener)
                .is_ok_and(|found| found.modified.saturating_add(BEING_MADE) < clock::now()))
}

/// How often an event occurs among those received.
pub(crate) fn count(events: &[u8], event: u8) -> usize {
    events.iter().map(|byte| usize::from(*byte == event)).sum()
}

/// What s6-supervise expects after `ftrig1:@`: 24 hexadecimal digits, a colon
/// and 6 characters. Different for every command.
fn label(now: u64, monotonic: u64) -> String {
    format!(
        "{:016x}{:08x}:{:06x}",
        now / 1_000_000_000,
        now % 1_000_000_000,
        monotonic & 0x00ff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_always_has_the_shape_that_s6_looks_for() {
        for (now, monotonic) in [
            (0, 0),
            (1_800_000_000_123_456_789, 42),
            (u64::MAX, u64::MAX),
        ] {
            let name = format!("ftrig1:@{}", label(now, monotonic));
            assert_eq!(name.len(), 39, "{name}");
            assert_eq!(name.len(), "ftrig1:@".len() + LABEL_LENGTH, "{name}");
            assert_eq!(name.as_bytes()[32], b':', "{name}");
            assert!(
                name[8..32].bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{name}"
            );
        }
    }
}
