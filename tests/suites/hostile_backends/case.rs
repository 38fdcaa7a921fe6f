use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use hermes_bundle::sha256;
use hermes_host::backend::{
    Action, Answers, Backend, BackendError, Manifest, RunState, ServiceSpec, Variables,
};
use hermes_host::gateway::settings::Settings;
use hermes_host::gateway::specification::Specification;
use hermes_host::sandbox::{Artefact, Compiler, ComponentFile, Layers, SandboxError};
use hermes_tests::plugin_binary;

use crate::bus::Bus;
use crate::components;
use crate::site::Site;

/// One hostile backend and how it has to end.
pub(crate) struct Case {
    /// What it does, and what it is called in its source.
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) call: Call,
    /// The type of the error, and all of its message.
    pub(crate) ends: &'static str,
}

pub(crate) enum Source {
    /// `tests/hostile/src`, made to behave like its name.
    Rust,
    /// The same, asked for a service that is called so.
    Told,
    /// The same, with somebody at the other end of its socket; the end says what
    /// came through.
    OnBus,
    /// `tests/hostile/wat/NAME.wat`.
    Text,
    /// These bytes.
    Bytes(fn() -> Vec<u8>),
}

#[derive(Clone, Copy)]
pub(crate) enum Call {
    Describe,
    Detect,
    Register,
    Unregister,
    Control,
    Status,
    Registered,
}

/// A backend in Rust that does this in `status`.
pub(crate) const fn rust(name: &'static str, ends: &'static str) -> Case {
    Case {
        name,
        source: Source::Told,
        call: Call::Status,
        ends,
    }
}

/// A backend in Rust that does this in `status`, to a bus.
pub(crate) const fn rust_on_bus(name: &'static str, ends: &'static str) -> Case {
    Case {
        name,
        source: Source::OnBus,
        call: Call::Status,
        ends,
    }
}

pub(crate) const fn rust_in(name: &'static str, call: Call, ends: &'static str) -> Case {
    Case {
        name,
        source: Source::Rust,
        call,
        ends,
    }
}

/// A backend in the text format that is asked to describe itself.
pub(crate) const fn text(name: &'static str, ends: &'static str) -> Case {
    text_in(name, Call::Describe, ends)
}

pub(crate) const fn text_in(name: &'static str, call: Call, ends: &'static str) -> Case {
    Case {
        name,
        source: Source::Text,
        call,
        ends,
    }
}

pub(crate) const fn bytes(name: &'static str, bytes: fn() -> Vec<u8>, ends: &'static str) -> Case {
    Case {
        name,
        source: Source::Bytes(bytes),
        call: Call::Describe,
        ends,
    }
}

impl Case {
    /// Compiles it and runs it in the sandbox; says how it ended.
    pub(crate) fn run(&self) -> String {
        let site = Site::new();
        let race = (self.name == "a race with links").then(|| site.race());
        let ended = match self.source {
            Source::Told => self.ask(told(), &variables(site.granted())),
            Source::OnBus => {
                let bus = Bus::new();
                let settings = [
                    ("HERMES_S6_SCANDIR", site.granted().to_owned()),
                    ("XDG_RUNTIME_DIR", bus.folder().to_owned()),
                ];
                let ended = self.ask(told(), &Variables::new(settings));
                format!("{ended} | {}", bus.got())
            }
            Source::Rust => self.ask_compiled(components::behaving(self.name), &site),
            Source::Text => self.ask_compiled(components::built(self.name), &site),
            Source::Bytes(bytes) => self.ask_compiled(bytes(), &site),
        };
        drop(race);
        site.assert_nothing_escaped(self.name);
        ended.replace(site.granted().to_str().expect("UTF-8"), "[SITE]")
    }

    fn ask_compiled(&self, bytes: Vec<u8>, site: &Site) -> String {
        match compile(bytes) {
            Ok(artefact) => self.ask(&artefact, &variables(site.granted())),
            Err(error) => error,
        }
    }

    fn ask(&self, artefact: &Artefact, variables: &Variables) -> String {
        self.answer(artefact, variables)
            .unwrap_or_else(|error| described(&error))
    }

    fn answer(&self, artefact: &Artefact, variables: &Variables) -> Result<String, BackendError> {
        let mut backend =
            Backend::built_in(artefact, Path::new("/data"), variables, Layers::default())?;
        let names = [self.name.to_owned()];
        Ok(match self.call {
            Call::Describe => introduced(backend.manifest()),
            Call::Detect => format!("{:?}", backend.detect()?),
            Call::Register => answered(backend.register(&[service()])?),
            Call::Unregister => answered(backend.unregister(&names, Duration::ZERO)?),
            Call::Control => answered(backend.control(&Action::Start, &names, None)?),
            Call::Status => answered(backend.status(&names)?),
            Call::Registered => format!("{:?}", backend.registered()?),
        })
    }
}

/// The host's settings where a backend is granted this directory.
fn variables(granted: &Path) -> Variables {
    Variables::new([("HERMES_S6_SCANDIR", granted.to_owned())])
}

/// Its words are cut and safe to show.
fn introduced(manifest: &Manifest) -> String {
    let Manifest {
        id,
        display_name: name,
        version,
        ..
    } = manifest;
    let letters = name.chars().count();
    format!("{id}, {name:.10} of {letters} letters, {version}")
}

/// The error of one service is an answer as well.
fn answered<T: std::fmt::Debug>(answers: Answers<T>) -> String {
    let words = answers.into_iter().map(|answer| match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => shown(&error, &error.to_string()),
    });
    words.collect::<Vec<_>>().join("; ")
}

pub(crate) fn described(error: &BackendError) -> String {
    match error {
        BackendError::Sandbox(inner) => {
            let hint = match inner {
                SandboxError::Denied(denial) => {
                    format!(" | {}", denial.missing)
                }
                SandboxError::DoesNotFit { mismatch, .. } => {
                    format!(" | {}", mismatch.hint())
                }
                _ => String::new(),
            };
            shown(inner, &format!("{error}{hint}"))
        }
        _ => shown(error, &error.to_string()),
    }
}

/// The variant, which is the type of an error, and its message.
fn shown(error: &impl std::fmt::Debug, message: &str) -> String {
    let debug = format!("{error:?}");
    let variant = debug.split(|c: char| !c.is_alphanumeric()).next();
    format!("{}: {message}", variant.unwrap_or_default())
}

/// The backend in Rust, compiled once for all that it is told to do.
fn told() -> &'static Artefact {
    static TOLD: OnceLock<Artefact> = OnceLock::new();
    TOLD.get_or_init(|| compile(components::behaving("")).unwrap_or_else(|error| panic!("{error}")))
}

/// Compiles and loads a component; an error in the words of [`shown`].
pub(crate) fn compile(bytes: Vec<u8>) -> Result<Artefact, String> {
    let component = ComponentFile {
        name: "acme.wasm".to_owned(),
        digest: sha256(&bytes),
        bytes,
    };
    let compiled = Compiler::new(plugin_binary().to_owned())
        .compile(&component)
        .map_err(|error| shown(&error, &error.to_string()))?;
    Artefact::compiled(&compiled).map_err(|error| described(&BackendError::from(error)))
}

/// What the host would have registered.
fn service() -> ServiceSpec {
    let specification = Specification {
        home: Path::new("/data"),
        executable: Path::new("/bin/hermes-host"),
        settings: &Settings::default(),
        account: None,
    };
    let coder = "coder".parse().expect("a name");
    specification.service(&coder, RunState::Down)
}
