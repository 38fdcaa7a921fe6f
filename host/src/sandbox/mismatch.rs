use semver::Version;
use serde::Serialize;
use thiserror::Error;

use super::contract::{PACKAGE, SERVICE_MANAGER, version};

/// Why a component and this host do not fit each other: the words that follow
/// the backend's name.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
pub enum Mismatch {
    #[error("imports {}, which this host does not offer", listed(.0))]
    Foreign(Vec<String>),
    #[error("is made for {PACKAGE}@{0}, which is newer than this host's {host}", host = version())]
    Newer(Version),
    #[error("is made for {PACKAGE}@{0}, which is older than this host's {host}", host = version())]
    Older(Version),
    /// An interface of the contract, in a version that fits, that is not there.
    #[error("imports {name}, which {}", unknown(.contract))]
    Unknown { name: String, contract: Version },
    #[error("does not export {PACKAGE}/{SERVICE_MANAGER}: it is no backend")]
    NoBackend,
    /// The names fit and the functions do not, in wasmtime's words.
    #[error("does not fit {PACKAGE}@{}: {words}", version())]
    Shape {
        words: String,
        contract: Option<Version>,
    },
}

impl Mismatch {
    /// A version that does not fit.
    pub(super) fn contract(contract: Version) -> Self {
        match contract > version() {
            true => Self::Newer(contract),
            false => Self::Older(contract),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let update = format!(
            "update hermes-host, or take a backend that is made for {PACKAGE}@{}",
            version()
        );
        match self {
            Self::Foreign(names) if names.iter().any(|name| name.starts_with("wasi:")) => {
                "build it without WASI: in Rust for wasm32-unknown-unknown, in Python with \
                 componentize-py --stub-wasi"
                    .to_owned()
            }
            Self::Newer(_) => update,
            Self::Unknown { contract, .. } if *contract > version() => update,
            Self::Shape {
                contract: Some(contract),
                ..
            } if *contract > version() => update,
            Self::Older(_) | Self::Shape { .. } => {
                "take a newer version of the backend, or build it again with this host's wit/"
                    .to_owned()
            }
            Self::Foreign(_) | Self::Unknown { .. } => format!(
                "a backend imports at most files, sockets, commands, clock and log of \
                 {PACKAGE}@{}",
                version()
            ),
            Self::NoBackend => "a backend is built for the world `backend` in wit/".to_owned(),
        }
    }
}

fn unknown(contract: &Version) -> String {
    match *contract > version() {
        true => format!("is newer than this host's {}", version()),
        false => "this host does not offer".to_owned(),
    }
}

/// A component in Python without `--stub-wasi` imports 25 interfaces.
fn listed(names: &[String]) -> String {
    const MOST: usize = 3;
    let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
