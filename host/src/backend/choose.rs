use std::path::Path;

use hermes_bundle::{BUNDLED, Bundled};

use super::{Backend, BackendError, Detection, Variables};
use crate::sandbox::{Artefact, Layers};

/// A backend that is this sure ends the search.
const SURE: u8 = 80;

/// The backends that come with the host, in the order in which they are asked.
pub const BUILT_IN: &[&str] = &["s6", "systemd", "noop"];

/// The backend that serves a command, and why this one.
pub struct Choice {
    pub backend: Backend,
    /// `None`: the operator named it.
    pub detection: Option<Detection>,
}

impl Choice {
    /// Whether nothing better than no supervisor at all was found.
    pub fn is_last_resort(&self) -> bool {
        self.detection
            .as_ref()
            .is_some_and(|detection| detection.confidence == 0)
    }
}

/// What each backend that comes with the host says of this machine, in the order in
/// which they are asked; `None`: its supervisor is not in charge here.
pub fn detections(
    home: &Path,
    variables: &Variables,
    mut layers: impl FnMut(&str) -> Layers,
) -> Result<Vec<(&'static str, Option<Detection>)>, BackendError> {
    BUNDLED
        .iter()
        .map(|bundled| {
            let artefact = Artefact::bundled(bundled)?;
            let mut backend = Backend::built_in(&artefact, home, variables, layers(bundled.id))?;
            Ok((bundled.id, backend.detect()?))
        })
        .collect()
}

/// The backend of that name, or the one that detects this machine's supervisor:
/// of several the one with the highest confidence.
///
/// `home`: whose services are meant. `layers` makes what stands around each instance,
/// for the given backend.
pub fn choose(
    name: Option<&str>,
    home: &Path,
    variables: &Variables,
    mut layers: impl FnMut(&str) -> Layers,
) -> Result<Choice, BackendError> {
    if let Some(name) = name {
        let bundled = BUNDLED
            .iter()
            .find(|bundled| bundled.id == name)
            .ok_or_else(|| BackendError::Unknown {
                name: crate::text::sanitise(name).into_owned(),
            })?;
        let artefact = Artefact::bundled(bundled)?;
        return Ok(Choice {
            backend: Backend::built_in(&artefact, home, variables, layers(name))?,
            detection: None,
        });
    }
    let mut best: Option<(Backend, Detection)> = None;
    for bundled in BUNDLED.iter().filter(|it| shows_itself(it, variables)) {
        let artefact = Artefact::bundled(bundled)?;
        let mut backend = Backend::built_in(&artefact, home, variables, layers(bundled.id))?;
        let Some(detection) = backend.detect()? else {
            continue;
        };
        let sure = detection.confidence >= SURE;
        if best
            .as_ref()
            .is_none_or(|(_, earlier)| detection.confidence > earlier.confidence)
        {
            best = Some((backend, detection));
        }
        if sure {
            break;
        }
    }
    let (backend, detection) = best.ok_or_else(|| BackendError::Unknown {
        name: "noop".into(),
    })?;
    Ok(Choice {
        backend,
        detection: Some(detection),
    })
}

/// Whether its supervisor may be here: loading a backend costs more than to look.
fn shows_itself(bundled: &Bundled, variables: &Variables) -> bool {
    let mut places = bundled
        .signs
        .iter()
        .filter_map(|sign| variables.place(sign));
    bundled.signs.is_empty() || places.any(|place| place.exists())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sandbox::Instance;
    use crate::sandbox::contract::service_manager::Access;

    #[test]
    fn wherever_s6_may_write_there_is_a_sign_of_it() {
        let s6 = BUNDLED.iter().find(|bundled| bundled.id == "s6").unwrap();
        let artefact = Artefact::bundled(s6).unwrap();
        let mut instance = Instance::new(&artefact, Layers::default()).unwrap();
        let manifest = Backend::describe(&mut instance).unwrap();
        let written = manifest.requests.iter().filter_map(|it| match &it.access {
            Access::WriteDirectory(paths) => Some(paths),
            _ => None,
        });
        let places: Vec<&String> = written.flatten().collect();
        assert!(!places.is_empty());
        for place in places {
            let sign = format!("{place}/.s6-svscan");
            assert!(s6.signs.contains(&sign.as_str()), "{sign}");
        }
    }

    #[test]
    fn a_backend_is_asked_where_one_of_its_signs_is_there() {
        let there = Variables::new([("HERMES_S6_SCANDIR", "/".into())]);
        let gone = Variables::new([("HERMES_S6_SCANDIR", "/no/such/place".into())]);
        let nothing = Variables::default();
        for (signs, variables, asked) in [
            (&[][..], &nothing, true),
            (&["/"], &nothing, true),
            (&["/no/such/place"], &nothing, false),
            (&["/no/such/place", "/"], &nothing, true),
            (&["$HERMES_S6_SCANDIR"], &there, true),
            (&["$HERMES_S6_SCANDIR"], &gone, false),
            (&["$HERMES_S6_SCANDIR"], &nothing, false),
        ] {
            let bundled = Bundled {
                signs,
                ..BUNDLED[0]
            };
            assert_eq!(shows_itself(&bundled, variables), asked, "{signs:?}");
        }
    }
}
