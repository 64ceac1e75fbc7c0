//! Files without an end, in the place of those that a program reads at its start: each is refused and named.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use faccina_node::config::{Config, FederationFile};
use faccina_node::keys::{KeyKind, load_signing};
use faccina_node::telling::sentence;
use faccina_node::{desk, device, kiosk};

const ENDLESS: &str = "/dev/zero";

#[test]
fn nothing_is_read_without_a_bound() {
    let (place, endless) = (tempfile::tempdir().unwrap(), Path::new(ENDLESS));
    for name in ["enrolment.toml", "desk.toml"] {
        symlink(endless, place.path().join(name)).unwrap();
    }
    // A key is a file of its owner.
    let key = place.path().join("feed.key");
    File::create(&key).unwrap().set_len(1 << 40).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let refusals = [
        ("faccina.toml", Config::load(endless).err().map(|error| sentence(&error))),
        ("federation.toml", FederationFile::load(endless).err().map(|error| sentence(&error))),
        (
            "kiosk.toml",
            device::settings::read_toml::<toml::Table>(endless).err().map(|error| sentence(&error)),
        ),
        ("feed.key", load_signing(&key, KeyKind::Feed).err().map(|error| sentence(&error))),
        (
            "enrolment.toml",
            kiosk::enrolment::Terminal::load(place.path()).err().map(|error| sentence(&error)),
        ),
        ("desk.toml", desk::pairing::load(place.path()).err().map(|error| sentence(&error))),
    ];
    for (file, words) in refusals {
        let words = words.unwrap();
        assert!(words.contains("bytes, which none of its kind has"), "{file}: {words}");
        assert!(words.contains(ENDLESS) || words.contains(file), "{file} is not named: {words}");
    }
}
