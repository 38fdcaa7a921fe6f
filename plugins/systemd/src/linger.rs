use hermes_backend_sdk::types::Error;

use crate::dbus::{Call, Connection, Writer};
use crate::failure;
use crate::manager::{BUS, Manager, PROMPTLY, Scope, promptly};
use crate::manifest::LOGIND;
use crate::unit_directory::UnitDirectory;

/// Has logind keep this user's systemd, with a session and without.
pub(crate) fn enable(home: &str) -> Result<(), Error> {
    let scope = Manager::with(|manager| Ok(manager.scope))?;
    if scope == Scope::System {
        return Err(Error::Unsupported(
            "the machine's systemd needs no session".into(),
        ));
    }
    let mut arguments = Writer::default();
    arguments.number(UnitDirectory::open(scope, home)?.owner()?);
    // To be enabled, and nobody to be asked for a password.
    arguments.number(1);
    arguments.number(0);
    let unreachable = |error| {
        let words = failure::words(&error);
        Error::Unavailable(format!("logind does not answer: {words}"))
    };
    let mut connection = Connection::open(LOGIND, true, PROMPTLY).map_err(unreachable)?;
    connection.queue(&Call {
        destination: BUS,
        path: "/org/freedesktop/DBus",
        interface: BUS,
        member: "Hello",
        signature: "",
        arguments: Writer::default(),
    });
    let serial = connection.queue(&Call {
        destination: "org.freedesktop.login1",
        path: "/org/freedesktop/login1",
        interface: "org.freedesktop.login1.Manager",
        member: "SetUserLinger",
        signature: "ubb",
        arguments,
    });
    let mut answer = Ok(());
    let received = connection.receive(promptly(), &mut |message| {
        let answered = serial.is_answered_by(message);
        if answered {
            answer = failure::of_reply(message);
        }
        answered
    });
    received.map_err(unreachable)?;
    answer
}
