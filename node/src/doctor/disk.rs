//! The directory of the node: is it there, may it be written, is there room?

use super::Finding;
use crate::{config::Config, intake, telling::sentence};
use faccina_proto::calendar::Month;
use std::os::unix::fs::PermissionsExt;

/// The rights of others to write.
const OTHERS_WRITE: u32 = 0o022;
/// Less than this is too little for a month: a ballot box of a large ente and the feeds of a year.
const FREE_BYTES_MIN: u64 = 512 << 20;

pub(super) fn look(config: &Config, told: &mut dyn FnMut(Finding)) {
    let path = &config.data_dir;
    let shown = path.display();
    if !path.is_dir() {
        return told(Finding::wrong(
            "Directory",
            format!("{shown} is no directory that can be read"),
            "look whether its disk is mounted and who owns it; a new node is made with `faccina init`",
        ));
    }
    if path.metadata().is_ok_and(|found| found.permissions().mode() & OTHERS_WRITE != 0) {
        told(Finding::wrong(
            "Directory",
            format!("its group or others may write in {shown}"),
            "take that right from them (`chmod go-w`), or they can put other ballot boxes in the place of these",
        ));
    }
    // A file that is gone as soon as it was made: nothing else shows what a full or read-only disk does.
    match tempfile::tempfile_in(path) {
        Ok(_) => told(Finding::well("Directory", format!("{shown} can be written"))),
        Err(error) => told(Finding::wrong(
            "Directory",
            format!("{shown} cannot be written ({})", sentence(&error)),
            "give it to the user that runs the node; if it is mounted read-only, its disk may be failing",
        )),
    }
    match intake::lost(path, &config.keys_dir) {
        Ok(lost) => told_of_boxes(&lost, told),
        Err(error) => told(Finding::wrong(
            "Ballot boxes",
            sentence(&error),
            "let the user that runs the node own them (`chown -R`), or look at the disk",
        )),
    }
    match rustix::fs::statvfs(path) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let seen = format!("{} MiB free", free >> 20);
            told(if free >= FREE_BYTES_MIN {
                Finding::well("Disk", seen)
            } else {
                Finding::wrong(
                    "Disk",
                    format!("{seen}, fewer than {} MiB", FREE_BYTES_MIN >> 20),
                    "make room before the node stops taking votes in",
                )
            });
        }
        Err(error) => told(Finding::wrong(
            "Disk",
            format!("the free space cannot be read ({error})"),
            "look at the disk with `df` and `dmesg`",
        )),
    }
}

/// A node with one of these does not start.
fn told_of_boxes(lost: &[Month], told: &mut dyn FnMut(Finding)) {
    for month in lost {
        told(Finding::wrong(
            "Ballot boxes",
            format!("that of {month} is gone, or its key is"),
            "restore the node from a backup; if there is none, `faccina keys replace` gives the box up",
        ));
    }
}
