use wasmparser::{CanonicalFunction, Parser, Payload, Result};

/// Whether one component in it calls functions of another one. A call between
/// them copies and transcodes strings in the host, as many and as long as they
/// are, and costs hardly any fuel.
///
/// Nested components without functions of their own, which the usual tools use
/// to name types, are none of that.
pub(crate) fn is_composed(component: &[u8]) -> Result<bool> {
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ComponentSection { .. } | Payload::ModuleSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentCanonicalSection(functions) if depth > 0 => {
                for function in functions {
                    if matches!(function?, CanonicalFunction::Lift { .. }) {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(false)
}
