use super::*;

#[test]
fn shellcheck_finds_nothing() {
    if Command::new("shellcheck")
        .arg("--version")
        .output()
        .is_err()
    {
        return;
    }
    let spec = ServiceSpec {
        user: Some(User {
            name: "hermes".into(),
            uid: 1000,
            gid: 1000,
        }),
        log_directory: Some("/var/log/it's".into()),
        environment: vec![("A".into(), "it's".into())],
        readiness: Some(1),
        ..sample::spec()
    };
    let slot = sample::slot(&spec);
    let directory = tempfile::tempdir().unwrap();
    for text in [
        slot.run.as_str(),
        &slot.common.finish,
        slot.log_run().unwrap(),
    ] {
        let path = directory.path().join("script");
        fs::write(&path, text).unwrap();
        let output = Command::new("shellcheck").arg(&path).output().unwrap();
        let report = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{report}");
    }
}
