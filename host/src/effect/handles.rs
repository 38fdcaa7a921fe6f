use std::collections::BTreeMap;

use super::{ConnectionId, DirectoryId, Failure, ListenerId, Reply};

/// What a lowest layer holds open for a backend, under the numbers that the
/// backend was given. All kinds are numbered together.
pub(super) struct Handles<D, L, C> {
    directories: BTreeMap<DirectoryId, D>,
    listeners: BTreeMap<ListenerId, L>,
    connections: BTreeMap<ConnectionId, C>,
    given: u32,
}

impl<D, L, C> Default for Handles<D, L, C> {
    fn default() -> Self {
        Self {
            directories: BTreeMap::new(),
            listeners: BTreeMap::new(),
            connections: BTreeMap::new(),
            given: 0,
        }
    }
}

impl<D, L, C> Handles<D, L, C> {
    pub(super) fn keep_directory(&mut self, directory: D) -> Reply {
        let id = DirectoryId(self.next());
        self.directories.insert(id, directory);
        Reply::Directory(id)
    }

    pub(super) fn keep_listener(&mut self, listener: L) -> Reply {
        let id = ListenerId(self.next());
        self.listeners.insert(id, listener);
        Reply::Listener(id)
    }

    pub(super) fn keep_connection(&mut self, connection: C) -> Reply {
        let id = ConnectionId(self.next());
        self.connections.insert(id, connection);
        Reply::Connection(id)
    }

    pub(super) fn directory(&self, id: DirectoryId) -> Result<&D, Failure> {
        self.directories.get(&id).ok_or(Failure::Closed)
    }

    pub(super) fn listener(&self, id: ListenerId) -> Result<&L, Failure> {
        self.listeners.get(&id).ok_or(Failure::Closed)
    }

    pub(super) fn listeners(&self, ids: &[ListenerId]) -> Result<Vec<&L>, Failure> {
        ids.iter().map(|id| self.listener(*id)).collect()
    }

    pub(super) fn connection(&mut self, id: ConnectionId) -> Result<&mut C, Failure> {
        self.connections.get_mut(&id).ok_or(Failure::Closed)
    }

    pub(super) fn close_directory(&mut self, id: DirectoryId) -> Option<D> {
        self.directories.remove(&id)
    }

    pub(super) fn close_listener(&mut self, id: ListenerId) -> Option<L> {
        self.listeners.remove(&id)
    }

    pub(super) fn close_connection(&mut self, id: ConnectionId) -> Option<C> {
        self.connections.remove(&id)
    }

    fn next(&mut self) -> u32 {
        let id = self.given;
        self.given += 1;
        id
    }
}
