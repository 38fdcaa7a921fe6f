use crate::scenario::Scenario;

/// What happens to a command, and where.
pub(crate) struct Fault {
    /// The effect or the system call, for people.
    pub(crate) place: String,
    pub(crate) kind: String,
    /// The command is killed.
    pub(crate) kills: bool,
    /// It says of what is there that it is not, or the other way round. Nobody can
    /// see through that: what the command does and says is only what would have been
    /// right then, and it is the next one that has to put things right.
    pub(crate) deceives: bool,
    /// It has chosen its backend by then.
    pub(crate) has_begun: bool,
    /// What runs it, before the arguments of `hermes-host`.
    pub(crate) program: String,
    /// After them.
    pub(crate) option: String,
}

impl Fault {
    pub(crate) fn line(&self, scenario: &Scenario) -> String {
        format!("{} {} {}", self.program, scenario.verb, self.option)
    }

    /// For the beginning of a violation.
    pub(crate) fn shown(&self, scenario: &Scenario) -> String {
        format!("{}: {} at {}", scenario.name, self.kind, self.place)
    }
}

/// Whether everything is tried everywhere, or of the errors one in each place by
/// turns.
pub(crate) fn everything() -> bool {
    std::env::var("HERMES_TESTS_EFFORT").as_deref() == Ok("full")
}

/// Those of `errors` that are tried in the place of this number.
pub(crate) fn tried<'e>(errors: &'e [&'e str], number: usize) -> Vec<&'e str> {
    if everything() {
        errors.to_vec()
    } else {
        errors
            .iter()
            .cycle()
            .skip(number)
            .take(errors.len().min(1))
            .copied()
            .collect()
    }
}
