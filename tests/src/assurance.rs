use std::fmt::Write as _;
use std::io::Write;

/// Prints what a suite has counted, as one line for `make assurance`:
///
/// ```text
/// assurance: path-attempts=60000 openat2-escapes=0
/// ```
///
/// Past the test runner, which shows what it captures only of failures.
pub fn assurance(counts: &[(&str, usize)]) {
    let mut line = "assurance:".to_owned();
    for (name, count) in counts {
        let _ = write!(line, " {name}={count}");
    }
    writeln!(std::io::stderr(), "{line}").expect("standard error is writable");
}
