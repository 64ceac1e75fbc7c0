//! Founding and admission: the acts that the root key signs.

use crate::{
    clock::Clock,
    commands::{ConfigPath, Outcome, client::answered, month},
    config::{FederationFile, Role},
    founding::{self, Founding, Request, RootHead},
    keys::{KeyKind, create_file, create_signing, load_signing},
};
use bytes::Bytes;
use clap::Args;
use faccina_proto::{
    calendar::Month,
    envelope::Id,
    wire::{
        admin::v1::{AppendRootRequest, HeadsRequest, admin_client::AdminClient},
        feed::v1::Role as MemberRole,
    },
};
use std::{
    error::Error,
    fs::{self, DirBuilder},
    io,
    io::{BufRead, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tonic::transport::Channel;

const ROOT_KEY: &str = "root.key";
const SUCCESSOR_KEY: &str = "successor.key";
const GENESIS: &str = "genesis.entry";
const FEDERATION: &str = "federation.toml";

/// Found a federation: its root key, the key that may succeed it, and the file that every member gets
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation create --dir safe --name 'Rete Faccina' --first-month 2026-01\n  \
    faccina init --dir dfp --federation safe/federation.toml --role observer --ipa dfp --name 'Osservatorio DFP'\n  \
    faccina run --config dfp/faccina.toml &\n  \
    faccina federation admit dfp/admission-dfp.txt --root safe --role observer --config dfp/faccina.toml\n\n\
    Then put the address that `faccina status` shows into `hubs` of federation.toml and give the file to the enti.\n\
    Keep the directory off the network: whoever has root.key decides who belongs.")]
pub(super) struct Create {
    /// Directory for the keys; created if missing
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Name of the federation
    #[arg(long)]
    name: String,
    /// First month surveyed
    #[arg(long, value_parser = month)]
    first_month: Month,
}

/// Admit a member, or renew what the roster says of it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina federation admit admission-c_h361.txt --root /media/safe --protocol 2026/1234 --config dfp/faccina.toml\n\n\
    Compare the fingerprint that it shows with the one that the ente reads out by telephone, then confirm.")]
pub(super) struct Admit {
    #[command(flatten)]
    node: ConfigPath,
    /// The request, as it came by PEC
    request: PathBuf,
    /// Directory of `faccina federation create`
    #[arg(long, value_name = "DIR")]
    root: PathBuf,
    /// ente, observer or hub
    #[arg(long, default_value = "ente", value_parser = role)]
    role: Role,
    /// First month whose summary is due; the next month if not given
    #[arg(long, value_parser = month)]
    first_month: Option<Month>,
    /// Number under which the request was registered
    #[arg(long, default_value = "")]
    protocol: String,
    /// Do not ask: the fingerprint has been compared
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, thiserror::Error)]
enum RootFileError {
    #[error("cannot use {}", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("not admitted: compare the fingerprint with the ente, then answer `si` or pass --yes")]
    NotConfirmed,
}

fn role(text: &str) -> Result<Role, String> {
    [Role::Ente, Role::Observer, Role::Hub]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or_else(|| "one of ente, observer, hub".to_owned())
}

fn read(path: &Path) -> Result<Vec<u8>, RootFileError> {
    fs::read(path).map_err(|source| RootFileError::Io { path: path.to_owned(), source })
}

impl Create {
    pub(super) fn run(self) -> Outcome {
        let day = Clock::system()?.today();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .map_err(|source| RootFileError::Io { path: self.dir.clone(), source })?;
        let root = create_signing(&self.dir.join(ROOT_KEY), KeyKind::Root)?;
        let successor = create_signing(&self.dir.join(SUCCESSOR_KEY), KeyKind::Root)?;
        let founding = founding::found(&self.name, &root, &successor.verifying_key(), self.first_month, day);
        let Founding { file, genesis } = founding;
        create_file(&self.dir.join(GENESIS), genesis.bytes(), 0o644)?;
        create_file(&self.dir.join(FEDERATION), file.to_toml().as_bytes(), 0o644)?;
        println!("Federation   {} ({})", self.name, file.id());
        println!("Files        {}", self.dir.display());
        println!("Move {SUCCESSOR_KEY} to another safe now: it replaces {ROOT_KEY} if that is lost.");
        Ok(ExitCode::SUCCESS)
    }
}

impl Admit {
    pub(super) fn run(self) -> Outcome {
        let file = FederationFile::load(&self.root.join(FEDERATION))?;
        let root = load_signing(&self.root.join(ROOT_KEY), KeyKind::Root)?;
        let text = String::from_utf8_lossy(&read(&self.request)?).into_owned();
        let request = Request::parse(&text, &file.id())?;
        println!("{} ({}), {}", request.record.name, request.record.ipa_code, self.role.as_str());
        println!("Fingerprint  {}", request.fingerprint());
        if !self.yes {
            confirmed()?;
        }
        let genesis = Bytes::from(read(&self.root.join(GENESIS))?);
        let day = Clock::system()?.today();
        let first_month = self.first_month.unwrap_or_else(|| day.month().next());
        let is_ente = self.role == Role::Ente;
        let role = match self.role {
            Role::Ente => MemberRole::Ente,
            Role::Observer => MemberRole::Observer,
            Role::Hub => MemberRole::Hub,
        };
        let body = request.admitted(role, first_month, &self.protocol);
        self.node.with_node(|mut admin| async move {
            let head = match root_head(&mut admin).await? {
                Some(head) => Some(head),
                // The node has met nobody yet: this federation begins in it.
                None => append(&mut admin, genesis).await?,
            };
            let entry = founding::root_entry(&root, &file.id(), head, day, body);
            append(&mut admin, entry.bytes().clone()).await?;
            if is_ente {
                println!("Admitted; its first summary is due for {first_month}.");
            } else {
                println!("Admitted.");
            }
            Ok(())
        })
    }
}

/// Asks on the terminal; anything but yes, an empty input included, is no.
fn confirmed() -> Result<(), RootFileError> {
    print!("Is this the fingerprint that the ente reads out? [si/no] ");
    let mut answer = String::new();
    let asked = io::stdout().flush().and_then(|()| io::stdin().lock().read_line(&mut answer));
    let yes = ["si", "sì", "s", "yes", "y"];
    match asked {
        Ok(_) if yes.contains(&answer.trim().to_lowercase().as_str()) => Ok(()),
        Ok(_) | Err(_) => Err(RootFileError::NotConfirmed),
    }
}

async fn root_head(admin: &mut AdminClient<Channel>) -> Result<RootHead, Box<dyn Error + Send + Sync>> {
    let heads = answered(admin.heads(HeadsRequest {}).await)?.heads;
    let head = heads.iter().find(|head| head.author == "root" && head.sequence > 0);
    Ok(head.and_then(|head| Id::from_slice(&head.id).map(|id| (head.sequence, id))))
}

async fn append(
    admin: &mut AdminClient<Channel>,
    entry: Bytes,
) -> Result<RootHead, Box<dyn Error + Send + Sync>> {
    let reply = answered(admin.append_root(AppendRootRequest { entry }).await)?;
    Ok(Id::from_slice(&reply.id).map(|id| (reply.sequence, id)))
}
