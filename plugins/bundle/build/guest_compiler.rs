use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-unknown-unknown";

/// A cargo that can build for [`TARGET`].
pub(crate) struct GuestCompiler {
    rustc: OsString,
    workspace: PathBuf,
}

impl GuestCompiler {
    /// The user's own compiler where it has the target, else the private one
    /// that `make targets` provides.
    pub(crate) fn find(plugins: &Path) -> Result<Self> {
        println!("cargo::rerun-if-env-changed=HERMES_TOOLCHAIN");
        let own = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let private = private_toolchain().map(|folder| folder.join("rustc"));
        let rustc = if has_target(&own) {
            own
        } else {
            match private {
                Some(rustc) if rustc.is_file() && has_target(rustc.as_os_str()) => rustc.into(),
                _ => bail!(
                    "the Rust target {TARGET} is missing: run `make targets`, \
                     or `rustup target add {TARGET}`"
                ),
            }
        };
        Ok(Self {
            rustc,
            workspace: plugins.join("..").canonicalize()?,
        })
    }

    /// Builds one backend and returns its component.
    pub(crate) fn build(&self, backend: &str) -> Result<Vec<u8>> {
        let package = format!("hermes-backend-{backend}");
        // A folder of its own: the outer cargo holds the lock of the usual one.
        let target = self.workspace.join("target/guest");
        fs::create_dir_all(&target)?;
        let mut cargo = Command::new(env::var_os("CARGO").context("not run by cargo")?);
        cargo
            .current_dir(&self.workspace)
            .args(["build", "--quiet", "--locked", "--profile", "guest"])
            .args(["--target", TARGET, "--package", &package])
            .arg("--target-dir")
            .arg(&target)
            .env("RUSTC", &self.rustc);
        // What the outer build set for the host must not reach the guest.
        for name in [
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTFLAGS",
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
            "CLIPPY_ARGS",
            "CARGO_BUILD_TARGET",
        ] {
            cargo.env_remove(name);
        }
        let status = cargo.status().context("cargo cannot be started")?;
        ensure!(status.success(), "building {package} for {TARGET} failed");
        let module = format!("{TARGET}/guest/{}.wasm", package.replace('-', "_"));
        ComponentEncoder::default()
            .validate(true)
            .module(&fs::read(target.join(module))?)?
            .encode()
            .with_context(|| format!("{backend} is not a component of the contract in wit/"))
    }
}

fn has_target(rustc: &std::ffi::OsStr) -> bool {
    Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .is_ok_and(|output| {
            let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
        })
}

fn private_toolchain() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("HERMES_TOOLCHAIN") {
        return Some(folder.into());
    }
    let cache = match env::var_os("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(env::var_os("HOME")?).join(".cache"),
    };
    Some(cache.join("hermes-host/toolchain"))
}
