use hermes_backend_sdk::Detection;
use hermes_backend_sdk::types::{Error, Registration};

pub(crate) fn detection(behaviour: &str) -> Detection {
    Detection {
        confidence: match behaviour {
            "surer than sure" => 255,
            _ => 1,
        },
        evidence: "none\u{1b}[31m".into(),
    }
}

/// More answers than questions.
pub(crate) fn registrations(behaviour: &str, services: usize) -> Vec<Result<Registration, Error>> {
    let answers = match behaviour {
        "a list of answers without an end" => 100_000,
        _ => services,
    };
    vec![Ok(Registration::Created); answers]
}

/// Fewer answers than questions.
pub(crate) fn control(behaviour: &str, services: usize) -> Vec<Result<(), Error>> {
    match behaviour {
        "no answer" => Vec::new(),
        _ => vec![Err(Error::Other("\u{1b}[2Jno\n".into())); services],
    }
}

/// Names that are none of ours.
pub(crate) fn services(behaviour: &str) -> Vec<String> {
    match behaviour {
        "services that are none" => [
            "sshd",
            "gateway-",
            "gateway-../x",
            "gateway-a\n",
            "gateway-\u{1b}[2J",
            "gateway-a",
            "gateway-a",
        ]
        .map(str::to_owned)
        .to_vec(),
        "a list without an end" => vec![String::new(); 2_200_000],
        _ => Vec::new(),
    }
}
