use wasmtime::Result;
use wasmtime::component::Resource;

use super::{Capabilities, take};
use crate::effect::{Effect, ListenerId, Reply};
use crate::sandbox::contract::files;

impl files::HostListener for Capabilities {
    fn receive(&mut self, this: Resource<ListenerId>) -> Result<Result<Vec<u8>, files::Error>> {
        let listener = ListenerId(this.rep());
        let outcome = self.perform(&Effect::Receive { listener })?;
        take!(outcome, Reply::Bytes(bytes) => bytes.0)
    }

    fn drop(&mut self, this: Resource<ListenerId>) -> Result<()> {
        let listener = ListenerId(this.rep());
        self.perform(&Effect::CloseListener { listener }).map(drop)
    }
}
