//! Builds the hostile backends: one component in Rust, whose behaviour the suite
//! chooses, and those that only the text format can say.

#[path = "../plugins/bundle/build/guest_compiler.rs"]
mod guest_compiler;
#[path = "hostile/text_component.rs"]
mod text_component;

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, Result};
use guest_compiler::GuestCompiler;

fn main() -> Result<()> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    for input in [
        "build.rs",
        "hostile",
        "../plugins/bundle/build",
        "../plugins/noop",
        "../plugins/sdk",
        "../wit",
        "../Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", tests.join(input).display());
    }
    let guests = GuestCompiler::find(&tests.join("../plugins"))?;
    for backend in ["hostile", "noop"] {
        fs::write(out.join(format!("{backend}.wasm")), guests.build(backend)?)?;
    }
    for entry in fs::read_dir(tests.join("hostile/wat"))? {
        let source = entry?.path();
        let component = text_component::build(&source, &tests.join("../wit"))
            .with_context(|| source.display().to_string())?;
        let name = Path::new(source.file_name().unwrap_or_default()).with_extension("wasm");
        fs::write(out.join(name), component)?;
    }
    Ok(())
}
