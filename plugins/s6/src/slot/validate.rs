use hermes_backend_sdk::types::{Error, ServiceSpec};

/// Variables that a shell keeps to itself: assigning them ends some shells.
const RESERVED_VARIABLES: [&str; 6] = ["BASHOPTS", "EUID", "OPTIND", "PPID", "SHELLOPTS", "UID"];

/// Refuses what cannot be said in a slot. The host has checked the same; a slot
/// may be run by root, so this does not rely on it.
pub(super) fn validate(home: &str, spec: &ServiceSpec) -> Result<(), Error> {
    let invalid = |what: String| Err(Error::InvalidSpec(what));
    if !home.starts_with('/') || home.contains(char::is_control) {
        return invalid("the home must be an absolute path of one line".into());
    }
    if !is_service_name(&spec.name) {
        return invalid(format!("{:?} is not a service name", spec.name));
    }
    let limits = &spec.limits;
    if limits.memory_bytes.is_some() || limits.cpu_percent.is_some() || limits.tasks.is_some() {
        return Err(Error::Unsupported(
            "s6 cannot limit memory, CPU or tasks; limit the container instead".into(),
        ));
    }
    match spec.command.first() {
        Some(program) if program.starts_with('/') => {}
        _ => return invalid("the command must begin with an absolute path".into()),
    }
    for (what, path) in [
        ("working directory", Some(&spec.working_directory)),
        ("log directory", spec.log_directory.as_ref()),
    ] {
        if path.is_some_and(|path| !path.starts_with('/')) {
            return invalid(format!("the {what} must be an absolute path"));
        }
    }
    // It stands in a comment of a script.
    let log_directory = spec.log_directory.as_ref();
    if log_directory.is_some_and(|path| path.contains(char::is_control)) {
        return invalid("the log directory must be a path of one line".into());
    }
    for (name, _) in &spec.environment {
        if !is_variable_name(name) || RESERVED_VARIABLES.contains(&name.as_str()) {
            return invalid(format!("{name:?} cannot be an environment variable"));
        }
    }
    if let Some(user) = &spec.user
        && !is_user_name(&user.name)
        // An account without a name, as s6-setuidgid takes it.
        && user.name != format!("{}:{}", user.uid, user.gid)
    {
        return invalid(format!("{:?} is not a user name", user.name));
    }
    if spec.restart.max_deaths == 0 {
        return invalid("max-deaths must be at least 1".into());
    }
    let texts = spec
        .command
        .iter()
        .chain(spec.environment.iter().map(|(_, value)| value))
        .chain([&spec.working_directory])
        .chain(&spec.log_directory);
    if texts.into_iter().any(|text| text.contains('\0')) {
        return invalid("a NUL character cannot be passed to a program".into());
    }
    Ok(())
}

/// `gateway-` and then `[a-z0-9][a-z0-9_-]{0,63}`.
pub(crate) fn is_service_name(name: &str) -> bool {
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

fn is_variable_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(letter)
        && name
            .bytes()
            .all(|byte| letter(byte) || byte.is_ascii_digit())
}

/// What s6-setuidgid takes for an account: with a colon it would be numbers,
/// with a leading dash an option.
fn is_user_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-$".contains(&byte))
}

#[cfg(test)]
mod tests {
    use hermes_backend_sdk::types::User;

    use super::super::sample;
    use super::*;

    fn add(spec: &mut ServiceSpec, name: &str, value: &str) {
        spec.environment.push((name.into(), value.into()));
    }

    #[test]
    fn a_plain_specification_is_valid() {
        assert_eq!(validate(sample::HOME, &sample::spec()), Ok(()));
    }

    #[test]
    fn refuses_what_a_slot_cannot_say() {
        type Change = fn(&mut ServiceSpec);
        let table: [(&str, Change); 16] = [
            ("log", |spec| spec.log_directory = Some("/a\nrm".into())),
            ("other prefix", |spec| spec.name = "coder".into()),
            ("no profile", |spec| spec.name = "gateway-".into()),
            ("upper case", |spec| spec.name = "gateway-Coder".into()),
            ("path", |spec| spec.name = "gateway-a/../../x".into()),
            ("dash first", |spec| spec.name = "gateway--x".into()),
            ("long", |spec| spec.name += &"a".repeat(60)),
            ("no command", |spec| spec.command.clear()),
            ("relative", |spec| spec.command = vec!["true".into()]),
            ("directory", |spec| spec.working_directory = "tmp".into()),
            ("log", |spec| spec.log_directory = Some("logs".into())),
            ("variable", |spec| add(spec, "A;B", "")),
            ("reserved", |spec| add(spec, "PPID", "1")),
            ("NUL", |spec| add(spec, "A", "\0")),
            ("no deaths", |spec| spec.restart.max_deaths = 0),
            ("option as user", |spec| {
                spec.user = Some(User {
                    name: "-s".into(),
                    uid: 1,
                    gid: 1,
                });
            }),
        ];
        for (what, change) in table {
            let mut spec = sample::spec();
            change(&mut spec);
            assert!(
                matches!(validate(sample::HOME, &spec), Err(Error::InvalidSpec(_))),
                "{what}"
            );
        }
    }

    #[test]
    fn an_account_without_a_name_is_written_as_its_own_numbers() {
        for (name, valid) in [("10000:10000", true), ("0:0", false), ("10000", true)] {
            let mut spec = sample::spec();
            spec.user = Some(User {
                name: name.into(),
                uid: 10_000,
                gid: 10_000,
            });
            assert_eq!(validate(sample::HOME, &spec).is_ok(), valid, "{name}");
        }
    }

    #[test]
    fn refuses_limits() {
        let mut spec = sample::spec();
        spec.limits.tasks = Some(10);
        assert!(matches!(
            validate(sample::HOME, &spec),
            Err(Error::Unsupported(_))
        ));
    }
}
