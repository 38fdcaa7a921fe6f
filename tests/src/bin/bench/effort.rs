/// How often everything is run.
pub(crate) struct Effort {
    /// Runs before those that count.
    pub(crate) warm_up: usize,
    /// Runs of ours, and as many of theirs.
    pub(crate) pairs: usize,
    /// The same of [`GATEWAYS`](crate::systemd_verbs::GATEWAYS) at once.
    pub(crate) pairs_of_many: usize,
    pub(crate) reconcile: Vec<Reconcile>,
    /// Containers with so many gateways, so many times.
    pub(crate) containers: Vec<(usize, usize)>,
}

/// Of so many profiles, from the beginning so many times.
pub(crate) struct Reconcile {
    pub(crate) profiles: u32,
    pub(crate) rounds: usize,
    /// Runs after that in each round, when nothing has changed.
    pub(crate) repeats: usize,
}

impl Effort {
    pub(crate) fn full() -> Self {
        Self {
            warm_up: 10,
            pairs: 200,
            pairs_of_many: 20,
            reconcile: [(10, 20), (100, 30), (1_000, 5), (5_000, 3)]
                .map(|(profiles, rounds)| Reconcile {
                    profiles,
                    rounds,
                    repeats: 4,
                })
                .into(),
            containers: vec![(1, 10), (10, 10), (100, 5)],
        }
    }

    pub(crate) fn quick() -> Self {
        Self {
            warm_up: 1,
            pairs: 3,
            pairs_of_many: 1,
            reconcile: [10, 100]
                .map(|profiles| Reconcile {
                    profiles,
                    rounds: 1,
                    repeats: 1,
                })
                .into(),
            containers: vec![(1, 1), (3, 1)],
        }
    }
}
