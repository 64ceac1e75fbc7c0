//! A backup of the running node, and the node that is made of it.
//!
//! One sealed file holds everything a node needs to start anew on another machine: each database as it was at one moment,
//! the configuration, the keys (those of the ballot boxes too, which is why the file is always encrypted), and a manifest.
//! Whoever restores it has an older node: see [`loss`](crate::loss) for what follows from that.
//!
//! Deliberately absent: the terminals' half-day reports, whose keys no backup holds; the root key, which no node holds; and
//! increments, for a node's data fit a USB stick.

mod sealed;
mod record;
mod making;
mod restoring;

pub use making::{BackupError, Source};
pub use record::{Held, Manifest, Opening};
pub use restoring::{Backup, RestoreError};
pub use sealed::{
    NoPassphrase, PASSPHRASE_BYTES_MAX, PASSPHRASE_CHARS_MIN, Passphrase, SealedError, Unopened,
};

use crate::{audit, keys, store};
use faccina_proto::calendar::Month;

/// Where the configuration lies in a restored directory, as `faccina init` lays it out.
const CONFIG: &str = "faccina.toml";
const FEDERATION: &str = "federation.toml";

/// What a backup may hold under a name; anything else is no part of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Database,
    /// Read by the owner only.
    Secret,
    Public,
}

fn kind_of(name: &str) -> Option<Kind> {
    let month = |name: &str, ending: &str| {
        let digits = name.strip_prefix("box-")?.strip_suffix(ending)?;
        (digits.len() == 6).then(|| Month::from_yyyymm(digits.parse().ok()?).ok())?
    };
    if let Some(key) = name.strip_prefix("data/keys/") {
        let public = key == keys::CERTIFICATE_FILE;
        let mut secrets = keys::SECRET_FILES.iter().chain(&keys::NEXT_FILES);
        let known = secrets.any(|secret| *secret == key) || month(key, ".key").is_some();
        return if public { Some(Kind::Public) } else { known.then_some(Kind::Secret) };
    }
    let Some(data) = name.strip_prefix("data/") else {
        return [CONFIG, FEDERATION].contains(&name).then_some(Kind::Public);
    };
    if data == audit::FILE {
        return Some(Kind::Secret);
    }
    let database = [store::NODE_DIR, store::FEEDS_DIR].contains(&data) || month(data, ".db").is_some();
    database.then_some(Kind::Database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_a_node_has_a_place() {
        let kinds = [
            ("faccina.toml", Some(Kind::Public)),
            ("data/keys/feed.key", Some(Kind::Secret)),
            ("data/keys/feed-next.key", Some(Kind::Secret)),
            ("data/keys/transport-next.key", Some(Kind::Secret)),
            ("data/keys/feed-0011223344556677.former", None),
            ("data/keys/tls.crt", Some(Kind::Public)),
            ("data/keys/box-202604.key", Some(Kind::Secret)),
            ("data/box-202604.db", Some(Kind::Database)),
            ("data/node.db", Some(Kind::Database)),
            ("data/audit.jsonl", Some(Kind::Secret)),
            ("data/box-202613.db", None),
            ("data/keys/../../../etc/passwd", None),
            ("data/keys/root.key", None),
            ("/etc/passwd", None),
            ("data/integrity-202604.db", None),
        ];
        for (name, kind) in kinds {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }
}
