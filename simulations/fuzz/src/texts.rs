//! Files and texts that people write or bring: configuration, federation and catalogue files, requests for admission, votes
//! from another system, codes typed from paper.

use crate::golden::{marked, sample, vectors};
use faccina_node::{
    commands::federation::catalogue_file,
    config::{Config, FederationFile},
    desk, founding,
    kiosk::{self, enrolment::Terminal, rows, tap::Tap},
    telling::sentence,
};
use faccina_proto::{calendar::Month, envelope::FederationId, invites::PaperInvite, pairing::PairingCode};
use std::{cell::OnceCell, fs, path::PathBuf};

thread_local! {
    /// Files are read from a directory in memory.
    static PLACE: OnceCell<Option<tempfile::TempDir>> = const { OnceCell::new() };
}

/// A file with these bytes.
fn file(name: &str, bytes: &[u8]) -> Option<PathBuf> {
    PLACE.with(|place| {
        let place =
            place.get_or_init(|| tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).ok());
        let path = place.as_ref()?.path().join(name);
        fs::write(&path, bytes).ok()?;
        Some(path)
    })
}

/// What is refused must say so in few words, whatever stands in the file.
fn told(refusal: &(dyn std::error::Error + 'static)) {
    let words = sentence(refusal);
    assert!(!words.is_empty(), "a refusal without words");
    assert!(words.len() < 64 * 1024, "a refusal of {} bytes", words.len());
}

fn tell<T, E: std::error::Error + 'static>(read: Result<T, E>) {
    if let Err(refusal) = read {
        told(&refusal);
    }
}

/// A first byte says who reads the rest.
pub(crate) fn config(bytes: &[u8]) {
    let Some((mark, rest)) = bytes.split_first() else { return };
    let month = Month::from_yyyymm(202_604).expect("April 2026 is a month");
    let text = String::from_utf8_lossy(rest);
    match mark % 11 {
        0 => file("faccina.toml", rest).into_iter().for_each(|path| tell(Config::load(&path))),
        1 => file("federation.toml", rest).into_iter().for_each(|path| {
            let read = FederationFile::load(&path);
            if let Ok(read) = &read
                && let Some(path) = file("again.toml", read.to_toml().as_bytes())
            {
                let again = FederationFile::load(&path).map(|again| again.id());
                assert_eq!(again.ok(), Some(read.id()), "what is written reads otherwise");
            }
            tell(read);
        }),
        2 => file("catalogue.toml", rest)
            .into_iter()
            .for_each(|path| tell(catalogue_file::load(&path, 2, month))),
        3 => file("kiosk.toml", rest).into_iter().for_each(|path| {
            tell(kiosk::settings::Settings::load(Some(&path), kiosk::settings::Written::default()));
        }),
        4 => file("desk.toml", rest).into_iter().for_each(|path| {
            tell(desk::settings::Settings::load(Some(&path), desk::settings::Written::default()));
        }),
        5 => tell(rows::read(rest)),
        6 => tell(Tap::parse(rest)),
        7 => {
            let read = founding::Request::parse(&text, &FederationId::from_bytes([7; 32]));
            tell(read);
        }
        8 => tell(PairingCode::parse(&text)),
        9 => tell(PaperInvite::parse(&text)),
        _ => file("enrolment.toml", rest).into_iter().for_each(|path| {
            if let Some(dir) = path.parent() {
                tell(Terminal::load(dir));
            }
        }),
    }
}

pub(crate) fn config_samples() -> Vec<Vec<u8>> {
    let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    let federation = "name = \"Prova\"\nroot_key = \"aa\"\nsuccessor_hash = \"bb\"\nhubs = []\n";
    let request = format!(
        "-----BEGIN FACCINA ADMISSION REQUEST-----\n{}\n-----END FACCINA ADMISSION REQUEST-----\n",
        hex::encode(vectors("admission").concat())
    );
    marked(0, ["ente.toml", "hub.toml", "observer.toml"].map(sample))
        .chain(marked(1, texts(&[federation])))
        .chain(marked(2, [sample("catalogue.toml")]))
        .chain(marked(3, [sample("kiosk.toml")]))
        .chain(marked(4, [sample("desk.toml")]))
        .chain(marked(5, texts(&["service,face,reason,invite\nanagrafe,green,,\nurp,red,2,\n"])))
        .chain(marked(
            6,
            texts(&[r#"{"tap":"000102030405060708090a0b0c0d0e0f","service":"urp","face":"red","reason":2}"#]),
        ))
        .chain(marked(7, texts(&[&request])))
        .chain(marked(8, texts(&["7K2M-9QXT-44AB-C0DE"])))
        .chain(marked(9, texts(&["7K2M9-QXT44"])))
        .chain(marked(10, texts(&["federation = \"aa\"\nente = \"c_zz01\"\n"])))
        .collect()
}
