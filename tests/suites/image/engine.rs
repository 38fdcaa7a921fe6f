use hermes_tests::{ImageHost, ImageOptions, Volume};

pub(crate) fn a_read_only_container_needs_a_place_for_run(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    for (options, said) in [
        (ImageOptions::new(), "uid 0 cannot write to /run"),
        (
            ImageOptions::new().run_tmpfs("mode=0755"),
            "/run is mounted noexec",
        ),
    ] {
        let mut container = host.run(&volume, options.read_only());
        assert_eq!(container.wait(), 1);
        container.says(said);
        container.says("--tmpfs /run:exec");
    }
    let options = ImageOptions::new().read_only().run_tmpfs("exec,mode=0755");
    let mut container = host.boot(&volume, options.clone());
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    container.restart();
    assert_eq!(container.is_up("coder"), Some(true));
    container.stop(20);
    assert_eq!(container.wait(), 0);
    let mut container = host.run(&volume, options.env("PUID", "1000"));
    assert_eq!(container.wait(), 1);
    container.says("as /etc is read-only");
}

pub(crate) fn the_rights_that_root_needs_are_few(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("drains");
    let needed = ["chown", "kill", "setgid", "setuid"];
    let mut container = host.boot(&volume, ImageOptions::new().capabilities(&needed));
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    container.restart();
    assert_eq!(container.is_up("coder"), Some(true));
    container.stop(20);
    assert_eq!(container.wait(), 0);
    assert!(volume.has("profiles/coder/drained"));
    let mut container = host.run(&volume, ImageOptions::new().capabilities(&[]));
    assert_eq!(container.wait(), 1);
    container.says("it needs the capabilities CHOWN, KILL, SETGID and SETUID");
}

pub(crate) fn an_init_of_the_engine_may_be_process_1(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("drains");
    let mut container = host.boot(&volume, ImageOptions::new().init());
    assert_ne!(container.sh("cat /proc/1/comm"), "s6-svscan\n");
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    container.restart();
    assert_eq!(container.is_up("coder"), Some(true));
    container.stop(20);
    assert_eq!(container.wait(), 0);
    assert!(volume.has("profiles/coder/drained"));
    let options = ImageOptions::words(&["sh", "-c", "exit 42"]).init();
    assert_eq!(host.run(&volume, options).wait(), 42);
}
