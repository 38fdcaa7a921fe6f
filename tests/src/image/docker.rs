use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::lifeline::{Lifeline, script};
use super::running::Host;
use super::{ImageOptions, Volume};
use crate::{Output, eventually, host_binary, plugin_binary};

/// What the tests call the image.
pub(super) const TAG: &str = "hermes-host:tests";

/// A container of the engine.
#[derive(Debug)]
pub(super) struct Docker {
    id: String,
}

pub(super) fn start(volume: &Volume, options: &ImageOptions) -> Docker {
    let mut run = Command::new("docker");
    run.args(["run", "--detach"]);
    let id = output(run.args(arguments(volume, options)));
    Docker {
        id: id.success().trim().to_owned(),
    }
}

/// What comes after `docker run`.
fn arguments(volume: &Volume, options: &ImageOptions) -> Vec<String> {
    let image = options.image.as_deref().unwrap_or(TAG);
    if image == TAG {
        build_once();
    }
    let gateways = concat!(env!("CARGO_MANIFEST_DIR"), "/gateways:/gateways:ro");
    let mut all = vec![
        "--network=none".to_owned(),
        format!("--label={}", Lifeline::get().label),
        format!("--volume={}:/opt/data", volume.path().display()),
        format!("--volume={gateways}"),
    ];
    let variables = options.variables.iter();
    all.extend(variables.map(|(name, value)| format!("--env={name}={value}")));
    all.extend(options.user.map(|uid| format!("--user={uid}:{uid}")));
    all.extend(options.name.iter().map(|name| format!("--hostname={name}")));
    let mounts = options.run_tmpfs.iter();
    all.extend(mounts.map(|mount| format!("--tmpfs=/run:{mount}")));
    if let Some(names) = &options.capabilities {
        all.push("--cap-drop=ALL".to_owned());
        all.extend(names.iter().map(|name| format!("--cap-add={name}")));
    }
    all.extend(options.init.then(|| "--init".to_owned()));
    all.extend(options.read_only.then(|| "--read-only".to_owned()));
    if options.sleeping {
        all.extend(["--entrypoint=sleep", image, "infinity"].map(str::to_owned));
    } else {
        all.push(image.to_owned());
        all.extend(options.arguments.iter().cloned());
    }
    all
}

/// Runs the image at a terminal and types `keys` once its command runs. What is then
/// shown there, and the exit code.
pub(super) fn at_terminal(volume: &Volume, options: &ImageOptions, keys: &str) -> Output {
    let cid = volume.path().with_extension("cid");
    let mut words = vec!["docker run --rm -it --cidfile".to_owned()];
    words.push(cid.display().to_string());
    words.extend(arguments(volume, options));
    let mut terminal = Command::new("timeout")
        .args(["60", "script"])
        .args([
            "--quiet",
            "--return",
            "--command",
            &words.join(" "),
            "/dev/null",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script starts");
    eventually("its command runs", || {
        let id = std::fs::read_to_string(&cid).unwrap_or_default();
        !id.is_empty() && docker(&["exec", &id, "test", "-s", "/run/s6/command"]).status == 0
    });
    let _ = std::fs::remove_file(&cid);
    let mut stdin = terminal.stdin.take().expect("its input is a pipe");
    stdin.write_all(keys.as_bytes()).expect("script reads");
    // At the end of its input it would end the terminal.
    let mut shown = terminal.stdout.take().expect("its output is a pipe");
    let mut text = String::new();
    let _ = shown.read_to_string(&mut text);
    let status = terminal.wait().expect("script ends");
    Output {
        stdout: text,
        stderr: String::new(),
        status: crate::output::code(status),
    }
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
        build(TAG, &[]).success();
    });
}

pub(super) fn inspect(format: &str) -> String {
    build_once();
    docker(&["image", "inspect", "--format", format, TAG]).success()
}

/// Builds the image under a name, with options of `docker build`.
pub(super) fn build(tag: &str, options: &[String]) -> Output {
    let mut build = Command::new(script("build.sh"));
    build.arg(tag).arg(host_binary()).arg(plugin_binary());
    output(build.args(options))
}
