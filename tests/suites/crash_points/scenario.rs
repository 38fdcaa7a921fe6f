use crate::site::{Hung, Site};

/// A command and the state that it starts from.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Arguments of `hermes-host`.
    pub(crate) verb: &'static str,
    /// Makes the state it starts from out of any that it ends in.
    pub(crate) prepare: fn(&mut Site) -> Result<(), Hung>,
    /// The exit code that says, of the command once more, that all of it had
    /// been done.
    pub(crate) done_before: i32,
    /// It records intents, as soon as it has chosen its backend.
    pub(crate) records: bool,
    /// Another process runs afterwards.
    pub(crate) replaces: bool,
}

/// Every command that changes something, the long ones first, and one that only
/// looks.
pub(crate) const SCENARIOS: [Scenario; 14] = [
    Scenario {
        name: "profile rename",
        verb: "profile rename coder author",
        prepare: |site| {
            if site.exists("/data/profiles/author") {
                site.hermes("profile rename author coder")?;
            }
            Ok(())
        },
        done_before: 4,
        records: false,
        replaces: false,
    },
    Scenario {
        name: "reconcile of a first boot",
        verb: "reconcile",
        prepare: |site| {
            site.unregister_all();
            Ok(())
        },
        done_before: 0,
        records: false,
        replaces: false,
    },
    Scenario {
        name: "gateway restart",
        verb: "gateway restart -p coder",
        prepare: |_| Ok(()),
        done_before: 0,
        records: true,
        replaces: true,
    },
    Scenario {
        name: "gateway start of a new slot",
        verb: "gateway start -p writer",
        prepare: |site| {
            site.unregister_all();
            site.sh("rm -f /data/profiles/writer/gateway_intent.json");
            site.hermes("gateway start -p coder")?;
            Ok(())
        },
        done_before: 0,
        records: true,
        replaces: false,
    },
    Scenario {
        name: "gateway start",
        verb: "gateway start -p coder",
        prepare: |site| site.hermes("gateway stop -p coder").map(drop),
        done_before: 0,
        records: true,
        replaces: false,
    },
    Scenario {
        name: "gateway stop",
        verb: "gateway stop -p coder",
        prepare: |site| site.hermes("gateway start -p coder").map(drop),
        done_before: 0,
        records: true,
        replaces: false,
    },
    Scenario {
        name: "profile create",
        verb: "profile create twin",
        prepare: without_twin,
        done_before: 1,
        records: false,
        replaces: false,
    },
    Scenario {
        name: "profile create --clone",
        verb: "profile create twin --clone writer",
        prepare: without_twin,
        done_before: 1,
        records: false,
        replaces: false,
    },
    Scenario {
        name: "profile delete",
        verb: "profile delete twin --yes",
        prepare: |site| {
            if !site.exists("/data/profiles/twin") {
                site.hermes("profile create twin")?;
                site.hermes("gateway start -p twin")?;
            }
            Ok(())
        },
        done_before: 4,
        records: false,
        replaces: false,
    },
    Scenario {
        name: "reconcile of slots without profiles",
        verb: "reconcile",
        prepare: |site| {
            site.hermes("profile create twin")?;
            site.hermes("gateway start -p twin")?;
            // It needs its home until it has become the gateway.
            site.await_gateway("gateway-twin");
            site.sh("rm -r /data/profiles/twin");
            Ok(())
        },
        done_before: 0,
        records: false,
        replaces: false,
    },
    Scenario {
        name: "reconcile after other settings",
        verb: "reconcile",
        prepare: |site| {
            site.configure("5s");
            site.hermes("reconcile")?;
            site.configure("6s");
            Ok(())
        },
        done_before: 0,
        records: false,
        replaces: false,
    },
    Scenario {
        name: "reconcile of what has gone astray",
        verb: "reconcile",
        prepare: |site| {
            // Only a start of ours takes them away: the mark that a stop leaves of what
            // was just ending, and a count that such a start was deceived about.
            let slots = site.scandir();
            site.sh(&format!(
                "cd {slots} && rm -f gateway-writer/data/planned gateway-coder/data/planned \
                 gateway-coder/data/restarts"
            ));
            site.signal("gateway-coder", b"d");
            site.signal("gateway-writer", b"u");
            Ok(())
        },
        done_before: 0,
        records: false,
        replaces: false,
    },
    Scenario {
        name: "gateway stop of all",
        verb: "gateway stop --all",
        prepare: |site| {
            site.hermes("gateway start -p coder")?;
            site.hermes("gateway start -p writer").map(drop)
        },
        done_before: 0,
        records: true,
        replaces: false,
    },
    Scenario {
        name: "gateway status",
        verb: "gateway status -p coder",
        prepare: |_| Ok(()),
        done_before: 0,
        records: false,
        replaces: false,
    },
];

fn without_twin(site: &mut Site) -> Result<(), Hung> {
    if site.exists("/data/profiles/twin") {
        site.hermes("profile delete twin --yes")?;
    }
    Ok(())
}
