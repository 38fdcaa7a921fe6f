use hermes_backend_sdk::{clock, files};

use crate::manifest::SITE;

/// Waits for what never comes, until the deadline.
pub(crate) fn forever(behaviour: &str) {
    match behaviour {
        "a sleep without an end" => clock::sleep(u64::MAX),
        "many short sleeps" => loop {
            clock::sleep(1_000_000);
        },
        "a wait without an end" => {
            if let Ok(listener) = files::open(SITE).and_then(|site| site.listen("l", 0o600)) {
                let _ = files::wait(&[&listener], u64::MAX);
            }
        }
        _ => {}
    }
}

/// Speaks to where nobody is.
pub(crate) fn act(behaviour: &str) -> Option<String> {
    let site = files::open(SITE).ok()?;
    Some(match behaviour {
        "a signal that nobody reads" => format!("{:?}", site.signal("fifo", b"x", "")),
        "a closed connection" => {
            let listener = site.listen("heard", 0o600).ok()?;
            let heard = site.signal("heard", b"x", "");
            drop(listener);
            format!("{heard:?}, then {:?}", site.signal("heard", b"x", ""))
        }
        "nothing to receive" => {
            let listener = site.listen("silent", 0o600).ok()?;
            format!(
                "{:?}, {:?}",
                listener.receive().map(|bytes| bytes.len()),
                files::wait(&[&listener, &listener], 0)
            )
        }
        "a FIFO that is full" => {
            let listener = site.listen("full", 0o600).ok()?;
            let mut written = 0;
            let error = loop {
                match site.signal("full", &[0; 4096], "") {
                    Ok(()) => written += 4096,
                    Err(error) => break error,
                }
            };
            drop(listener);
            format!("{error:?} after {written} bytes")
        }
        _ => return None,
    })
}
