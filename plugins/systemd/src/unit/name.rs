/// The file that all gateways share.
pub(crate) const TEMPLATE: &str = "hermes-gateway@.service";

/// A glob for the units of all gateways.
pub(crate) const ALL: &str = "hermes-gateway@*.service";

/// What one gateway needs, in its [`drop_in_directory`].
pub(crate) const DROP_IN: &str = "hermes-host.conf";

pub(crate) fn profile_of(service: &str) -> &str {
    service.strip_prefix("gateway-").unwrap_or(service)
}

/// The unit of a service. A profile's name needs no escape in a unit's.
pub(crate) fn unit(service: &str) -> String {
    format!("hermes-gateway@{}.service", profile_of(service))
}

/// In the unit directory.
pub(crate) fn drop_in_directory(service: &str) -> String {
    format!("{}.d", unit(service))
}

/// The service that a drop-in directory is for.
pub(crate) fn service_of(drop_in_directory: &str) -> Option<String> {
    let profile = drop_in_directory
        .strip_prefix("hermes-gateway@")?
        .strip_suffix(".service.d")?;
    let service = format!("gateway-{profile}");
    is_service_name(&service).then_some(service)
}

/// The service that a unit is.
pub(crate) fn service_of_unit(unit: &str) -> Option<String> {
    service_of(&format!("{unit}.d"))
}

/// `gateway-` and then `[a-z0-9][a-z0-9_-]{0,63}`.
pub(super) fn is_service_name(name: &str) -> bool {
    let Some(profile) = name.strip_prefix("gateway-") else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    profile.len() <= 64
        && profile.bytes().next().is_some_and(plain)
        && profile
            .bytes()
            .all(|byte| plain(byte) || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_that_of_a_service_or_nobodys() {
        for (directory, service) in [
            ("hermes-gateway@coder.service.d", Some("gateway-coder")),
            ("hermes-gateway@a-b_0.service.d", Some("gateway-a-b_0")),
            ("hermes-gateway@.service.d", None),
            ("hermes-gateway@A.service.d", None),
            ("hermes-gateway@a\\x2fb.service.d", None),
            ("hermes-gateway.service.d", None),
            ("hermes-gateway@coder.service", None),
        ] {
            assert_eq!(service_of(directory).as_deref(), service, "{directory}");
        }
        assert_eq!(drop_in_directory("gateway-x"), "hermes-gateway@x.service.d");
    }
}
