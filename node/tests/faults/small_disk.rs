//! A file system of a few megabytes that can be filled and emptied: a tmpfs in a mount namespace of its own, which a
//! process holds and others reach through `/proc`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::Process;

const MEBIBYTE: usize = 1 << 20;

pub(super) struct SmallDisk {
    _holder: Process,
    root: PathBuf,
    _mounted_on: tempfile::TempDir,
}

impl SmallDisk {
    /// An empty one of this size, or one line that says what is missing.
    pub(super) fn new(mebibytes: usize) -> Self {
        let place = tempfile::tempdir().unwrap();
        let script =
            format!("mount -t tmpfs -o size={mebibytes}m small \"$1\" && echo mounted && exec sleep 3600");
        let mut command = Command::new("unshare");
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["--mount", "sh", "-c", &script, "sh"]).arg(place.path());
        let started = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        let mut holder = Process(started.expect("`unshare` of util-linux is installed"));
        let mut line = String::new();
        BufReader::new(holder.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(
            line, "mounted\n",
            "this test needs root, or user namespaces, to mount a small file system"
        );
        let within = place.path().strip_prefix("/").unwrap();
        let root = Path::new("/proc").join(holder.0.id().to_string()).join("root").join(within);
        Self { _holder: holder, root, _mounted_on: place }
    }

    pub(super) fn path(&self) -> &Path {
        &self.root
    }

    /// Fills it until only so many bytes are free.
    pub(super) fn fill(&self, free_bytes: usize) {
        let mut ballast = fs::File::create(self.ballast()).unwrap();
        while ballast.write_all(&[0; MEBIBYTE / 16]).is_ok() {}
        let length = ballast.metadata().unwrap().len();
        ballast.set_len(length.saturating_sub(u64::try_from(free_bytes).unwrap())).unwrap();
    }

    pub(super) fn empty(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.root.join("ballast")
    }
}
