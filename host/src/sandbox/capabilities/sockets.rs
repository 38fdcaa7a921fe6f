use wasmtime::Result;
use wasmtime::component::Resource;

use super::{Capabilities, take};
use crate::effect::{Bytes, ConnectionId, Effect, Reply};
use crate::sandbox::contract::{sockets, types};

impl sockets::Host for Capabilities {
    fn connect(
        &mut self,
        label: String,
        timeout: types::Duration,
    ) -> Result<Result<Resource<ConnectionId>, sockets::Error>> {
        let outcome = self.perform(&Effect::Connect { label, timeout })?;
        take!(outcome, Reply::Connection(id) => Resource::new_own(id.0))
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
        take!(outcome, Reply::Done => ())
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
        take!(outcome, Reply::Bytes(bytes) => bytes.0)
    }

    fn drop(&mut self, this: Resource<ConnectionId>) -> Result<()> {
        let connection = ConnectionId(this.rep());
        self.perform(&Effect::CloseConnection { connection })
            .map(drop)
    }
}
