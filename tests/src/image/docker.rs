use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::lifeline::{Lifeline, script};
use super::running::Host;
use super::{ImageOptions, Volume};
use crate::{Output, host_binary, plugin_binary};

/// What the tests call the image.
pub(super) const TAG: &str = "hermes-host:tests";

/// A container of the engine.
#[derive(Debug)]
pub(super) struct Docker {
    id: String,
}

pub(super) fn start(volume: &Volume, options: &ImageOptions) -> Docker {
    build_once();
    let gateways = concat!(env!("CARGO_MANIFEST_DIR"), "/gateways:/gateways:ro");
    let mut run = Command::new("docker");
    run.args(["run", "--detach", "--network=none", "--label"]);
    run.arg(&Lifeline::get().label);
    run.arg(format!("--volume={}:/opt/data", volume.path().display()));
    run.arg(format!("--volume={gateways}"));
    for (name, value) in &options.variables {
        run.arg(format!("--env={name}={value}"));
    }
    if let Some(uid) = options.user {
        run.arg(format!("--user={uid}:{uid}"));
    }
    if let Some(name) = &options.name {
        run.arg(format!("--hostname={name}"));
    }
    if let Some(mount) = &options.run_tmpfs {
        run.arg(format!("--tmpfs=/run:{mount}"));
    }
    if let Some(names) = &options.capabilities {
        run.arg("--cap-drop=ALL");
        run.args(names.iter().map(|name| format!("--cap-add={name}")));
    }
    run.args(options.init.then_some("--init"));
    run.args(options.read_only.then_some("--read-only"));
    if options.sleeping {
        run.args(["--entrypoint=sleep", TAG, "infinity"]);
    } else {
        run.arg(TAG).args(&options.arguments);
    }
    let id = output(&mut run).success().trim().to_owned();
    Docker { id }
}

impl Docker {
    fn ask(&self, format: &str) -> String {
        let output = docker(&["inspect", "--format", format, &self.id]);
        output.success().trim().to_owned()
    }
}

impl Host for Docker {
    fn exec(&self, uid: u32, command: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut exec = Command::new("docker");
        exec.args(["exec", &format!("--user={uid}:{uid}")]);
        for (name, value) in environment {
            exec.arg(format!("--env={name}={value}"));
        }
        output(exec.arg(&self.id).args(command))
    }

    fn stop(&mut self, seconds: u32) {
        docker(&["stop", "--time", &seconds.to_string(), &self.id]).success();
    }

    fn kill(&mut self) {
        docker(&["kill", &self.id]).success();
        docker(&["wait", &self.id]).success();
    }

    fn start(&mut self) {
        docker(&["start", &self.id]).success();
    }

    fn wait(&mut self) -> i32 {
        let code = docker(&["wait", &self.id]).success();
        code.trim().parse().expect("an exit code is a number")
    }

    fn logs(&self) -> String {
        let logs = docker(&["logs", &self.id]);
        logs.stdout + &logs.stderr
    }

    fn pid1(&self) -> Option<i32> {
        let pid: i32 = self.ask("{{.State.Pid}}").parse().ok()?;
        (pid != 0).then_some(pid)
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        docker(&["rm", "--force", "--volumes", &self.id]);
    }
}

fn docker(arguments: &[&str]) -> Output {
    output(Command::new("docker").args(arguments))
}

fn output(command: &mut Command) -> Output {
    let command = command.stdin(Stdio::null());
    command.output().expect("docker starts").into()
}

fn build_once() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut build = Command::new(script("build.sh"));
        build.arg(TAG).arg(host_binary()).arg(plugin_binary());
        output(&mut build).success();
    });
}
