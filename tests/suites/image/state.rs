use hermes_tests::{ImageHost, ImageOptions, Volume};
use serde_json::json;

/// What hermes-agent and an operator left, and whether the gateway starts.
const TABLE: [(&str, Option<&str>, Option<&str>, bool); 15] = [
    ("fresh", None, None, false),
    ("running", Some("running"), None, true),
    ("draining", Some("draining"), None, true),
    ("degraded", Some("degraded"), None, true),
    ("stopped", Some("stopped"), None, false),
    ("starting", Some("starting"), None, false),
    ("startup-failed", Some("startup_failed"), None, false),
    ("unheard-of", Some("levitating"), None, false),
    ("wanted", None, Some("running"), true),
    ("wanted-stopped", Some("stopped"), Some("running"), true),
    (
        "wanted-failed",
        Some("startup_failed"),
        Some("running"),
        true,
    ),
    ("wanted-running", Some("running"), Some("running"), true),
    ("unwanted", None, Some("stopped"), false),
    ("unwanted-running", Some("running"), Some("stopped"), false),
    (
        "unwanted-draining",
        Some("draining"),
        Some("stopped"),
        false,
    ),
];

pub(crate) fn every_state_of_hermes_agent_and_every_intent_decides_what_starts(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    for (profile, state, intent, _) in TABLE {
        volume.plant_profile(profile, state);
        if let Some(desired) = intent {
            let intent = json!({ "desired": desired, "generation": 1, "by": "test", "at": "2026-05-18T07:00:00Z" });
            let file = format!("profiles/{profile}/gateway_intent.json");
            volume.write(&file, &intent.to_string());
        }
    }
    volume.plant_profile("no-json", None);
    volume.write("profiles/no-json/gateway_state.json", "running");
    volume.sh("mkdir profiles/no-profile");
    let mut container = host.boot(&volume, ImageOptions::new());
    for round in ["first boot", "restart", "after a kill"] {
        for (profile, _, _, starts) in TABLE {
            assert_eq!(container.is_up(profile), Some(starts), "{profile}, {round}");
        }
        assert_eq!(container.is_up("no-json"), Some(false));
        assert_eq!(container.is_up("no-profile"), None);
        if round == "restart" {
            container.kill();
            container.start();
            container.booted();
        } else {
            container.restart();
        }
    }
}
