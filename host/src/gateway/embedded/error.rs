use crate::os_error;
use crate::volume::VolumeError;
use std::io;

/// Why the embedded gateway did not run, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Who holds its lock, fit to show.
    #[error("{profile}: another gateway is already running{}", shown(holder.as_deref()))]
    AlreadyRunning {
        profile: String,
        holder: Option<String>,
    },
    #[error(transparent)]
    Lock(VolumeError),
    #[error(
        "{profile}: cannot listen on 127.0.0.1:{port}: {}",
        os_error::words(source)
    )]
    Bind {
        profile: String,
        port: u16,
        source: io::Error,
    },
    #[error("{profile}: cannot wait for connections: {}", os_error::words(source))]
    Serve { profile: String, source: io::Error },
    #[error("cannot receive signals: {}", os_error::words(.0))]
    Signals(io::Error),
}

impl EmbeddedError {
    /// What the gateway ends with. None of these is final: whatever holds the
    /// port or the lock may let go of it, and the supervisor's restart budget
    /// knows when to give up.
    pub const fn exit_code(&self) -> u8 {
        1
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::AlreadyRunning { profile, .. } => {
                Some(format!("hermes-host gateway stop -p {profile}"))
            }
            Self::Lock(error) => error.hint(),
            Self::Bind { port, source, .. } if source.kind() == io::ErrorKind::AddrInUse => Some(
                format!("another program listens there: ss -ltnp sport = :{port}"),
            ),
            Self::Bind { .. } | Self::Serve { .. } | Self::Signals(_) => None,
        }
    }
}

fn shown(holder: Option<&str>) -> String {
    holder.map_or_else(String::new, |holder| format!(": {holder}"))
}
