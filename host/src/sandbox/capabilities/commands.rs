use wasmtime::Result;

use super::{Capabilities, take};
use crate::effect::{Effect, Reply};
use crate::sandbox::contract::commands;

impl commands::Host for Capabilities {
    fn run(
        &mut self,
        label: String,
        arguments: Vec<String>,
    ) -> Result<Result<commands::Output, commands::Error>> {
        let outcome = self.perform(&Effect::Run { label, arguments })?;
        take!(outcome, Reply::Output(output) => output.into())
    }
}
