use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use hermes_host::effect::{
    Access, Bounded, Deadline, DirectoryId, Effect, Failure, Grant, Granted, Grants, Outcome,
    PathAction, Perform, Real, Reply,
};
use serde::{Deserialize, Serialize};

use crate::action::Attempt;
use crate::canary::Canaries;
use crate::isolation::Opener;
use crate::naive::Naive;
use crate::race::{self, Race};
use crate::shape;
use crate::world::World;

/// What came of all attempts on one opener.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) attempts: usize,
    /// Attempts that were carried out, inside.
    pub(crate) done: usize,
    /// Attempts whose path was seen to lead out.
    pub(crate) refused: usize,
    /// Escapes while nothing moved.
    pub(crate) still: usize,
    /// Escapes while another thread exchanged what the paths name.
    pub(crate) raced: usize,
    /// Exchanges by that thread.
    pub(crate) swaps: usize,
    /// The first escapes, in words.
    pub(crate) examples: Vec<String>,
}

impl Tally {
    pub(crate) fn escapes(&self) -> usize {
        self.still + self.raced
    }
}

/// The labels of the grants: `/in` and a procfs.
const IN: &str = "in";
const PROC: &str = "proc";

struct Attack {
    opener: Opener,
    stack: Box<dyn Perform>,
    directories: [DirectoryId; 2],
    world: World,
    canaries: Canaries,
    /// Open on `/out`, for the magic links of procfs.
    held: OwnedFd,
    tally: Tally,
}

/// Makes every attempt, in an isolated process.
pub(crate) fn all(opener: Opener) -> Tally {
    let mut attack = Attack::new(opener);
    let descriptor = attack.held.as_raw_fd();
    let places = [
        shape::in_the_directory(descriptor),
        shape::in_procfs(descriptor),
    ];
    for attempt in Attempt::all() {
        for (place, paths) in places.iter().enumerate() {
            for path in paths {
                attack.tally.still += usize::from(attack.attempt(place, &attempt, path));
            }
        }
    }
    let race = Race::start();
    for _ in 0..race::ROUNDS {
        for attempt in Attempt::all() {
            for path in race::PATHS {
                attack.tally.raced += usize::from(attack.attempt(0, &attempt, path));
            }
        }
    }
    attack.tally.swaps = race.stop();
    attack.tally
}

/// A fresh world; the number of the descriptor stays.
fn begin(held: &mut OwnedFd) -> World {
    let world = World::new(held.as_raw_fd());
    let out = File::open("/out").expect("a directory");
    rustix::io::dup2(&out, held).expect("a descriptor");
    world
}

fn open(opener: Opener) -> (Box<dyn Perform>, [DirectoryId; 2]) {
    let grant = |label: &str, path: &str| {
        let access = Access::WriteDirectory;
        let path = path.into();
        (label.to_owned(), Grant { access, path })
    };
    let grants = Grants {
        backend: "attacker".into(),
        by_label: BTreeMap::from([grant(IN, "/in"), grant(PROC, "/proc")]),
    };
    let mut stack: Box<dyn Perform> = match opener {
        Opener::Naive => Box::new(Naive::default()),
        Opener::Openat2 | Opener::Fallback => {
            let real = Real::new(grants.clone(), None);
            let deadline = Deadline::after(Duration::from_hours(1));
            Box::new(Granted::new(grants, Bounded::new(deadline, real)))
        }
    };
    let directories = [IN, PROC].map(|label| {
        let label = label.to_owned();
        match stack.perform(&Effect::Open { label }) {
            Ok(Reply::Directory(directory)) => directory,
            other => panic!("{other:?}"),
        }
    });
    (stack, directories)
}

impl Attack {
    fn new(opener: Opener) -> Self {
        let mut held = OwnedFd::from(File::open("/").expect("a root"));
        let world = begin(&mut held);
        let (stack, directories) = open(opener);
        Self {
            opener,
            stack,
            directories,
            world,
            canaries: Canaries::new(),
            held,
            tally: Tally::default(),
        }
    }

    /// Whether it got out.
    fn attempt(&mut self, place: usize, attempt: &Attempt, path: &str) -> bool {
        self.tally.attempts += 1;
        let directory = self.directories[place];
        let (mut done, mut told, mut dirty) = (false, None, false);
        for (path, action) in attempt.steps(path) {
            let changes = !action.only_reads();
            let outcome = self.stack.perform(&Effect::Path {
                directory,
                path,
                action,
            });
            done = outcome.is_ok();
            dirty |= done && changes;
            self.tally.refused += usize::from(outcome == Err(Failure::Escapes));
            told = told.or(self.told(outcome));
        }
        self.tally.done += usize::from(done);
        let changed = self.canaries.changed();
        let escape = changed.clone().or(told.map(str::to_owned));
        if let Some(escape) = &escape
            && self.tally.examples.len() < 20
        {
            self.tally
                .examples
                .push(format!("{escape}: {path:?} {attempt:?}"));
        }
        if changed.is_some() {
            self.world = begin(&mut self.held);
            (self.stack, self.directories) = open(self.opener);
            self.canaries = Canaries::new();
        } else if dirty {
            self.world.restore();
        }
        escape.is_some()
    }

    /// What the outcome gives away; a handle is closed again.
    fn told(&mut self, outcome: Outcome) -> Option<&'static str> {
        match outcome {
            Ok(Reply::Directory(directory)) => {
                let told = self.told_through(directory);
                let _ = self.stack.perform(&Effect::CloseDirectory { directory });
                told
            }
            Ok(Reply::Listener(listener)) => {
                let _ = self.stack.perform(&Effect::CloseListener { listener });
                None
            }
            Ok(reply) => self.canaries.told(&reply),
            Err(_) => None,
        }
    }

    /// A handle got out if a canary can be reached through it.
    fn told_through(&mut self, directory: DirectoryId) -> Option<&'static str> {
        let read = PathAction::Read { limit: 1 << 16 };
        [
            (".", PathAction::Metadata),
            (".", PathAction::Entries),
            ("canary", read.clone()),
            ("out/canary", read),
        ]
        .into_iter()
        .find_map(|(path, action)| {
            let path = path.to_owned();
            let outcome = self.stack.perform(&Effect::Path {
                directory,
                path,
                action,
            });
            self.canaries.told(&outcome.ok()?)
        })
    }
}
