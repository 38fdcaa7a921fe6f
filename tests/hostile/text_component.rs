use std::path::Path;

use anyhow::{Context, Result};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The functions of `service-manager`, as the canonical ABI passes them:
/// <https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md>
const EXPORTS: [(&str, &str); 7] = [
    ("describe", "(result i32)"),
    ("detect", "(result i32)"),
    ("register", "(param i32 i32 i32 i32) (result i32)"),
    ("unregister", "(param i32 i32 i32 i32) (result i32)"),
    (
        "control",
        "(param i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)",
    ),
    ("status", "(param i32 i32 i32 i32) (result i32)"),
    ("registered", "(param i32 i32) (result i32)"),
];

/// The contract, and a resource of the component's own besides.
const WITH_RESOURCE: &str = "
    package hostile:more;
    interface things { resource thing; }
    world backend { include hermes:backend/backend@0.3.0; export things; }
";

const INTERFACE: &str = "hermes:backend/service-manager@0.3.0";

/// Turns a file of the text format into a component.
///
/// A whole `(component …)` is taken as it is. Anything else are the fields of a
/// core module with the ABI of the contract in `wit`, where `#describe` stands
/// for the export's whole name; what it does not define of the contract traps.
pub(crate) fn build(source: &Path, wit: &Path) -> Result<Vec<u8>> {
    let text = std::fs::read_to_string(source)?;
    if text.contains("(component") {
        return Ok(wat::parse_str(&text)?);
    }
    let mut module = wat::parse_str(module(&text))?;
    let mut resolve = Resolve::default();
    let (mut package, _) = resolve.push_dir(wit)?;
    if text.contains("[resource-new]") {
        package = resolve.push_str("more.wit", WITH_RESOURCE)?;
    }
    let world = resolve.select_world(&[package], Some("backend"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()
        .context("no component comes of it")
}

fn module(fields: &str) -> String {
    let mut missing = Vec::new();
    if !fields.contains("(memory ") {
        missing.push("(memory (export \"memory\") 1)".to_owned());
    }
    if !fields.contains("\"cabi_realloc\"") {
        missing.push(
            "(func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) i32.const 1024)"
                .to_owned(),
        );
    }
    for (name, signature) in EXPORTS {
        let export = format!("\"#{name}\"");
        if !fields.contains(&export) {
            missing.push(format!("(func (export {export}) {signature} unreachable)"));
        }
    }
    format!("(module {fields}\n{})", missing.join("\n")).replace('#', &format!("{INTERFACE}#"))
}
