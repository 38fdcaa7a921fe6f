use std::hint::black_box;

use hermes_backend_sdk::files;
use hermes_backend_sdk::log::{self, Level};

use crate::manifest::SITE;

/// Takes as much as there is.
pub(crate) fn act(behaviour: &str) -> Option<String> {
    Some(match behaviour {
        "a memory bomb" => {
            let mut all = Vec::new();
            loop {
                all.push(black_box(vec![1u8; 1 << 20]));
            }
        }
        "recursion without an end" => recurse(0).to_string(),
        "a string without an end" => "x".repeat(17 << 20),
        "more directories than allowed" => {
            let mut open = Vec::new();
            loop {
                match files::open(SITE) {
                    Ok(directory) => open.push(directory),
                    Err(error) => break format!("{} open, then {error:?}", open.len()),
                }
            }
        }
        "more listeners than allowed" => {
            let site = files::open(SITE).ok()?;
            let mut open = Vec::new();
            loop {
                match site.listen(&format!("l{}", open.len()), 0o600) {
                    Ok(listener) => open.push(listener),
                    Err(error) => break format!("{} open, then {error:?}", open.len()),
                }
            }
        }
        "a file larger than allowed" => {
            let site = files::open(SITE).ok()?;
            let much = vec![0; (1 << 20) + 1];
            format!(
                "{:?}, {:?}, {:?}",
                site.write("large", &much, 0o644),
                site.create_file("large", &much, 0o644),
                site.signal("large", &much, ""),
            )
        }
        _ => return None,
    })
}

/// More than anybody reads, for the operator.
pub(crate) fn words() {
    let words = "y".repeat(1 << 20);
    loop {
        log::write(Level::Error, &words);
    }
}

fn recurse(depth: u64) -> u64 {
    match black_box(depth) {
        u64::MAX => 0,
        depth => 1 + recurse(depth + 1),
    }
}
