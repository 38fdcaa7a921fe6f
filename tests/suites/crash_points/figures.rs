/// What a suite has tried and found.
#[derive(Default)]
pub(crate) struct Figures {
    /// Commands that were killed.
    pub(crate) crash_points: usize,
    /// Errors that were injected.
    pub(crate) faults: usize,
    /// Commands that ran.
    pub(crate) runs: usize,
    pub(crate) violations: Vec<String>,
}

impl Figures {
    /// Says it at once: a run of everything takes long, and may be cut off.
    pub(crate) fn violated(&mut self, violation: String) {
        eprintln!("violation: {violation}");
        self.violations.push(violation);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.crash_points += other.crash_points;
        self.faults += other.faults;
        self.runs += other.runs;
        self.violations.extend(other.violations);
    }

    /// Commands killed, errors, commands in all, violations.
    pub(crate) fn counts(&self) -> [usize; 4] {
        [
            self.crash_points,
            self.faults,
            self.runs,
            self.violations.len(),
        ]
    }

    /// Fails where there are any.
    pub(crate) fn has_no_violations(&self) {
        assert!(
            self.violations.is_empty(),
            "{} violations:\n{}",
            self.violations.len(),
            self.violations.join("\n")
        );
    }
}
