use std::process::Command;

/// What the numbers were taken on.
pub(crate) fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cores} cores, Linux {}, s6 {}",
        kernel.trim_end(),
        s6_version().unwrap_or_else(|| "of an unknown version".to_owned()),
    )
}

/// s6 does not tell its version before 2.14: the package does.
fn s6_version() -> Option<String> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Version}", "s6"])
        .output()
        .ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !version.is_empty()).then_some(version)
}
