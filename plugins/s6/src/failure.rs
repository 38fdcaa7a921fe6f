use hermes_backend_sdk::files;
use hermes_backend_sdk::types::Error;

/// A failed effect as the contract's error: `what` says what was tried, for
/// instance `write gateway-coder/run`.
pub(crate) fn failed(what: &str, error: &files::Error) -> Error {
    let text = format!("cannot {what}: {}", words(error));
    match error {
        files::Error::PermissionDenied => Error::PermissionDenied(text),
        files::Error::NoReader => Error::Unavailable(text),
        _ => Error::Other(text),
    }
}

fn words(error: &files::Error) -> &str {
    match error {
        files::Error::NotGranted => "no grant allows it",
        files::Error::NotFound => "it does not exist",
        files::Error::AlreadyExists => "it exists already",
        files::Error::PermissionDenied => "permission denied",
        files::Error::NotADirectory => "not a directory",
        files::Error::IsADirectory => "it is a directory",
        files::Error::NotEmpty => "the directory is not empty",
        files::Error::ReadOnly => "the scan directory is read-only, mount it writable",
        files::Error::NoSpace => "no space is left in the scan directory, free some",
        files::Error::Escapes => "it leads out of the scan directory",
        files::Error::NoReader => "nobody reads it",
        files::Error::WouldBlock => "its reader is stuck",
        files::Error::TooLarge => "it is too large",
        files::Error::Other(words) => words,
    }
}

/// What an error says of itself.
pub(crate) fn text(error: &Error) -> &str {
    match error {
        Error::Unsupported(text)
        | Error::Unavailable(text)
        | Error::PermissionDenied(text)
        | Error::TimedOut(text)
        | Error::InvalidSpec(text)
        | Error::Other(text) => text,
        Error::NotRegistered => "it is not registered",
        Error::Exited(_) => "it has ended",
        Error::Foreign(_) => "it belongs to another home",
        Error::Elsewhere(_) => "another manager has it",
    }
}

/// What is not there any more need not be removed.
pub(crate) fn absent_is_fine(result: Result<(), files::Error>) -> Result<(), files::Error> {
    match result {
        Err(files::Error::NotFound) => Ok(()),
        other => other,
    }
}
