/// How to run a container of the image: what a person would give to `docker run`.
#[derive(Debug, Clone, Default)]
pub struct ImageOptions {
    pub(super) arguments: Vec<String>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) user: Option<u32>,
    pub(super) init: bool,
    pub(super) read_only: bool,
    pub(super) run_tmpfs: Option<String>,
    pub(super) capabilities: Option<Vec<String>>,
    pub(super) name: Option<String>,
    pub(super) sleeping: bool,
    pub(super) image: Option<String>,
}

impl ImageOptions {
    /// No command: the gateways alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Without anything of the image's own: on an engine, to compare with.
    pub fn sleeping() -> Self {
        Self {
            sleeping: true,
            ..Self::default()
        }
    }

    /// With a command, whose words are separated by spaces.
    pub fn command(command: &str) -> Self {
        Self::words(&command.split_whitespace().collect::<Vec<_>>())
    }

    /// With a command.
    pub fn words(command: &[&str]) -> Self {
        Self {
            arguments: command.iter().map(ToString::to_string).collect(),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `--user`, with the group of the same number.
    #[must_use]
    pub fn user(mut self, uid: u32) -> Self {
        self.user = Some(uid);
        self
    }

    /// `--init`: an init of the engine's own as process 1.
    #[must_use]
    pub fn init(mut self) -> Self {
        self.init = true;
        self
    }

    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// `--tmpfs /run:OPTIONS`; without `exec` among them it is mounted noexec.
    #[must_use]
    pub fn run_tmpfs(mut self, options: &str) -> Self {
        self.run_tmpfs = Some(options.to_owned());
        self
    }

    /// `--cap-drop ALL` and `--cap-add` of each, in lower case.
    #[must_use]
    pub fn capabilities(mut self, names: &[&str]) -> Self {
        self.capabilities = Some(names.iter().map(ToString::to_string).collect());
        self
    }

    /// Another image of the engine's.
    #[must_use]
    pub fn image(mut self, tag: &str) -> Self {
        self.image = Some(tag.to_owned());
        self
    }

    /// `--hostname`.
    #[must_use]
    pub fn hostname(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }
}
