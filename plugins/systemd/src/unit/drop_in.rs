use hermes_backend_sdk::types::{Duration, ServiceSpec};

use super::escape::{argument, line, word};
use super::installed::{FINAL_CODES, HOME};
use crate::manager::Scope;

/// systemd has steps between two restarts from this version on.
const STEPS_SINCE: u32 = 254;

/// What one gateway needs beside the template; `home`: of its profile, `version`: of
/// the systemd.
///
/// The deaths that are too many are starts to systemd: this many within the window
/// are its limit, and then it leaves the unit failed.
pub(crate) fn drop_in(spec: &ServiceSpec, home: &str, scope: Scope, version: u32) -> String {
    let restart = &spec.restart;
    let mut text = format!(
        "# Written by hermes-host: {}\n\
         [Unit]\n{HOME}={home}\nStartLimitIntervalSec={}\nStartLimitBurst={}\n\n[Service]\n",
        spec.name,
        time(restart.window),
        restart.max_deaths
    );
    let mut set = |name: &str, value: &str| {
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        text.push('\n');
    };
    match spec.readiness {
        Some(patience) => {
            set("Type", "notify");
            // What tells for a gateway is not always its main process.
            set("NotifyAccess", "all");
            set("TimeoutStartSec", &time(patience));
        }
        None => set("Type", "exec"),
    }
    set("ExecStart", &command(&spec.command));
    set("WorkingDirectory", &line(&spec.working_directory));
    if let (Scope::System, Some(user)) = (scope, &spec.user) {
        set("User", &user.uid.to_string());
        set("Group", &user.gid.to_string());
    }
    set("Environment", &word("HERMES_SUPERVISED_CHILD=1"));
    for (name, value) in &spec.environment {
        set("Environment", &word(&format!("{name}={value}")));
    }
    // 0 would mean never.
    set("TimeoutStopSec", &time(spec.stop_timeout.max(1_000_000)));
    let codes: Vec<String> = restart.final_exit_codes.iter().map(u8::to_string).collect();
    set(FINAL_CODES, &codes.join(" "));
    if version >= STEPS_SINCE && restart.max_delay > 1_000_000_000 {
        set("RestartSteps", &steps(restart.max_delay).to_string());
        set("RestartMaxDelaySec", &time(restart.max_delay));
    }
    let limits = &spec.limits;
    if let Some(bytes) = limits.memory_bytes {
        set("MemoryMax", &bytes.to_string());
    }
    if let Some(percent) = limits.cpu_percent {
        set("CPUQuota", &format!("{percent}%"));
    }
    if let Some(tasks) = limits.tasks {
        set("TasksMax", &tasks.to_string());
    }
    text
}

/// systemd takes the first word for a path and looks for variables in the others.
fn command(command: &[String]) -> String {
    let mut words = Vec::new();
    for (place, text) in command.iter().enumerate() {
        words.push(if place == 0 {
            word(text)
        } else {
            argument(text)
        });
    }
    words.join(" ")
}

/// Doublings of a second up to `delay`.
fn steps(delay: Duration) -> u32 {
    delay
        .div_ceil(1_000_000_000)
        .max(2)
        .next_power_of_two()
        .ilog2()
}

fn time(duration: Duration) -> String {
    format!("{}ms", duration.div_ceil(1_000_000))
}

#[cfg(test)]
mod tests {
    use hermes_backend_sdk::types::User;

    use super::super::sample;
    use super::*;

    type Change = fn(&mut ServiceSpec);

    const PLAIN: &str = r#"# Written by hermes-host: gateway-coder
[Unit]
X-HermesHome=/home/a/.hermes
StartLimitIntervalSec=60000ms
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=all
TimeoutStartSec=30000ms
ExecStart="/usr/bin/hermes-host" "gateway" "run"
WorkingDirectory=/home/a/.hermes/profiles/coder
Environment="HERMES_SUPERVISED_CHILD=1"
TimeoutStopSec=30000ms
RestartPreventExitStatus=0 78
"#;

    #[test]
    fn a_plain_specification_is_written_line_by_line() {
        assert_eq!(
            drop_in(&sample::spec(), "/home/a/.hermes", Scope::User, 252),
            PLAIN
        );
    }

    #[test]
    fn each_wish_is_a_line() {
        let user = User {
            name: "hermes".into(),
            uid: 10_000,
            gid: 10_001,
        };
        let table: [(&str, Change); 8] = [
            ("Type=exec\n", |spec| spec.readiness = None),
            ("TimeoutStopSec=1500ms\n", |spec| {
                spec.stop_timeout = 1_500_000_000;
            }),
            ("TimeoutStopSec=1ms\n", |spec| spec.stop_timeout = 0),
            ("MemoryMax=1048576\n", |spec| {
                spec.limits.memory_bytes = Some(1 << 20);
            }),
            ("CPUQuota=150%\n", |spec| {
                spec.limits.cpu_percent = Some(150);
            }),
            ("TasksMax=64\n", |spec| spec.limits.tasks = Some(64)),
            ("Environment=\"A=b c\"\n", |spec| {
                spec.environment.push(("A".into(), "b c".into()));
            }),
            ("ExecStart=\"/a$b\" \"$$c%%\"\n", |spec| {
                spec.command = vec!["/a$b".into(), "$c%".into()];
            }),
        ];
        for (line, change) in table {
            let mut spec = sample::spec();
            change(&mut spec);
            let text = drop_in(&spec, "/data", Scope::System, 252);
            assert!(text.contains(line), "{line}{text}");
        }
        let mut spec = sample::spec();
        spec.user = Some(user);
        assert!(drop_in(&spec, "/data", Scope::System, 252).contains("User=10000\nGroup=10001\n"));
        assert!(!drop_in(&spec, "/data", Scope::User, 252).contains("User="));
    }

    #[test]
    fn restarts_slow_down_where_systemd_can() {
        let text = |version| drop_in(&sample::spec(), "/home/a/.hermes", Scope::System, version);
        assert!(text(254).ends_with("RestartSteps=5\nRestartMaxDelaySec=30000ms\n"));
        assert!(!text(253).contains("RestartSteps"));
        for (seconds, expected) in [(1, 1), (2, 1), (4, 2), (30, 5), (3_600, 12)] {
            assert_eq!(steps(seconds * 1_000_000_000), expected, "{seconds}");
        }
    }
}
