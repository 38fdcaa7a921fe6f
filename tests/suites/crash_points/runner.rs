//! Every fault of every scenario, on as many containers as there is work for.

use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use crate::calls::{self, Calls};
use crate::effects::Effects;
use crate::fault::Fault;
use crate::figures::Figures;
use crate::point::{Point, Undisturbed, new_site};
use crate::scenario::{SCENARIOS, Scenario};
use crate::site::{Hung, Site};

/// One that finds this much has found what there is to find.
const ENOUGH: usize = 30;

/// One scenario, from one fault to the next.
pub(crate) struct Runner {
    scenario: &'static Scenario,
    site: Site,
    undisturbed: Undisturbed,
    figures: Figures,
}

/// Runs `each` on every scenario and adds up what it found.
pub(crate) fn all_scenarios(each: fn(&mut Runner) -> Result<(), Hung>) -> Figures {
    // One waits for s6 while another computes.
    let workers = thread::available_parallelism().map_or(2, usize::from) + 1;
    let scenarios = Mutex::new(SCENARIOS.iter());
    let total = Mutex::new(Figures::default());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = scenarios.lock().expect("no worker panics here").next();
                    let Some(scenario) = next else { return };
                    let figures = Runner::run(scenario, each);
                    total.lock().expect("no worker panics here").add(figures);
                }
            });
        }
    });
    total.into_inner().expect("no worker panics here")
}

impl Runner {
    fn run(scenario: &'static Scenario, each: fn(&mut Self) -> Result<(), Hung>) -> Figures {
        let began = Instant::now();
        let mut site = new_site(scenario).expect("it ends undisturbed");
        let undisturbed = Undisturbed::run(&mut site, scenario).expect("it ends undisturbed");
        let mut runner = Self {
            scenario,
            site,
            undisturbed,
            figures: Figures::default(),
        };
        if let Err(Hung(line)) = each(&mut runner) {
            let violation = format!("{}: does not end: {line}", scenario.name);
            runner.figures.violated(violation);
        }
        runner.figures.runs += runner.site.runs;
        let Figures {
            crash_points,
            faults,
            runs,
            violations,
        } = &runner.figures;
        eprintln!(
            "{}: {crash_points} crash points, {faults} faults, {runs} runs, {} violations, {:?}",
            scenario.name,
            violations.len(),
            began.elapsed()
        );
        runner.figures
    }

    /// Every effect, from the first to the last, until one is not reached.
    pub(crate) fn every_effect(&mut self) -> Result<(), Hung> {
        (self.scenario.prepare)(&mut self.site)?;
        let traced = format!("{} --trace /tmp/trace", self.scenario.verb);
        self.site.hermes(&traced)?;
        let effects = Effects::of(&self.site.read("/tmp/trace"));
        for number in 1.. {
            for fault in effects.faults(number) {
                if self.figures.violations.len() >= ENOUGH {
                    return Ok(());
                }
                // What is left after one effect is what is left before the next.
                let reconcile_first = if fault.kills {
                    fault.kind == "kill-after"
                } else {
                    number % 2 == 0
                };
                let injected = self.fault(&fault, reconcile_first)?;
                // Not every run waits equally often.
                if fault.kills && !injected {
                    if number > effects.len() {
                        return Ok(());
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Every system call that changes the volume.
    pub(crate) fn every_write(&mut self) -> Result<(), Hung> {
        (self.scenario.prepare)(&mut self.site)?;
        let recorded = format!("{} {}", calls::recording(), self.scenario.verb);
        self.site.line(&recorded)?;
        let calls = Calls::of(&self.site.read(calls::RECORD));
        for (number, fault) in calls.faults().enumerate() {
            if self.figures.violations.len() >= ENOUGH {
                return Ok(());
            }
            self.fault(&fault, number % 2 == 0)?;
        }
        Ok(())
    }

    /// Whether the fault came to pass.
    fn fault(&mut self, fault: &Fault, reconcile_first: bool) -> Result<bool, Hung> {
        let point = Point {
            scenario: self.scenario,
            undisturbed: &self.undisturbed,
            fault,
            reconcile_first,
        };
        let tried = point.run(&mut self.site)?;
        let killed = tried.output.status == 137;
        let injected = killed || !fault.kills && self.injected(fault, &tried.output.stderr);
        self.figures.crash_points += usize::from(killed);
        self.figures.faults += usize::from(injected && !killed);
        if !tried.violations.is_empty() {
            let how = point.reproduced(&tried.output);
            for violation in tried.violations {
                self.figures.violated(format!("{violation}\n{how}"));
            }
            // Whatever it has left is not the next one's.
            self.figures.runs += self.site.runs;
            self.site = new_site(self.scenario)?;
        }
        Ok(injected)
    }

    fn injected(&self, fault: &Fault, stderr: &str) -> bool {
        if fault.option.is_empty() {
            self.site.read(calls::RECORD).contains("(INJECTED)")
        } else {
            !stderr.contains("no fault was injected")
        }
    }
}
