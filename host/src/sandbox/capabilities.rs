use wasmtime::component::Resource;
use wasmtime::{Result, format_err};

use super::contract::{clock, commands, files, log, sockets, types};
use crate::effect::{
    Bytes, ConnectionId, Denial, DirectoryId, Effect, Failure, ListenerId, Outcome, PathAction,
    Perform, Reply,
};

/// The capability interfaces of the contract, each call turned into an effect.
pub(super) struct Capabilities {
    /// `None`: closed.
    stack: Option<Box<dyn Perform>>,
    denial: Option<Denial>,
    out_of_time: bool,
}

impl Capabilities {
    pub(super) fn closed() -> Self {
        Self {
            stack: None,
            denial: None,
            out_of_time: false,
        }
    }

    pub(super) fn open(stack: Box<dyn Perform>) -> Self {
        Self {
            stack: Some(stack),
            ..Self::closed()
        }
    }

    pub(super) fn take_denial(&mut self) -> Option<Denial> {
        self.denial.take()
    }

    pub(super) fn is_out_of_time(&self) -> bool {
        self.out_of_time
    }

    /// Performs an effect; an error ends the instance.
    fn perform(&mut self, effect: &Effect) -> Result<Outcome> {
        let Some(stack) = &mut self.stack else {
            return Err(format_err!(
                "it used a capability before it was granted any"
            ));
        };
        let outcome = stack.perform(effect);
        match &outcome {
            Err(Failure::OutOfTime) => {
                self.out_of_time = true;
                return Err(format_err!("the deadline has passed"));
            }
            Err(Failure::NotGranted(denial)) if self.denial.is_none() => {
                self.denial = Some(denial.clone());
            }
            _ => {}
        }
        Ok(outcome)
    }

    fn path(
        &mut self,
        directory: &Resource<DirectoryId>,
        path: String,
        action: PathAction,
    ) -> Result<Result<Reply, files::Error>> {
        let outcome = self.perform(&Effect::Path {
            directory: DirectoryId(directory.rep()),
            path,
            action,
        })?;
        Ok(outcome.map_err(files::Error::from))
    }

    /// A path action that answers nothing.
    fn change(
        &mut self,
        directory: &Resource<DirectoryId>,
        path: String,
        action: PathAction,
    ) -> Result<Result<(), files::Error>> {
        Ok(self.path(directory, path, action)?.map(drop))
    }
}

/// The layers answered something that the effect cannot have.
fn mismatch() -> wasmtime::Error {
    format_err!("the host answered out of turn")
}

/// Takes the reply apart that the effect must have, or gives the error on.
macro_rules! expect {
    ($outcome:expr, $reply:pat => $value:expr) => {
        match $outcome {
            Ok($reply) => Ok(Ok($value)),
            Ok(_) => Err(mismatch()),
            Err(error) => Ok(Err(error.into())),
        }
    };
}

impl files::Host for Capabilities {
    fn open(&mut self, label: String) -> Result<Result<Resource<DirectoryId>, files::Error>> {
        let outcome = self.perform(&Effect::Open { label })?;
        expect!(outcome, Reply::Directory(id) => Resource::new_own(id.0))
    }

    fn read_granted(&mut self, label: String, limit: u32) -> Result<Result<Vec<u8>, files::Error>> {
        let outcome = self.perform(&Effect::ReadGranted { label, limit })?;
        expect!(outcome, Reply::Bytes(bytes) => bytes.0)
    }

    fn wait(
        &mut self,
        listeners: Vec<Resource<ListenerId>>,
        timeout: types::Duration,
    ) -> Result<Result<Vec<u32>, files::Error>> {
        let listeners = listeners
            .iter()
            .map(|listener| ListenerId(listener.rep()))
            .collect();
        let outcome = self.perform(&Effect::Wait { listeners, timeout })?;
        expect!(outcome, Reply::Ready(places) => places)
    }
}

impl files::HostDirectory for Capabilities {
    fn open_directory(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
    ) -> Result<Result<Resource<DirectoryId>, files::Error>> {
        let outcome = self.path(&this, path, PathAction::OpenDirectory)?;
        expect!(outcome, Reply::Directory(id) => Resource::new_own(id.0))
    }

    fn read(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        limit: u32,
    ) -> Result<Result<Vec<u8>, files::Error>> {
        let outcome = self.path(&this, path, PathAction::Read { limit })?;
        expect!(outcome, Reply::Bytes(bytes) => bytes.0)
    }

    fn write(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        contents: Vec<u8>,
        mode: u32,
    ) -> Result<Result<(), files::Error>> {
        let contents = Bytes(contents);
        self.change(&this, path, PathAction::Write { contents, mode })
    }

    fn create_file(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        contents: Vec<u8>,
        mode: u32,
    ) -> Result<Result<(), files::Error>> {
        let contents = Bytes(contents);
        self.change(&this, path, PathAction::CreateFile { contents, mode })
    }

    fn entries(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
    ) -> Result<Result<Vec<(String, files::Kind)>, files::Error>> {
        let outcome = self.path(&this, path, PathAction::Entries)?;
        expect!(outcome, Reply::Entries(entries) => entries
            .into_iter()
            .map(|(name, kind)| (name, kind.into()))
            .collect())
    }

    fn metadata(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
    ) -> Result<Result<files::Metadata, files::Error>> {
        let outcome = self.path(&this, path, PathAction::Metadata)?;
        expect!(outcome, Reply::Metadata(metadata) => metadata.into())
    }

    fn create_directory(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        mode: u32,
    ) -> Result<Result<(), files::Error>> {
        self.change(&this, path, PathAction::CreateDirectory { mode })
    }

    fn create_fifo(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        mode: u32,
    ) -> Result<Result<(), files::Error>> {
        self.change(&this, path, PathAction::CreateFifo { mode })
    }

    fn create_symlink(
        &mut self,
        this: Resource<DirectoryId>,
        target: String,
        path: String,
    ) -> Result<Result<(), files::Error>> {
        self.change(&this, path, PathAction::CreateSymlink { target })
    }

    fn create_link(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        new_path: String,
        other: Option<Resource<DirectoryId>>,
    ) -> Result<Result<(), files::Error>> {
        let other = other.map(|other| DirectoryId(other.rep()));
        self.change(&this, path, PathAction::CreateLink { new_path, other })
    }

    fn set_owner(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        uid: u32,
        gid: u32,
    ) -> Result<Result<(), files::Error>> {
        self.change(&this, path, PathAction::SetOwner { uid, gid })
    }

    fn rename(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        new_path: String,
    ) -> Result<Result<(), files::Error>> {
        self.change(&this, path, PathAction::Rename { new_path })
    }

    fn remove(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
    ) -> Result<Result<(), files::Error>> {
        self.change(&this, path, PathAction::Remove)
    }

    fn remove_tree(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
    ) -> Result<Result<(), files::Error>> {
        self.change(&this, path, PathAction::RemoveTree)
    }

    fn signal(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        bytes: Vec<u8>,
        meaning: String,
    ) -> Result<Result<(), files::Error>> {
        let bytes = Bytes(bytes);
        self.change(&this, path, PathAction::Signal { bytes, meaning })
    }

    fn listen(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        mode: u32,
    ) -> Result<Result<Resource<ListenerId>, files::Error>> {
        let outcome = self.path(&this, path, PathAction::Listen { mode })?;
        expect!(outcome, Reply::Listener(id) => Resource::new_own(id.0))
    }

    fn expect(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        expectation: files::Expectation,
        meaning: String,
    ) -> Result<()> {
        let expectation = expectation.into();
        let action = PathAction::Expect {
            expectation,
            meaning,
        };
        self.path(&this, path, action).map(drop)
    }

    fn drop(&mut self, this: Resource<DirectoryId>) -> Result<()> {
        let directory = DirectoryId(this.rep());
        self.perform(&Effect::CloseDirectory { directory })
            .map(drop)
    }
}

impl files::HostListener for Capabilities {
    fn receive(&mut self, this: Resource<ListenerId>) -> Result<Result<Vec<u8>, files::Error>> {
        let listener = ListenerId(this.rep());
        let outcome = self.perform(&Effect::Receive { listener })?;
        expect!(outcome, Reply::Bytes(bytes) => bytes.0)
    }

    fn drop(&mut self, this: Resource<ListenerId>) -> Result<()> {
        let listener = ListenerId(this.rep());
        self.perform(&Effect::CloseListener { listener }).map(drop)
    }
}

impl sockets::Host for Capabilities {
    fn connect(
        &mut self,
        label: String,
        timeout: types::Duration,
    ) -> Result<Result<Resource<ConnectionId>, sockets::Error>> {
        let outcome = self.perform(&Effect::Connect { label, timeout })?;
        expect!(outcome, Reply::Connection(id) => Resource::new_own(id.0))
    }
}

impl sockets::HostConnection for Capabilities {
    fn send(
        &mut self,
        this: Resource<ConnectionId>,
        bytes: Vec<u8>,
        timeout: types::Duration,
    ) -> Result<Result<(), sockets::Error>> {
        let outcome = self.perform(&Effect::Send {
            connection: ConnectionId(this.rep()),
            bytes: Bytes(bytes),
            timeout,
        })?;
        expect!(outcome, Reply::Done => ())
    }

    fn receive(
        &mut self,
        this: Resource<ConnectionId>,
        limit: u32,
        timeout: types::Duration,
    ) -> Result<Result<Vec<u8>, sockets::Error>> {
        let outcome = self.perform(&Effect::ReceiveFrom {
            connection: ConnectionId(this.rep()),
            limit,
            timeout,
        })?;
        expect!(outcome, Reply::Bytes(bytes) => bytes.0)
    }

    fn drop(&mut self, this: Resource<ConnectionId>) -> Result<()> {
        let connection = ConnectionId(this.rep());
        self.perform(&Effect::CloseConnection { connection })
            .map(drop)
    }
}

impl commands::Host for Capabilities {
    fn run(
        &mut self,
        label: String,
        arguments: Vec<String>,
    ) -> Result<Result<commands::Output, commands::Error>> {
        let outcome = self.perform(&Effect::Run { label, arguments })?;
        expect!(outcome, Reply::Output(output) => output.into())
    }
}

impl clock::Host for Capabilities {
    fn now(&mut self) -> Result<types::Timestamp> {
        self.time(&Effect::Now)
    }

    fn monotonic(&mut self) -> Result<types::Duration> {
        self.time(&Effect::Monotonic)
    }

    fn sleep(&mut self, duration: types::Duration) -> Result<()> {
        self.perform(&Effect::Sleep { duration }).map(drop)
    }
}

impl Capabilities {
    fn time(&mut self, effect: &Effect) -> Result<u64> {
        match self.perform(effect)? {
            Ok(Reply::Time(time)) => Ok(time),
            _ => Err(mismatch()),
        }
    }
}

impl log::Host for Capabilities {
    fn write(&mut self, level: log::Level, message: String) -> Result<()> {
        let outcome = self.perform(&Effect::Log {
            level: level.into(),
            message,
        })?;
        match outcome {
            // The contract has no answer for it.
            Err(Failure::TooLarge) => Err(format_err!("it said more than anybody reads")),
            _ => Ok(()),
        }
    }
}

impl types::Host for Capabilities {}
