//! What was typed, and nothing more: no file is read and nothing is decided here.

pub use super::init::InitArguments;
pub use super::outputs::ShowArguments;
use crate::judge::Impact;
use crate::scenario::Shard;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use std::str::FromStr;

/// Runs the same behavioural scenarios against two or more clouds and reports every difference that would break a
/// workload that moves between them.
#[derive(Debug, Parser)]
#[command(
    name = "interop",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Arguments {
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto)]
    pub color: When,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare clouds: run the suite on all of them at once, or read recordings, and report what differs.
    Diff(DiffArguments),
    /// Order candidates by what a move there from here would cost.
    Rank(RankArguments),
    /// Say what changed between recordings of the same cloud, and when.
    History(HistoryArguments),
    /// Run the suite and keep the recordings, without comparing.
    Record {
        #[command(flatten)]
        what: RecordArguments,
        /// Also write a copy that may leave the house, NAME.shared.rec: names, addresses and foreign resources are replaced.
        #[arg(long)]
        share: bool,
    },
    /// Put recordings of parts of a suite together: shards that several machines ran, or rounds of one run.
    Merge(MergeArguments),
    /// Show, verify, redact and sign recordings.
    #[command(subcommand)]
    Recording(RecordingCommand),
    /// Run one cloud against itself: nothing may differ, and what flaps is listed.
    Calibrate(CalibrateArguments),
    /// Say what works and what doesn't before anything is run.
    Doctor(CloudArguments),
    /// Print what a run would do, without doing it.
    Plan(RecordArguments),
    /// List, show and check scenarios.
    Scenarios(ScenariosArguments),
    /// Take away what a killed run left behind.
    Cleanup(CleanupArguments),
    /// Explain a rule, or a finding of a JSON report.
    Explain(ExplainArguments),
    /// Cut the scenario that showed a finding to the fewest steps and fields that still show it, as a file and as commands.
    Repro(ReproArguments),
    /// Show a saved JSON report, or write it in other formats.
    Report(SavedArguments),
    /// Write a profile with comments that teach, from what is at hand, and try it.
    Init(InitArguments),
    /// Print a JSON Schema.
    Schema {
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Print what completes commands in a shell.
    Completions {
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write the manual pages into a folder.
    Man {
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct DiffArguments {
    /// Profiles (`private.toml`, `clouds.yaml:NAME`, a name in clouds.yaml, `env`) or recordings (`*.rec`). The first is
    /// where you are, the others are where you may go.
    #[arg(required = true, num_args = 2.., value_name = "CLOUD")]
    pub clouds: Vec<String>,
    #[command(flatten)]
    pub observe: ObserveArguments,
    #[command(flatten)]
    pub report: ReportArguments,
}

#[derive(Debug, Args)]
pub struct RankArguments {
    /// Where you are, and then where you may go: profiles or recordings, as for `diff`.
    #[arg(
        required_unless_present = "print_weights",
        num_args = 2..,
        value_name = "CLOUD"
    )]
    pub clouds: Vec<String>,
    /// Other weights than the default ones, by impact, direction and service.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Print the weights that would be used, as a file.
    #[arg(long)]
    pub print_weights: bool,
    #[command(flatten)]
    pub show: OutputArguments,
    #[command(flatten)]
    pub accept: AcceptArguments,
    #[command(flatten)]
    pub observe: ObserveArguments,
}

#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// Folders with recordings, and those below them; or recordings.
    #[arg(required = true, value_name = "FOLDER")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub show: OutputArguments,
    #[command(flatten)]
    pub select: SelectArguments,
}

/// What `rank` and `history` write.
#[derive(Clone, Debug, Args)]
pub struct OutputArguments {
    /// What is written to the standard output.
    #[arg(long, value_enum, default_value_t = Shape::Terminal)]
    pub format: Shape,
    /// Also write it as JSON to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// All of it, not only what comes first.
    #[arg(long)]
    pub full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    Terminal,
    Json,
}

#[derive(Debug, Args)]
pub struct RecordArguments {
    #[arg(required = true, value_name = "CLOUD")]
    pub clouds: Vec<String>,
    #[command(flatten)]
    pub observe: ObserveArguments,
}

#[derive(Debug, Args)]
pub struct MergeArguments {
    #[arg(required = true, value_name = "RECORDING")]
    pub recordings: Vec<PathBuf>,
    /// The file that is written. It must not be there yet.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum RecordingCommand {
    /// What it is: cloud, dates, versions, suite, hash, signature, what was left behind.
    Show {
        #[arg(value_name = "RECORDING")]
        file: PathBuf,
    },
    /// Read all of it: is it whole, what was written, and signed by whom?
    Verify(VerifyArguments),
    /// Write a copy in which secrets are replaced by today's rules.
    Redact(RedactArguments),
    /// Write an SSH signature to RECORDING.sig, by ssh-keygen.
    Sign {
        #[arg(value_name = "RECORDING")]
        file: PathBuf,
        /// A private key, or a public one whose private half the SSH agent holds.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct VerifyArguments {
    #[arg(value_name = "RECORDING")]
    pub file: PathBuf,
    /// Who may have signed it: a file as ssh-keygen(1) describes under ALLOWED SIGNERS.
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// Who of them must have signed it. Default: any.
    #[arg(long, value_name = "NAME", requires = "allowed_signers")]
    pub signer: Option<String>,
}

#[derive(Debug, Args)]
pub struct RedactArguments {
    #[arg(value_name = "RECORDING")]
    pub file: PathBuf,
    /// The file that is written. It must not be there yet.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace names of projects, users and hosts, addresses and foreign resources as well, so that it may leave the house.
    #[arg(long)]
    pub share: bool,
}

#[derive(Debug, Args)]
pub struct CalibrateArguments {
    /// A profile, or a recording with several repeats.
    #[arg(value_name = "CLOUD")]
    pub cloud: String,
    /// Write what is unstable to a noise file, for you to review. Default: `NAME.noise.toml` beside the cloud.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[expect(
        clippy::option_option,
        reason = "clap's form of `--learn` and `--learn=FILE`"
    )]
    pub learn: Option<Option<PathBuf>>,
    #[command(flatten)]
    pub observe: ObserveArguments,
}

#[derive(Debug, Args)]
pub struct CloudArguments {
    #[arg(required = true, value_name = "CLOUD")]
    pub clouds: Vec<String>,
}

/// What is run, or read of recordings, and how.
#[derive(Clone, Debug, Args)]
pub struct ObserveArguments {
    #[command(flatten)]
    pub select: SelectArguments,
    #[command(flatten)]
    pub run: RunArguments,
    #[command(flatten)]
    pub noise: NoiseArguments,
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which scenarios")]
pub struct SelectArguments {
    /// Scenarios by id: `compute/server/*`.
    #[arg(long = "scenario", short = 's', value_name = "GLOB")]
    pub include: Vec<String>,
    /// Scenarios to leave out, by id.
    #[arg(long, short = 'x', value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Scenarios of a service.
    #[arg(long, value_name = "SERVICE")]
    pub service: Vec<String>,
    /// Scenarios with a tag.
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Scenarios of a guideline capability.
    #[arg(long, value_name = "CAPABILITY")]
    pub guideline: Vec<String>,
    /// A folder of your own scenarios, beside the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub scenarios: Vec<PathBuf>,
    /// Of these, only part I of N, by their ids: the parts of several machines are put together by `interop merge`.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "How to run")]
pub struct RunArguments {
    /// Times each scenario is run on each cloud. `auto`: three, and up to ten of what flaps or is in doubt.
    #[arg(long, short = 'n', value_name = "N|auto")]
    pub repeat: Option<Repeats>,
    /// Scenarios at once on each cloud; the profile's limits still hold.
    #[arg(long, short = 'c', value_name = "N")]
    pub concurrency: Option<u32>,
    /// Allow scenarios of a hazard that is off by default.
    #[arg(long, value_enum, value_name = "HAZARD")]
    pub allow: Vec<HazardArgument>,
    /// Never have more servers than this at once, on each cloud; in the place of the profile's limit.
    #[arg(long, value_name = "N")]
    pub max_servers: Option<u32>,
    /// Stop before this many requests to each cloud.
    #[arg(long, value_name = "N")]
    pub max_requests: Option<u64>,
    /// Start nothing that would end later than this.
    #[arg(long, value_name = "MINUTES")]
    pub max_minutes: Option<f64>,
    /// Where recordings and journals go. Default: a new folder in `interop-runs`.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Do not repeat what chance could have made.
    #[arg(long)]
    pub no_confirm: bool,
}

/// How often each scenario is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    Times(u32),
    /// As often as the evidence asks for.
    Auto,
}

impl Repeats {
    /// None where the evidence decides.
    pub fn times(self) -> Option<u32> {
        match self {
            Self::Times(times) => Some(times),
            Self::Auto => None,
        }
    }
}

impl FromStr for Repeats {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        match typed {
            "auto" => Ok(Self::Auto),
            number => number
                .parse()
                .map(Self::Times)
                .map_err(|_| "a number or `auto`".to_owned()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HazardArgument {
    Exhausts,
    Account,
    Probing,
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What is known to be unstable")]
pub struct NoiseArguments {
    /// The noise file of the cloud that it names, in the place of the one beside its profile or in its recording.
    #[arg(long, value_name = "FILE", conflicts_with = "no_noise")]
    pub noise: Vec<PathBuf>,
    /// Read no noise file, and none in recordings.
    #[arg(long)]
    pub no_noise: bool,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What to report")]
pub struct ReportArguments {
    /// Exit with 1 where a finding has at least this impact, in either direction.
    #[arg(long, value_enum, default_value_t = FailOn::Breaks)]
    pub fail_on: FailOn,
    #[command(flatten)]
    pub accept: AcceptArguments,
    /// A JSON report of before: only findings that it does not have count.
    #[arg(long, value_name = "REPORT")]
    pub baseline: Option<PathBuf>,
    #[command(flatten)]
    pub show: ShowArguments,
}

/// What somebody answers for.
#[derive(Clone, Debug, Args)]
pub struct AcceptArguments {
    /// Findings that are accepted, openly.
    #[arg(long, value_name = "FILE")]
    pub waivers: Vec<PathBuf>,
    /// The date that waivers are judged at. Default: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<String>,
}

#[derive(Debug, Args)]
pub struct SavedArguments {
    /// A JSON report, as `interop diff … --json FILE` writes it.
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// Exit with 1 where a finding has at least this impact. Default: the report is shown, and that is all.
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOn>,
    #[command(flatten)]
    pub show: ShowArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Cosmetic,
    Drifts,
    Degrades,
    Breaks,
    Never,
}

impl FailOn {
    /// The least impact that counts, if any does.
    pub fn least(self) -> Option<Impact> {
        match self {
            Self::Cosmetic => Some(Impact::Cosmetic),
            Self::Drifts => Some(Impact::Drifts),
            Self::Degrades => Some(Impact::Degrades),
            Self::Breaks => Some(Impact::Breaks),
            Self::Never => None,
        }
    }
}

#[derive(Debug, Args)]
pub struct ScenariosArguments {
    #[command(subcommand)]
    pub command: Option<ScenariosCommand>,
    #[command(flatten)]
    pub select: SelectArguments,
}

#[derive(Debug, Subcommand)]
pub enum ScenariosCommand {
    /// One line a scenario.
    List {
        #[command(flatten)]
        select: SelectArguments,
    },
    /// All of one scenario, and what reading it forgets.
    Show {
        id: String,
        /// A folder of your own scenarios.
        #[arg(long, value_name = "DIR")]
        scenarios: Vec<PathBuf>,
    },
    /// Check files or folders of scenarios.
    Check {
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Print on which kinds of clouds recordings show each scenario to have run through: the new `proven.toml`.
    Prove {
        #[arg(required = true, value_name = "RECORDING")]
        recordings: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct CleanupArguments {
    /// Profiles of the clouds to clean.
    #[arg(required = true, value_name = "CLOUD")]
    pub clouds: Vec<String>,
    /// Folders of runs, or journals. Default: every run in `interop-runs`.
    #[arg(long, value_name = "PATH")]
    pub run: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A rule (`field-removed`) or the id of a finding.
    pub what: String,
    /// The JSON report that the finding is in.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ReproArguments {
    /// The id of a finding, or its beginning.
    pub finding: String,
    /// The two clouds, as for `diff`. What is recorded is not run: there only steps are cut, by reading.
    #[arg(required = true, num_args = 2, value_name = "CLOUD")]
    pub clouds: Vec<String>,
    /// Where the finding is: a JSON report, or recordings. Default: the scenarios are run first.
    #[arg(long, num_args = 1..=2, value_name = "FILE")]
    pub from: Vec<PathBuf>,
    /// The scenario that is written. Default: repro/ID.toml.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Try at most this many cuts on live clouds.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub max_runs: u32,
    #[command(flatten)]
    pub observe: ObserveArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    Report,
    Ranking,
    History,
    Scenario,
    Profile,
}
