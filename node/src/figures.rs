//! The metrics and the health of a node. Nothing here changes with a single ballot: the number received today rises in
//! batches, as on the live screen.

use crate::{
    admin::AdminService,
    serve::{Figures, Metric},
};
use std::sync::Arc;

/// What the HTTP door asks.
pub(crate) fn of(admin: AdminService) -> Figures {
    let asked = admin.clone();
    Figures {
        metrics: Arc::new(move || metrics(&admin)),
        troubles: Arc::new(move || asked.stopped().into_iter().chain(asked.intake_trouble()).collect()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a float; counts stay far below 2^53")]
fn metrics(admin: &AdminService) -> Vec<Metric> {
    let status = admin.status_now();
    let network = admin.federation.network();
    let mut metrics: Vec<Metric> = vec![
        ("faccina_peers", "Peers connected now.", "gauge", f64::from(status.connected)),
        ("faccina_members", "Members ever admitted.", "gauge", f64::from(status.members)),
        ("faccina_entries", "Entries held of all feeds.", "gauge", status.entries as f64),
        ("faccina_own_head", "Sequence of the last own entry.", "gauge", status.own_head as f64),
        (
            "faccina_admitted",
            "1 once DFP has admitted this node.",
            "gauge",
            f64::from(u8::from(status.admitted)),
        ),
        ("faccina_warnings", "Warnings that somebody should look at.", "gauge", status.warnings.len() as f64),
    ];
    let stopped = u8::from(admin.stopped().is_some());
    metrics.push((
        "faccina_publishing_stopped",
        "1 while this node must not publish.",
        "gauge",
        stopped.into(),
    ));
    if let Some(days) = key_days_left(admin) {
        let help = "Days until the transport key expires; negative once it has.";
        metrics.push(("faccina_key_days_left", help, "gauge", days as f64));
    }
    let read = admin.federation.read_bytes();
    for (name, help, bytes) in [
        ("faccina_read_members_bytes", "Bytes read from members since the start.", read.members),
        ("faccina_read_strangers_bytes", "Bytes read from peers that are no members.", read.strangers),
        (
            "faccina_read_greediest_member_bytes",
            "Of the one member from which most was read.",
            read.greediest_member,
        ),
    ] {
        metrics.push((name, help, "counter", bytes as f64));
    }
    if let Some(offset_s) = network.median_clock_offset_s() {
        let help = "Median of the peers' clocks minus this node's, in seconds.";
        metrics.push(("faccina_clock_offset_seconds", help, "gauge", offset_s as f64));
    }
    if admin.intake.is_some() {
        let help = "Votes received today, in batches of 5.";
        metrics.push(("faccina_received_today", help, "gauge", status.received_today as f64));
        metrics.push((
            "faccina_open_month",
            "Oldest open month, yyyymm.",
            "gauge",
            f64::from(status.open_month),
        ));
    }
    metrics
}

/// `None` before the admission.
fn key_days_left(admin: &AdminService) -> Option<i64> {
    let snapshot = admin.federation.snapshot();
    let member = snapshot.replica.roster().author(admin.federation.own())?;
    member.lasting_key().map(|key| key.days_left(admin.clock.today()))
}
