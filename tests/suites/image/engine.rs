use hermes_tests::{ImageHost, ImageOptions, Volume, eventually};

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

pub(crate) fn the_engine_sees_whether_all_that_is_wanted_runs(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("does-as-told");
    let container = host.boot(&volume, ImageOptions::new());
    let asked = ["/usr/local/bin/hermes-host", "gateway", "status", "--all"];
    let image = ImageHost::inspect("{{json .Config.Healthcheck.Test}}");
    let words: Vec<String> = serde_json::from_str(&image).expect("a list");
    assert_eq!(words[0], "CMD");
    assert_eq!(words[1..], asked);
    assert_eq!(container.exec(&asked).status, 0);
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    assert_eq!(container.exec(&asked).status, 0);
    volume.write("profiles/coder/exit", "78");
    container.sh("s6-svc -k /run/hermes/service/gateway-coder");
    eventually("it is not healthy", || container.exec(&asked).status == 3);
    let labels = ImageHost::inspect("{{json .Config.Labels}}");
    for label in ["title", "description", "licenses", "version", "revision"] {
        assert!(
            labels.contains(&format!("org.opencontainers.image.{label}")),
            "{labels}"
        );
    }
}

pub(crate) fn an_interrupt_at_the_terminal_is_the_commands(_: ImageHost) {
    let volume = Volume::new();
    let sleeping = ImageOptions::command("sleep 1000");
    let output = ImageHost::at_terminal(&volume, &sleeping, "\u{3}");
    assert_eq!(output.status, 130, "{output:?}");
}
