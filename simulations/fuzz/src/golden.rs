//! The golden vectors of the wire and the sample files, as bytes.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of fixtures.
#[must_use]
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// The bytes of the golden vectors whose names begin so.
pub(crate) fn vectors(beginning: &str) -> Vec<Vec<u8>> {
    let folder = fixtures().join("wire");
    let entries = fs::read_dir(&folder).expect("the golden vectors lie in fixtures/wire");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let named =
        |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning));
    paths.iter().filter(named).map(|path| bytes_of(path)).collect()
}

/// The bytes in a file of annotated hex.
fn bytes_of(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).expect("a golden vector can be read");
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let digits: String = lines.flat_map(str::split_whitespace).collect();
    hex::decode(digits).expect("a golden vector is hex with comments")
}

/// The text of a sample file of the node.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let path = fixtures().join("../node/samples").join(name);
    fs::read(path).expect("the samples lie in node/samples")
}

/// Samples with a first byte that says which decoder reads them.
pub(crate) fn marked(mark: u8, samples: impl IntoIterator<Item = Vec<u8>>) -> impl Iterator<Item = Vec<u8>> {
    samples.into_iter().map(move |sample| [vec![mark], sample].concat())
}
