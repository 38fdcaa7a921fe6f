//! Shapes of paths: a way in, something that could lead out, and an end.

use crate::world::links;

/// Ways around to the directory itself, each with a few of the ends.
const DETOURS: [&str; 3] = ["./", "sub/deep/../../", "inside/..//"];

const ENDS_OF_DETOURS: [&str; 2] = ["/canary", "/new"];

const ENDS: [&str; 20] = [
    "",
    "/",
    "//",
    "/.",
    "/..",
    "/../",
    "/canary",
    "/canary/",
    "/canary/.",
    "/link",
    "/new",
    "/new/",
    "/dir",
    "/dir/canary",
    "/fifo",
    "/empty",
    "/../canary",
    "/../out/canary",
    "\0",
    "\0/../../out/canary",
];

const WORDS: [&str; 34] = [
    "",
    ".",
    "..",
    "../..",
    "../out",
    "../in",
    "../../out",
    "../../../../../../../../out",
    "/",
    "//",
    "/out",
    "//out",
    "/./out",
    "/in",
    "/in/../out",
    "/proc/self/root/out",
    "/proc/self/cwd/out",
    "sub",
    "sub/../..",
    "sub/../../out",
    "sub/back",
    "sub/deep/back",
    "own",
    "own/..",
    "own/../../out",
    "twin",
    "plain",
    "pipe",
    "missing/../../out",
    "..\\out",
    "%2e%2e/out",
    "..%2fout",
    "\u{ff0e}\u{ff0e}/out",
    "..\0/out",
];

/// Every shape of path in `/in`. `descriptor` is one of this process's on `/out`.
pub(crate) fn in_the_directory(descriptor: i32) -> Vec<String> {
    let mut middles: Vec<String> = WORDS.map(str::to_owned).into();
    // Of the long chain the ends, and the places where the system gives up.
    middles.extend(
        links(descriptor)
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| {
                !name.starts_with("step-")
                    || matches!(name.as_str(), "step-0" | "step-1" | "step-39")
            }),
    );
    middles.push(format!("/proc/self/fd/{descriptor}"));
    middles.push("x".repeat(255));
    middles.push("x".repeat(256));
    middles.push(format!("{}../out", "./".repeat(2_000)));
    middles.push(format!("{}../out", "sub/../".repeat(500)));
    middles.push(format!("{}../out", "./".repeat(2_100)));
    let mut paths = product(&[""], &middles, &ENDS);
    paths.extend(product(&DETOURS, &middles, &ENDS_OF_DETOURS));
    paths
}

/// Every shape of path in a granted procfs, whose links are magic: they lead
/// where no path does.
pub(crate) fn in_procfs(descriptor: i32) -> Vec<String> {
    let mut middles = Vec::new();
    for process in ["self", "thread-self", "1"] {
        for link in ["root", "cwd", "root/out", "cwd/out", "task/1/root/out"] {
            middles.push(format!("{process}/{link}"));
        }
        middles.push(format!("{process}/fd/{descriptor}"));
        middles.push(format!("{process}/task/../fd/{descriptor}"));
    }
    product(&[""], &middles, &ENDS)
}

fn product(starts: &[&str], middles: &[String], ends: &[&str]) -> Vec<String> {
    let mut paths = Vec::new();
    for start in starts {
        for middle in middles {
            paths.extend(ends.iter().map(|end| format!("{start}{middle}{end}")));
        }
    }
    paths.sort();
    paths.dedup();
    paths
}
