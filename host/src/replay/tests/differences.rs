use serde_json::{Value, json};

use super::*;

#[track_caller]
fn difference(text: &str) -> Difference {
    play(text).unwrap().difference.unwrap()
}

/// The effect lines with this in them, each with its number.
fn effects<'a>(text: &'a str, what: &str) -> Vec<(&'a str, u64)> {
    let lines = text.lines().filter(|line| line.contains("\"effect\":"));
    lines
        .filter(|line| line.contains(what))
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            (line, value["number"].as_u64().unwrap())
        })
        .collect()
}

fn close() -> Value {
    json!({"effect": "close-directory", "directory": 1})
}

#[test]
fn the_first_effect_that_differs_is_named() {
    let signal = |path: &str| {
        json!({
            "effect": "path", "directory": 1, "path": path, "action": "signal", "bytes": "",
        })
    };
    let control = "gateway-coder/supervise/control";
    let text = a_recording().replace(control, "elsewhere");
    assert_eq!(
        difference(&text),
        Difference {
            backend: "s6".into(),
            call: "status",
            effect: Some(effects(&text, "elsewhere")[0].1),
            expected: Some(signal("elsewhere")),
            got: Some(signal(control)),
        }
    );
}

#[test]
fn another_outcome_leads_to_another_effect() {
    let text = a_recording();
    let (line, number) = effects(&text, ".s6-svscan/control")[0];
    let silent = line.replace(r#"{"Ok":"done"}"#, r#"{"Err":"no-reader"}"#);
    let text = text.replacen(line, &silent, 1);
    // It closes the directory as well, but then it looks elsewhere.
    let difference = difference(&text);
    assert_eq!(difference.call, "detect");
    assert_eq!(difference.effect, Some(number + 2));
    assert_eq!(difference.expected, None);
    assert_eq!(difference.got.unwrap()["effect"], "read-granted");
}

#[test]
fn an_effect_more_than_recorded_is_named() {
    let text = a_recording();
    let &(line, number) = effects(&text, "").last().unwrap();
    let difference = difference(&text.replace(&format!("{line}\n"), ""));
    assert_eq!(difference.call, "status");
    assert_eq!(difference.effect, Some(number));
    assert_eq!(difference.expected, None);
    assert_eq!(difference.got, Some(close()));
}

#[test]
fn an_effect_less_than_recorded_is_named() {
    let text = a_recording();
    let &(line, number) = effects(&text, "").last().unwrap();
    let (old, new) = (
        format!("\"number\":{number},"),
        format!("\"number\":{},", number + 1),
    );
    let next = line.replace(&old, &new);
    let difference = difference(&text.replace(line, &format!("{line}\n{next}")));
    assert_eq!(difference.call, "status");
    assert_eq!(difference.effect, Some(number + 1));
    assert_eq!(difference.expected, Some(close()));
    assert_eq!(difference.got, None);
}

#[test]
fn a_result_that_differs_is_named() {
    let difference = difference(&a_recording().replace(r#""phase":"Down""#, r#""phase":"Up""#));
    assert_eq!((difference.call, difference.effect), ("status", None));
    assert_eq!(difference.expected.unwrap()["Ok"][0]["Ok"]["phase"], "Up");
    assert_eq!(difference.got.unwrap()["Ok"][0]["Ok"]["phase"], "Down");
}

#[test]
fn another_component_is_only_played_when_asked_for() {
    let digest = BUNDLED
        .iter()
        .find(|bundled| bundled.id == "s6")
        .unwrap()
        .digest;
    let text = a_recording().replace(digest, "0123456789abcdef");
    let error = play(&text).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "recorded by hermes-host {} with another s6: its digest is 0123456789ab…, \
             that of this host's {}…",
            env!("CARGO_PKG_VERSION"),
            &digest[..12]
        )
    );
    assert_eq!(
        error.hint().unwrap(),
        "--current replays it with this host's s6"
    );
    let replayed = replay(Box::new(Cursor::new(text)), Component::Current).unwrap();
    assert_eq!(replayed.difference, None);
}
