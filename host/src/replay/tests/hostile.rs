use proptest::prelude::*;

use super::*;

#[track_caller]
fn refused(text: &str) -> String {
    match play(text) {
        Ok(replayed) => panic!("{replayed:?}"),
        Err(error) => error.to_string(),
    }
}

/// A recording with the line of this start replaced.
fn with_line(start: &str, replacement: &str) -> String {
    let text = a_recording();
    assert!(text.lines().any(|line| line.starts_with(start)), "{text}");
    let lines = text.lines().map(|line| match line.starts_with(start) {
        true => format!("{replacement}\n"),
        false => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn what_is_no_recording_is_refused_in_one_line() {
    let header = |field: &str, value: &str| {
        let text = a_recording();
        let mut header: serde_json::Value =
            serde_json::from_str(text.lines().next().unwrap()).unwrap();
        header[field] = serde_json::from_str(value).unwrap();
        format!("{header}\n")
    };
    let deep = [
        r#"{"effect":"#,
        &"[".repeat(100_000),
        &"]".repeat(100_000),
        "}",
    ]
    .concat();
    for (text, reason) in [
        (String::new(), "holds no recording"),
        ("\n".into(), "line 1: EOF while parsing a value"),
        (
            "{}\n".into(),
            "line 1: no header, call, effect, result or end",
        ),
        ("root:x:0:0\n".into(), "line 1: expected value"),
        ("\u{1b}[31m\n".into(), "line 1: expected value"),
        (deep, "line 1: recursion limit exceeded"),
        ("[".repeat(100_000), "line 1: cut short"),
        ("{\"recording\":".into(), "line 1: cut short"),
        (
            "{\"recording\":1}\n".into(),
            "line 1: missing field `backend`",
        ),
        (
            header("recording", "2"),
            "its format is 2, this host knows 1",
        ),
        (
            header("recording", "-1"),
            "line 1: invalid value: integer `-1`, expected u32",
        ),
        (
            header("contract", "\"hermes:backend@9.0.0\""),
            "recorded under the contract hermes:backend@9.0.0, this host has hermes:backend@0.3.0",
        ),
        (
            header("backend", "\"sys\\u001btemd\""),
            "recorded with the backend sys\\u{1b}temd, which this host does not have",
        ),
        (
            with_line(
                "{\"recording\"",
                "{\"backend\":\"s6\",\"call\":\"status\",\"arguments\":{\"home\":\"/data\",\"services\":[]}}",
            ),
            "line 1: its backend has no header",
        ),
        (
            with_line("{\"backend\":\"s6\",\"call\":\"detect\"}", ""),
            "line 2: EOF while parsing a value",
        ),
        (
            with_line(
                "{\"backend\":\"s6\",\"call\":\"detect\"}",
                "{\"backend\":\"s6\",\"call\":\"explode\"}",
            ),
            "line 2: unknown variant `explode`, expected one of `detect`, `register`, `unregister`, \
             `control`, `status`, `registered`",
        ),
        (
            with_line(
                "{\"backend\":\"s6\",\"call\":\"detect\"}",
                "{\"backend\":\"noop\",\"call\":\"detect\"}",
            ),
            "line 2: its backend has no header",
        ),
        (
            with_line("{\"number\":2,", "{\"backend\":\"s6\",\"call\":\"detect\"}"),
            "line 4: it is in the middle of another call",
        ),
        (
            with_line(
                "{\"number\":1,",
                "{\"number\":1,\"backend\":\"s6\",\"effect\":\"open\",\"label\":\"scan-directory\",\"outcome\":{\"Ok\":\"done\"},\"duration_ns\":1}",
            ),
            "line 3: its outcome is none of such an effect",
        ),
        (
            with_line(
                "{\"number\":1,",
                "{\"number\":1,\"backend\":\"s6\",\"effect\":\"open\",\"label\":7,\"outcome\":{\"Ok\":\"done\"},\"duration_ns\":1}",
            ),
            "line 3: invalid type: integer `7`, expected a string",
        ),
    ] {
        assert_eq!(refused(&text), reason);
    }
}

#[test]
fn a_line_that_no_host_writes_is_not_read_to_its_end() {
    struct Endless(usize);
    impl io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += buffer.len();
            assert!(self.0 < 2 * tape::LONGEST_LINE, "it reads on and on");
            buffer.fill(b' ');
            Ok(buffer.len())
        }
    }
    let endless = io::BufReader::new(Endless(0));
    let error = replay(Box::new(endless), Component::Recorded).unwrap_err();
    assert_eq!(error.to_string(), "line 1: longer than 8 MiB");
}

#[test]
fn a_recording_may_end_anywhere() {
    let text = a_recording();
    for end in (0..text.len()).step_by(11) {
        match play(&text[..end]) {
            Ok(replayed) => {
                assert_eq!(replayed.difference, None, "{end}");
                assert_eq!(end, text.trim_end().len(), "not all of it");
            }
            Err(
                ReplayError::Empty
                | ReplayError::NoCalls
                | ReplayError::CutOff
                | ReplayError::CutShort { .. }
                | ReplayError::Unfinished { .. },
            ) => {}
            Err(error) => panic!("{end}: {error}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is written over it: an answer, and one that is fit to show.
    #[test]
    fn a_recording_may_say_anything(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let mut bytes = a_recording().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Err(error) = replay(Box::new(Cursor::new(bytes)), Component::Current) {
            prop_assert!(!error.to_string().contains(char::is_control), "{error}");
        }
    }
}
