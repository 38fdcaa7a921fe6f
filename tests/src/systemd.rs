use crate::{Container, eventually};

impl Container {
    /// Gives the gateway account a user manager that needs no login; returns once
    /// it answers.
    pub fn enable_linger(&self) {
        self.sh("loginctl enable-linger hermes");
        eventually("the user manager answers", || {
            self.exists("/run/user/10000/systemd/private")
        });
    }
}
