use crate::{Container, GATEWAY_UID, Options, Tree, eventually};

impl Container {
    /// The scan directory that takes the gateways.
    pub fn scandir(&self) -> &'static str {
        match self.tree() {
            Tree::Root => "/run/service",
            Tree::Nested => "/run/hermes/service",
            Tree::Systemd | Tree::SystemdUser => panic!("systemd has no scan directory"),
        }
    }

    /// Where the profile lives.
    pub fn home_of(&self, profile: &str) -> String {
        match profile {
            "default" => "/data".to_owned(),
            name => format!("/data/profiles/{name}"),
        }
    }

    /// Writes `hermes-host.json`.
    pub fn configure(&self, gateway: &serde_json::Value) {
        let config = serde_json::json!({ "gateway": gateway });
        self.write("/data/hermes-host.json", &config.to_string());
    }

    /// Makes one of `tests/gateways` the gateway of all profiles.
    pub fn run_gateway(&self, program: &str) {
        self.configure(&serde_json::json!({ "command": [format!("/gateways/{program}")] }));
    }

    /// A container with these profiles, of which coder's gateway runs.
    #[track_caller]
    pub fn running_coder(profiles: &[&str]) -> Self {
        let container = Self::start(Options::new(Tree::Nested));
        container.run_gateway("sleeps");
        container.create_profiles(profiles);
        container.hermes("gateway start -p coder").success();
        container
    }

    /// A container in which coder runs and ignores SIGTERM; so long a stop waits for it.
    #[track_caller]
    pub fn ignoring_sigterm(stop_timeout: &str) -> Self {
        let container = Self::start(Options::new(Tree::Nested));
        let command = ["/gateways/ignores-term"];
        container
            .configure(&serde_json::json!({ "command": command, "stop_timeout": stop_timeout }));
        container.create_profiles(&["coder"]);
        container.hermes("gateway start -p coder").success();
        eventually("it ignores SIGTERM", || container.count("sleep") == 1);
        container
    }

    /// A profile as hermes-agent leaves one, of which no supervisor knows.
    pub fn plant_profile(&self, name: &str) {
        self.write(&format!("{}/SOUL.md", self.home_of(name)), "A soul.\n");
    }

    /// Creates profiles with `hermes-host`, as the gateway account.
    #[track_caller]
    pub fn create_profiles(&self, names: &[&str]) {
        self.create_profiles_as(GATEWAY_UID, names);
    }

    /// The same as another account.
    #[track_caller]
    pub fn create_profiles_as(&self, uid: u32, names: &[&str]) {
        for name in names {
            self.hermes_as(uid, &format!("profile create {name}"))
                .success();
            assert!(
                self.exists(&format!("{}/SOUL.md", self.home_of(name))),
                "no profile {name}"
            );
            assert!(self.svstat(name).is_some(), "nobody supervises {name}");
        }
    }

    /// The intent of the operator, as stored: `running`, `stopped`, or nothing.
    pub fn intent(&self, profile: &str) -> Option<String> {
        let path = format!("{}/gateway_intent.json", self.home_of(profile));
        let text = self.exists(&path).then(|| self.read(&path))?;
        let intent: serde_json::Value = serde_json::from_str(&text).expect("an intent is JSON");
        Some(
            intent["desired"]
                .as_str()
                .expect("an intent says what is desired")
                .to_owned(),
        )
    }

    /// Every file below a directory with its mode, owner, size and contents, to
    /// show that nothing changed.
    pub fn snapshot(&self, directory: &str) -> String {
        self.sh(&format!(
            "find {directory} -printf '%p %m %u %y %l ' -a \\( -type f -exec md5sum {{}} \\; -o -printf '\\n' \\) | sort"
        ))
    }
}
