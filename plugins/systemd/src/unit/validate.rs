use hermes_backend_sdk::types::{Error, ServiceSpec};

use super::name::is_service_name;

/// Refuses what cannot be said in a unit file. The host has checked the same; a
/// unit may be run by root, so this does not rely on it.
pub(crate) fn validate(spec: &ServiceSpec, home: &str) -> Result<(), Error> {
    let invalid = |what: String| Err(Error::InvalidSpec(what));
    if !is_service_name(&spec.name) {
        return invalid(format!("{:?} is not a service name", spec.name));
    }
    match spec.command.first() {
        // systemd takes such a path for a mistake, however it is escaped.
        Some(program) if program.contains(|c: char| c.is_control() || "\"'\\".contains(c)) => {
            return invalid(format!(
                "systemd starts no program with a quote, a backslash or a control character \
                 in its path: {}",
                program.escape_debug()
            ));
        }
        Some(program) if program.starts_with('/') => {}
        _ => return invalid("the command must begin with an absolute path".into()),
    }
    for directory in [spec.working_directory.as_str(), home] {
        // It is not quoted: a backslash at its end would join it to the next line.
        if !directory.starts_with('/')
            || directory.trim() != directory
            || directory.contains(|c: char| c.is_control() || c == '\\')
        {
            return invalid(format!("{directory:?} cannot stand in a unit"));
        }
    }
    for (name, _) in &spec.environment {
        if !is_variable_name(name) {
            return invalid(format!("{name:?} cannot be an environment variable"));
        }
    }
    if spec.restart.max_deaths == 0 {
        return invalid("max-deaths must be at least 1".into());
    }
    let values = spec.environment.iter().map(|(_, value)| value);
    if spec
        .command
        .iter()
        .chain(values)
        .any(|text| text.contains('\0'))
    {
        return invalid("a NUL character cannot be passed to a program".into());
    }
    Ok(())
}

fn is_variable_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(letter)
        && name
            .bytes()
            .all(|byte| letter(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn refuses_what_a_unit_cannot_say() {
        type Change = fn(&mut ServiceSpec);
        let table: [(&str, Change); 16] = [
            ("other prefix", |spec| spec.name = "coder".into()),
            ("no profile", |spec| spec.name = "gateway-".into()),
            ("instance", |spec| spec.name = "gateway-a@b".into()),
            ("path", |spec| spec.name = "gateway-a/../../x".into()),
            ("escape", |spec| spec.name = "gateway-a\\x2fb".into()),
            ("no command", |spec| spec.command.clear()),
            ("relative", |spec| spec.command = vec!["true".into()]),
            ("prefix", |spec| spec.command = vec!["+/bin/true".into()]),
            ("backslash", |spec| spec.command[0] = r"/opt/b\k".into()),
            ("quote", |spec| spec.command[0] = "/opt/b\"k".into()),
            ("apostrophe", |spec| spec.command[0] = "/opt/b'k".into()),
            ("directory", |spec| spec.working_directory = "tmp".into()),
            ("two lines", |spec| spec.working_directory += "\nUser=root"),
            ("joined", |spec| spec.working_directory += "\\"),
            ("NUL", |spec| spec.command.push("\0".into())),
            ("no deaths", |spec| spec.restart.max_deaths = 0),
        ];
        assert_eq!(validate(&sample::spec(), "/data"), Ok(()));
        for home in ["data", "/data\nUser=root", "/data\\", "/data "] {
            let refused = validate(&sample::spec(), home);
            assert!(matches!(refused, Err(Error::InvalidSpec(_))), "{home:?}");
        }
        for (what, change) in table {
            let mut spec = sample::spec();
            change(&mut spec);
            assert!(
                matches!(validate(&spec, "/data"), Err(Error::InvalidSpec(_))),
                "{what}"
            );
        }
    }
}
