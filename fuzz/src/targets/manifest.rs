//! What a backend says of itself. A line each: id, name and version; then a
//! grant each: label, access, path and reason with tabs between them.

use hermes_host::backend::{Features, Manifest};
use hermes_host::sandbox::contract::service_manager::{
    Access, DbusRequest, GrantRequest, Manifest as Described, NamesRequest,
};

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n').map(str::to_owned);
    let described = Described {
        id: lines.next().unwrap_or_default(),
        display_name: lines.next().unwrap_or_default(),
        version: lines.next().unwrap_or_default(),
        features: Features::all(),
        grants: lines.map(|line| grant(&line)).collect(),
    };
    match Manifest::check(described) {
        Ok(manifest) => {
            assert!(manifest.requests.len() <= 32);
            for name in manifest
                .requests
                .iter()
                .map(|one| &one.label)
                .chain([&manifest.id])
            {
                assert!(
                    name.len() <= 32 && !name.contains(['/', '.', ' ', '\0']),
                    "{name:?}"
                );
            }
            for words in manifest.requests.iter().map(|one| &one.why) {
                super::assert_is_one_line(words);
            }
            super::assert_is_one_line(&manifest.display_name);
            super::assert_is_one_line(&manifest.version);
        }
        Err(reason) => super::assert_is_one_line(&reason),
    }
}

fn grant(line: &str) -> GrantRequest {
    let mut fields = line.split('\t').map(str::to_owned);
    let mut next = || fields.next().unwrap_or_default();
    let (label, access, path, why) = (next(), next(), next(), next());
    let paths = vec![path];
    GrantRequest {
        label,
        access: match access.as_str() {
            "read-file" => Access::ReadFile(paths),
            "read-directory" => Access::ReadDirectory(paths),
            "write-directory" => Access::WriteDirectory(paths),
            "write-names" => Access::WriteNames(NamesRequest {
                only: vec![why.clone()],
                paths,
            }),
            "unix-socket" => Access::UnixSocket(paths),
            "dbus" => Access::Dbus(DbusRequest {
                calls: vec![why.clone()],
                units: paths.clone(),
                paths,
                root_only: false,
            }),
            _ => Access::Other(access),
        },
        why,
        optional: false,
    }
}
