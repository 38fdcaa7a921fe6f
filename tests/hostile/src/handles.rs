use hermes_backend_sdk::files::{self, Directory, Listener};

use crate::manifest::SITE;

/// Uses handles that it does not hold.
pub(crate) fn act(behaviour: &str) -> Option<String> {
    let site = files::open(SITE).ok()?;
    Some(match behaviour {
        "a forged handle" => used(666),
        "a closed handle" => {
            let handle = site.handle();
            drop(site);
            used(handle)
        }
        "a directory for a listener" => {
            // SAFETY: none is needed: the host is to find out.
            #[allow(unsafe_code)]
            let listener = unsafe { Listener::from_handle(site.take_handle()) };
            format!("{:?}", listener.receive())
        }
        _ => return None,
    })
}

fn used(handle: u32) -> String {
    // SAFETY: none is needed: the host is to find out.
    #[allow(unsafe_code)]
    let directory = unsafe { Directory::from_handle(handle) };
    format!("{:?}", directory.read("inside/file", 1))
}
