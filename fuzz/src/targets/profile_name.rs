//! The name of a profile, and a service that may be one's.

use hermes_host::profile::ProfileName;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match text.parse::<ProfileName>() {
        Ok(name) => {
            assert!((1..=64).contains(&text.len()) && !text.contains(['/', '.', '\0', '\n']));
            assert_eq!(name.as_str(), text);
            assert_eq!(ProfileName::from_service(&name.service()), Some(name));
        }
        Err(error) => super::assert_is_one_line(&error.to_string()),
    }
    if let Some(name) = ProfileName::from_service(&text) {
        assert_eq!(name.service(), text);
    }
}
