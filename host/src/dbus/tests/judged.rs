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

#[test]
fn what_is_not_granted_is_refused_by_name() {
    let others = unit_path("sshd_2eservice");
    let patterns = |globs: &[&str]| {
        Marshalled::manager("ListUnitsByPatterns")
            .texts(&["active"])
            .texts(globs)
    };
    let rule = |rule: &str| bus("AddMatch").text(rule);
    for (call, said, missing) in [
        (
            Marshalled::manager("StartTransientUnit")
                .text(UNIT)
                .text("fail"),
            "the call org.freedesktop.systemd1.Manager.StartTransientUnit",
            "--label system --call org.freedesktop.systemd1.Manager.StartTransientUnit",
        ),
        (
            Marshalled::call("/a", "org.example", "\u{1b}[2JX"),
            "the call org.example.[2JX",
            "--label system --call org.example.[2JX",
        ),
        (
            Marshalled::start(OTHER),
            "the unit sshd.service in org.freedesktop.systemd1.Manager.StartUnit",
            "--label system --unit sshd.service",
        ),
        (
            Marshalled::manager("StartUnit").text(UNIT).text("isolate"),
            "the mode isolate in org.freedesktop.systemd1.Manager.StartUnit",
            "none, no grant allows it",
        ),
        (
            Marshalled::manager("ListUnitsByNames").texts(&[UNIT, OTHER]),
            "the unit sshd.service in org.freedesktop.systemd1.Manager.ListUnitsByNames",
            "--label system --unit sshd.service",
        ),
        (
            patterns(&["hermes-gateway@*.service", "*"]),
            "the unit * in org.freedesktop.systemd1.Manager.ListUnitsByPatterns",
            "--label system --unit *",
        ),
        (
            patterns(&[]),
            "the pattern of none in org.freedesktop.systemd1.Manager.ListUnitsByPatterns",
            "none, no grant allows it",
        ),
        (
            get(&others, "ActiveState"),
            "the unit sshd.service in org.freedesktop.DBus.Properties.Get",
            "--label system --unit sshd.service",
        ),
        (
            get("/org/freedesktop/systemd1", "Environment"),
            "the property of the manager Environment in org.freedesktop.DBus.Properties.Get",
            "none, no grant allows it",
        ),
        (
            get_all("/org/freedesktop/systemd1"),
            "the property of the manager org.freedesktop.systemd1.Service in \
             org.freedesktop.DBus.Properties.GetAll",
            "none, no grant allows it",
        ),
        (
            get(&unit_path("hermes_2Dgateway_40coder_2eservice"), "Id"),
            "the path /org/freedesktop/systemd1/unit/hermes_2Dgateway_40coder_2eservice in \
             org.freedesktop.DBus.Properties.Get",
            "none, no grant allows it",
        ),
        (
            Marshalled::call(&unit_path("x"), MANAGER, "Reload"),
            "the path /org/freedesktop/systemd1/unit/x in \
             org.freedesktop.systemd1.Manager.Reload",
            "none, no grant allows it",
        ),
        (
            Marshalled::start(UNIT).to("org.example"),
            "the destination org.example in org.freedesktop.systemd1.Manager.StartUnit",
            "none, no grant allows it",
        ),
        (
            Marshalled::manager("StartUnit").text(UNIT),
            "the signature s in org.freedesktop.systemd1.Manager.StartUnit",
            "none, no grant allows it",
        ),
        (
            rule("type='signal'"),
            "the rule type='signal' in org.freedesktop.DBus.AddMatch",
            "none, no grant allows it",
        ),
        (
            rule("type='signal',interface='org.freedesktop.systemd1.Manager',eavesdrop='true'"),
            "the rule type='signal',interface='org.freedesktop.systemd1.Manager',\
             eavesdrop='true' in org.freedesktop.DBus.AddMatch",
            "none, no grant allows it",
        ),
    ] {
        for big in [false, true] {
            let refusal = pass(&call.clone().big(big).bytes()).unwrap_err();
            assert_eq!(refusal.to_string(), said);
            assert_eq!(refusal.missing("system"), missing);
        }
    }
    for (call, said) in [
        (
            linger(0),
            "the user 0 in org.freedesktop.login1.Manager.SetUserLinger",
        ),
        (
            linger(u32::MAX),
            "the user 4294967295 in org.freedesktop.login1.Manager.SetUserLinger",
        ),
        (
            enable(&[UNIT, "/etc/passwd"]),
            "the unit /etc/passwd in org.freedesktop.systemd1.Manager.EnableUnitFiles",
        ),
    ] {
        assert_eq!(pass(&call.raw()).unwrap_err().to_string(), said);
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
