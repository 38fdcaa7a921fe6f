use std::time::SystemTime;

use super::{ImageContainer, ImageOptions, Volume, docker, namespaces};

/// What runs a container of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageHost {
    /// The engine of this machine, with the image as its builder makes it.
    Docker,
    /// Namespaces around the same files, where there is no engine.
    Namespaces,
}

impl ImageHost {
    /// What the image is called on the engine.
    pub const TAG: &str = docker::TAG;

    /// What it is built on.
    pub fn base() -> String {
        let dockerfile = include_str!("../../../docker/Dockerfile");
        let base = dockerfile
            .lines()
            .find_map(|line| line.strip_prefix("ARG BASE="));
        base.unwrap_or_default().to_owned()
    }

    /// Runs the image on `volume`, in the background. Returns once its process 1 is
    /// there, or has ended.
    pub fn run(self, volume: &Volume, options: ImageOptions) -> ImageContainer {
        let room = super::running::room();
        let started = SystemTime::now();
        match self {
            Self::Docker => ImageContainer::new(docker::start(volume, &options), started, room),
            Self::Namespaces => {
                let container = namespaces::Namespaces::start(volume, options);
                ImageContainer::new(container, started, room)
            }
        }
    }

    /// The same, and returns once the boot has reconciled.
    #[track_caller]
    pub fn boot(self, volume: &Volume, options: ImageOptions) -> ImageContainer {
        let container = self.run(volume, options);
        container.booted();
        container
    }
}
