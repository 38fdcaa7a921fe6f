use super::{MethodCall, Policy, Refusal, first_message};

/// Bytes of one call: a thousand units in one fit.
pub const LONGEST_CALL: usize = 256 << 10;

/// Reads along on one connection and gives on what passes.
#[derive(Debug, Clone)]
pub struct Filter {
    policy: Policy,
    /// The beginning of a message, shorter than [`LONGEST_CALL`].
    held: Vec<u8>,
}

impl Filter {
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            held: Vec::new(),
        }
    }

    /// Bytes of a message that is not whole yet.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The whole messages that the bytes complete, all of them judged: exactly
    /// what is to be sent now. Once one is refused the connection has to end, as
    /// nothing is known of what follows it.
    pub fn pass(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.held.extend_from_slice(bytes);
        let mut rest = self.held.as_slice();
        while let Some((message, behind)) = first_message(rest, LONGEST_CALL)? {
            self.policy.judge(&MethodCall::parse(message)?)?;
            rest = behind;
        }
        let judged = self.held.len() - rest.len();
        if judged == 0 {
            return Ok(Vec::new());
        }
        let unfinished = self.held.split_off(judged);
        Ok(std::mem::replace(&mut self.held, unfinished))
    }
}
