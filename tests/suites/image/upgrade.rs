use hermes_tests::{ImageHost, ImageOptions, Volume};

pub(crate) fn a_volume_of_a_removed_container_comes_up_in_a_new_one(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    let container = host.boot(&volume, ImageOptions::new());
    container.hermes("profile create coder").success();
    container.hermes("profile create writer").success();
    container.hermes("gateway start -p coder").success();
    let ports = volume.sh("cat gateway_port profiles/*/gateway_port");
    drop(container);
    let container = host.boot(&volume, ImageOptions::new());
    assert_eq!(container.is_up("coder"), Some(true));
    assert_eq!(container.is_up("writer"), Some(false));
    assert_eq!(volume.sh("cat gateway_port profiles/*/gateway_port"), ports);
}

/// What its classic image leaves: see the sources of these names in `README.md`.
pub(crate) fn a_volume_of_hermes_agent_comes_up_as_it_was(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    for directory in [
        "cron",
        "hooks",
        "memories",
        "pairing",
        "plans",
        "sessions",
        "skills",
        "skins",
        "workspace",
        "home",
    ] {
        volume.sh(&format!("mkdir {directory}; echo x >{directory}/file"));
    }
    volume.write("config.yaml", "model: x\n");
    volume.write(".env", "API_SERVER_KEY=secret\n");
    volume.write("SOUL.md", "Mine.\n");
    volume.write("gateway_state.json", STATE);
    volume.write("gateway.pid", "{\"pid\":17}");
    volume.write("state/gateway.lifecycle.json", "{\"phase\":\"running\"}");
    volume.write("logs/container-boot.log", "2026-05-20T07:00:00+0000 profile=default prior_state=None action=registered prior_exit=unknown\n");
    volume.write("logs/gateways/coder/current", "an old line\n");
    volume.plant_profile("coder", Some("running"));
    volume.plant_profile("writer", Some("stopped"));
    volume.write("profiles/writer/processes.json", "[]");
    volume.write("profiles/.deleted/old", "");
    volume.sh("chown -R 10000:10000 .; chmod 600 .env; chmod 640 config.yaml; chown root logs/container-boot.log");
    let container = host.boot(&volume, ImageOptions::new());
    assert_eq!(container.is_up("default"), Some(true));
    assert_eq!(container.is_up("coder"), Some(true));
    assert_eq!(container.is_up("writer"), Some(false));
    assert!(!volume.has("gateway.pid") && !volume.has("profiles/writer/processes.json"));
    assert_eq!(volume.read("SOUL.md"), "Mine.\n");
    assert_eq!(volume.sh("stat -c %a .env config.yaml"), "600\n640\n");
    let log = volume.read("logs/container-boot.log");
    let last: Vec<_> = log.lines().rev().take(3).collect();
    assert!(
        last.iter().any(|line| line
            .contains("profile=default prior_state=running action=started prior_exit=unclean")),
        "{log}"
    );
    assert!(log.starts_with("2026-05-20T07:00:00+0000"), "{log}");
}

const STATE: &str = r#"{"pid":17,"kind":"hermes-gateway","argv":["hermes","gateway","run","--replace"],"gateway_state":"running","exit_reason":null,"restart_requested":false,"active_agents":0,"platforms":{},"updated_at":"2026-05-20T07:00:00+00:00","desired_state":"running"}"#;
