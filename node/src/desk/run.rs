//! Starting and stopping: the directory, the pairing, the page.

use super::{
    line::Line,
    page::{self, Desk},
    pairing::Pairing,
    settings::Settings,
};
use crate::{
    kiosk::{
        enrolment::EnrolmentError,
        local::{self, Address, LocalError},
        run::told_to_stop,
    },
    link::NodeAddress,
    setup::{self, Device, Place, Trouble, Typed},
};
use serde_json::Value;
use std::{
    fs::DirBuilder,
    io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::{Notify, oneshot};

/// Why the page is not served, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
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
    /// The page's server broke off.
    #[error("the page is no longer served")]
    Page(#[source] io::Error),
    /// See its own message.
    #[error(transparent)]
    Pairing(#[from] EnrolmentError),
    /// Signals cannot be heard: the system refuses.
    #[error(transparent)]
    Signals(#[from] crate::kiosk::run::RunError),
    /// See its own message.
    #[error(transparent)]
    Local(#[from] LocalError),
}

/// Why serving ended.
enum Ended {
    Told,
    /// The pairing is forgotten: another code is needed.
    Unpaired,
}

/// Serves the page until told to stop; `started` is called with its address. A PC that is not paired and has no code is paired
/// by a page at the same address, with which `setting_up` is called.
pub async fn serve(
    settings: Settings,
    mut code: Option<String>,
    ends_with_input: bool,
    setting_up: impl Fn(SocketAddr),
    started: impl Fn(SocketAddr, &NodeAddress),
) -> Result<(), RunError> {
    let unusable = |source| RunError::Directory { path: settings.dir.clone(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(&settings.dir).map_err(unusable)?;
    let refused = |source| RunError::Listen { address: settings.listen, source };
    let place = Place::bind(settings.listen).await.map_err(refused)?;
    let _address = Address::leave(&settings.dir, place.address()).map_err(unusable)?;
    let mut told = std::pin::pin!(told_to_stop(ends_with_input));
    loop {
        let pairing = tokio::select! {
            pairing = paired(&settings, code.take(), &place, &setting_up) => pairing?,
            told = &mut told => return Ok(told?),
        };
        let line = Line::new(pairing, settings.node.clone());
        started(place.address(), line.node());
        let desk = Arc::new(Desk { line, dir: settings.dir.clone(), unpaired: Notify::new() });
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = place.again().map_err(RunError::Page)?;
        let serving = tokio::spawn(page::serve(Arc::clone(&desk), listener, async {
            // Dropping the other end stops the page as well.
            let _ = stopped.await;
        }));
        let ended = tokio::select! {
            told = &mut told => told.map(|()| Ended::Told)?,
            () = desk.unpaired.notified() => Ended::Unpaired,
        };
        drop(stop);
        setup::let_go(serving).await.map_err(RunError::Page)?;
        if let Ended::Told = ended {
            return Ok(());
        }
    }
}

/// The pairing of this PC, made where there is none: with the code, else by the page.
async fn paired(
    settings: &Settings,
    code: Option<String>,
    place: &Place,
    setting_up: &impl Fn(SocketAddr),
) -> Result<Pairing, RunError> {
    if let Some(pairing) = Pairing::load(&settings.dir)? {
        if code.is_some() {
            tracing::info!("already paired: the code was not used");
        }
        return Ok(pairing);
    }
    if let Some(code) = code {
        let node = settings.node.as_ref().ok_or(EnrolmentError::NoCode)?;
        return Ok(Pairing::pair(&settings.dir, &code, node).await?);
    }
    setting_up(place.address());
    let dir = &settings.dir;
    let pair = |typed: Typed| async move {
        Pairing::pair(dir, &typed.code, &typed.node).await.map_err(|error| Trouble::from(&error))
    };
    let listener = place.again().map_err(RunError::Page)?;
    setup::guide(listener, Device::Desk, pair).await.map_err(RunError::Page)
}

/// Presses "Servizio concluso" through the running page; what it answers.
pub async fn conclude(dir: &Path, service: &str, act: Option<&str>) -> Result<Value, RunError> {
    let act = act.map(|act| format!("&act={act}")).unwrap_or_default();
    Ok(local::post(dir, &format!("/api/conclude?service={service}{act}"), "application/json", Vec::new())
        .await?)
}
