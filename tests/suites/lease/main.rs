//! The lease on a home: two containers on one volume, and one that is far away.

mod far_away;
mod hold;
mod hostile;
mod two_containers;

use hermes_tests::{Container, GATEWAY_UID, eventually};

const FILE: &str = "/data/gateway_lease";

/// `lease hold` in a container, as the gateway account, in the background.
struct Holder<'a>(&'a Container);

impl<'a> Holder<'a> {
    /// `command`: with what comes before it, `-- hermes-host reconcile`.
    fn start(container: &'a Container, command: &str) -> Self {
        let script = format!(
            "rm -f /tmp/ended; (hermes-host lease hold {command} >/tmp/said 2>&1 </dev/null; \
             echo $? >/tmp/ended) >/dev/null 2>&1 &"
        );
        container
            .exec_as(GATEWAY_UID, ["sh", "-uc", &script])
            .success();
        let holder = Self(container);
        eventually("it runs", || holder.runs().is_some());
        holder
    }

    fn runs(&self) -> Option<u32> {
        let processes = self.0.processes();
        let holds = |command: &str| command.starts_with("hermes-host lease hold");
        let mut holders = processes.iter().filter(|one| holds(&one.command));
        holders.next().map(|process| process.pid)
    }

    fn signal(&self, signal: &str) {
        let pid = self.runs().expect("it runs");
        self.0.sh(&format!("kill -s {signal} {pid}"));
    }

    fn said(&self) -> String {
        self.0.read("/tmp/said")
    }

    #[track_caller]
    fn says(&self, words: &str) {
        eventually(words, || self.said().contains(words));
    }

    fn is_waiting_for(&self, host: &str) {
        self.says(&format!(
            "waiting for the lease: the gateways of /data are run by another container ({host}, since 2"
        ));
    }

    fn has_it(&self) {
        eventually("it has the lease", || {
            self.0.hermes("lease show").status == 0
        });
    }

    fn ends_with(&self, status: &str) {
        eventually(&format!("it has ended with {status}"), || {
            self.0.exists("/tmp/ended") && !self.0.read("/tmp/ended").is_empty()
        });
        assert_eq!(self.0.read("/tmp/ended").trim(), status, "{}", self.said());
    }
}
