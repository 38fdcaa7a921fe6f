use hermes_backend_sdk::types::{Exit, RunState, Timestamp};

/// TAI64 counts from 2^62; TAI was 10 s ahead of UTC in 1972 and is 37 s ahead
/// since 2017.
const TAI64_UNIX_EPOCH: u64 = (1 << 62) + 37;

const PAUSED: u8 = 1;
const FINISHING: u8 = 2;
const WANT_UP: u8 = 4;
const READY: u8 = 8;

/// What s6-supervise says of its service: the file `supervise/status`.
///
/// s6-supervise replaces it as a whole on every change, before it sends the
/// event. It stays when s6-supervise dies, and then lies.
#[derive(Debug, Clone, PartialEq)]
pub struct SuperviseStatus {
    /// When it last went up or down: TAI64N, as it stands in the file.
    pub stamp: [u8; 12],
    ready_stamp: [u8; 12],
    /// Of `run`, or of `finish` while that runs.
    pub pid: Option<u32>,
    wait_status: u16,
    flags: u8,
}

impl SuperviseStatus {
    /// More than any version of s6 writes, in bytes.
    pub const LIMIT: u32 = 64;

    /// Knows the two layouts of s6 2.4 to 2.15: 35 bytes, or 43 with a process
    /// group (2.13 only). `None`: another s6.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (stamp, rest) = bytes.split_first_chunk::<12>()?;
        let (ready_stamp, rest) = rest.split_first_chunk::<12>()?;
        let (pid, rest) = rest.split_first_chunk::<8>()?;
        let rest = match bytes.len() {
            35 => rest,
            43 => rest.get(8..)?,
            _ => return None,
        };
        let (wait_status, rest) = rest.split_first_chunk::<2>()?;
        let &[flags] = rest else { return None };
        if flags & !(PAUSED | FINISHING | WANT_UP | READY) != 0 {
            return None;
        }
        let pid = u32::try_from(u64::from_be_bytes(*pid)).ok()?;
        Some(Self {
            stamp: *stamp,
            ready_stamp: *ready_stamp,
            pid: (pid != 0).then_some(pid),
            wait_status: u16::from_be_bytes(*wait_status),
            flags,
        })
    }

    /// The file of a service that is up and has said that it is ready.
    pub(crate) fn ready_from(now: Timestamp) -> [u8; 35] {
        file(now, ANY_PID, WANT_UP | READY)
    }

    /// The file of a service that is up.
    pub(crate) fn starting_from(now: Timestamp) -> [u8; 35] {
        file(now, ANY_PID, WANT_UP)
    }

    /// The file of a service that has not been started and is not to be.
    pub(crate) fn down_from(now: Timestamp) -> [u8; 35] {
        file(now, 0, 0)
    }

    /// The file of a service that has ended.
    pub(crate) fn ended_from(now: Timestamp, wanted: RunState) -> [u8; 35] {
        let wanted = match wanted {
            RunState::Up => WANT_UP,
            RunState::Down => 0,
        };
        let mut file = file(now, 0, READY | wanted);
        // Its `finish` takes some time.
        file[12..24].copy_from_slice(&stamp(now.saturating_add(1)));
        file
    }

    /// `run`, or what it became, is alive.
    pub fn is_up(&self) -> bool {
        self.pid.is_some() && !self.is_finishing()
    }

    /// `run` has died and `finish` is alive.
    pub fn is_finishing(&self) -> bool {
        self.pid.is_some() && self.flags & FINISHING != 0
    }

    /// It is up and has said that it is ready. (s6 sets the flag of a service
    /// that is down as well.)
    pub fn is_ready(&self) -> bool {
        self.is_up() && self.flags & READY != 0
    }

    /// The s6-supervise that wrote this has started nothing so far.
    pub fn is_untried(&self) -> bool {
        self.pid.is_none() && self.stamp == self.ready_stamp
    }

    pub fn wants_up(&self) -> bool {
        self.flags & WANT_UP != 0
    }

    pub fn wanted(&self) -> RunState {
        if self.wants_up() {
            RunState::Up
        } else {
            RunState::Down
        }
    }

    /// When it last went up or down.
    pub fn since(&self) -> Option<Timestamp> {
        let (seconds, nanoseconds) = self.stamp.split_first_chunk::<8>()?;
        let nanoseconds = u32::from_be_bytes(nanoseconds.try_into().ok()?);
        u64::from_be_bytes(*seconds)
            .checked_sub(TAI64_UNIX_EPOCH)?
            .checked_mul(1_000_000_000)?
            .checked_add(u64::from(nanoseconds))
    }

    /// How `run` last ended. `None` while it has not, as far as can be told:
    /// a service that is up after an end with code 0 looks like one on its
    /// first run.
    pub fn last_exit(&self) -> Option<Exit> {
        if self.is_untried() || (self.is_up() && self.wait_status == 0) {
            return None;
        }
        let [code, low] = self.wait_status.to_be_bytes();
        Some(match low & 0x7f {
            0 => Exit::Code(code),
            signal => Exit::Signal(signal),
        })
    }
}

/// No process of Linux has this number.
const ANY_PID: u64 = u32::MAX as u64;

/// The layout that most versions write.
fn file(now: Timestamp, pid: u64, flags: u8) -> [u8; 35] {
    let stamp = stamp(now).into_iter();
    let rest = pid.to_be_bytes().into_iter().chain([0, 0, flags]);
    let mut file = [0; 35];
    file.iter_mut()
        .zip(stamp.clone().chain(stamp).chain(rest))
        .for_each(|(place, byte)| *place = byte);
    file
}

/// TAI64N.
fn stamp(now: Timestamp) -> [u8; 12] {
    const SECOND: u64 = 1_000_000_000;
    let seconds = TAI64_UNIX_EPOCH.saturating_add(now / SECOND).to_be_bytes();
    let nanoseconds = u32::try_from(now % SECOND).unwrap_or(0).to_be_bytes();
    let mut stamp = [0; 12];
    let bytes = seconds.into_iter().chain(nanoseconds);
    stamp
        .iter_mut()
        .zip(bytes)
        .for_each(|(place, byte)| *place = byte);
    stamp
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Both layouts of one state.
    fn files(stamp: u64, ready: u64, pid: u64, wait: u16, flags: u8) -> [Vec<u8>; 2] {
        let head: Vec<u8> = [stamp, 500, ready, 0]
            .iter()
            .zip([8, 4, 8, 4])
            .flat_map(|(value, width)| value.to_be_bytes().split_off_front(8 - width))
            .chain(pid.to_be_bytes())
            .collect();
        let tail: Vec<u8> = wait.to_be_bytes().into_iter().chain([flags]).collect();
        let group = (-1_i64).to_be_bytes();
        [
            [head.clone(), tail.clone()].concat(),
            [head, group.to_vec(), tail].concat(),
        ]
    }

    trait SplitOffFront {
        fn split_off_front(self, count: usize) -> Vec<u8>;
    }

    impl SplitOffFront for [u8; 8] {
        fn split_off_front(self, count: usize) -> Vec<u8> {
            self.to_vec().split_off(count)
        }
    }

    #[test]
    fn reads_both_layouts() {
        let now = TAI64_UNIX_EPOCH + 1_800_000_000;
        // pid, wait status, flags; up, finishing, ready, wanted up, last exit
        let table = [
            (7, 0, WANT_UP, (true, false, false, true), None),
            (7, 0, WANT_UP | READY, (true, false, true, true), None),
            (
                7,
                9,
                WANT_UP | READY,
                (true, false, true, true),
                Some(Exit::Signal(9)),
            ),
            (
                7,
                15,
                READY,
                (true, false, true, false),
                Some(Exit::Signal(15)),
            ),
            (
                8,
                0x0100,
                FINISHING | WANT_UP,
                (false, true, false, true),
                Some(Exit::Code(1)),
            ),
            (
                0,
                0x4e00,
                READY,
                (false, false, false, false),
                Some(Exit::Code(78)),
            ),
            (
                0,
                0,
                READY | WANT_UP,
                (false, false, false, true),
                Some(Exit::Code(0)),
            ),
            // With a core dump.
            (
                0,
                0x8b,
                READY,
                (false, false, false, false),
                Some(Exit::Signal(11)),
            ),
        ];
        for (pid, wait, flags, expected, exit) in table {
            for file in files(now, now + 1, pid, wait, flags) {
                let status = SuperviseStatus::parse(&file).unwrap();
                let seen = (
                    status.is_up(),
                    status.is_finishing(),
                    status.is_ready(),
                    status.wants_up(),
                );
                assert_eq!(seen, expected, "{status:?}");
                assert_eq!(status.last_exit(), exit, "{status:?}");
                assert_eq!(status.since(), Some(1_800_000_000_000_000_500));
            }
        }
    }

    #[test]
    fn a_service_that_never_ran_has_no_exit() {
        let file = &mut files(TAI64_UNIX_EPOCH, TAI64_UNIX_EPOCH, 0, 0, READY)[0];
        file.copy_within(0..12, 12);
        assert_eq!(SuperviseStatus::parse(file).unwrap().last_exit(), None);
    }

    #[test]
    fn what_is_expected_reads_as_it_is_meant() {
        const NOW: Timestamp = 1_800_000_000_000_000_500;
        for (file, up, ready, wanted) in [
            (SuperviseStatus::ready_from(NOW), true, true, RunState::Up),
            (
                SuperviseStatus::starting_from(NOW),
                true,
                false,
                RunState::Up,
            ),
            (
                SuperviseStatus::down_from(NOW),
                false,
                false,
                RunState::Down,
            ),
        ] {
            let status = SuperviseStatus::parse(&file).unwrap();
            let seen = (status.is_up(), status.is_ready(), status.wanted());
            assert_eq!(seen, (up, ready, wanted), "{status:?}");
            assert_eq!((status.since(), status.last_exit()), (Some(NOW), None));
        }
    }

    #[test]
    fn refuses_another_layout() {
        let [short, long] = files(TAI64_UNIX_EPOCH, 0, 1, 0, READY);
        for wrong in [
            &short[..34],
            &long[..42],
            &[short.clone(), vec![0]].concat(),
            &[],
        ] {
            assert_eq!(SuperviseStatus::parse(wrong), None);
        }
        let mut unknown_flag = short;
        unknown_flag[34] |= 0x10;
        assert_eq!(SuperviseStatus::parse(&unknown_flag), None);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Some(status) = SuperviseStatus::parse(&bytes) {
                prop_assert!(!(status.is_up() && status.is_finishing()));
                let _ = (status.since(), status.last_exit());
            }
        }

        #[test]
        fn takes_every_flag_of_the_right_length(
            mut bytes in proptest::collection::vec(any::<u8>(), 35),
        ) {
            bytes[24..28].fill(0);
            bytes[34] &= 0x0f;
            prop_assert!(SuperviseStatus::parse(&bytes).is_some());
        }
    }
}
