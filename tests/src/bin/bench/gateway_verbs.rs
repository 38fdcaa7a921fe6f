use anyhow::Result;

use crate::effort::Effort;
use crate::pairs::Pairs;
use crate::process::{Cost, run};
use crate::row::Row;
use crate::site::Site;
use crate::storage;

const PROFILE: &str = "bench";

/// The verbs on one gateway, beside the tools of s6 that do the same.
pub(crate) fn rows(effort: &Effort) -> Result<Vec<Row>> {
    let site = Site::start(&storage::memory()?)?;
    let bench = Bench::new(&site)?;
    let status = bench.status(effort)?;
    let verbs = bench.stop_and_start(effort)?;
    let mut rows = vec![Row::times(
        "status | s6-svstat".to_owned(),
        &status.ours,
        &status.theirs,
        Some(2.0),
    )];
    rows.extend(verbs.rows("intent on tmpfs"));
    drop(site);
    // Where the fsync of the intent costs something.
    if let Some(disk) = storage::disk() {
        let site = Site::start(&disk)?;
        let verbs = Bench::new(&site)?.stop_and_start(effort)?;
        rows.extend(verbs.rows("intent on disk"));
    }
    rows.push(status.memory("peak memory: status | s6-svstat"));
    rows.push(verbs.stop.memory("peak memory: stop | s6-svc"));
    rows.push(verbs.start.memory("peak memory: start | s6-svc"));
    Ok(rows)
}

#[derive(Default)]
struct Verbs {
    stop: Pairs,
    /// Until the gateway is ready.
    start: Pairs,
    /// Of theirs, until s6-supervise has forked.
    start_unready: Vec<Cost>,
}

impl Verbs {
    fn rows(&self, home: &str) -> Vec<Row> {
        let row = |what: &str, ours, theirs| {
            Row::times(format!("{what}, {home}"), ours, theirs, Some(1.0))
        };
        vec![
            row("stop | s6-svc -wD -d", &self.stop.ours, &self.stop.theirs),
            row(
                "start | s6-svc -wU -u",
                &self.start.ours,
                &self.start.theirs,
            ),
            row(
                "start | s6-svc -wu -u",
                &self.start.ours,
                &self.start_unready,
            ),
        ]
    }
}

/// One gateway, which runs and is ready between any two of its methods.
struct Bench<'s> {
    site: &'s Site,
}

impl<'s> Bench<'s> {
    fn new(site: &'s Site) -> Result<Self> {
        run(&mut site.hermes(&format!("profile create {PROFILE}")))?;
        run(&mut site.hermes(&format!("gateway start -p {PROFILE}")))?;
        Ok(Self { site })
    }

    fn status(&self, effort: &Effort) -> Result<Pairs> {
        let mut pairs = Pairs::default();
        for pair in 0..effort.warm_up + effort.pairs {
            let ours = self.ours("status")?;
            let theirs = run(&mut self.site.s6("s6-svstat", "", PROFILE))?;
            if pair >= effort.warm_up {
                pairs.ours.push(ours);
                pairs.theirs.push(theirs);
            }
        }
        Ok(pairs)
    }

    fn stop_and_start(&self, effort: &Effort) -> Result<Verbs> {
        let mut verbs = Verbs::default();
        for pair in 0..effort.warm_up + effort.pairs {
            let ours = (self.ours("stop")?, self.ours("start")?);
            let theirs = (self.stop_with_s6()?, self.start_with_s6("-wU -u")?);
            self.stop_with_s6()?;
            let unready = self.start_with_s6("-wu -u")?;
            run(&mut self.site.s6("s6-svwait", "-U -t 10000", PROFILE))?;
            if pair >= effort.warm_up {
                verbs.stop.ours.push(ours.0);
                verbs.stop.theirs.push(theirs.0);
                verbs.start.ours.push(ours.1);
                verbs.start.theirs.push(theirs.1);
                verbs.start_unready.push(unready);
            }
        }
        Ok(verbs)
    }

    fn ours(&self, verb: &str) -> Result<Cost> {
        run(&mut self.site.hermes(&format!("gateway {verb} -p {PROFILE}")))
    }

    fn stop_with_s6(&self) -> Result<Cost> {
        // So that `finish` takes it for an operator's stop, as it is: it does the
        // same as for ours, and `run` makes no pause the next time.
        std::fs::write(self.site.slot(PROFILE).join("data/planned"), "1\n")?;
        run(&mut self.site.s6("s6-svc", "-wD -d", PROFILE))
    }

    fn start_with_s6(&self, how: &str) -> Result<Cost> {
        run(&mut self.site.s6("s6-svc", how, PROFILE))
    }
}
