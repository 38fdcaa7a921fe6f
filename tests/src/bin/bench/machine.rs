use std::process::Command;

/// What the numbers were taken on.
pub(crate) fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cores} cores, Linux {}, s6 {}, systemd {}",
        kernel.trim_end(),
        version("s6").unwrap_or_else(|| "of an unknown version".to_owned()),
        version("systemd").unwrap_or_else(|| "none".to_owned()),
    )
}

/// As the package says: s6 itself does not tell its version before 2.14.
fn version(package: &str) -> Option<String> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Version}", package])
        .output()
        .ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !version.is_empty()).then_some(version)
}
