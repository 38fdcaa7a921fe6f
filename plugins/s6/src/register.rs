mod placement;
mod take_over;

use hermes_backend_sdk::types::{Error, Registration, ServiceSpec};

use crate::scan_directory::ScanDirectory;
use crate::sweep::sweep;
use placement::{Placement, Placer};

pub(crate) fn register(services: &[ServiceSpec]) -> Vec<Result<Registration, Error>> {
    let scan = match ScanDirectory::open().and_then(|scan| scan.command(&[]).map(|()| scan)) {
        Ok(scan) => scan,
        Err(error) => return services.iter().map(|_| Err(error.clone())).collect(),
    };
    let present = sweep(&scan);
    let mut placer = Placer::new(&scan, present, services.len());
    let mut placements: Vec<Result<Placement, Error>> =
        services.iter().map(|spec| placer.place(spec)).collect();
    placer.is_done();
    let awaited: Vec<_> = services
        .iter()
        .zip(&mut placements)
        .filter(|(_, placement)| {
            matches!(
                placement,
                Ok(Placement {
                    supervised: false,
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
