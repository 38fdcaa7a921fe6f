use super::report::{Exit, Report};
use crate::rehearsal::{Change, Contents, Plan, Step};
use crate::text::excerpt;

/// Characters of a line that quote what is written.
const LONGEST_QUOTE: usize = 100;

/// What a dry run would have done, step by step, below its results.
pub(super) fn show(plan: &Plan, exit: Exit, report: &mut Report) {
    if plan.steps.is_empty() {
        if exit == Exit::Done {
            report.line("plan: nothing to do");
        }
        return;
    }
    report.line(&format!("plan: {}, not performed", steps(&plan.steps)));
    let width = |of: fn(&Step) -> &str| plan.steps.iter().map(of).map(str::len).max().unwrap_or(0);
    let (by, action) = (width(|step| &step.by), width(|step| step.change.action()));
    for step in &plan.steps {
        let line = format!(
            "  {:by$}  {:action$}  {}",
            step.by,
            step.change.action(),
            words(&step.change)
        );
        report.line(&crate::text::sanitise(&line));
    }
}

fn steps(steps: &[Step]) -> String {
    match steps.len() {
        1 => "1 step".to_owned(),
        many => format!("{many} steps"),
    }
}

fn words(change: &Change) -> String {
    match change {
        Change::Write {
            path,
            mode,
            contents,
        }
        | Change::CreateFile {
            path,
            mode,
            contents,
        } => format!("{path}, mode {mode:04o}, {}", quoted(contents)),
        Change::Append { path, contents } => format!("{path}, {}", quoted(contents)),
        Change::CreateDirectory { path, mode }
        | Change::CreateFifo { path, mode }
        | Change::Listen { path, mode } => format!("{path}, mode {mode:04o}"),
        Change::CreateSymlink { path, target } => format!("{path} -> {target}"),
        Change::CreateLink { path, new_path } => format!("{new_path}, as {path}"),
        Change::SetOwner { path, uid, gid } => format!("{path}, {uid}:{gid}"),
        Change::Rename { path, new_path } => format!("{path} to {new_path}"),
        Change::Remove { path } | Change::RemoveTree { path } | Change::Lock { path } => {
            path.clone()
        }
        Change::Call { path, call } => format!("{path}, {call}"),
        Change::Send { path, bytes } => {
            format!("{path}, {}", quote(&String::from_utf8_lossy(&bytes.0)))
        }
        Change::Signal {
            path,
            bytes,
            meaning,
        } => {
            let bytes = quote(&String::from_utf8_lossy(&bytes.0));
            match meaning.as_str() {
                "" => format!("{path}, {bytes}"),
                meaning => format!("{path}, {bytes}: {meaning}"),
            }
        }
        Change::Expect { path, meaning } => format!("{path}: {meaning}"),
        Change::Wait { timeout } => format!(
            "up to {} s, for what a dry run cannot know: what follows is without it",
            timeout / 1_000_000_000
        ),
    }
}

fn quoted(contents: &Contents) -> String {
    match (&contents.text, contents.size) {
        (_, 0) => "empty".to_owned(),
        (Some(text), _) => quote(text),
        (None, size) => {
            let digest = contents.sha256.get(..12).unwrap_or_default();
            format!("{size} bytes, sha256 {digest}")
        }
    }
}

/// On one line.
fn quote(text: &str) -> String {
    let line = text.trim_end().replace(char::is_control, " ");
    format!("`{}`", excerpt(&line, LONGEST_QUOTE))
}
