//! The data of the first format, as a program of that time left it: opened, brought to the present format, and all there.

use std::path::Path;
use std::process::Command;

use faccina_node::store;

use super::device::{Device, shift_to};
use crate::process::Town;

const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/store/v1.tar.gz");
/// What that program said of its node.
const SOUND: &str = "Records  7 of terminals, services and tokens\nFeeds    2 with 5 entries\nBoxes    1 with 31 ballots\n\
                     Reports  0 of terminals' half-days\nAll is sound.\n";
/// Votes that its agent had not sent.
const WAITING: usize = 3;

fn check(home: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
    let output = command.arg("check").arg("--config").arg(home.join("faccina.toml")).output().unwrap();
    let words = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{words}");
    words
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_the_first_format_goes_on() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let unpacked = Command::new("tar").args(["xzf", FIRST, "-C"]).arg(place.path()).status().unwrap();
    assert!(unpacked.success());
    let home = place.path().join("node");
    let before = check(&home);
    assert_eq!(before, SOUND);
    let mut device = Device::new(place.path().join("agent"), shift_to(20_260_410, 9 * 3600));
    assert_eq!(device.queue().len(), WAITING);
    // It runs, takes the votes that waited, and is sound after that.
    let town = Town::at(&home);
    let process = town.start(20_260_410).await;
    device.start(town.address(), &[]);
    device.until(|status| status["queue"] == 0).await;
    device.kill();
    process.end();
    let after = check(&home);
    assert!(after.contains("\nFeeds    2 with 5 entries\nBoxes    1 with 34 ballots\n"), "{after}");
    for database in ["node.db", "feeds.db", "box-202604.db"] {
        assert!(home.join("data").join(database).join("mark").exists(), "{database} has the present format");
        drop(store::open(&home.join("data").join(database)).unwrap());
    }
}
