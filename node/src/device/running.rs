//! What can go wrong with the page of any device, and when a device stops.

use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

const LOCK_FILE: &str = "lock";

/// Why the page of a device is not served, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Correct owner or permissions.
    #[error("cannot use the directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Stop the other program, or choose another address with `--listen`.
    #[error("cannot serve the page at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Stop the other program, or choose another directory with `--dir`.
    #[error("another program runs on {}: stop it, or choose another directory with --dir", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The page's server broke off.
    #[error("the page is no longer served")]
    Broken(#[source] io::Error),
    /// Signals cannot be heard: the system refuses.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
}

/// Makes the directory of a device, for its own user alone, where it is not there.
pub fn make_dir(path: &Path) -> Result<(), PageError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| PageError::Directory { path: path.to_owned(), source })
}

/// Holds the directory against other programs for as long as the file lives; the system lets go of it however the program
/// ends.
pub fn hold_dir(path: &Path) -> Result<File, PageError> {
    let unusable = |source| PageError::Directory { path: path.to_owned(), source };
    let file = File::create(path.join(LOCK_FILE)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PageError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// Waits for SIGTERM or SIGINT; in the demo also for the end of standard input, whose other end the demo holds, so that no
/// device survives it.
pub async fn told_to_stop(ends_with_input: bool) -> Result<(), PageError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(PageError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(PageError::Signals)?;
    let orphaned = async { if ends_with_input { input_ended().await } else { std::future::pending().await } };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = orphaned => {}
    }
    Ok(())
}

/// Reads on a thread of its own, which the end of the process does not wait for.
async fn input_ended() {
    let (end, ended) = oneshot::channel();
    std::thread::spawn(move || {
        // An input that cannot be read has ended as well.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = end.send(());
    });
    let _ = ended.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_held_by_one_program_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let held = hold_dir(dir.path()).unwrap();
        assert!(matches!(hold_dir(dir.path()), Err(PageError::InUse { .. })));
        drop(held);
        hold_dir(dir.path()).unwrap();
    }
}
