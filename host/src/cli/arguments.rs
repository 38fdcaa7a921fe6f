use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};

use crate::effect::Fault;
use crate::gateway::duration::HumanDuration;

/// Supervises one gateway per profile, whatever the init system.
#[derive(Debug, Parser)]
#[command(
    name = "hermes-host",
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    after_help = "Example: hermes-host gateway status --all"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Args)]
pub(super) struct Global {
    /// The profile that is meant [default: default]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// The directory all profiles live in [default: `$HERMES_HOME`, else `~/.hermes`]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) home: Option<PathBuf>,
    /// The backend to use, instead of the one that detects its supervisor
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) backend: Option<String>,
    /// Records the backend in FILE: calls, effects and results, a line of JSON each
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// Keeps the values of environments and the contents of files out of the trace
    #[arg(long, global = true)]
    pub(super) redact: bool,
    /// For testing a backend: a fault at its effect K, as `--trace` counts them:
    /// `7:no-space` fails it, `7:kill-before` and `7:kill-after` end hermes-host there
    #[arg(long, global = true, value_name = "K:FAULT")]
    pub(super) fault: Option<Fault>,
    /// Shows what the backend has to say
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Whether to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
    #[command(flatten)]
    Home(HomeCommand),
    /// Shows backends from elsewhere
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Runs a backend again on a recording, without any effect
    #[command(after_help = "Example: hermes-host replay stop.jsonl")]
    Replay(ReplayArguments),
    /// Tells systemd that a gateway is ready, on the gateway's behalf
    #[command(hide = true)]
    RelayReadiness {
        #[arg(long)]
        detached: bool,
    },
}

/// What is done with the profiles of a home.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum HomeCommand {
    /// Starts, stops and shows gateways
    #[command(subcommand)]
    Gateway(GatewayCommand),
    /// Creates, deletes and shows profiles
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Brings the supervisor in line with the profiles, as at boot
    #[command(after_help = "Example: hermes-host reconcile --dry-run")]
    Reconcile(ReconcileArguments),
    /// Keeps other containers on the same home from running its gateways as well
    #[command(subcommand)]
    Lease(LeaseCommand),
}

#[derive(Debug, Subcommand)]
#[command(
    defer = true,
    after_help = "Example: hermes-host gateway start -p coder"
)]
pub(super) enum GatewayCommand {
    /// Starts a gateway and waits until it is ready
    #[command(after_help = "Example: hermes-host gateway start -p coder")]
    Start(StartArguments),
    /// Stops a gateway and waits until it is gone
    #[command(after_help = "Example: hermes-host gateway stop --all --timeout 1m")]
    Stop(ControlArguments),
    /// Stops a gateway and starts it again; one that is stopped is started, but
    /// left alone by --all
    #[command(after_help = "Example: hermes-host gateway restart -p coder")]
    Restart(ControlArguments),
    /// Shows how a gateway is; exits with 3 where it does not run
    #[command(after_help = "Example: hermes-host gateway status --all --json")]
    Status(StatusArguments),
    /// Lists all gateways
    #[command(after_help = "Example: hermes-host gateway list")]
    List(JsonArguments),
    /// Becomes the gateway, in the foreground
    #[command(after_help = "Example: hermes-host gateway run -p coder")]
    Run,
    /// Shows which backends detect their supervisor here, how sure they are, and why
    #[command(after_help = "Example: hermes-host gateway detect --json")]
    Detect(JsonArguments),
    /// Installs a profile's gateway with systemd; says what there is to do elsewhere
    #[command(after_help = "Example: hermes-host gateway install -p coder --now")]
    Install(InstallArguments),
    /// Stops a profile's gateway and removes it from systemd; the profile stays
    #[command(after_help = "Example: hermes-host gateway uninstall -p coder")]
    Uninstall,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags are what they are")]
pub(super) struct InstallArguments {
    /// With the machine's systemd: needs root
    #[arg(long, conflicts_with = "user")]
    pub(super) system: bool,
    /// With this user's systemd
    #[arg(long)]
    pub(super) user: bool,
    /// Starts it, too; from then on it comes up at boot
    #[arg(long)]
    pub(super) now: bool,
    /// Lets this user's systemd run without a session, where a user may
    #[arg(long, conflicts_with = "system")]
    pub(super) linger: bool,
    /// Takes the place of the unit that hermes-agent's own installer has written
    #[arg(long)]
    pub(super) migrate: bool,
}

impl HomeCommand {
    /// Whether it becomes, or runs, another program.
    pub(super) fn starts_programs(&self) -> bool {
        matches!(self, Self::Gateway(GatewayCommand::Run) | Self::Lease(_))
    }

    /// Whether nothing is to be performed, and how that is to be shown.
    pub(super) fn dry_run(&self) -> DryRun {
        match self {
            Self::Gateway(
                GatewayCommand::Start(StartArguments {
                    control: ControlArguments { dry_run, .. },
                    ..
                })
                | GatewayCommand::Stop(ControlArguments { dry_run, .. })
                | GatewayCommand::Restart(ControlArguments { dry_run, .. }),
            )
            | Self::Profile(
                ProfileCommand::Delete { dry_run, .. } | ProfileCommand::Rename { dry_run, .. },
            ) => *dry_run,
            Self::Profile(ProfileCommand::Create { dry_run, json, .. })
            | Self::Reconcile(ReconcileArguments { dry_run, json }) => DryRun {
                dry_run: *dry_run,
                json: *json,
            },
            Self::Gateway(_) | Self::Profile(_) | Self::Lease(_) => DryRun::default(),
        }
    }
}

// For verbs whose results are no JSON otherwise. Documentation would become their help.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct DryRun {
    /// Does nothing and says what would be done, step by step
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The steps as JSON
    #[arg(long, requires = "dry_run")]
    pub(super) json: bool,
}

#[derive(Debug, Default, Args)]
pub(super) struct ControlArguments {
    /// All profiles
    #[arg(long)]
    pub(super) all: bool,
    /// How long to wait: 500ms, 2s, 1m
    #[arg(long, value_name = "DURATION", conflicts_with = "no_wait")]
    pub(super) timeout: Option<HumanDuration>,
    /// Tells the supervisor and does not wait
    #[arg(long)]
    pub(super) no_wait: bool,
    #[command(flatten)]
    pub(super) dry_run: DryRun,
}

#[derive(Debug, Args)]
pub(super) struct StartArguments {
    #[command(flatten)]
    pub(super) control: ControlArguments,
    /// Stays until the gateway is down for good, and ends with its exit code
    #[arg(long, conflicts_with_all = ["all", "no_wait", "dry_run", "json"])]
    pub(super) attach: bool,
}

#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// All profiles
    #[arg(long)]
    pub(super) all: bool,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct JsonArguments {
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
#[command(defer = true, after_help = "Example: hermes-host profile create coder")]
pub(super) enum ProfileCommand {
    /// Creates a profile and registers its gateway, which stays down
    #[command(after_help = "Example: hermes-host profile create writer --clone coder")]
    Create {
        /// What it is to be called
        name: String,
        /// Takes the persona of this profile over
        #[arg(long, value_name = "FROM")]
        clone: Option<String>,
        /// Does nothing and says what would be done, step by step
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Stops a profile's gateway and deletes the profile with all its files
    #[command(after_help = "Example: hermes-host profile delete coder --yes")]
    Delete {
        /// Which one
        name: String,
        /// Does not ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Gives a profile another name; its gateway and its port go along
    #[command(after_help = "Example: hermes-host profile rename coder author")]
    Rename {
        /// Which one
        name: String,
        /// What it is to be called
        new_name: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Lists the profiles
    #[command(after_help = "Example: hermes-host profile list --json")]
    List(JsonArguments),
    /// Shows one profile
    #[command(after_help = "Example: hermes-host profile show coder")]
    Show {
        /// Which one
        name: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
#[command(
    defer = true,
    after_help = "Example: hermes-host plugin inspect acme.wasm"
)]
pub(super) enum PluginCommand {
    /// Shows what a backend is, what it asks for and whether it fits this host;
    /// nothing is granted to it
    #[command(after_help = "Example: hermes-host plugin inspect acme.wasm --json")]
    Inspect {
        /// A component, such as a backend's author hands out
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct ReconcileArguments {
    /// Does nothing and says what would be done, step by step
    #[arg(long)]
    pub(super) dry_run: bool,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
#[command(defer = true, after_help = "Example: hermes-host lease show")]
pub(super) enum LeaseCommand {
    /// Waits for the lease, runs COMMAND, and holds the lease until SIGTERM
    #[command(after_help = "Example: hermes-host lease hold -- hermes-host reconcile")]
    Hold(HoldArguments),
    /// Shows who holds the lease; exits with 0 where this container does, with 3
    /// where nobody does
    #[command(after_help = "Example: hermes-host lease show --json")]
    Show(JsonArguments),
}

#[derive(Debug, Args)]
pub(super) struct HoldArguments {
    /// Writes a newline to this descriptor once COMMAND has ended
    #[arg(long, value_name = "N", value_parser = value_parser!(u8).range(3..=9))]
    pub(super) ready_fd: Option<u8>,
    /// What to do once the lease is held, such as `hermes-host reconcile`
    #[arg(last = true, value_name = "COMMAND")]
    pub(super) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// What --trace has written
    pub(super) file: PathBuf,
    /// Plays it with this host's backend of the same name, whichever was recorded
    #[arg(long)]
    pub(super) current: bool,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}
