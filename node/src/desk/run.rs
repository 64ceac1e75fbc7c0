//! Starting and stopping: the directory, the pairing, the page.

use super::{
    line::Line,
    page::{self, Desk},
    pairing,
    settings::Settings,
};
use crate::{
    device::{
        local::{self, Address, LocalError},
        pairing::{Pairing, PairingError},
        running::{PageError, hold_dir, make_dir, told_to_stop},
    },
    link::NodeAddress,
    setup::{self, Device, Place, Trouble, Typed},
};
use serde_json::Value;
use std::{io, net::SocketAddr, path::Path, sync::Arc};
use tokio::sync::oneshot;

/// Why the page is not served, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// See its own message.
    #[error(transparent)]
    Page(#[from] PageError),
    /// See its own message.
    #[error(transparent)]
    Pairing(#[from] PairingError),
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
    make_dir(&settings.dir)?;
    let _held = hold_dir(&settings.dir)?;
    let refused = |source| PageError::Listen { address: settings.listen, source };
    let place = Place::bind(settings.listen).await.map_err(refused)?;
    let _address = Address::leave(&settings.dir, place.address())?;
    let mut told = std::pin::pin!(told_to_stop(ends_with_input));
    loop {
        let pairing = tokio::select! {
            pairing = paired(&settings, code.take(), &place, &setting_up) => pairing?,
            told = &mut told => return Ok(told?),
        };
        let line = Line::new(pairing, settings.node.clone());
        started(place.address(), line.node());
        let desk = Arc::new(Desk::new(line, settings.dir.clone()));
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = place.again().map_err(PageError::Broken)?;
        let serving = tokio::spawn(page::serve(Arc::clone(&desk), listener, async {
            // Dropping the other end stops the page as well.
            let _ = stopped.await;
        }));
        let ended = tokio::select! {
            told = &mut told => told.map(|()| Ended::Told)?,
            () = desk.unpaired.notified() => Ended::Unpaired,
        };
        drop(stop);
        serving.await.map_err(io::Error::other).flatten().map_err(PageError::Broken)?;
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
    if let Some(pairing) = pairing::load(&settings.dir)? {
        if code.is_some() {
            tracing::info!("already paired: the code was not used");
        }
        return Ok(pairing);
    }
    if let Some(code) = code {
        let node = settings.node.as_ref().ok_or(PairingError::NoNode)?;
        return Ok(pairing::pair(&settings.dir, &code, node).await?);
    }
    setting_up(place.address());
    let dir = &settings.dir;
    let pair = |typed: Typed| async move {
        pairing::pair(dir, &typed.code, &typed.node).await.map_err(|error| Trouble::from(&error))
    };
    let listener = place.again().map_err(PageError::Broken)?;
    Ok(setup::guide(listener, Device::Desk, pair).await.map_err(PageError::Broken)?)
}

/// Presses "Servizio concluso" through the running page; what it answers.
pub async fn conclude(dir: &Path, service: &str, act: Option<&str>) -> Result<Value, LocalError> {
    let act = act.map(|act| format!("&act={act}")).unwrap_or_default();
    local::post(dir, &format!("/api/conclude?service={service}{act}"), "application/json", Vec::new()).await
}
