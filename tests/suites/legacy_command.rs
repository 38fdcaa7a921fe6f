//! Containers that used to run the one gateway as their command, before there
//! were profiles.

use hermes_tests::{Container, GATEWAY_UID, Options, Tree, eventually, require};
use serde_json::json;

/// A container that hermes-agent's image runs with this command.
fn with_command(command: &str) -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.sh(&format!(
        "printf '#!/bin/sh\\nwhile :; do sleep 1000; done\\n' >/opt/main-wrapper.sh
         chmod +x /opt/main-wrapper.sh
         /opt/main-wrapper.sh {command} >&- 2>&- &"
    ));
    eventually("its command runs", || {
        container
            .processes()
            .iter()
            .any(|process| process.command.contains("main-wrapper.sh"))
    });
    container
}

#[test]
fn a_container_that_used_to_run_one_gateway_keeps_running_it() {
    require!(Root, S6, Namespaces);
    for (command, starts) in [
        ("gateway run", true),
        ("hermes gateway run", true),
        ("gateway run --no-supervise", false),
        ("gateway status", false),
        ("", false),
    ] {
        let container = with_command(command);
        container.hermes("reconcile").success();
        eventually(&format!("after the command {command:?}"), || {
            if starts {
                container.is_up("default")
            } else {
                container.is_down("default")
            }
        });
        if starts {
            let state: serde_json::Value =
                serde_json::from_str(&container.read("/data/gateway_state.json")).unwrap();
            assert_eq!(state["migrated_from"], json!("legacy-container-cmd"));
        }
    }
}

#[test]
fn the_old_command_counts_only_where_nothing_is_stored() {
    require!(Root, S6, Namespaces);
    let container = with_command("gateway run");
    container.write("/data/gateway_state.json", r#"{"gateway_state":"stopped"}"#);
    container.hermes("reconcile").success();
    assert!(container.is_down("default"));
}

#[test]
fn the_old_command_does_not_count_where_the_environment_opts_out() {
    require!(Root, S6, Namespaces);
    for (value, starts) in [
        ("1", false),
        ("true", false),
        ("yes", false),
        ("0", true),
        ("", true),
    ] {
        let container = with_command("gateway run");
        let environment = [("HERMES_GATEWAY_NO_SUPERVISE".into(), value.into())];
        let command = ["hermes-host", "reconcile"];
        assert!(
            container
                .command(GATEWAY_UID, command, &environment)
                .status()
                .unwrap()
                .success()
        );
        eventually(&format!("with {value:?}"), || {
            if starts {
                container.is_up("default")
            } else {
                container.is_down("default")
            }
        });
    }
}
