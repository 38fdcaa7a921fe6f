use hermes_tests::Output;

use crate::fault::Fault;
use crate::invariants::{answered, consistent, homeless, whole};
use crate::scenario::Scenario;
use crate::site::{Hung, Site};
use crate::state::{Pids, State};
use crate::tree::intents;

/// A scenario without any fault.
pub(crate) struct Undisturbed {
    before: State,
    after: State,
    /// After a reconcile on top.
    last: State,
}

/// A container in which the scenario has been played once: the first time makes
/// files that stay, such as those that are locked.
pub(crate) fn new_site(scenario: &Scenario) -> Result<Site, Hung> {
    let mut site = Site::new();
    for command in [scenario.verb, "reconcile"] {
        (scenario.prepare)(&mut site)?;
        // A command that comes before a signal was heeded leaves another state.
        site.at_rest();
        site.hermes(command)?;
    }
    Ok(site)
}

impl Undisturbed {
    pub(crate) fn run(site: &mut Site, scenario: &Scenario) -> Result<Self, Hung> {
        (scenario.prepare)(site)?;
        let before = site.at_rest();
        let output = site.hermes(scenario.verb)?;
        assert_eq!(output.status, 0, "{}: {output:#?}", scenario.name);
        let after = site.at_rest();
        let output = site.hermes("reconcile")?;
        assert_eq!(output.status, 0, "{}: {output:#?}", scenario.name);
        assert_eq!(site.settle(consistent), [""; 0], "{}", scenario.name);
        Ok(Self {
            before,
            after,
            last: site.state(),
        })
    }
}

/// One fault in one scenario, and the ordinary commands after it.
pub(crate) struct Point<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) undisturbed: &'a Undisturbed,
    pub(crate) fault: &'a Fault,
    /// Whether a reconcile comes first, as at a boot, or the same command, as
    /// an operator would try again.
    pub(crate) reconcile_first: bool,
}

/// What came of a point.
pub(crate) struct Tried {
    pub(crate) output: Output,
    pub(crate) violations: Vec<String>,
}

impl Point<'_> {
    /// Leaves the site in the state that the scenario ends in.
    pub(crate) fn run(&self, site: &mut Site) -> Result<Tried, Hung> {
        let mut violations = Vec::new();
        let mut note = |stage: &str, found: Vec<String>| {
            let prefix = format!("{}, {stage}", self.fault.shown(self.scenario));
            // The rest follows from the first ones.
            let first = found.iter().take(3);
            violations.extend(first.map(|found| format!("{prefix}: {found}")));
        };
        (self.scenario.prepare)(site)?;
        let before = &self.undisturbed.before;
        note("before", site.settle(|now| before.differences(now)));
        let pids = site.state().pids;

        let output = site.line(&self.fault.line(self.scenario))?;
        note("answer", answered(&output, self.fault.kills));
        note("at once", self.at_once(&output, &site.state()));
        if output.status == 0 && !self.fault.kills {
            note("a success", self.succeeded(site, &pids));
        }
        if self.reconcile_first {
            note("reconcile", reconcile(site)?);
            note("the command again", self.again(site)?);
        } else {
            note("the command again", self.again(site)?);
            let after = self.seen(&self.undisturbed.after);
            if after.differences(&self.seen(&site.state())).is_empty() {
                // Nothing is left that a reconcile could make good.
                return Ok(Tried { output, violations });
            }
            note("reconcile", reconcile(site)?);
        }
        let last = self.seen(&self.undisturbed.last.without_subscriptions());
        note(
            "in the end",
            site.settle(|now| last.differences(&self.seen(&now.without_subscriptions()))),
        );
        Ok(Tried { output, violations })
    }

    /// What was run, for whoever wants to see it again.
    pub(crate) fn reproduced(&self, output: &Output) -> String {
        let verb = self.scenario.verb;
        let then = if self.reconcile_first {
            ["reconcile", verb]
        } else {
            [verb, "reconcile"]
        };
        format!(
            "    run: {}\n    exit code {}: {}\n    then: {}",
            self.fault.line(self.scenario),
            output.status,
            output.stderr.trim_end().replace('\n', "\n    "),
            then.join(", then: ")
        )
    }

    fn at_once(&self, output: &Output, now: &State) -> Vec<String> {
        let Undisturbed { before, after, .. } = self.undisturbed;
        let mut violations = whole(now, before, after);
        if !self.fault.deceives {
            violations.extend(homeless(now, before));
        }
        // It is written before the backend is asked for anything.
        let said = self.scenario.records && self.fault.has_begun && output.status == 137;
        if said && intents(&now.volume) != intents(&after.volume) {
            violations.push("the operator's word is not on the volume".to_owned());
        }
        violations
    }

    /// A verb that returns success has seen the thing happen: unless it was shown
    /// something else, as a gateway that is not there needs no stop. Then it is for
    /// the next command to see what is there.
    fn succeeded(&self, site: &Site, pids: &Pids) -> Vec<String> {
        if !self.fault.has_begun || self.fault.deceives {
            return Vec::new();
        }
        let after = self.undisturbed.after.without_hidden();
        site.settle(|now| {
            let mut violations = after.differences(&now.without_hidden());
            if self.scenario.replaces && now.pids == *pids {
                violations.push("the same process runs as before".to_owned());
            }
            violations
        })
    }

    fn again(&self, site: &mut Site) -> Result<Vec<String>, Hung> {
        let output = site.hermes(self.scenario.verb)?;
        let done_before = output.status == self.scenario.done_before && output.status != 0;
        if done_before {
            return Ok(Vec::new());
        }
        if output.status != 0 {
            return Ok(vec![format!(
                "exit code {}: {}",
                output.status, output.stderr
            )]);
        }
        if self.reconcile_first {
            return Ok(Vec::new());
        }
        let after = self.seen(&self.undisturbed.after.without_hidden());
        Ok(site.settle(|now| after.differences(&self.seen(&now.without_hidden()))))
    }

    /// What a state is judged by. The count of restarts is that of the next start
    /// where this one was told that there was none.
    fn seen(&self, state: &State) -> State {
        if self.fault.deceives {
            state.without_restarts()
        } else {
            state.clone()
        }
    }
}

/// What a boot or an operator does about it.
fn reconcile(site: &mut Site) -> Result<Vec<String>, Hung> {
    let output = site.hermes("reconcile")?;
    if output.status != 0 {
        return Ok(vec![format!(
            "exit code {}: {}",
            output.status, output.stderr
        )]);
    }
    // What no event has come to yet is not left behind.
    Ok(site.settle(|now| consistent(&now.without_subscriptions())))
}
