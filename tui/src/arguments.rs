//! The command line: where the node is, in which language to speak.

use crate::connection::Target;
use crate::texts::Language;
use clap::Parser;
use std::path::PathBuf;

/// Gli schermi di Faccina per chi cura la qualità / the screens of Faccina for quality officers.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "faccina-tui",
    version,
    max_term_width = 100,
    after_help = "Examples:\n  faccina-tui --socket /run/faccina/faccina.sock\n  \
                  faccina-tui --node https://nodo.comune.example:7443 --token-file officer.token --ca node.pem\n  \
                  NO_COLOR=1 faccina-tui --lang en --socket faccina.sock\n\n\
                  Inside, `?` explains every number and every key; `q` leaves."
)]
pub struct Arguments {
    /// Unix socket of the node on this machine; its permissions decide who may read
    #[arg(long, value_name = "PATH", conflicts_with_all = ["node", "token_file", "ca"], required_unless_present = "node")]
    socket: Option<PathBuf>,

    /// Address of the node: https://host:port
    #[arg(long, value_name = "URL", requires_all = ["token_file", "ca"])]
    node: Option<String>,

    /// File with the token of role officer, as `faccina token create` printed it
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// The node's own certificate (PEM): no other is trusted
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Name that the node's certificate carries, where it is not the host in --node
    #[arg(long, value_name = "NAME", requires = "node")]
    server_name: Option<String>,

    /// Folder into which `e` writes what a screen shows
    #[arg(long, value_name = "DIR", default_value = ".")]
    export_dir: PathBuf,

    /// Language of the screens; `l` changes it inside
    #[arg(long, value_enum, default_value = "it", env = "FACCINA_LANG")]
    lang: Language,
}

impl Arguments {
    /// Where to connect. The parser guarantees that one of the two ways is whole.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        if let Some(socket) = &self.socket {
            return Some(Target::Socket(socket.clone()));
        }
        Some(Target::Tls {
            node: self.node.clone()?,
            token_file: self.token_file.clone()?,
            ca: self.ca.clone()?,
            server_name: self.server_name.clone(),
        })
    }

    /// Where exports are written.
    #[must_use]
    pub fn export_dir(&self) -> PathBuf {
        self.export_dir.clone()
    }

    /// The language to begin with.
    #[must_use]
    pub fn language(&self) -> Language {
        self.lang
    }
}
