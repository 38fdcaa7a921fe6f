use hermes_backend_sdk::types::Error;
use hermes_backend_sdk::{files, sockets};

use crate::dbus::{Kind, Message};
use crate::manager::Scope;
use crate::mask::Mask;

/// A call that was answered with an error, as the contract's.
pub(crate) fn of_reply(message: &Message) -> Result<(), Error> {
    if message.kind != Kind::Error {
        return Ok(());
    }
    let name = message.error.unwrap_or_default();
    let words = message.text().unwrap_or(name);
    Err(match name {
        "org.freedesktop.systemd1.NoSuchUnit" => Error::NotRegistered,
        "org.freedesktop.DBus.Error.AccessDenied"
        | "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" => {
            Error::PermissionDenied(format!("systemd refuses it: {words}"))
        }
        _ => Error::Other(format!("systemd says: {words}")),
    })
}

/// The answer to an order to start, stop or restart a unit. What is missing or masked may
/// be another one that it needs.
pub(crate) fn of_order(message: &Message, unit: &str, scope: Scope) -> Result<(), Error> {
    let name = message.error.unwrap_or_default();
    let words = message.text().unwrap_or_default();
    let is_ours = words.is_empty() || words.contains(unit);
    match (of_reply(message), name) {
        (Err(_), "org.freedesktop.systemd1.UnitMasked") if is_ours => {
            Err(Mask::Unit.error(unit, scope))
        }
        (Err(Error::NotRegistered), _) if !is_ours => Err(Error::Other(format!(
            "{unit} needs something that is not there, systemd says: {words}"
        ))),
        (Err(Error::Other(words)), _) => {
            Err(Error::Other(format!("{words}; {}", scope.journal(unit))))
        }
        (answer, _) => answer,
    }
}

/// A failed effect on a file; `what` says what was tried.
pub(crate) fn of_file(what: &str, error: &files::Error) -> Error {
    let words = match error {
        files::Error::NotGranted => "no grant allows it",
        files::Error::NotFound => "it does not exist",
        files::Error::PermissionDenied => "this account may not",
        files::Error::ReadOnly => "the file system is read-only, mount it writable",
        files::Error::NoSpace => "no space is left, free some",
        files::Error::Escapes => "it leads out of the unit directory",
        files::Error::TooLarge => "it is too large",
        files::Error::Other(words) => words,
        _ => "something else is in its place, move it away",
    };
    let text = format!("cannot {what}: {words}");
    match error {
        files::Error::PermissionDenied => Error::PermissionDenied(text),
        _ => Error::Other(text),
    }
}

/// The words of an error that has some.
pub(crate) fn words_of(error: &Error) -> &str {
    match error {
        Error::Other(words) | Error::PermissionDenied(words) | Error::Unavailable(words) => words,
        _ => "systemd has refused it",
    }
}

/// Why nothing came of a connection.
pub(crate) fn words(error: &sockets::Error) -> String {
    match error {
        sockets::Error::NotGranted => "no grant allows it",
        sockets::Error::NotFound => "there is no socket",
        sockets::Error::PermissionDenied => "its socket belongs to another user",
        sockets::Error::Refused => "nobody listens",
        sockets::Error::TimedOut => "nothing came in time",
        sockets::Error::Closed => "it has closed the connection",
        sockets::Error::TooLarge => "that was too long",
        sockets::Error::Other(words) => words,
    }
    .into()
}
