mod placement;
mod take_over;

use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, Registration, ServiceSpec};

use crate::departure::finish_earlier;
use crate::duration::SECOND;
use crate::scan_directory::ScanDirectory;
use crate::sweep::sweep;
use placement::{Placement, Placer, Supervision};

/// How long a service that an ended command has begun to remove may go on until there
/// is a new one in its place.
const REMOVAL: Duration = 4 * SECOND;

pub(crate) fn register(home: &str, services: &[ServiceSpec]) -> Vec<Result<Registration, Error>> {
    let scan = match ScanDirectory::open().and_then(|scan| scan.command(&[]).map(|()| scan)) {
        Ok(scan) => scan,
        Err(error) => return services.iter().map(|_| Err(error.clone())).collect(),
    };
    let names: Vec<&str> = services.iter().map(|spec| spec.name.as_str()).collect();
    let present = sweep(&scan, &names);
    let until = clock::monotonic().saturating_add(REMOVAL);
    let blocked = finish_earlier(&scan, present.as_ref(), &names, until);
    let mut placer = Placer::new(&scan, home, present, services.len());
    let mut placements: Vec<Result<Placement, Error>> = services
        .iter()
        .map(|spec| match blocked.get(&spec.name) {
            None => placer.place(spec),
            Some(error) => Err(error.clone()),
        })
        .collect();
    placer.is_done();
    let awaited: Vec<_> = services
        .iter()
        .zip(&mut placements)
        .filter(|(_, placement)| {
            matches!(
                placement,
                Ok(Placement {
                    supervision: Supervision::Announced | Supervision::Silent,
                    ..
                })
            )
        })
        .collect();
    if !awaited.is_empty() {
        take_over::take_over(&scan, &mut placer, awaited);
    }
    placements
        .into_iter()
        .map(|placement| placement.map(|placement| placement.registration))
        .collect()
}
