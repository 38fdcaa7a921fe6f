//! Containers of the image that `docker/` makes, on either of two hosts, with one face.

mod docker;
mod host;
mod lifeline;
mod namespaces;
mod options;
mod running;
mod volume;

pub use host::ImageHost;
pub use options::ImageOptions;
pub use running::ImageContainer;
pub use volume::Volume;
