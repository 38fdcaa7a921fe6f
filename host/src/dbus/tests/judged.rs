//! Which calls pass, and what is said of those that do not.

use super::*;

const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const OTHER: &str = "sshd.service";

fn get(path: &str, property: &str) -> Marshalled {
    let interface = "org.freedesktop.systemd1.Unit";
    Marshalled::call(path, PROPERTIES, "Get")
        .text(interface)
        .text(property)
}

fn get_all(path: &str) -> Marshalled {
    Marshalled::call(path, PROPERTIES, "GetAll").text("org.freedesktop.systemd1.Service")
}

fn bus(member: &str) -> Marshalled {
    Marshalled::call("/org/freedesktop/DBus", "org.freedesktop.DBus", member)
        .to("org.freedesktop.DBus")
}

fn linger(uid: u32) -> Marshalled {
    let path = "/org/freedesktop/login1";
    let mut call = Marshalled::call(path, "org.freedesktop.login1.Manager", "SetUserLinger");
    call = call.to("org.freedesktop.login1");
    call.number(uid).number(1).number(0).field(8, "g", "ubb")
}

fn enable(units: &[&str]) -> Marshalled {
    Marshalled::manager("EnableUnitFiles")
        .texts(units)
        .number(0)
        .number(1)
        .field(8, "g", "asbb")
}

fn unit_path(escaped: &str) -> String {
    format!("/org/freedesktop/systemd1/unit/{escaped}")
}

#[test]
fn what_is_granted_passes_byte_for_byte_in_both_orders() {
    let ours = unit_path("hermes_2dgateway_40coder_2eservice");
    let rule = "type='signal',interface='org.freedesktop.systemd1.Manager',member='JobRemoved'";
    let signed = |call: Marshalled| call.signed('u');
    for call in [
        signed(Marshalled::start(UNIT)),
        signed(Marshalled::start(UNIT).to("org.freedesktop.systemd1")),
        signed(Marshalled::start("hermes-gateway.service")),
        signed(Marshalled::manager("StopUnit").text(UNIT).text("fail")),
        signed(Marshalled::manager("ResetFailedUnit").text(UNIT)),
        signed(Marshalled::manager("Reload")),
        signed(Marshalled::manager("Subscribe")),
        signed(Marshalled::manager("ListUnitsByNames").texts(&[UNIT, UNIT])),
        signed(
            Marshalled::manager("ListUnitsByPatterns")
                .texts(&[])
                .texts(&["hermes-gateway@*.service", UNIT]),
        ),
        signed(get(&ours, "ActiveState")),
        signed(get_all(&ours)),
        signed(get("/org/freedesktop/systemd1", "SystemState")),
        signed(bus("Hello")),
        signed(bus("AddMatch").text(rule)),
        enable(&[UNIT]),
        enable(&[]),
        linger(1000),
    ] {
        for big in [false, true] {
            let bytes = call.clone().big(big).raw();
            assert_eq!(pass(&bytes), Ok(bytes.clone()), "{bytes:?}");
        }
    }
}

/// The refusal, and the grant that is missing.
fn assert_refused(call: &Marshalled, said: &str, missing: &str) {
    for big in [false, true] {
        let refusal = pass(&call.clone().big(big).raw()).unwrap_err();
        assert_eq!(refusal.to_string(), said);
        assert_eq!(refusal.missing("system"), missing);
    }
}

#[test]
fn a_call_that_is_not_granted_is_refused_by_name() {
    for (call, name) in [
        (
            Marshalled::manager("StartTransientUnit")
                .text(UNIT)
                .text("fail"),
            "org.freedesktop.systemd1.Manager.StartTransientUnit",
        ),
        (
            Marshalled::call("/a", "org.example", "\u{1b}[2JX"),
            "org.example.\\u{1b}[2JX",
        ),
    ] {
        let missing = format!("--label system --call {name}");
        assert_refused(&call.signed('u'), &format!("the call {name}"), &missing);
    }
}

#[test]
fn a_unit_of_another_is_refused_by_name_wherever_it_stands() {
    let patterns = |globs: &[&str]| {
        let call = Marshalled::manager("ListUnitsByPatterns").texts(&["active"]);
        call.texts(globs).signed('u')
    };
    let others = unit_path("sshd_2eservice");
    let start = Marshalled::start(OTHER).signed('u');
    let names = Marshalled::manager("ListUnitsByNames").texts(&[UNIT, OTHER]);
    for (call, unit, member) in [
        (start, OTHER, "systemd1.Manager.StartUnit"),
        (
            names.signed('u'),
            OTHER,
            "systemd1.Manager.ListUnitsByNames",
        ),
        (
            patterns(&["hermes-gateway@*.service", "*"]),
            "*",
            "systemd1.Manager.ListUnitsByPatterns",
        ),
        (
            enable(&[UNIT, "/etc/passwd"]),
            "/etc/passwd",
            "systemd1.Manager.EnableUnitFiles",
        ),
        (
            get(&others, "ActiveState").signed('u'),
            OTHER,
            "DBus.Properties.Get",
        ),
    ] {
        let said = format!("the unit {unit} in org.freedesktop.{member}");
        assert_refused(&call, &said, &format!("--label system --unit {unit}"));
    }
}

#[test]
fn an_argument_that_does_more_than_its_call_is_refused() {
    let mode = |mode: &str| Marshalled::manager("StartUnit").text(UNIT).text(mode);
    let none = Marshalled::manager("ListUnitsByPatterns")
        .texts(&[])
        .texts(&[]);
    let rule = |more: &str| {
        let rule = "type='signal',interface='org.freedesktop.systemd1.Manager'";
        bus("AddMatch").text(&format!("{rule}{more}"))
    };
    let upper = unit_path("hermes_2Dgateway_40coder_2eservice");
    let manager = "/org/freedesktop/systemd1";
    let signed = |call: Marshalled| call.signed('u');
    for (call, what, member) in [
        (
            signed(mode("isolate")),
            "mode isolate",
            "systemd1.Manager.StartUnit",
        ),
        (signed(mode("")), "mode ", "systemd1.Manager.StartUnit"),
        (
            signed(none),
            "pattern of none",
            "systemd1.Manager.ListUnitsByPatterns",
        ),
        (
            signed(get(manager, "Environment")),
            "property of the manager Environment",
            "DBus.Properties.Get",
        ),
        (
            signed(get_all(manager)),
            "property of the manager org.freedesktop.systemd1.Service",
            "DBus.Properties.GetAll",
        ),
        (
            signed(get(&upper, "Id")),
            &*format!("path {upper}"),
            "DBus.Properties.Get",
        ),
        (
            signed(Marshalled::call("/x", MANAGER, "Reload")),
            "path /x",
            "systemd1.Manager.Reload",
        ),
        (
            signed(Marshalled::start(UNIT).to("org.example")),
            "destination org.example",
            "systemd1.Manager.StartUnit",
        ),
        (
            signed(Marshalled::manager("StartUnit").text(UNIT)),
            "signature s",
            "systemd1.Manager.StartUnit",
        ),
        (
            signed(bus("AddMatch").text("type='signal'")),
            "rule type='signal'",
            "DBus.AddMatch",
        ),
        (
            signed(rule(",eavesdrop='true'")),
            "rule type='signal',interface='org.freedesktop.systemd1.Manager',eavesdrop='true'",
            "DBus.AddMatch",
        ),
        (linger(0), "user 0", "login1.Manager.SetUserLinger"),
        (
            linger(u32::MAX),
            "user 4294967295",
            "login1.Manager.SetUserLinger",
        ),
    ] {
        let said = format!("the {what} in org.freedesktop.{member}");
        assert_refused(&call, &said, "none, no grant allows it");
    }
}

#[test]
fn a_known_call_that_is_not_in_the_grant_is_refused() {
    let only_reload = Policy {
        calls: CALLS
            .iter()
            .filter(|call| call.member == "Reload")
            .collect(),
        ..policy()
    };
    let mut filter = Filter::new(only_reload);
    assert!(filter.pass(&Marshalled::manager("Reload").bytes()).is_ok());
    let refusal = filter.pass(&Marshalled::start(UNIT).bytes()).unwrap_err();
    let call = "org.freedesktop.systemd1.Manager.StartUnit".to_owned();
    assert_eq!(refusal, Refusal::Call { call });
}

#[test]
fn words_of_a_backend_are_cut_in_a_refusal() {
    let long = "x".repeat(5000);
    let refusal = pass(&Marshalled::start(&long).bytes()).unwrap_err();
    assert!(refusal.to_string().len() < 250, "{refusal}");
    assert!(refusal.missing("system").len() < 250);
}
