use super::*;

#[test]
fn a_logger_finds_its_directory_in_the_script_of_its_service() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("it's $(id) \"here\" ");
    let spec = ServiceSpec {
        log_directory: Some(directory.to_str().unwrap().into()),
        ..sample::spec()
    };
    let scripts = Scripts::of(&spec);
    let log = scripts.path().join("log");
    fs::create_dir(&log).unwrap();
    fs::write(log.join("run"), sample::slot(&spec).log_run().unwrap()).unwrap();
    // In place of s6-log, which may not be here.
    let tools = home.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let s6_log = tools.join("s6-log");
    fs::write(&s6_log, "#!/bin/sh\nprintf '%s|' \"$@\"\n").unwrap();
    fs::set_permissions(&s6_log, fs::Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:/usr/bin:/bin", tools.to_str().unwrap());
    let logger = || {
        let mut logger = Command::new("/bin/sh");
        logger.arg("./run").current_dir(&log).env("PATH", &path);
        let output = logger.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let directory = directory.to_str().unwrap();
    assert_eq!(logger(), format!("1|n10|s1000000|T|{directory}|"));
    assert!(Path::new(directory).is_dir());
    // No line of it: to the console alone.
    fs::write(scripts.path().join("run"), "#!/bin/sh\n# Its log is not\n").unwrap();
    assert_eq!(logger(), "1|");
}
