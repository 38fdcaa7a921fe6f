use wasmtime::Result;
use wasmtime::component::Resource;

use super::{Capabilities, take};
use crate::effect::{Bytes, DirectoryId, Effect, ListenerId, PathAction, Reply};
use crate::sandbox::contract::files;

impl files::HostDirectory for Capabilities {
    fn open_directory(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
    ) -> Result<Result<Resource<DirectoryId>, files::Error>> {
        let outcome = self.path(&this, path, PathAction::OpenDirectory)?;
        take!(outcome, Reply::Directory(id) => Resource::new_own(id.0))
    }

    fn read(
        &mut self,
        this: Resource<DirectoryId>,
        path: String,
        limit: u32,
    ) -> Result<Result<Vec<u8>, files::Error>> {
        let outcome = self.path(&this, path, PathAction::Read { limit })?;
        take!(outcome, Reply::Bytes(bytes) => bytes.0)
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
        take!(outcome, Reply::Entries(entries) => entries
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
        take!(outcome, Reply::Metadata(metadata) => metadata.into())
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
        take!(outcome, Reply::Listener(id) => Resource::new_own(id.0))
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

impl Capabilities {
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
