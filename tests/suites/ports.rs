//! Every gateway that runs has a port, and no two have the same one.

use hermes_tests::{Container, GATEWAY_UID, Options, Tree, eventually, require};
use serde_json::json;

fn start() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container
}

fn wanted(container: &Container, profile: &str) {
    let intent = json!({ "desired": "running" }).to_string();
    container.write(
        &format!("{}/gateway_intent.json", container.home_of(profile)),
        &intent,
    );
}

#[test]
fn a_reconcile_gives_ports_to_what_it_starts() {
    require!(Root, S6, Namespaces);
    let container = start();
    // The first one's port is that of the second one's name.
    container.plant_profile("author");
    container.write("/data/profiles/author/.env", "API_SERVER_PORT=9570\n");
    for profile in ["coder", "writer", "assistant"] {
        container.plant_profile(profile);
    }
    container.hermes("reconcile").success();
    for profile in ["coder", "writer"] {
        wanted(&container, profile);
    }
    container.hermes("reconcile").success();
    let port = |profile: &str| {
        let path = format!("/data/profiles/{profile}/gateway_port");
        container.exists(&path).then(|| container.read(&path))
    };
    assert_eq!(port("coder").as_deref(), Some("9571\n"));
    assert_eq!(port("writer").as_deref(), Some("9543\n"));
    assert_eq!(port("assistant"), None, "it does not run");
    for profile in ["coder", "writer"] {
        let status = container
            .hermes(&format!("gateway status -p {profile} --json"))
            .json();
        assert_eq!(
            (&status["phase"], &status["restarts"]),
            (&json!("running"), &json!(0)),
            "{status}"
        );
    }
}

#[test]
fn what_can_be_given_none_is_not_started() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.plant_profile("coder");
    wanted(&container, "coder");
    container.sh("chmod 500 /data/profiles/coder");
    for _ in 0..2 {
        let reconcile = container.exec_as(GATEWAY_UID, ["hermes-host", "reconcile"]);
        assert_eq!(reconcile.status, 1, "{reconcile:#?}");
        assert!(
            !reconcile.stdout.contains("coder: started"),
            "{reconcile:#?}"
        );
        assert!(
            reconcile
                .stderr
                .contains("/data/profiles/coder/gateway_port: permission denied"),
            "{reconcile:#?}"
        );
        assert!(container.is_down("coder"));
    }
}

#[test]
fn a_profile_that_was_copied_by_hand_is_told() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.sh("cp -a /data/profiles/coder /data/profiles/twin");
    let told = "/data/profiles/twin/gateway_port: port 9570 is the port of coder as well";
    // One that is not to run gets into nobody's way.
    container.hermes("reconcile").success();
    for profile in ["coder", "twin"] {
        wanted(&container, profile);
    }
    let reconcile = container.hermes("reconcile");
    assert_eq!(reconcile.status, 1, "{reconcile:#?}");
    assert!(reconcile.stderr.contains(told), "{reconcile:#?}");
    container.hermes("gateway stop --all").success();

    // A gateway that listens says no more than that it cannot.
    container.configure(&json!({}));
    container.hermes("gateway start -p coder").success();
    let start = container.hermes("gateway start -p twin");
    assert_eq!(start.status, 1, "{start:#?}");
    assert!(start.stderr.contains(told), "{start:#?}");
    assert!(start.stderr.contains("remove that file"), "{start:#?}");
    container.sh("rm /data/profiles/twin/gateway_port");
    eventually("it runs", || {
        container.hermes("gateway start -p twin").status == 0
    });
}
