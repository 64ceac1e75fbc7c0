//! A disk whose power can be cut: an ext4 file system in a file behind a loop device.
//!
//! What programs wrote and did not sync lies in the memory of the system; the file holds only what reached the device. A
//! copy of it is the disk as the cut leaves it. Writes that the device took and was not told to flush survive here, which
//! is kinder than some disks are.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Size of the file system: fits a hundred cuts of a node; unwritten parts take no room.
const IMAGE_BYTES: u64 = 192 << 20;
/// A copy that the system went on writing under is made again, at most so often.
const COPIES_MAX: u32 = 20;
/// How often a file system that is still busy is asked to let go.
const UNMOUNTS_MAX: u32 = 50;
const COMPARED_BYTES: usize = 1 << 20;

/// Why there is no disk to cut.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    #[error("the power cuts need root, to mount file systems on loop devices")]
    NotRoot,
    #[error("the power cuts need {0}, which is not installed")]
    NoProgram(&'static str),
    #[error("the power cuts need loop devices; mount says: {0}")]
    NoLoop(String),
    #[error("{program} says: {words}")]
    Refused { program: &'static str, words: String },
    #[error("the image never stood still long enough to be copied")]
    Restless,
    #[error("cannot use {}", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// A mounted image.
#[derive(Debug)]
pub(crate) struct Disk {
    image: PathBuf,
    root: PathBuf,
    mounted: bool,
}

fn run(program: &'static str, command: &mut Command) -> Result<(), DiskError> {
    let output = command.stdin(Stdio::null()).output().map_err(|_| DiskError::NoProgram(program))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(DiskError::Refused { program, words })
}

/// Says what is missing before anything is made.
pub(crate) fn expect_means() -> Result<(), DiskError> {
    let user = Command::new("id").arg("-u").output().map_err(|_| DiskError::NoProgram("id"))?;
    if user.stdout.trim_ascii() != b"0" {
        return Err(DiskError::NotRoot);
    }
    run("mkfs.ext4", Command::new("mkfs.ext4").arg("-V"))?;
    run("mount", Command::new("mount").arg("-V"))
}

/// Makes an image with an empty file system.
pub(crate) fn format(image: &Path) -> Result<(), DiskError> {
    let file = |source| DiskError::File { path: image.to_owned(), source };
    File::create(image).and_then(|made| made.set_len(IMAGE_BYTES)).map_err(file)?;
    run("mkfs.ext4", Command::new("mkfs.ext4").args(["-q", "-F"]).arg(image))
}

/// Copies an image of which nothing is written meanwhile, holes as holes.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), DiskError> {
    run("cp", Command::new("cp").arg("--sparse=always").arg(from).arg(to))
}

impl Disk {
    /// Mounts an image on a directory.
    pub(crate) fn mount(image: PathBuf, root: &Path) -> Result<Self, DiskError> {
        fs::create_dir_all(root).map_err(|source| DiskError::File { path: root.to_owned(), source })?;
        let mounted = run("mount", Command::new("mount").args(["-o", "loop"]).arg(&image).arg(root));
        match mounted {
            Ok(()) => Ok(Self { image, root: root.to_owned(), mounted: true }),
            Err(DiskError::Refused { words, .. }) => Err(DiskError::NoLoop(words)),
            Err(other) => Err(other),
        }
    }

    /// Where its files are.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The disk as a cut at this moment leaves it. Whoever writes on it must stand still; what the system itself still
    /// carries to the device is noticed by looking twice.
    pub(crate) fn as_cut(&self, to: &Path) -> Result<(), DiskError> {
        for _ in 0..COPIES_MAX {
            copy(&self.image, to)?;
            if same(&self.image, to).map_err(|source| DiskError::File { path: to.to_owned(), source })? {
                return Ok(());
            }
        }
        Err(DiskError::Restless)
    }

    /// Unmounts it, and forgets the image.
    pub(crate) fn discard(mut self) -> Result<(), DiskError> {
        self.unmount()?;
        fs::remove_file(&self.image).map_err(|source| DiskError::File { path: self.image.clone(), source })
    }

    /// Unmounts it with everything written.
    pub(crate) fn unmount(&mut self) -> Result<(), DiskError> {
        let unmount = |how: &[&str]| run("umount", Command::new("umount").args(how).arg(&self.root));
        // A process that was killed lets go of its files a moment later.
        let free = (0..UNMOUNTS_MAX).find_map(|_| unmount(&[]).ok());
        free.map_or_else(|| unmount(&["--lazy"]), Ok)?;
        self.mounted = false;
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            let _ = self.unmount();
        }
    }
}

fn same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        let bound = u64::try_from(COMPARED_BYTES).unwrap_or(u64::MAX);
        (&mut one).take(bound).read_to_end(&mut left)?;
        (&mut other).take(bound).read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}
