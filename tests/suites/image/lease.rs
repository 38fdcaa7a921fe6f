use hermes_tests::{ImageContainer, ImageHost, ImageOptions, Volume, eventually};

fn pair(host: ImageHost, volume: &Volume) -> (ImageContainer, ImageContainer) {
    volume.run_gateway("does-as-told");
    volume.plant_profile("coder", Some("running"));
    let first = host.boot(volume, ImageOptions::new().hostname("first"));
    assert_eq!(first.is_up("coder"), Some(true));
    let second = host.run(volume, ImageOptions::new().hostname("second"));
    second.says("run by another container (first");
    (first, second)
}

pub(crate) fn a_second_container_waits_for_the_first(host: ImageHost) {
    let volume = Volume::new();
    let (mut first, mut second) = pair(host, &volume);
    assert_eq!(second.is_up("coder"), None);
    let refused = second.hermes("gateway start -p coder");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(
        refused.stderr.contains("run by another container (first"),
        "{refused:?}"
    );
    assert_eq!(volume.read("profiles/coder/starts").lines().count(), 1);
    // It can be stopped while it waits, and leaves everything as it is.
    second.stop(20);
    assert_eq!(second.wait(), 0);
    second.start();
    second.says("run by another container (first");
    first.stop(20);
    assert_eq!(first.wait(), 0);
    second.booted();
    eventually("the second one runs it", || {
        second.is_up("coder") == Some(true)
    });
    eventually("it was started once more", || {
        volume.read("profiles/coder/starts").lines().count() == 2
    });
    assert_eq!(volume.intent("coder"), None);
}

pub(crate) fn a_container_that_waits_takes_no_file_away(host: ImageHost) {
    let volume = Volume::new();
    volume.run_gateway("does-as-told");
    volume.plant_profile("coder", Some("running"));
    let first = host.boot(&volume, ImageOptions::new().hostname("first"));
    let options = ImageOptions::new().hostname("second").env("PUID", "20001");
    let second = host.run(&volume, options);
    second.says("is in use by another container");
    first.hermes("gateway restart -p coder").success();
    assert_eq!(first.is_up("coder"), Some(true));
}

pub(crate) fn a_second_container_takes_over_from_a_killed_one(host: ImageHost) {
    let volume = Volume::new();
    let (mut first, second) = pair(host, &volume);
    first.kill();
    second.booted();
    eventually("the second one runs it", || {
        second.is_up("coder") == Some(true)
    });
    first.start();
    first.says("run by another container (second");
    assert_eq!(first.is_up("coder"), None);
}
