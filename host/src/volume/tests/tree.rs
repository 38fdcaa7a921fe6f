use std::fs;
use std::os::unix::fs::symlink;

use super::{names, plant_fifo, volume};

#[test]
fn removes_a_tree_but_nothing_behind_its_links() {
    let (temp, dir) = volume();
    let outside = temp.path().join("outside");
    fs::create_dir_all(outside.join("kept")).unwrap();
    fs::create_dir_all(temp.path().join("tree/a/b")).unwrap();
    symlink(&outside, temp.path().join("tree/link")).unwrap();
    symlink(&outside, temp.path().join("tree/a/b/link")).unwrap();
    fs::write(temp.path().join("tree/a/file"), "x").unwrap();
    fs::write(temp.path().join("tree/.moved-0"), "in the way").unwrap();
    let a = dir
        .directory("tree")
        .unwrap()
        .unwrap()
        .directory("a")
        .unwrap()
        .unwrap();
    plant_fifo(&a, "fifo");
    assert!(dir.remove_tree("tree").unwrap());
    assert_eq!(names(&dir), ["outside"]);
    assert!(outside.join("kept").exists());
    assert!(!dir.remove_tree("tree").unwrap());

    symlink(&outside, temp.path().join("link")).unwrap();
    assert!(dir.remove_tree("link").unwrap(), "a link is removed itself");
    assert!(outside.join("kept").exists());
}

#[test]
fn removes_a_tree_deeper_than_the_descriptors_last() {
    let (_temp, dir) = volume();
    let mut bottom = dir.create_directory("tree", 0o755).unwrap();
    for _ in 0..1200 {
        bottom = bottom.create_directory("d", 0o755).unwrap();
    }
    drop(bottom);
    assert!(dir.remove_tree("tree").unwrap());
    assert!(names(&dir).is_empty());
}
