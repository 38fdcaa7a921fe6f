use std::ops::Deref;

use crate::{Container, GATEWAY_UID, Options, Output, Tree};

/// A container with an s6-svscan of the gateway account on one more scan directory,
/// small enough to be filled.
#[derive(Debug)]
pub struct SmallScanDirectory(Container);

/// Where it is.
pub const SMALL: &str = "/run/small";

/// What a file on a tmpfs takes at least, in bytes.
const PAGE: u32 = 4096;

impl SmallScanDirectory {
    pub fn start() -> Self {
        let container = Container::start(Options::new(Tree::Nested));
        container.sh(&format!(
            "mkdir -p {SMALL}; mount -t tmpfs -o size=512k,mode=0755 tmpfs {SMALL}; \
             chown hermes: {SMALL}"
        ));
        let svscan = format!(
            "cd /; s6-svscan {SMALL} >/dev/null 2>&1 </dev/null & \
             while [ ! -p {SMALL}/.s6-svscan/control ]; do sleep 0.01; done"
        );
        container
            .exec_as(GATEWAY_UID, ["sh", "-c", &svscan])
            .success();
        Self(container)
    }

    /// Runs `hermes-host` on it, as the gateway account.
    pub fn hermes(&self, arguments: &str) -> Output {
        let command = std::iter::once("hermes-host").chain(arguments.split(' '));
        let scan_directory = [("HERMES_S6_SCANDIR".into(), SMALL.into())];
        let mut command = self.command(GATEWAY_UID, command, &scan_directory);
        command.output().expect("nsenter starts").into()
    }

    /// Leaves no space in it. Who has just come up writes that down, which frees what was
    /// there before: full is what stays so for half a second.
    pub fn fill(&self) {
        self.sh(&format!(
            "cd {SMALL}; before=; unchanged=0
             while [ $unchanged -lt 5 ]; do
                 cat /dev/zero >>.full 2>/dev/null || :
                 size=$(stat -c %s .full)
                 [ \"$size\" = \"$before\" ] && unchanged=$((unchanged + 1)) || unchanged=0
                 before=$size
                 sleep 0.1
             done"
        ));
    }

    /// Leaves so much in what has been filled.
    pub fn leave(&self, pages: u32) {
        self.sh(&format!("truncate -s -{} {SMALL}/.full", pages * PAGE));
    }

    pub fn free(&self) {
        self.sh(&format!("rm {SMALL}/.full"));
    }
}

impl Deref for SmallScanDirectory {
    type Target = Container;

    fn deref(&self) -> &Container {
        &self.0
    }
}
