//! `faccina init`: a new node's directory, with configuration, keys and a request for admission. The same steps are
//! [`create`] for the demo and the tests.

use super::{
    Outcome,
    applicant::{self, ApplicantError},
    role,
};
use crate::{
    clock::{Clock, ClockError},
    config::{Config, ConfigError, FederationFile, FederationFileError, Role},
    founding::{Applicant, Request},
    keys::{KeyFileError, NodeKeys, create_file},
};
use clap::Args;
use faccina_proto::{
    calendar::CivilDay,
    names::{IpaCode, NameError},
};
use std::{
    fs::{self, DirBuilder},
    io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

const SAMPLES: [(Role, &str); 3] = [
    (Role::Ente, include_str!("../../samples/ente.toml")),
    (Role::Observer, include_str!("../../samples/observer.toml")),
    (Role::Hub, include_str!("../../samples/hub.toml")),
];

/// Create the directory of a new node: configuration, keys and the request for admission
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina init --dir /var/lib/faccina --federation federation.toml --ipa c_h361 \\\n    \
    --name 'Comune di Rovereto' --category L6 --region 'Trentino-Alto Adige' --population 38000 \\\n    \
    --mailbox qualita@comune.example.it\n\n\
    Then send the request that it wrote by PEC to DFP, and read the fingerprint to them by telephone.\n\
    Start the node with `faccina run --config DIR/faccina.toml`: it waits to be admitted by itself.")]
pub struct Init {
    /// Directory of the node; created if missing
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The federation, as given by DFP; copied into the directory
    #[arg(long, value_name = "FILE")]
    federation: PathBuf,
    /// ente, observer or hub
    #[arg(long, default_value = "ente", value_parser = role)]
    role: Role,
    /// Code of the administration in the IndicePA
    #[arg(long, value_name = "CODE")]
    ipa: String,
    /// Name as citizens read it
    #[arg(long)]
    name: String,
    /// Category in the IndicePA: L6 comune, L18 unione, L5 provincia …
    #[arg(long, default_value = "")]
    category: String,
    /// ISTAT code
    #[arg(long, default_value = "")]
    istat: String,
    /// One of the twenty, as ISTAT writes it; empty for an ente of the whole country
    #[arg(long, default_value = "")]
    region: String,
    #[arg(long, default_value = "")]
    province: String,
    /// Inhabitants served; 0 where it does not apply
    #[arg(long, default_value_t = 0)]
    population: u32,
    /// Role mailbox of the quality office, never a person's
    #[arg(long, default_value = "")]
    mailbox: String,
    /// Comuni of a Unione, by IPA code
    #[arg(long = "union-member", value_name = "CODE")]
    union_members: Vec<String>,
    /// Address for terminals and officers
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:7443")]
    grpc: SocketAddr,
    /// Loopback address for metrics and health
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7480")]
    http: SocketAddr,
    /// Multiaddress on which other nodes may connect; none behind NAT
    #[arg(long = "peers", value_name = "MULTIADDRESS")]
    peers: Vec<String>,
    /// Name or address by which terminals reach this node, for its certificate
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
}

/// Why no node was created, or only a part: nothing that existed was changed.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("--ipa")]
    Code(#[source] NameError),
    #[error("cannot create the directory {}", .path.display())]
    Directory {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A request may have been sent for these keys.
    #[error(
        "{} has keys and no configuration: if an earlier `faccina init` was interrupted there, remove the directory and run this \
         again", .path.display()
    )]
    Interrupted { path: PathBuf },
    #[error(transparent)]
    Federation(#[from] FederationFileError),
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// Correct the option that it names.
    #[error(transparent)]
    Applicant(#[from] ApplicantError),
    #[error("the values given make no valid configuration")]
    Config(#[source] ConfigError),
}

/// What a new node is given.
#[derive(Clone, Debug)]
pub struct NewNode {
    pub dir: PathBuf,
    pub federation: FederationFile,
    pub role: Role,
    pub ipa_code: IpaCode,
    pub applicant: Applicant,
    pub grpc: SocketAddr,
    pub http: SocketAddr,
    pub peers: Vec<String>,
    pub hosts: Vec<String>,
    /// Only the demo: where its calendar starts and how long a half-day lasts.
    pub demo: Option<DemoCalendar>,
}

/// The calendar of a demo node.
#[derive(Clone, Copy, Debug)]
pub struct DemoCalendar {
    pub day: CivilDay,
    pub half_day_s: u32,
}

/// A node's directory, just made.
#[derive(Debug)]
pub struct Created {
    pub config: Config,
    pub keys: NodeKeys,
    pub request: Request,
    pub request_path: PathBuf,
}

/// Makes the directory of a new node. `day` is today: it starts the year of the transport key.
pub fn create(new: &NewNode, day: CivilDay) -> Result<Created, InitError> {
    let (config_path, text) = (new.dir.join("faccina.toml"), config_text(new));
    Config::of_text(&config_path, &text).map_err(InitError::Config)?;
    for dir in [new.dir.clone(), new.dir.join("data"), new.dir.join("data/keys")] {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(|source| InitError::Directory { path: dir, source })?;
    }
    if config_path.exists() {
        return Err(KeyFileError::Exists { path: config_path }.into());
    }
    let keys_dir = new.dir.join("data/keys");
    if fs::read_dir(&keys_dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(InitError::Interrupted { path: new.dir.clone() });
    }
    let keys = NodeKeys::create(&keys_dir, new.ipa_code.as_str(), &new.hosts)?;
    create_file(&new.dir.join("federation.toml"), new.federation.to_toml().as_bytes(), 0o644)?;
    create_file(&config_path, text.as_bytes(), 0o644)?;
    let config = Config::load(&config_path).map_err(InitError::Config)?;
    let request = Request::seal(
        &new.applicant,
        &new.ipa_code,
        &new.federation.id(),
        &keys.feed,
        &keys.transport.verifying_key(),
        day,
    );
    let request_path = new.dir.join(format!("admission-{}.txt", new.ipa_code));
    create_file(&request_path, request.to_text().as_bytes(), 0o644)?;
    Ok(Created { config, keys, request, request_path })
}

/// The commented sample of the role with the values of this node.
fn config_text(new: &NewNode) -> String {
    let sample = SAMPLES.iter().find(|(role, _)| *role == new.role).map_or("", |(_, text)| text);
    let mut values = vec![
        ("ipa_code", format!("{:?}", new.ipa_code.as_str())),
        ("name", quoted(&new.applicant.name)),
        ("grpc", format!("\"{}\"", new.grpc)),
        ("http", format!("\"{}\"", new.http)),
        ("peers", toml::Value::from(new.peers.clone()).to_string()),
    ];
    if let Some(demo) = new.demo {
        values.push(("demo", "true".to_owned()));
        values.push(("demo_day", demo.day.yyyymmdd().to_string()));
        values.push(("half_day_s", demo.half_day_s.to_string()));
    }
    let line = |line: &str| {
        let key = line.trim_start_matches("# ").split_once(" = ").map(|(key, _)| key);
        let value = values.iter().find(|(known, _)| Some(*known) == key);
        value.map_or_else(|| line.to_owned(), |(key, value)| format!("{key} = {value}"))
    };
    sample.lines().map(|text| line(text) + "\n").collect()
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

impl Init {
    pub(super) fn run(self) -> Outcome {
        let day = Clock::system()?.today();
        let federation = FederationFile::load(&self.federation)?;
        let new = NewNode {
            federation,
            role: self.role,
            ipa_code: self.ipa.parse().map_err(InitError::Code)?,
            applicant: Applicant {
                name: self.name,
                category: self.category,
                istat_code: self.istat,
                region: self.region,
                province: self.province,
                population: self.population,
                mailbox: self.mailbox,
                union_members: self.union_members,
            },
            grpc: self.grpc,
            http: self.http,
            peers: if self.peers.is_empty() { default_peers(self.role) } else { self.peers },
            hosts: self.hosts,
            demo: None,
            dir: self.dir,
        };
        applicant::check(&new.applicant, new.role).map_err(InitError::from)?;
        if applicant::seems_personal(&new.applicant.mailbox) {
            eprintln!(
                "warning: {} looks like the mailbox of a person; everybody will see it: use that of an office",
                new.applicant.mailbox
            );
        }
        let created = create(&new, day)?;
        print_next_steps(&new.dir, &created);
        Ok(ExitCode::SUCCESS)
    }
}

/// Others dial the observer and the hubs; an ente is taken to be behind NAT.
fn default_peers(role: Role) -> Vec<String> {
    match role {
        Role::Ente => Vec::new(),
        Role::Observer | Role::Hub => vec!["/ip4/0.0.0.0/tcp/7440".to_owned()],
    }
}

fn print_next_steps(dir: &Path, created: &Created) {
    let shown = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    println!("Node directory   {}", shown.display());
    println!("Request          {}", created.request_path.display());
    println!("Fingerprint      {}", created.request.fingerprint());
    println!();
    println!("1. Send the request by PEC to DFP and read them the fingerprint by telephone.");
    println!("2. Start the node: faccina run --config {}", created.config.path.display());
    println!("   It waits to be admitted; `faccina status --config ...` says when it is.");
    println!(
        "Keep a copy of {} in a safe place: keys cannot be made again.",
        created.config.keys_dir.display()
    );
}
