use wasmtime::Result;
use wasmtime::component::Resource;

use super::{Capabilities, take};
use crate::effect::{DirectoryId, Effect, ListenerId, Reply};
use crate::sandbox::contract::{files, types};

impl files::Host for Capabilities {
    fn open(&mut self, label: String) -> Result<Result<Resource<DirectoryId>, files::Error>> {
        let outcome = self.perform(&Effect::Open { label })?;
        take!(outcome, Reply::Directory(id) => Resource::new_own(id.0))
    }

    fn read_granted(&mut self, label: String, limit: u32) -> Result<Result<Vec<u8>, files::Error>> {
        let outcome = self.perform(&Effect::ReadGranted { label, limit })?;
        take!(outcome, Reply::Bytes(bytes) => bytes.0)
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
        take!(outcome, Reply::Ready(places) => places)
    }
}
