use crate::row::Row;

pub(crate) const EXPLANATION: &str = "\
Medians, and in brackets the 5th and the 95th percentile, of whole processes: from
before posix_spawn to after wait. Runs of hermes-host and of the supervisor's own tool
alternate on the same slot or unit, after a warm-up. Scan directories and, unless said,
homes are on tmpfs; the gateway is sleep(1). Rows of systemctl are taken inside a
container whose PID 1 is systemd, as root on the machine's manager. Of a reconcile the
left column is hermes-host's own time on a processor, the right one the rest, which is
the wait for s6. Peak memory includes that of the benchmark itself, if that is more.
Rows of docker are from before its command to the moment that s6 says of all gateways
that they are ready; a removal and a look are not in it.";

const HEADINGS: [&str; 7] = [
    "WHAT",
    "RUNS",
    "HERMES-HOST",
    "SUPERVISOR'S",
    "COMPARED",
    "TARGET",
    "VERDICT",
];

/// Columns as wide as what is in them.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let widths: [usize; 7] = std::array::from_fn(|column| {
        lines
            .iter()
            .map(|line| line[column].len())
            .max()
            .unwrap_or(0)
    });
    let mut table = String::new();
    for line in &lines {
        let cells = line.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        table.push_str(cells.join("  ").trim_end());
        table.push('\n');
    }
    table
}

fn cells(row: &Row) -> [String; 7] {
    let verdict = match (row.target.is_empty(), row.met) {
        (true, _) => "",
        (false, true) => "met",
        (false, false) => "not met",
    };
    [
        row.what.clone(),
        row.runs.to_string(),
        row.ours.clone(),
        row.theirs.clone(),
        row.relation.clone(),
        row.target.clone(),
        verdict.to_owned(),
    ]
}
