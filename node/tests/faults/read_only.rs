//! A disk that turns read-only under a running node, as a system does that finds an error on it: nothing is receipted that
//! is not kept, the agent keeps its votes, and once the disk is well both go on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use faccina_proto::terminals::Mode;

use super::device::{Device, ids, in_box, shift_to};
use crate::office::month;
use crate::process::Town;

const DAY: u32 = 20_260_410;
const IMAGE_BYTES: u64 = 128 << 20;

/// An ext4 file system on a loop device that turns read-only at an error.
struct LoopDisk {
    image: PathBuf,
    root: PathBuf,
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|_| panic!("this test needs root, loop devices and `{program}`"));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "this test needs root and loop devices; {program} says: {words}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl LoopDisk {
    fn new(place: &Path) -> Self {
        let disk = Self { image: place.join("disk.img"), root: place.join("disk") };
        fs::create_dir(&disk.root).unwrap();
        fs::File::create(&disk.image).unwrap().set_len(IMAGE_BYTES).unwrap();
        run("mkfs.ext4", &["-q", "-F", disk.image.to_str().unwrap()]);
        disk.mount();
        disk
    }

    fn mount(&self) {
        let (image, root) = (self.image.to_str().unwrap(), self.root.to_str().unwrap());
        run("mount", &["-o", "loop,errors=remount-ro", image, root]);
    }

    /// Tells the file system that there is an error, so that it turns read-only by itself, with files open for writing.
    fn fail(&self) {
        let device = run("findmnt", &["-n", "-o", "SOURCE", self.root.to_str().unwrap()]);
        let name = device.rsplit('/').next().unwrap();
        fs::write(format!("/sys/fs/ext4/{name}/trigger_fs_error"), "1").unwrap();
    }

    /// Looked after and mounted again.
    fn mend(&self) {
        run("umount", &[self.root.to_str().unwrap()]);
        // It says with its exit code that it has mended something.
        let _mended = Command::new("e2fsck").args(["-p", self.image.to_str().unwrap()]).output().unwrap();
        self.mount();
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["--lazy", self.root.to_str().unwrap()]).output();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_turns_read_only_loses_nothing() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let disk = LoopDisk::new(place.path());
    let town = Town::found_in(&disk.root);
    let process = town.start(DAY).await;
    town.prepare().await;
    let mut device = Device::new(place.path().join("kiosk"), shift_to(DAY, 9 * 3600));
    device.start(town.address(), &["--code", &town.code("Totem", Mode::Open, &[]).await]);
    for number in 0..20 {
        device.tap_until_kept(number).await;
    }
    device.until(|status| status["receipted"] == 20).await;
    disk.fail();
    for number in 20..40 {
        device.tap_until_kept(number).await;
    }
    let status = device.until(|status| status["connected"] == false).await;
    let waiting = status["queue"].as_u64().unwrap();
    assert!(waiting >= 1, "a node with a read-only disk takes votes: {status}");
    device.kill();
    let held = ids(&device.queue());
    drop(process);
    // A start on it is refused, and says why.
    let (success, words) = town.output("run");
    assert!(!success, "{words}");
    assert!(words.contains("Read-only file system") && !words.contains("panicked"), "{words}");
    disk.mend();
    let process = town.start(DAY).await;
    device.start(town.address(), &[]);
    device.until(|status| status["queue"] == 0).await;
    device.kill();
    process.end();
    let counted = in_box(&town, month(202_604));
    println!("disk read-only: 40 kept = in the box {}, {waiting} waited", counted.len());
    assert_eq!(held.difference(&counted).count(), 0);
    assert_eq!(counted.len(), 40);
    town.check();
}
