use crate::manager::Scope;

/// What all gateways of a manager share. A drop-in has the rest, the command
/// first of all: without one, nothing starts.
pub(crate) fn template(scope: Scope) -> String {
    let (network, service) = match scope {
        Scope::System => (NETWORK, HARDENING),
        // Neither is there for a user's systemd.
        Scope::User => ("", USER_PATH),
    };
    [
        "# Written by hermes-host. What one gateway needs stands in\n\
         # hermes-gateway@PROFILE.service.d/hermes-host.conf\n\
         [Unit]\nDescription=Hermes gateway of the profile %i\n",
        network,
        "\n[Service]\n\
         Restart=always\n\
         RestartSec=1\n\
         KillMode=mixed\n\
         NoNewPrivileges=yes\n\
         LockPersonality=yes\n\
         RestrictRealtime=yes\n\
         RestrictSUIDSGID=yes\n",
        service,
        "\n[Install]\nWantedBy=",
        scope.target(),
        "\n",
    ]
    .concat()
}

const NETWORK: &str = "Wants=network-online.target\nAfter=network-online.target\n";

/// What no gateway has to do with. The files of its account stay in its reach: it
/// is there to work with them.
const HARDENING: &str = "ProtectClock=yes\n\
                         ProtectControlGroups=yes\n\
                         ProtectKernelLogs=yes\n\
                         ProtectKernelModules=yes\n\
                         ProtectKernelTunables=yes\n";

/// hermes is often installed in the user's own.
const USER_PATH: &str =
    "Environment=PATH=%h/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_no_network_target_and_no_namespaces() {
        let user = template(Scope::User);
        assert!(
            user.ends_with("\n[Install]\nWantedBy=default.target\n"),
            "{user}"
        );
        for absent in ["network", "Protect"] {
            assert!(!user.contains(absent), "{user}");
        }
        let system = template(Scope::System);
        assert!(
            system.contains("\nAfter=network-online.target\n\n[Service]\n"),
            "{system}"
        );
        assert!(system.contains("\nProtectClock=yes\n"), "{system}");
        assert!(system.ends_with("WantedBy=multi-user.target\n"), "{system}");
    }
}
