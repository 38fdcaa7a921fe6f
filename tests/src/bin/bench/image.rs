use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hermes_tests::{ImageContainer, ImageHost, ImageOptions, Requirement, Volume, missing};

use crate::effort::Effort;
use crate::row::{Row, megabytes};
use crate::spread::Spread;

const SIZE: &str = "image size";
const MEMORY: &str = "memory of the supervision, each of 100 gateways";
/// The longest that a container may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// The container image on this machine's engine, beside a container that only sleeps.
pub(crate) fn rows(effort: &Effort) -> Result<Vec<Row>> {
    let needed = [
        Requirement::Root,
        Requirement::Docker,
        Requirement::Bootstrap,
    ];
    if let Some(reason) = missing(&needed) {
        let what = effort
            .containers
            .iter()
            .flat_map(|(count, _)| titles(*count));
        let what = [SIZE.to_owned()]
            .into_iter()
            .chain(what)
            .chain([MEMORY.to_owned()]);
        return Ok(what.map(|what| Row::skipped(&what, &reason)).collect());
    }
    // Built before anything is timed.
    let mut rows = vec![size()?];
    let mut memory = Vec::new();
    for (count, runs) in &effort.containers {
        let volume = volume(*count);
        let (mut starts, mut restarts, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..*runs {
            let begin = Instant::now();
            let mut container = ImageHost::Docker.run(&volume, ImageOptions::new());
            until_ready(&container, *count, begin)?;
            starts.push(begin.elapsed());
            let begin = Instant::now();
            container.stop(30);
            container.start();
            until_ready(&container, *count, begin)?;
            restarts.push(begin.elapsed());
            memory.push((*count, supervision(&container)));
            drop(container);
            let begin = Instant::now();
            let sleeping = ImageHost::Docker.run(&volume, ImageOptions::sleeping());
            plain.push(begin.elapsed());
            drop(sleeping);
        }
        let [start, restart] = titles(*count);
        rows.push(times(start, &starts, &plain));
        rows.push(times(restart, &restarts, &[]));
    }
    rows.push(each(&memory));
    Ok(rows)
}

fn titles(count: usize) -> [String; 2] {
    [
        format!("docker run to {count} gateways ready | one that sleeps"),
        format!("docker restart to {count} gateways ready"),
    ]
}

/// With so many profiles whose gateways are wanted.
fn volume(count: usize) -> Volume {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    for number in 0..count {
        volume.plant_profile(&format!("p{number:03}"), Some("running"));
    }
    volume
}

/// Reads what s6 says, without any program.
fn until_ready(container: &ImageContainer, count: usize, begin: Instant) -> Result<()> {
    const PID: std::ops::Range<usize> = 24..32;
    const FLAGS: usize = 34;
    const READY: u8 = 8;
    for number in 0..count {
        let status = format!("/run/hermes/service/gateway-p{number:03}/supervise/status");
        let ready = || {
            let status = std::fs::read(container.path(&status)).ok()?;
            let up = status.get(PID)?.iter().any(|byte| *byte != 0);
            Some(up && status.get(FLAGS)? & READY != 0)
        };
        while ready() != Some(true) {
            ensure!(begin.elapsed() < PATIENCE, "{}", container.logs());
            sleep(Duration::from_millis(2));
        }
    }
    Ok(())
}

/// Bytes of all supervisors and loggers, what they share divided among them.
fn supervision(container: &ImageContainer) -> u64 {
    let processes = container.processes();
    let ours = processes.iter().filter(|one| one.name.starts_with("s6-"));
    ours.filter_map(|one| {
        let path = container.path(&format!("/proc/{}/smaps_rollup", one.pid));
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    })
    .sum::<u64>()
        * 1024
}

fn times(what: String, ours: &[Duration], theirs: &[Duration]) -> Row {
    let spread = Spread::of(ours.iter().copied());
    let other = (!theirs.is_empty()).then(|| Spread::of(theirs.iter().copied()));
    Row {
        what,
        runs: ours.len(),
        ours: spread.to_string(),
        relation: other.map_or_else(String::new, |other| {
            let ratio = spread.median.as_secs_f64() / other.median.as_secs_f64();
            format!("{ratio:.2} x")
        }),
        theirs: other.map_or_else(String::new, |other| other.to_string()),
        target: String::new(),
        met: true,
    }
}

fn size() -> Result<Row> {
    let ours: u64 = ImageHost::inspect("{{.Size}}").trim().parse()?;
    let arguments = [
        "image",
        "inspect",
        "--format",
        "{{.Size}}",
        &ImageHost::base(),
    ];
    let output = Command::new("docker").args(arguments).output()?;
    let base: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
    let added = megabytes(ours.saturating_sub(base));
    Ok(Row {
        what: format!("{SIZE} | its base"),
        runs: 1,
        ours: format!("{:.1} MB", megabytes(ours)),
        theirs: format!("{:.1} MB", megabytes(base)),
        relation: format!("{added:.1} MB more"),
        target: String::new(),
        met: true,
    })
}

/// What one more gateway costs, from the fewest to the most of them.
fn each(memory: &[(usize, u64)]) -> Row {
    let (few, many) = (memory.iter().min(), memory.iter().max());
    let each = few.zip(many).map_or(0, |((few, less), (many, more))| {
        more.saturating_sub(*less) / u64::try_from((many - few).max(1)).unwrap_or(1)
    });
    Row {
        what: MEMORY.to_owned(),
        runs: memory.len(),
        ours: format!("{:.2} MB", megabytes(each)),
        theirs: String::new(),
        relation: String::new(),
        target: String::new(),
        met: true,
    }
}
