use std::os::unix::process::{CommandExt, ExitStatusExt};

use super::*;

#[test]
fn finish_decides_by_how_the_service_ended() {
    // Exit code and signal; finish's answer, restarts, verdict.
    for (code, signal, answer, restarts, verdict) in [
        (0, 0, STAY_DOWN, "", "final\n"),
        (78, 0, STAY_DOWN, "", "final\n"),
        (1, 0, RESTART, "\n", ""),
        (7, 0, RESTART, "\n", ""),
        (75, 0, RESTART, "\n", ""),
        (137, 0, RESTART, "\n", ""),
        (256, 15, RESTART, "\n", ""),
        (256, 9, RESTART, "\n", ""),
    ] {
        let scripts = Scripts::of(&sample::spec());
        assert_eq!(scripts.finish(code, signal), answer, "{code} {signal}");
        assert_eq!(scripts.data("restarts"), restarts, "{code} {signal}");
        assert_eq!(scripts.data("verdict"), verdict, "{code} {signal}");
    }
}

#[test]
fn a_planned_death_counts_once_and_for_nothing() {
    for (code, signal) in [(256, 15), (0, 0), (78, 0), (1, 0)] {
        let scripts = Scripts::of(&sample::spec());
        scripts.put("planned", b"1\n");
        assert_eq!(scripts.finish(code, signal), RESTART);
        assert_eq!(scripts.data("deaths"), "");
        assert_eq!(scripts.data("restarts"), "");
        assert_eq!(scripts.data("verdict"), "");
        assert_eq!(scripts.finish(1, 0), RESTART);
        assert_eq!(scripts.data("deaths").lines().count(), 1);
    }
}

#[test]
fn too_many_deaths_within_the_window_are_a_verdict() {
    let scripts = Scripts::of(&sample::spec());
    for _ in 1..5 {
        assert_eq!(scripts.finish(256, 9), RESTART);
    }
    assert_eq!(scripts.finish(256, 9), STAY_DOWN);
    assert_eq!(scripts.data("verdict"), "quarantined 5 60\n");
    assert_eq!(scripts.data("restarts").len(), 4);
}

#[test]
fn a_restart_that_is_asked_for_is_no_death_and_yet_paused() {
    let scripts = Scripts::of(&sample::spec());
    for _ in 0..20 {
        assert_eq!(scripts.finish(75, 0), RESTART);
    }
    assert_eq!(scripts.data("verdict"), "");
    assert_eq!(scripts.data("restarts").len(), 20);
    // What `run` makes its pause of.
    assert_eq!(scripts.data("deaths").lines().count(), 20);

    for _ in 1..5 {
        assert_eq!(scripts.finish(1, 0), RESTART);
        assert_eq!(scripts.finish(75, 0), RESTART);
    }
    assert_eq!(scripts.finish(1, 0), STAY_DOWN);
    assert_eq!(scripts.data("verdict"), "quarantined 5 60\n");
}

#[test]
fn restarts_that_are_asked_for_do_not_pile_up() {
    let scripts = Scripts::of(&sample::spec());
    for _ in 0..60 {
        assert_eq!(scripts.finish(75, 0), RESTART);
    }
    assert_eq!(scripts.data("deaths").lines().count(), 40);
    scripts.put("deaths", b"1 asked\n7 $(touch pwned)\n7 asked more\n");
    assert_eq!(scripts.finish(75, 0), RESTART);
    assert_eq!(scripts.data("deaths").lines().count(), 1);
    assert!(!scripts.path().join("pwned").exists());
}

#[test]
fn old_deaths_are_forgotten() {
    let scripts = Scripts::of(&sample::spec());
    // Long before the window, and (after the machine was started anew) after it.
    scripts.put("deaths", b"-100000\n0\n99999999999\n99999999999\n");
    assert_eq!(scripts.finish(1, 0), RESTART);
    let deaths = scripts.data("deaths");
    assert!(!deaths.contains("99999999999"), "{deaths}");
    assert!(!deaths.contains("-100000"), "{deaths}");
}

#[test]
fn one_death_may_be_too_many() {
    let mut spec = sample::spec();
    spec.restart.max_deaths = 1;
    assert_eq!(Scripts::of(&spec).finish(1, 0), STAY_DOWN);
}

#[test]
fn no_exit_code_need_be_final() {
    let mut spec = sample::spec();
    spec.restart.final_exit_codes.clear();
    assert_eq!(Scripts::of(&spec).finish(0, 0), RESTART);
}

#[test]
fn finish_survives_whatever_is_in_its_records() {
    for hostile in [
        &b"$(touch pwned)\n`touch pwned`\n; touch pwned\n"[..],
        b"\0\0\xff\xfe\n\n\n",
        b"999999999999999999999999999999999\n",
        b"08\n1e9\n-5\n+3\n0x10\n a b c\n",
        b"no newline",
        &b"7".repeat(100_000),
    ] {
        let scripts = Scripts::of(&sample::spec());
        scripts.put("deaths", hostile);
        scripts.put("restarts", hostile);
        assert_eq!(scripts.finish(1, 0), RESTART, "{hostile:?}");
        let deaths = scripts.data("deaths");
        assert_eq!(deaths.lines().count(), 1, "{deaths:?} of {hostile:?}");
        assert!(!scripts.path().join("pwned").exists());
    }
}

#[test]
fn finish_answers_without_its_records() {
    let scripts = Scripts::of(&sample::spec());
    fs::remove_dir_all(scripts.path().join("data")).unwrap();
    assert_eq!(scripts.finish(1, 0), RESTART);
    assert_eq!(scripts.finish(78, 0), STAY_DOWN);
    // A directory where a file should be.
    fs::create_dir_all(scripts.path().join("data/deaths")).unwrap();
    assert_eq!(scripts.finish(1, 0), RESTART);
}

#[test]
fn finish_forgets_the_group_that_has_ended_also_where_s6_names_it() {
    let scripts = Scripts::of(&sample::spec());
    // A number that no group has.
    let group = (1_u32 << 30).to_string();
    for named in [None, Some(&group)] {
        scripts.put("group", group.as_bytes());
        let arguments = ["0", "0", "gateway-coder"];
        let mut finish = scripts.script("finish");
        finish.args(arguments).args(named).output().unwrap();
        assert_eq!(scripts.data("group"), "", "{named:?}");
    }
}

#[test]
fn finish_kills_what_was_left_behind_and_nobody_else_of_that_number() {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let boot = boot.trim();
    let mut process = Command::new("sleep")
        .arg("1000")
        .process_group(0)
        .spawn()
        .unwrap();
    let pid = process.id();
    let scripts = Scripts::of(&sample::spec());
    for (known, dies) in [
        (format!("{pid}"), false),
        // Started since then, and of another boot.
        (format!("{pid} 1 {boot}"), false),
        (format!("{pid} 99999999999 another"), false),
        (format!("{pid} 99999999999 {boot}"), true),
    ] {
        scripts.put("group", known.as_bytes());
        assert_eq!(scripts.finish(1, 0), RESTART);
        if dies {
            let status = process.wait().unwrap();
            assert_eq!(status.signal(), Some(9), "{known}");
        } else {
            assert_eq!(process.try_wait().unwrap(), None, "{known}");
        }
    }
}
