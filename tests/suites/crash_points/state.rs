use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::service::Service;
use crate::tree::{self, Tree};

/// The process that the supervisor of each slot watches.
pub(crate) type Pids = BTreeMap<String, u32>;

/// All that a command can leave behind: the volume, the scan directory, what
/// is supervised and what runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) volume: Tree,
    pub(crate) slots: Tree,
    pub(crate) services: BTreeMap<String, Service>,
    /// Processes that belong to no gateway that is in sight.
    pub(crate) strays: Vec<String>,
    /// Different in states that are the same.
    pub(crate) pids: Pids,
}

impl State {
    /// Of the container whose root is `root`; `own` are the processes that it
    /// had before the first gateway.
    pub(crate) fn look(root: &Path, scandir: &str, own: &BTreeSet<u32>) -> Self {
        let directory = root.join(scandir.trim_start_matches('/'));
        let volume = tree::look(&root.join("data"), is_log);
        let mut slots = tree::look(&directory, is_the_supervisors);
        let (mut services, mut pids) = (BTreeMap::new(), Pids::new());
        for slot in visible(&slots) {
            let (service, pid) = Service::look(&directory.join(slot));
            services.insert(slot.to_owned(), service);
            pids.extend(pid.map(|pid| (slot.to_owned(), pid)));
        }
        // `finish` empties it, and a start removes it.
        slots.retain(|path, what| {
            let slot = path.strip_suffix("/data/planned");
            let up = |slot| {
                services
                    .get(slot)
                    .is_some_and(|service: &Service| service.up)
            };
            slot.is_none_or(|slot| up(slot) && !what.ends_with("file "))
        });
        let strays = strays(&root.join("proc"), scandir, own, &services, &pids);
        Self {
            volume,
            slots,
            services,
            strays,
            pids,
        }
    }

    /// Whether a supervisor is about to do something, or a `finish` runs.
    pub(crate) fn is_moving(&self) -> bool {
        self.services.iter().any(|(slot, service)| {
            let finishes = !service.up && self.pids.contains_key(slot);
            service.supervised && (finishes || service.up != service.wanted_up)
        })
    }

    /// What is different in `other`, one line each.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let show = |services: &BTreeMap<String, Service>| {
            let shown = services.iter();
            shown
                .map(|(slot, service)| (slot.clone(), service.shown()))
                .collect::<Tree>()
        };
        let mut lines = compare("the volume", &self.volume, &other.volume);
        lines.extend(compare("the scan directory", &self.slots, &other.slots));
        let (expected, seen) = (show(&self.services), show(&other.services));
        lines.extend(compare("service", &expected, &seen));
        lines.extend(other.strays.iter().map(|stray| format!("stray: {stray}")));
        lines
    }

    /// Without the subscriptions of commands that were ended: the next event of
    /// the service removes them.
    pub(crate) fn without_subscriptions(&self) -> Self {
        let mut state = self.clone();
        state.slots.retain(|path, _| !path.contains("/event/"));
        state
    }

    /// Without how often a supervisor has started something again.
    pub(crate) fn without_restarts(&self) -> Self {
        let mut state = self.clone();
        state
            .slots
            .retain(|path, _| !path.ends_with("/data/restarts"));
        state
    }

    /// Without what a command builds or removes out of sight.
    pub(crate) fn without_hidden(&self) -> Self {
        let mut state = self.without_subscriptions();
        state.slots.retain(|path, _| !path.starts_with('.'));
        state.volume.retain(|path, _| !is_hidden(path));
        state
    }
}

/// What commands build or remove, and the temporary names of files.
pub(crate) fn is_hidden(path: &str) -> bool {
    let is_temporary = |name: &str| {
        name.starts_with('.') && Path::new(name).extension().is_some_and(|end| end == "tmp")
    };
    is_being_made(path) || path.split('/').any(is_temporary)
}

/// A profile on its way in or out.
pub(crate) fn is_being_made(path: &str) -> bool {
    path.split('/')
        .any(|name| name.starts_with(".stage-") || name.starts_with(".deleted-"))
}

/// The slots that s6-svscan sees.
pub(crate) fn visible(slots: &Tree) -> impl Iterator<Item = &str> {
    slots
        .iter()
        .filter(|(path, what)| {
            !path.starts_with('.') && !path.contains('/') && what.ends_with("directory")
        })
        .map(|(path, _)| path.as_str())
}

/// Logs, and who held a lock last.
fn is_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "logs" || Path::new(name).extension().is_some_and(|end| end == "lock")
}

/// What s6 keeps, what the slot's scripts count, and what is noted of one run alone.
fn is_the_supervisors(path: &str) -> bool {
    path == ".s6-svscan"
        || path.ends_with("/supervise")
        || path.ends_with("/log/event")
        || ["/data/group", "/data/deaths", "/data/delay", "/data/ending"]
            .iter()
            .any(|end| path.ends_with(end))
}

fn compare(place: &str, expected: &Tree, seen: &Tree) -> Vec<String> {
    let paths: BTreeSet<&String> = expected.keys().chain(seen.keys()).collect();
    let differing = paths
        .into_iter()
        .filter(|path| expected.get(*path) != seen.get(*path));
    let show = |what: Option<&String>| what.map_or("absent".to_owned(), |what| excerpt(what));
    differing
        .map(|path| {
            let (expected, seen) = (show(expected.get(path)), show(seen.get(path)));
            format!("{place}: {path} is {seen}, not {expected}")
        })
        .collect()
}

fn excerpt(what: &str) -> String {
    let mut line = what.replace('\n', " ");
    if line.len() > 100 {
        line = line.chars().take(100).chain("...".chars()).collect();
    }
    format!("`{line}`")
}

/// A supervisor is known by its directory: the one whose slot was moved out of
/// sight still has the name it was started with.
fn strays(
    proc: &Path,
    scandir: &str,
    own: &BTreeSet<u32>,
    services: &BTreeMap<String, Service>,
    pids: &Pids,
) -> Vec<String> {
    let processes = processes(proc);
    let mut supervisors = BTreeMap::new();
    let mut strays = Vec::new();
    for (pid, process) in processes.iter().filter(|(pid, _)| !own.contains(pid)) {
        if process.name != "s6-supervise" {
            continue;
        }
        let slot = process.directory.strip_prefix(scandir);
        let slot = slot.map(|slot| slot.trim_matches('/').to_owned());
        let known = slot.as_ref().is_some_and(|slot| {
            services.contains_key(slot.strip_suffix("/log").unwrap_or(slot))
                && !supervisors.values().any(|other| other == slot)
        });
        match slot.filter(|_| known) {
            Some(slot) => drop(supervisors.insert(*pid, slot)),
            None => strays.push(format!("s6-supervise of {}", process.directory)),
        }
    }
    for (pid, process) in &processes {
        let logs = supervisors
            .get(&process.parent)
            .is_some_and(|slot| slot.ends_with("/log"));
        let known = own.contains(pid)
            || supervisors.contains_key(pid)
            || logs
            || pids.values().any(|known| known == pid);
        if !known && process.name != "s6-supervise" {
            strays.push(format!("{} ({})", process.name, process.command));
        }
    }
    strays
}

struct Process {
    name: String,
    command: String,
    parent: u32,
    directory: String,
}

/// What runs, without zombies.
fn processes(proc: &Path) -> BTreeMap<u32, Process> {
    let entries = fs::read_dir(proc).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name is in parentheses and may hold some.
            let (before, after) = stat.rsplit_once(')')?;
            let mut fields = after.split_whitespace();
            let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
            if matches!(state, "Z" | "X") {
                return None;
            }
            let command = fs::read(entry.path().join("cmdline")).ok()?;
            let directory = fs::read_link(entry.path().join("cwd")).ok()?;
            let process = Process {
                name: before.split_once('(')?.1.to_owned(),
                command: String::from_utf8_lossy(&command).replace('\0', " "),
                parent,
                directory: directory.to_string_lossy().into_owned(),
            };
            Some((pid, process))
        })
        .collect()
}
