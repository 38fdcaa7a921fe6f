use hermes_tests::{ImageHost, ImageOptions, Volume, eventually};

/// Names that root looks at when a container boots, and that hermes-host writes.
const NAMES: [&str; 18] = [
    "SOUL.md",
    "cron",
    "gateway_intent.json",
    "gateway_lease",
    "gateway_port",
    "gateway_state.json",
    "hermes-host.json",
    "hermes-host.lock",
    "home",
    "hooks",
    "logs",
    "memories",
    "pairing",
    "plans",
    "profiles",
    "sessions",
    "skills",
    "state",
];

/// What root has in the container and must keep.
const PRECIOUS: &str = "stat -c '%u:%g %a %n' /etc /etc/passwd /etc/shadow /etc/cont-init.d /root; \
    sha256sum /etc/shadow /etc/cont-init.d/*; ls -A /root /etc";

pub(crate) fn the_agent_cannot_write_what_root_executes(host: ImageHost) {
    let volume = Volume::new();
    let container = host.boot(&volume, ImageOptions::new());
    for attempt in [
        "mkdir /run/service/evil",
        "echo >/run/service/gateways/run",
        "mv /run/service/gateways /run/service/.gone",
        "echo >/run/service/.s6-svscan/finish",
        "echo t >/run/service/.s6-svscan/control",
        "echo >/run/service/gateways/supervise/control",
        "mkdir /run/hermes/evil",
        "mv /run/hermes/service /run/hermes/.gone",
        "rm /run/hermes/reconciled",
        "echo >/run/s6/exit-code",
        "mkdir /run/s6/stopping",
        "ls /run/s6/container_environment",
        "mkdir /run/evil",
        "echo >>/etc/passwd",
        "echo >/etc/cont-init.d/03-evil",
        "echo >/etc/cont-finish.d/03-evil",
        "echo >>/etc/s6-overlay/s6-rc.d/lease/run",
        "echo >>/usr/local/lib/hermes-host/hermes-host",
        "echo >/usr/local/bin/s6-setuidgid",
        "echo >/command/with-contenv",
        "kill 1",
    ] {
        let output = container.agent_sh(&format!("{attempt} 2>&1"));
        assert_ne!(output.status, 0, "{attempt}");
    }
    container.hermes("profile create coder").success();
}

pub(crate) fn a_planted_service_runs_as_the_agent(host: ImageHost) {
    let volume = Volume::new();
    let mut container = host.boot(&volume, ImageOptions::new());
    let plant = "mkdir /run/hermes/service/evil; cd /run/hermes/service/evil
        printf '#!/bin/sh\\nid -u >/opt/data/evil\\nexec sleep infinity\\n' >run
        chmod +x run; s6-svscanctl -a ..";
    container.agent_sh(plant).success();
    eventually("it runs", || {
        volume.has("evil") && !volume.read("evil").is_empty()
    });
    assert_eq!(volume.read("evil"), "10000\n");
    volume.sh("rm evil");
    container.restart();
    assert!(!container.path("/run/hermes/service/evil").exists());
    assert!(!volume.has("evil"), "a restart leaves nothing of it");
}

pub(crate) fn links_at_every_place_that_root_touches_lead_nowhere(host: ImageHost) {
    let untouched = host.boot(&Volume::new(), ImageOptions::new()).sh(PRECIOUS);
    for target in ["/etc", "/etc/shadow", "/root/new"] {
        let volume = Volume::new();
        for name in NAMES {
            std::os::unix::fs::symlink(target, volume.file(name)).expect("a link");
        }
        let mut container = host.run(&volume, ImageOptions::new());
        container.says("is a symbolic link");
        // It comes up as far as it can: without a lease there are no gateways.
        eventually("its services are up", || {
            container.exec(&["s6-svok", "/run/service/lease"]).status == 0
        });
        container.hermes("reconcile");
        container.hermes("gateway start");
        assert_eq!(container.sh(PRECIOUS), untouched, "{target}");
        container.stop(20);
    }
}

pub(crate) fn no_fifo_holds_up_the_boot(host: ImageHost) {
    let volume = Volume::new();
    for name in NAMES.iter().filter(|name| **name != "gateway_lease") {
        volume.sh(&format!("mkfifo {name}; chown 10000:10000 {name}"));
    }
    let mut container = host.boot(
        &volume,
        ImageOptions::new().env("HERMES_GATEWAY_BOOTSTRAP_STATE", "running"),
    );
    container.stop(20);
    assert_eq!(container.wait(), 0);
    let volume = Volume::new();
    volume.sh("mkfifo gateway_lease; chown 10000:10000 gateway_lease");
    let container = host.run(&volume, ImageOptions::new());
    container.says("gateway_lease");
    assert!(container.is_running());
    volume.sh("rm gateway_lease");
    container.booted();
}

pub(crate) fn a_file_with_a_second_name_keeps_its_owner(host: ImageHost) {
    let volume = Volume::new();
    volume.plant_profile("coder", None);
    volume.sh(
        "mkdir of-root; echo secret >of-root/secret; chmod 700 of-root; chmod 600 of-root/secret
        ln of-root/secret profiles/coder/stolen; echo mine >profiles/coder/of-root-by-mistake",
    );
    let container = host.boot(&volume, ImageOptions::new());
    let owners = volume.sh("stat -c %u of-root/secret profiles/coder/of-root-by-mistake");
    assert_eq!(owners, "0\n10000\n");
    assert_ne!(container.agent_sh("cat profiles/coder/stolen").status, 0);
}

/// Another container shares the volume, and the agent swaps directories in it while
/// root of this one repairs.
pub(crate) fn directories_that_become_links_meanwhile_lead_nowhere(host: ImageHost) {
    let volume = Volume::new();
    let container = host.boot(&volume, ImageOptions::new());
    let before = container.sh(PRECIOUS);
    container
        .agent_sh("mkdir -p profiles/a/b; cd profiles/a/b; touch passwd $(seq 2000); cd ../../..; ln -s /etc etc")
        .success();
    let swaps = "set +e; ( while [ ! -e /tmp/enough ]; do
            mv profiles/a/b profiles/a/kept; mv etc profiles/a/b; echo swapped >>/tmp/swaps
            mv profiles/a/b etc; mv profiles/a/kept profiles/a/b
        done ) >/dev/null 2>&1 &";
    container.agent_sh(swaps).success();
    // Something to do for each repair: all of it is root's again. One has a name of /etc.
    container.sh("for n in $(seq 100); do
            chown -Rh 0:0 profiles/a/b profiles/a/kept 2>/dev/null || :
            /usr/local/lib/hermes-host/repair-ownership.sh 2>/dev/null || :
        done; touch /tmp/enough");
    let swapped = container.sh("wc -l </tmp/swaps");
    let swapped: usize = swapped.trim().parse().expect("a number");
    assert!(swapped > 100, "only {swapped} swaps");
    assert_eq!(container.sh(PRECIOUS), before);
}

pub(crate) fn programs_on_the_volume_are_never_roots(host: ImageHost) {
    let volume = Volume::new();
    let container = host.boot(&volume, ImageOptions::new());
    let programs = container.sh("ls /usr/bin /usr/sbin /bin /sbin | grep -v : | sort -u");
    drop(container);
    volume.sh("mkdir -p bin witnesses; chown 10000:10000 bin witnesses");
    for program in programs.split_whitespace() {
        let script = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\necho {program} >>/opt/data/witnesses/$(id -u)\nexec {program} \"$@\"\n"
        );
        volume.write(&format!("bin/{program}"), &script);
    }
    volume.sh("chmod 755 bin/*");
    volume.plant_profile("coder", Some("running"));
    let path = "/opt/data/bin:/usr/local/bin:/usr/bin:/bin";
    let options = ImageOptions::command("sleep infinity").env("PATH", path);
    let mut container = host.boot(&volume, options);
    container.restart();
    let host_of_root = "/usr/local/bin/hermes-host";
    container.exec(&[host_of_root, "gateway", "status"]);
    container.stop(20);
    assert_eq!(
        volume.sh("ls witnesses"),
        "10000\n",
        "{}",
        volume.sh("sort witnesses/0 | uniq -c")
    );
}

pub(crate) fn a_hostile_env_file_is_only_read(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    volume.plant_profile("coder", Some("running"));
    let hostile = "LD_PRELOAD=/opt/data/evil.so\nPATH=/opt/data/bin\n$(touch /opt/data/evil)\n\
        `touch /opt/data/evil`\nBASH_ENV=/opt/data/evil.sh\nAPI_SERVER_PORT=1; touch /opt/data/evil\n";
    for home in ["", "profiles/coder/"] {
        volume.write(&format!("{home}.env"), hostile);
    }
    volume.write("evil.sh", "touch /opt/data/evil\n");
    let mut container = host.boot(&volume, ImageOptions::new());
    container.hermes("gateway status --all");
    container.restart();
    assert!(!volume.has("evil"));
}
