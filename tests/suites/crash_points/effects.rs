use hermes_host::effect::FaultKind;
use serde_json::Value;

use crate::fault::{Fault, everything, tried};

/// What a command of a backend's has done, from its trace.
pub(crate) struct Effects {
    effects: Vec<Effect>,
    /// So many of them told which supervisor is there.
    detection: usize,
}

struct Effect {
    action: String,
    place: String,
}

impl Effects {
    pub(crate) fn of(trace: &str) -> Self {
        let (mut effects, mut detection, mut detecting) = (Vec::new(), 0, false);
        for line in trace.lines() {
            let line: Value = serde_json::from_str(line).expect("a trace is JSON");
            if let Some(call) = line["call"].as_str() {
                detecting = call == "detect";
            }
            let Some(effect) = line["effect"].as_str() else {
                continue;
            };
            let action = match line["action"].as_str() {
                Some("signal") if line["bytes"] == "" => "ask",
                action => action.unwrap_or(effect),
            };
            let path = line["path"].as_str().unwrap_or_default();
            let place = format!("effect {}, {action} {path}", effects.len() + 1);
            let action = action.to_owned();
            effects.push(Effect { action, place });
            if detecting {
                detection = effects.len();
            }
        }
        Self { effects, detection }
    }

    pub(crate) fn len(&self) -> usize {
        self.effects.len()
    }

    /// The faults at effect `number`, from 1: the end of the process before and
    /// after it, and errors. Of two kills that leave the same one is enough, unless
    /// everything is tried.
    pub(crate) fn faults(&self, number: usize) -> Vec<Fault> {
        let effect = self.effects.get(number - 1);
        let errors = effect.map_or(&[][..], |effect| errors(&effect.action));
        let kills = ["kill-before", "kill-after"];
        let kills = match effect {
            // Both leave the same.
            Some(effect) if !everything() && only_looks(&effect.action) => {
                &kills[number % 2..=number % 2]
            }
            _ => &kills[..],
        };
        let kinds = kills.iter().copied();
        kinds
            .chain(tried(errors, number))
            .map(|kind| Fault {
                // Not every run waits equally often.
                place: effect.map_or(format!("effect {number}"), |effect| effect.place.clone()),
                kind: kind.to_owned(),
                kills: kind.starts_with("kill"),
                deceives: matches!(kind, "not-found" | "already-exists"),
                has_begun: number > self.detection,
                program: "hermes-host".to_owned(),
                option: format!("--fault {number}:{kind}"),
            })
            .collect()
    }
}

/// What changes nothing: a kill before it and one after it leave the same.
fn only_looks(action: &str) -> bool {
    matches!(
        action,
        "now"
            | "monotonic"
            | "sleep"
            | "log"
            | "expect"
            | "ask"
            | "close-directory"
            | "open"
            | "open-directory"
            | "read"
            | "entries"
            | "metadata"
    )
}

/// What can happen to an effect on a real machine; all the contract knows where
/// every error is tried. Empty: it cannot fail.
fn errors(action: &str) -> &'static [&'static str] {
    const ALL: &[&str] = {
        // The last two are the kills.
        let (errors, _) = FaultKind::NAMES.split_at(FaultKind::NAMES.len() - 2);
        errors
    };
    match action {
        "now" | "monotonic" | "sleep" | "log" | "expect" => &[],
        closing if closing.starts_with("close-") => &[],
        _ if everything() => ALL,
        "ask" | "signal" => &["no-reader", "would-block", "permission-denied", "io"],
        "wait" | "receive" => &["timed-out", "io", "out-of-time"],
        "open" | "open-directory" | "read" | "entries" | "metadata" => {
            &["io", "permission-denied", "not-granted", "out-of-time"]
        }
        _ => &[
            "no-space",
            "permission-denied",
            "io",
            "read-only",
            "out-of-time",
        ],
    }
}
