use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use super::lifeline::{Lifeline, script};
use super::running::Host;
use super::{ImageOptions, Volume};
use crate::eventually::holds_within;
use crate::{Output, host_binary, plugin_binary};

/// What a Docker engine leaves to root in a container.
const CAPABILITIES: &str = "chown dac_override fowner fsetid kill setgid setuid setpcap \
    net_bind_service net_raw sys_chroot mknod audit_write setfcap";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const DEADLINE: Duration = Duration::from_secs(30);

/// The image's files in namespaces.
#[derive(Debug)]
pub(super) struct Namespaces {
    state: TempDir,
    volume: PathBuf,
    options: ImageOptions,
    unshare: Option<Child>,
    code: i32,
}

impl Namespaces {
    pub(super) fn start(volume: &Volume, options: ImageOptions) -> Self {
        let mut container = Self {
            state: TempDir::new_in(&Lifeline::get().directory).expect("a temporary directory"),
            volume: volume.path().to_owned(),
            options,
            unshare: None,
            code: 0,
        };
        container.start();
        container
    }

    fn bounding_set(&self) -> String {
        let defaults: Vec<String> = CAPABILITIES.split_whitespace().map(String::from).collect();
        let names = self.options.capabilities.as_ref().unwrap_or(&defaults);
        let added = names.iter().map(|name| format!("+{name}"));
        let set: Vec<_> = ["-all".to_owned()].into_iter().chain(added).collect();
        set.join(",")
    }

    fn environment(&self) -> impl Iterator<Item = String> {
        let name = self.options.name.as_deref().unwrap_or("container");
        let home = if self.options.user.is_some() {
            "/"
        } else {
            "/root"
        };
        let given = self.options.variables.iter();
        [
            ("PATH", PATH),
            ("HOME", home),
            ("HOSTNAME", name),
            ("HERMES_HOME", "/opt/data"),
        ]
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .chain(given.map(|(name, value)| format!("{name}={value}")))
    }

    fn signal(&self, name: &str) {
        if let Some(pid1) = self.pid1() {
            let _ = Command::new("kill")
                .args(["-s", name, &pid1.to_string()])
                .status();
        }
    }

    fn has_ended(&mut self) -> bool {
        let Some(unshare) = &mut self.unshare else {
            return true;
        };
        let Some(status) = unshare.try_wait().expect("a child can be waited for") else {
            return false;
        };
        self.code = crate::output::code(status);
        self.unshare = None;
        let _ = std::fs::remove_file(self.state.path().join("init"));
        true
    }
}

impl Host for Namespaces {
    fn exec(&self, uid: u32, command: &[&str], environment: &[(&str, &str)]) -> Output {
        let pid1 = self.pid1().expect("it runs").to_string();
        let mut exec = Command::new("nsenter");
        exec.args([
            "--target", &pid1, "--mount", "--uts", "--ipc", "--net", "--pid",
        ]);
        exec.args(["--root", "--wdns=/opt/data", "setpriv", "--bounding-set"]);
        exec.arg(self.bounding_set()).arg("--inh-caps=-all");
        exec.arg(format!("--reuid={uid}"))
            .arg(format!("--regid={uid}"));
        exec.args(["--clear-groups", "env", "-i"]);
        exec.args(self.environment());
        exec.args(
            environment
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        let exec = exec.args(command).stdin(Stdio::null());
        exec.output().expect("nsenter starts").into()
    }

    fn stop(&mut self, seconds: u32) {
        self.signal("TERM");
        if !holds_within(Duration::from_secs(seconds.into()), || self.has_ended()) {
            self.kill();
        }
    }

    fn kill(&mut self) {
        self.signal("KILL");
        assert!(holds_within(DEADLINE, || self.has_ended()), "KILL ends it");
        // unshare cannot tell.
        self.code = 137;
    }

    fn start(&mut self) {
        let state = self.state.path();
        let log = File::options()
            .create(true)
            .append(true)
            .open(state.join("log"));
        let log = log.expect("the container's log is writable");
        let mut unshare = Command::new("unshare");
        unshare.args([
            "--pid",
            "--fork",
            "--kill-child=KILL",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
        ]);
        unshare
            .args(["--propagation", "private"])
            .arg(script("boot.sh"));
        unshare.arg(state).arg(tree()).arg(&self.volume);
        unshare.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/gateways"));
        unshare.arg(self.options.user.unwrap_or(0).to_string());
        unshare.args(self.environment());
        unshare.arg("/usr/local/lib/hermes-host/entrypoint.sh");
        unshare.args(&self.options.arguments);
        unshare.env("CAPABILITIES", self.bounding_set());
        unshare.env("NAME", self.options.name.as_deref().unwrap_or("container"));
        unshare.envs(self.options.read_only.then_some(("READ_ONLY", "yes")));
        unshare.envs(
            self.options
                .run_tmpfs
                .iter()
                .map(|mount| ("RUN_TMPFS", mount)),
        );
        let unshare = unshare
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a descriptor"))
            .stderr(log);
        self.unshare = Some(unshare.spawn().expect("unshare starts"));
        holds_within(DEADLINE, || self.pid1().is_some() || self.has_ended());
    }

    fn wait(&mut self) -> i32 {
        assert!(holds_within(DEADLINE, || self.has_ended()), "it runs on");
        self.code
    }

    fn logs(&self) -> String {
        std::fs::read_to_string(self.state.path().join("log")).unwrap_or_default()
    }

    fn pid1(&self) -> Option<i32> {
        let text = std::fs::read_to_string(self.state.path().join("init")).ok()?;
        let pid = text.trim().parse().ok()?;
        Path::new(&format!("/proc/{pid}/root"))
            .exists()
            .then_some(pid)
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        if let Some(mut unshare) = self.unshare.take() {
            self.signal("KILL");
            let _ = unshare.kill();
            let _ = unshare.wait();
        }
    }
}

/// What the image holds, laid out once.
fn tree() -> &'static Path {
    static TREE: OnceLock<PathBuf> = OnceLock::new();
    TREE.get_or_init(|| {
        let tree = Lifeline::get().directory.join("tree");
        let mut lay_out = Command::new(script("tree.sh"));
        lay_out.arg(&tree).arg(host_binary()).arg(plugin_binary());
        let laid_out = lay_out.stdin(Stdio::null()).output();
        Output::from(laid_out.expect("bash starts")).success();
        tree
    })
}
