use std::cell::{Cell, RefCell};

use hermes_backend_sdk::types::{Duration, Error};
use hermes_backend_sdk::{clock, sockets};

use crate::dbus::{Call, Connection, Kind, Message, Serial, Value, Writer, unit_path};
use crate::failure;
use crate::manifest::{
    SYSTEM_AGENTS, SYSTEM_AGENTS_BUS, SYSTEM_BUS, SYSTEM_MANAGER, USER_AGENTS, USER_AGENTS_BUS,
    USER_BUS, USER_MANAGER,
};
pub(crate) use crate::scope::Scope;
use crate::unreached::Unreached;

/// A systemd that answers: the machine's where this user may tell it what to do,
/// else the user's own.
pub(crate) struct Manager {
    pub(crate) scope: Scope,
    /// What it said of itself at first: `running`, `degraded` and others.
    pub(crate) state: String,
    label: &'static str,
    connection: Connection,
    /// Whether it tells of jobs that end.
    watched: bool,
    /// How long it may take to answer what does not wait for anything.
    patience: Duration,
}

/// What one property of a unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Property {
    Text(String),
    Texts(Vec<String>),
    Number(u64),
    Signed(i32),
}

/// A property to ask for: of a unit, of one of its interfaces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) unit: &'a str,
    /// Below `org.freedesktop.systemd1.`
    pub(crate) interface: &'a str,
    pub(crate) property: &'a str,
}

pub(crate) const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const SYSTEMD: &str = "org.freedesktop.systemd1";
const SYSTEMD_PATH: &str = "/org/freedesktop/systemd1";
pub(crate) const BUS: &str = "org.freedesktop.DBus";

/// For a call that does not wait for anything; the manager may be reloading.
pub(crate) const PROMPTLY: Duration = 10_000_000_000;

/// For a first answer, before another way is tried: a bus may be about to be started.
const GREETING: Duration = 2_000_000_000;

/// For so long one that was silent is not asked again by the same command.
const SULKS: Duration = 5_000_000_000;

const JOBS: &str = "type='signal',interface='org.freedesktop.systemd1.Manager',member='JobRemoved'";
const PRESENCE: &str = "type='signal',sender='org.freedesktop.DBus',\
                        interface='org.freedesktop.DBus',member='NameOwnerChanged',\
                        arg0='org.freedesktop.systemd1'";

/// Calls that wait for an answer at a time: a bus takes 128 of one connection.
pub(crate) const AT_ONCE: usize = 100;

const PAUSE: Duration = 20_000_000;
const ATTEMPTS: u32 = 20;

thread_local! {
    /// For the next operation of the same command.
    static KEPT: RefCell<Option<Manager>> = const { RefCell::new(None) };
    /// Which one was silent, and when.
    static SILENT: Cell<Option<(Scope, Duration)>> = const { Cell::new(None) };
}

impl Manager {
    /// Does something with a manager that answers.
    pub(crate) fn with<T>(act: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let mut manager = Self::reach()?;
        let answer = act(&mut manager)?;
        KEPT.set(Some(manager));
        Ok(answer)
    }

    /// What it says of itself, and whose it is.
    pub(crate) fn state() -> Result<(Scope, String), Unreached> {
        let manager = Self::reach()?;
        let state = (manager.scope, manager.state.clone());
        KEPT.set(Some(manager));
        Ok(state)
    }

    fn reach() -> Result<Self, Unreached> {
        if let Some(manager) = KEPT.take() {
            return Ok(manager);
        }
        if let Some((scope, at)) = SILENT.get()
            && clock::monotonic() < at.saturating_add(SULKS)
        {
            return Err(Unreached::Silent(scope));
        }
        Self::connect().inspect_err(|unreached| {
            if let Unreached::Silent(scope) = unreached {
                remember_silence(*scope);
            }
        })
    }

    /// The bus, which takes a new connection four times as fast as systemd does, else
    /// the private socket, which works without a bus.
    ///
    /// One that is silent is not passed over: what it runs is not another one's.
    fn connect() -> Result<Self, Unreached> {
        let mut refused = None;
        for (scope, bus, private) in [
            (Scope::System, SYSTEM_BUS, SYSTEM_MANAGER),
            (Scope::User, USER_BUS, USER_MANAGER),
        ] {
            let mut silent = false;
            for (label, to_bus) in [(bus, true), (private, false)] {
                match Self::open_patiently(scope, label, to_bus) {
                    Ok(manager) => return Ok(manager),
                    Err(error) => {
                        silent |= error == sockets::Error::TimedOut;
                        refused.get_or_insert(error);
                    }
                }
            }
            if silent {
                return Err(Unreached::Silent(scope));
            }
        }
        Err(Unreached::Absent(
            refused.unwrap_or(sockets::Error::NotFound),
        ))
    }

    /// The same manager, for the units that hermes-agent has installed.
    pub(crate) fn of_agents(&self) -> Result<Self, Error> {
        let (private, bus) = match self.scope {
            Scope::System => (SYSTEM_AGENTS, SYSTEM_AGENTS_BUS),
            Scope::User => (USER_AGENTS, USER_AGENTS_BUS),
        };
        let (label, to_bus) = match self.connection.is_to_bus() {
            true => (bus, true),
            false => (private, false),
        };
        Self::open_patiently(self.scope, label, to_bus).map_err(|error| lost(&error))
    }

    /// The same manager without the bus, where that can be: that takes longer to
    /// connect to, and tells faster of many jobs.
    pub(crate) fn without_bus(&mut self) {
        let label = match self.scope {
            Scope::System => SYSTEM_MANAGER,
            Scope::User => USER_MANAGER,
        };
        if self.connection.is_to_bus()
            && let Ok(manager) = Self::open(self.scope, label, false)
        {
            *self = manager;
        }
    }

    /// Once more, to the same one: it has executed itself anew. `until`: when nobody waits
    /// for what is asked any more.
    pub(crate) fn reconnect(&mut self, until: Duration) -> Result<(), Error> {
        let to_bus = self.connection.is_to_bus();
        let deadline = self.promptly().min(until.max(greeting()));
        loop {
            match Self::open(self.scope, self.label, to_bus) {
                Ok(manager) => {
                    *self = Self {
                        patience: self.patience,
                        ..manager
                    };
                    return Ok(());
                }
                Err(error) if clock::monotonic() >= deadline => {
                    self.patience = 0;
                    return Err(lost(&error));
                }
                Err(_) => clock::sleep(PAUSE),
            }
        }
    }

    /// Until when a call is answered that does not wait for anything.
    pub(crate) fn promptly(&self) -> Duration {
        clock::monotonic().saturating_add(self.patience)
    }

    /// What is asked from now on has little time: whoever waits has waited long enough.
    pub(crate) fn hurry(&mut self) {
        self.patience = self.patience.min(GREETING);
    }

    /// For as long as a systemd takes to execute itself anew, its socket is there and
    /// nobody listens.
    fn open_patiently(
        scope: Scope,
        label: &'static str,
        to_bus: bool,
    ) -> Result<Self, sockets::Error> {
        for _ in 0..ATTEMPTS {
            match Self::open(scope, label, to_bus) {
                Err(sockets::Error::Refused | sockets::Error::Closed) => clock::sleep(PAUSE),
                opened => return opened,
            }
        }
        Self::open(scope, label, to_bus)
    }

    /// A connection to a manager that answers.
    fn open(scope: Scope, label: &'static str, to_bus: bool) -> Result<Self, sockets::Error> {
        let until = greeting();
        let mut manager = Self {
            scope,
            state: String::new(),
            label,
            connection: Connection::open(label, to_bus, GREETING)?,
            watched: false,
            patience: PROMPTLY,
        };
        if to_bus {
            manager.queue_to_bus("Hello", "", Writer::default());
        }
        let answers = manager.ask(&[of_manager("SystemState")], until, &mut || ())?;
        match answers.unwrap_or_default().pop() {
            Some(Some(Property::Text(state))) => Ok(Self { state, ..manager }),
            _ => Err(sockets::Error::Refused),
        }
    }

    /// Its version as it says it: `252.38-1~deb12u1`.
    pub(crate) fn version(&mut self) -> Result<String, Error> {
        match self.properties(&[of_manager("Version")])?.pop() {
            Some(Some(Property::Text(version))) => Ok(version),
            _ => Err(Error::Other("systemd does not say its version".into())),
        }
    }

    fn queue_to_bus(&mut self, member: &str, signature: &str, arguments: Writer) {
        self.connection.queue(&Call {
            destination: BUS,
            path: "/org/freedesktop/DBus",
            interface: BUS,
            member,
            signature,
            arguments,
        });
    }

    /// Has it tell of jobs that end, which a manager without a bus does anyway; and
    /// its bus, that it has left.
    pub(crate) fn watch(&mut self) {
        if self.watched || !self.connection.is_to_bus() {
            return;
        }
        for rule in [JOBS, PRESENCE] {
            let mut arguments = Writer::default();
            arguments.text(rule);
            self.queue_to_bus("AddMatch", "s", arguments);
        }
        // Without it the manager is silent on a bus that nobody else listens to.
        self.queue("Subscribe", "", Writer::default());
        self.watched = true;
    }

    /// Queues a call to the manager itself.
    pub(crate) fn queue(&mut self, member: &str, signature: &str, arguments: Writer) -> Serial {
        self.connection.queue(&Call {
            destination: SYSTEMD,
            path: SYSTEMD_PATH,
            interface: MANAGER,
            member,
            signature,
            arguments,
        })
    }

    /// Sends what is queued and reads on; see [`Connection::receive`].
    pub(crate) fn receive(
        &mut self,
        deadline: Duration,
        take: &mut dyn FnMut(&Message) -> bool,
    ) -> Result<(), sockets::Error> {
        self.connection.receive(deadline, take)
    }

    /// Makes one call of the manager, which may be made twice, and hands over the
    /// answer to it.
    pub(crate) fn ask_for<T>(
        &mut self,
        member: &str,
        signature: &str,
        arguments: &Writer,
        take: &mut dyn FnMut(&Message) -> T,
    ) -> Result<T, Error> {
        self.persevere(&mut |manager| {
            let serial = manager.queue(member, signature, arguments.clone());
            let mut answer = Err(Error::Other("systemd gives no answer".into()));
            manager.receive(manager.promptly(), &mut |message| {
                let answered = serial.is_answered_by(message);
                if answered {
                    answer = failure::of_reply(message).map(|()| take(message));
                }
                answered
            })?;
            Ok(answer)
        })?
    }

    pub(crate) fn call(
        &mut self,
        member: &str,
        signature: &str,
        arguments: &Writer,
    ) -> Result<(), Error> {
        self.ask_for(member, signature, arguments, &mut |_| ())
    }

    /// Each property, in the order of the questions; `None`: there is none.
    pub(crate) fn properties(
        &mut self,
        questions: &[Question],
    ) -> Result<Vec<Option<Property>>, Error> {
        self.properties_meanwhile(questions, &mut || ())
    }

    /// The same; `meanwhile` is what can be done until the first answer, and may be done
    /// twice.
    pub(crate) fn properties_meanwhile(
        &mut self,
        questions: &[Question],
        meanwhile: &mut dyn FnMut(),
    ) -> Result<Vec<Option<Property>>, Error> {
        let mut answers = Vec::with_capacity(questions.len());
        for questions in questions.chunks(AT_ONCE) {
            let mut ask =
                |manager: &mut Self| manager.ask(questions, manager.promptly(), meanwhile);
            answers.extend(self.persevere(&mut ask)??);
        }
        Ok(answers)
    }

    fn ask(
        &mut self,
        questions: &[Question],
        until: Duration,
        meanwhile: &mut dyn FnMut(),
    ) -> Result<Result<Vec<Option<Property>>, Error>, sockets::Error> {
        let mut first = None;
        for question in questions {
            let mut arguments = Writer::default();
            arguments.text(&format!("{SYSTEMD}.{}", question.interface));
            arguments.text(question.property);
            let path = match question.unit {
                "" => SYSTEMD_PATH.to_owned(),
                unit => unit_path(unit),
            };
            let serial = self.connection.queue(&Call {
                destination: SYSTEMD,
                path: &path,
                interface: "org.freedesktop.DBus.Properties",
                member: "Get",
                signature: "ss",
                arguments,
            });
            first.get_or_insert(serial);
        }
        let mut answers = vec![None; questions.len()];
        let Some(first) = first else {
            return Ok(Ok(answers));
        };
        self.connection.flush(until)?;
        meanwhile();
        let mut missing = questions.len();
        let mut denied = None;
        self.receive(until, &mut |message| {
            let place = first.place_of(message);
            if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
                missing -= 1;
                match message.kind {
                    Kind::Error => denied = failure::of_reply(message).err(),
                    _ => *answer = message.property().map(Property::from),
                }
            }
            missing == 0
        })?;
        Ok(match denied {
            Some(error @ Error::PermissionDenied(_)) => Err(error),
            _ => Ok(answers),
        })
    }

    /// A systemd that executes itself anew drops its connections: what can be asked
    /// twice is asked again.
    pub(crate) fn persevere<T>(
        &mut self,
        attempt: &mut dyn FnMut(&mut Self) -> Result<T, sockets::Error>,
    ) -> Result<T, Error> {
        let done = match attempt(self) {
            Err(sockets::Error::Closed) => {
                self.reconnect(Duration::MAX)?;
                attempt(self)
            }
            done => done,
        };
        if matches!(done, Err(sockets::Error::TimedOut)) {
            remember_silence(self.scope);
        }
        done.map_err(|error| lost(&error))
    }
}

/// A property of the manager itself.
fn of_manager(property: &str) -> Question<'_> {
    Question {
        unit: "",
        interface: "Manager",
        property,
    }
}

/// Until when a call is answered that does not wait for anything.
pub(crate) fn promptly() -> Duration {
    clock::monotonic().saturating_add(PROMPTLY)
}

fn remember_silence(scope: Scope) {
    SILENT.set(Some((scope, clock::monotonic())));
}

/// Until when it is to have said that it is there.
fn greeting() -> Duration {
    clock::monotonic().saturating_add(GREETING)
}

impl From<Value<'_>> for Property {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.into()),
            Value::Texts(texts) => Self::Texts(texts.into_iter().map(str::to_owned).collect()),
            Value::Number(number) => Self::Number(number),
            Value::Signed(number) => Self::Signed(number),
        }
    }
}

/// The manager does not answer any more.
pub(crate) fn lost(error: &sockets::Error) -> Error {
    let words = failure::words(error);
    match error {
        sockets::Error::PermissionDenied => Error::PermissionDenied(words),
        _ => Error::Unavailable(format!("systemd does not answer: {words}")),
    }
}
