use crate::Container;

/// What s6's own tool says about a service: the independent witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svstat {
    pub up: bool,
    /// What its supervisor aims at.
    pub wanted_up: bool,
    pub ready: bool,
    pub pid: Option<u32>,
}

impl Container {
    /// `None` where nothing supervises the profile's gateway.
    pub fn svstat(&self, profile: &str) -> Option<Svstat> {
        let slot = self.slot(profile);
        let fields = "up,wantedup,ready,pid";
        let output = self.exec(["s6-svstat", "-o", fields, &slot]);
        let words: Vec<_> = output.stdout.split_whitespace().collect();
        let [up, wanted_up, ready, pid] = words[..] else {
            assert_ne!(output.status, 0, "unexpected: {output:?}");
            return None;
        };
        Some(Svstat {
            up: up == "true",
            wanted_up: wanted_up == "true",
            ready: ready == "true",
            pid: pid.parse().ok().filter(|_| up == "true"),
        })
    }

    /// Up, and meant to be.
    pub fn is_up(&self, profile: &str) -> bool {
        self.svstat(profile)
            .is_some_and(|status| status.up && status.wanted_up)
    }

    /// Supervised, down, and meant to be.
    pub fn is_down(&self, profile: &str) -> bool {
        self.svstat(profile)
            .is_some_and(|status| !status.up && !status.wanted_up)
    }

    /// Of a gateway that is up.
    #[track_caller]
    pub fn gateway_pid(&self, profile: &str) -> u32 {
        let status = self.svstat(profile);
        status
            .as_ref()
            .and_then(|status| status.pid)
            .unwrap_or_else(|| panic!("{profile}: {status:?}"))
    }

    /// The service directory of a profile's gateway.
    pub fn slot(&self, profile: &str) -> String {
        format!("{}/gateway-{profile}", self.scandir())
    }

    /// Whether a command has begun to stop a profile's gateway, or to remove it.
    pub fn is_being_stopped(&self, profile: &str) -> bool {
        let planned = self.path(&format!("{}/data/planned", self.slot(profile)));
        std::fs::metadata(planned).is_ok_and(|planned| planned.len() > 0)
            || self.exists(&format!("{}/.gone-gateway-{profile}", self.scandir()))
    }
}
