use hermes_tests::{ImageHost, ImageOptions, Volume, eventually};
use serde_json::json;

pub(crate) fn a_gateway_is_created_started_stopped_and_deleted(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    let container = host.boot(&volume, ImageOptions::new());
    assert_eq!(container.is_up("default"), Some(false));
    container.hermes("profile create coder").success();
    assert_eq!(container.is_up("coder"), Some(false));
    container.hermes("gateway start -p coder").success();
    assert_eq!(container.is_up("coder"), Some(true));
    assert_eq!(container.hermes("gateway status -p coder").status, 0);
    container.hermes("gateway stop -p coder").success();
    assert_eq!(container.is_up("coder"), Some(false));
    container.hermes("profile delete coder --yes").success();
    assert_eq!(container.is_up("coder"), None);
    assert!(!volume.has("profiles/coder"));
}

pub(crate) fn a_restart_brings_back_what_was_wanted(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    let mut container = host.boot(&volume, ImageOptions::new());
    for profile in ["coder", "writer", "idle"] {
        container
            .hermes(&format!("profile create {profile}"))
            .success();
    }
    container.hermes("gateway start -p coder").success();
    container.hermes("gateway start -p writer").success();
    container.hermes("gateway stop -p writer").success();
    for round in 0..2 {
        container.restart();
        assert_eq!(container.is_up("coder"), Some(true), "round {round}");
        assert_eq!(container.is_up("writer"), Some(false));
        assert_eq!(container.is_up("idle"), Some(false));
        assert_eq!(container.is_up("default"), Some(false));
    }
    assert_eq!(volume.intent("coder").as_deref(), Some("running"));
    assert_eq!(volume.intent("writer").as_deref(), Some("stopped"));
    assert_eq!(volume.intent("idle"), None);
    container.stop(20);
    assert_eq!(container.wait(), 0);
}

pub(crate) fn stale_files_are_removed(host: ImageHost) {
    let volume = Volume::new();
    volume.plant_profile("coder", Some("stopped"));
    for home in ["", "profiles/coder/"] {
        volume.write(&format!("{home}gateway.pid"), "4242");
        volume.write(&format!("{home}processes.json"), "[]");
    }
    host.boot(&volume, ImageOptions::new());
    for home in ["", "profiles/coder/"] {
        assert!(!volume.has(&format!("{home}gateway.pid")));
        assert!(!volume.has(&format!("{home}processes.json")));
    }
}

pub(crate) fn a_new_volume_is_seeded_and_nothing_is_replaced(host: ImageHost) {
    let volume = Volume::new();
    let mut container = host.boot(&volume, ImageOptions::new());
    assert!(volume.read("SOUL.md").starts_with("You are Hermes"));
    let found = volume.sh("stat -c '%u:%g %a %n' SOUL.md logs logs/gateways");
    assert_eq!(
        found,
        "10000:10000 644 SOUL.md\n10000:10000 755 logs\n10000:10000 755 logs/gateways\n"
    );
    let leftovers = volume.sh("find . -name '.*' -mindepth 1");
    assert_eq!(leftovers, "", "nothing is left of the seeding");
    volume.write("SOUL.md", "Mine.\n");
    container.restart();
    assert_eq!(volume.read("SOUL.md"), "Mine.\n");
}

pub(crate) fn the_first_state_is_running_only_where_that_is_asked_for(host: ImageHost) {
    const VARIABLE: &str = "HERMES_GATEWAY_BOOTSTRAP_STATE";
    for (value, before, up) in [
        (Some("running"), None, true),
        (
            Some("running"),
            Some(r#"{"gateway_state":"stopped"}"#),
            false,
        ),
        (Some("Running"), None, false),
        (Some("stopped"), None, false),
        (None, None, false),
    ] {
        let volume = Volume::new();
        volume.run_gateway("sleeps");
        if let Some(before) = before {
            volume.write("gateway_state.json", before);
        }
        let options = value.iter().fold(ImageOptions::new(), |options, value| {
            options.env(VARIABLE, value)
        });
        let container = host.boot(&volume, options);
        assert_eq!(
            container.is_up("default"),
            Some(up),
            "{value:?}, {before:?}"
        );
        if let Some(before) = before {
            assert_eq!(volume.read("gateway_state.json"), before);
        } else {
            assert_eq!(volume.has("gateway_state.json"), up);
        }
    }
    let volume = Volume::new();
    volume.sh("ln -s elsewhere gateway_state.json");
    let container = host.boot(&volume, ImageOptions::new().env(VARIABLE, "running"));
    container.says("gateway_state.json is a symbolic link");
    assert!(!volume.has("elsewhere"));
    assert_eq!(container.is_up("default"), Some(false));
}

pub(crate) fn a_stop_lets_gateways_finish_and_changes_no_intent(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("drains");
    let mut container = host.boot(&volume, ImageOptions::new());
    for profile in ["coder", "writer"] {
        container
            .hermes(&format!("profile create {profile}"))
            .success();
        container
            .hermes(&format!("gateway start -p {profile}"))
            .success();
    }
    container.stop(30);
    assert_eq!(container.wait(), 0);
    for profile in ["coder", "writer"] {
        assert_eq!(volume.read(&format!("profiles/{profile}/drained")), "yes\n");
        assert_eq!(volume.intent(profile).as_deref(), Some("running"));
    }
}

pub(crate) fn a_gateway_that_ignores_a_stop_does_not_hold_up_the_container(host: ImageHost) {
    let volume = Volume::new();
    volume.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "1s" }));
    let mut container = host.boot(&volume, ImageOptions::new());
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    container.stop(30);
    assert_eq!(container.wait(), 0, "it ended in good order");
    assert_eq!(volume.intent("coder").as_deref(), Some("running"));
}

pub(crate) fn gateways_get_the_environment_of_the_container(host: ImageHost) {
    const WORDS: &str = "two words\nand = \"a\" 'second' line $HOME";
    let volume = Volume::new();
    volume.run_gateway("shows-itself");
    volume.plant_profile("coder", Some("running"));
    let options = ImageOptions::new()
        .env("WORDS", WORDS)
        .env("SECRET", "a-secret-of-the-operator");
    let container = host.boot(&volume, options);
    eventually("coder shows itself", || volume.has("profiles/coder/shown"));
    let shown = volume.read("profiles/coder/shown");
    assert_eq!(shown.lines().next(), Some("10000"), "{shown}");
    assert!(shown.contains("\nHOME=/opt/data\n"), "{shown}");
    assert!(
        shown.contains("\nSECRET=a-secret-of-the-operator\n"),
        "{shown}"
    );
    assert!(shown.contains("WORDS=two words\n"), "{shown}");
    let words = container.sh("cat /run/s6/container_environment/WORDS");
    assert_eq!(words, WORDS);
    let others = container.agent_sh("cat /run/s6/container_environment/SECRET");
    assert_ne!(others.status, 0, "it is for root alone: {others:?}");
}

pub(crate) fn what_gateways_say_is_in_the_log_and_in_the_containers_output(host: ImageHost) {
    let volume = Volume::new();
    let container = host.boot(&volume, ImageOptions::new());
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    container.says("coder: listening on http://127.0.0.1:");
    let log = "logs/gateways/coder/current";
    eventually("it is in the log", || {
        volume.read(log).contains("coder: listening on")
    });
    let owners = volume.sh("find logs -printf '%U:%G\\n' | sort -u");
    assert_eq!(owners, "10000:10000\n");
}

pub(crate) fn scripts_of_the_operator_run_at_the_start_and_at_the_end(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("drains");
    let mut container = host.boot(&volume, ImageOptions::new());
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    container.sh(
        "mkdir -p /etc/cont-finish.d
         printf '#!/bin/sh\\necho \"at the end: $(cat /opt/data/profiles/coder/drained)\"\\n' >/etc/cont-finish.d/50-last
         printf '#!/bin/sh\\necho at the start\\n' >/etc/cont-init.d/50-first
         chmod +x /etc/cont-finish.d/50-last /etc/cont-init.d/50-first",
    );
    container.restart();
    container.says("at the end: yes");
    container.says("at the start");
}
