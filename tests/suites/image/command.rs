use hermes_tests::{ImageHost, ImageOptions, Volume, eventually};

pub(crate) fn a_program_runs_as_the_account_and_its_exit_code_is_the_containers(host: ImageHost) {
    let volume = Volume::new();
    let script = "echo \"I am $(id -un) in $PWD, $HOME\"; exit 42";
    let options = ImageOptions::words(&["bash", "-c", script]);
    let mut container = host.run(&volume, options);
    assert_eq!(container.wait(), 42);
    container.says("I am hermes in /opt/data, /opt/data");
    let options = ImageOptions::command("id -un").env("HERMES_DOCKER_EXEC_AS_ROOT", "1");
    let mut container = host.run(&volume, options);
    assert_eq!(container.wait(), 0);
    container.says("root");
    let mut container = host.run(&volume, ImageOptions::words(&["sh", "-c", "kill -9 $$"]));
    assert_eq!(container.wait(), 137);
}

pub(crate) fn verbs_go_to_hermes_host_whatever_else_has_their_name(host: ImageHost) {
    let volume = Volume::new();
    volume.write("bin/profile", "#!/bin/sh\necho another program\n");
    volume.sh("chmod +x bin/profile");
    let path = "/usr/local/bin:/usr/bin:/bin:/opt/data/bin";
    let options = ImageOptions::command("profile list").env("PATH", path);
    let mut container = host.run(&volume, options);
    assert_eq!(container.wait(), 0);
    container.says("PROFILE");
    assert!(!container.logs().contains("another program"));
    for (command, code, said) in [
        ("--version", 0, "hermes-host 0."),
        ("no-such-verb", 2, "no command is called"),
        ("gateway status -p nobody", 4, "no profile named nobody"),
    ] {
        let mut container = host.run(&volume, ImageOptions::command(command));
        assert_eq!(container.wait(), code, "{command}");
        container.says(said);
    }
}

pub(crate) fn gateway_run_starts_the_supervised_gateway_and_stays_with_it(host: ImageHost) {
    let volume = Volume::new();
    volume.plant_profile("coder", None);
    for (command, profile) in [
        ("gateway run", "default"),
        ("-p coder gateway run --replace", "coder"),
        ("hermes gateway run --profile=coder", "coder"),
    ] {
        let options = ImageOptions::command(command).env("HERMES_GATEWAY_NO_SUPERVISE", "0");
        let mut container = host.boot(&volume, options);
        eventually("its gateway is up", || {
            container.is_up(profile) == Some(true)
        });
        container.says(&format!("{profile}: listening on"));
        eventually("it is wanted", || {
            volume.intent(profile).as_deref() == Some("running")
        });
        container
            .hermes(&format!("gateway stop -p {profile}"))
            .success();
        assert_eq!(container.wait(), 0, "{command}");
    }
}

pub(crate) fn gateway_run_ends_with_the_exit_code_of_its_gateway(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("does-as-told");
    let mut container = host.run(&volume, ImageOptions::command("gateway run"));
    eventually("it runs", || volume.has("starts"));
    volume.write("exit", "78");
    container.sh("s6-svc -k /run/hermes/service/gateway-default");
    assert_eq!(container.wait(), 78, "{}", container.logs());
}

pub(crate) fn gateway_run_is_not_supervised_where_that_is_asked_for(host: ImageHost) {
    for (command, value) in [
        ("gateway run --no-supervise", "0"),
        ("gateway run", "1"),
        ("gateway run", "true"),
        ("gateway run", "yes"),
    ] {
        let volume = Volume::new();
        volume.run_gateway("shows-itself");
        let options = ImageOptions::command(command).env("HERMES_GATEWAY_NO_SUPERVISE", value);
        let mut container = host.run(&volume, options);
        eventually("it shows itself", || volume.has("shown"));
        assert!(!volume.read("shown").contains("HERMES_SUPERVISED_CHILD"));
        assert_eq!(volume.intent("default"), None);
        eventually("nothing else is up", || {
            container.is_up("default") == Some(false)
        });
        container.stop(20);
        assert_eq!(container.wait(), 0);
    }
}

pub(crate) fn a_gateway_that_is_not_supervised_runs_once(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("shows-itself");
    volume.plant_profile("coder", Some("running"));
    let options = ImageOptions::command("-p coder gateway run --no-supervise");
    let mut container = host.run(&volume, options);
    eventually("it shows itself", || {
        volume.has("profiles/coder/shown")
            && !volume
                .read("profiles/coder/shown")
                .contains("HERMES_SUPERVISED_CHILD")
    });
    assert_eq!(container.is_up("coder"), Some(false));
    container.stop(20);
    assert_eq!(container.wait(), 0);
}

pub(crate) fn a_stopped_container_comes_back_with_its_gateway_run(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    let mut container = host.boot(&volume, ImageOptions::command("gateway run"));
    eventually("it is wanted", || volume.intent("default").is_some());
    container.stop(30);
    assert_eq!(container.wait(), 0);
    assert_eq!(volume.intent("default").as_deref(), Some("running"));
    container.start();
    container.booted();
    eventually("it is up again", || {
        container.is_up("default") == Some(true)
    });
}
