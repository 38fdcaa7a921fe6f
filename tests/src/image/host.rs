use std::time::SystemTime;

use super::{ImageContainer, ImageOptions, Volume, docker, namespaces};
use crate::Output;

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

    /// What the engine knows of the image, in its template language.
    pub fn inspect(format: &str) -> String {
        docker::inspect(format)
    }

    /// Builds the image on the engine under another name, with options of `docker build`.
    pub fn build(tag: &str, options: &[String]) -> Output {
        docker::build(tag, options)
    }

    /// Runs the image at a terminal of the engine and types `keys` once its command
    /// runs. Nothing of it may need a shell's quotes.
    pub fn at_terminal(volume: &Volume, options: &ImageOptions, keys: &str) -> Output {
        docker::at_terminal(volume, options, keys)
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
