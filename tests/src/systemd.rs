use crate::{Container, GATEWAY_UID, Output, Tree, eventually};

/// What systemctl says of a gateway's unit: the independent witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitWitness {
    /// `active`, `inactive`, `failed`, `activating`...
    pub active: String,
    pub pid: Option<u32>,
    /// `enabled` or `disabled`, or nothing where there is no such unit.
    pub at_boot: String,
    pub needs_reload: bool,
}

impl Container {
    /// Gives the gateway account a user manager that needs no login; returns once
    /// it answers.
    pub fn enable_linger(&self) {
        self.sh("loginctl enable-linger hermes");
        eventually("the user manager answers", || {
            self.systemctl(GATEWAY_UID, &["is-system-running"]).stdout == "running\n"
        });
    }

    /// systemctl on the machine's manager, as root, or on a user's own.
    pub fn systemctl(&self, uid: u32, arguments: &[&str]) -> Output {
        let runtime = format!("XDG_RUNTIME_DIR=/run/user/{uid}");
        let mut command = match uid {
            0 => vec!["systemctl"],
            _ => vec!["env", &runtime, "systemctl", "--user"],
        };
        command.extend(arguments);
        self.exec_as(uid, command)
    }

    /// The unit of a profile, as the manager of that account sees it.
    #[track_caller]
    pub fn unit(&self, uid: u32, profile: &str) -> UnitWitness {
        let unit = format!("hermes-gateway@{profile}.service");
        let arguments = [
            "show",
            "--property=ActiveState,MainPID,UnitFileState,NeedDaemonReload",
            &unit,
        ];
        let shown = self.systemctl(uid, &arguments).success();
        let field = |name: &str| {
            let mut lines = shown.lines();
            lines
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .unwrap_or_default()
                .to_owned()
        };
        UnitWitness {
            active: field("ActiveState"),
            pid: field("MainPID").parse().ok().filter(|pid| *pid > 0),
            at_boot: field("UnitFileState"),
            needs_reload: field("NeedDaemonReload") == "yes",
        }
    }

    /// The account that `hermes-host` is run as under this tree.
    pub fn operator(&self) -> u32 {
        match self.tree() {
            Tree::Systemd => 0,
            _ => GATEWAY_UID,
        }
    }
}
