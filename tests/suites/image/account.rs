use hermes_tests::{GATEWAY_UID, ImageHost, ImageOptions, Volume, eventually};

/// The owner of each file, `uid:gid name`, sorted.
fn owners(volume: &Volume) -> String {
    volume.sh("find . -mindepth 1 -printf '%U:%G\\n' | sort -u")
}

pub(crate) fn the_account_gets_the_numbers_of_the_operators_files(host: ImageHost) {
    for (variables, uid, gid) in [
        (["HERMES_UID", "HERMES_GID"], 1000, 1000),
        // The numbers of unRAID, of which Debian has the group already.
        (["PUID", "PGID"], 99, 100),
    ] {
        let volume = Volume::owned_by(uid);
        volume.run_gateway("shows-itself");
        volume.plant_profile("coder", Some("running"));
        let options = ImageOptions::new()
            .env(variables[0], &uid.to_string())
            .env(variables[1], &gid.to_string());
        let mut container = host.boot(&volume, options);
        for _ in 0..2 {
            eventually("coder shows itself", || volume.has("profiles/coder/shown"));
            let shown = volume.read("profiles/coder/shown");
            assert_eq!(shown.lines().next(), Some(&*uid.to_string()));
            assert_eq!(owners(&volume), format!("{uid}:{gid}\n"));
            volume.sh("rm profiles/coder/shown");
            container.restart();
        }
        let account = container.exec(&["sh", "-c", "id -u hermes; id -g hermes"]);
        assert_eq!(account.success(), format!("{uid}\n{gid}\n"));
    }
}

pub(crate) fn other_numbers_than_an_account_can_have_are_refused(host: ImageHost) {
    for wrong in ["0", "65535", "-1", "1000x", "4294967296"] {
        let volume = Volume::new();
        let mut container = host.run(&volume, ImageOptions::new().env("PUID", wrong));
        assert_eq!(container.wait(), 1, "{wrong}");
        container.says("has to be a number from 1 to 65534");
        assert_eq!(owners(&volume), "");
    }
}

pub(crate) fn whoever_enters_as_root_works_as_the_account(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("sleeps");
    let container = host.boot(&volume, ImageOptions::new());
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    assert_eq!(owners(&volume), "10000:10000\n");
    let by = |volume: &Volume| {
        let text = volume.read("profiles/coder/gateway_intent.json");
        let intent: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        intent["by"].as_str().expect("a name").to_owned()
    };
    assert_eq!(by(&volume), "hermes");
    let as_root = [("HERMES_DOCKER_EXEC_AS_ROOT", "1")];
    let stop = ["hermes-host", "gateway", "stop", "-p", "coder"];
    container.exec_with(&stop, &as_root).success();
    assert_eq!(by(&volume), "root");
    // Others enter as what they are.
    let start = ["hermes-host", "gateway", "start", "-p", "coder"];
    container.exec_as(GATEWAY_UID, &start).success();
    assert_eq!(by(&volume), "hermes");
}

pub(crate) fn the_container_may_run_as_another_user(host: ImageHost) {
    for uid in [GATEWAY_UID, 1234] {
        let volume = Volume::owned_by(uid);
        let options = ImageOptions::new()
            .user(uid)
            .run_tmpfs(&format!("exec,mode=0755,uid={uid}"));
        let mut container = host.boot(&volume, options);
        let hermes =
            |arguments: &[&str]| container.exec_as(uid, &[&["hermes-host"], arguments].concat());
        hermes(&["profile", "create", "coder"]).success();
        hermes(&["gateway", "start", "-p", "coder"]).success();
        let uids: Vec<u32> = container.processes().iter().map(|one| one.uid).collect();
        assert!(uids.iter().all(|one| *one == uid), "{uids:?}");
        container.stop(20);
        assert_eq!(container.wait(), 0);
        assert_eq!(volume.intent("coder").as_deref(), Some("running"));
    }
}

pub(crate) fn a_user_who_cannot_use_run_or_the_volume_is_told(host: ImageHost) {
    let volume = Volume::new();
    let mut container = host.run(&volume, ImageOptions::new().user(GATEWAY_UID));
    assert_eq!(container.wait(), 1);
    container.says(
        "error: uid 10000 cannot write to /run\n  hint: add --tmpfs /run:exec,mode=0755,uid=10000",
    );
    let options = ImageOptions::new()
        .user(1234)
        .run_tmpfs("exec,mode=0755,uid=1234");
    let mut container = host.run(&volume, options);
    assert_eq!(container.wait(), 1);
    container.says("error: /opt/data cannot be written by uid 1234, it belongs to 10000:10000");
}

pub(crate) fn what_root_left_on_the_volume_is_given_back(host: ImageHost) {
    let volume = Volume::new();
    volume.plant_profile("coder", None);
    volume.sh(
        "mkdir -p profiles/coder/memories logs/gateways; touch profiles/coder/memories/one .env
         mkdir of-the-operator; touch of-the-operator/file
         chown -R 0:0 profiles logs .env of-the-operator",
    );
    let container = host.boot(&volume, ImageOptions::new());
    container.says("now belong to hermes (10000:10000)");
    let left = volume.sh("find . ! -uid 10000");
    assert_eq!(
        left, "./of-the-operator/file\n",
        "directories of its own are left alone"
    );
}
