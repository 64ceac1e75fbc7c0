//! Correcting a published month: the whole month is withdrawn and replaced, at most once.
//!
//! What can honestly be corrected is what the box still tells: votes are known by service, channel and branch, never by
//! terminal or day. Votes cast in error (a trial on a terminal, a counter that was closed) are taken out for a whole place;
//! those of a terminal that stood at the wrong service move to the right one; users served are entered anew. The ballots
//! stay in the box and under its root.
//!
//! Before it is published a correction passes the same closed list as at every receiver: each group differs by 0 or by at
//! least the threshold, and what the month handed on is unchanged. It is kept sealed in the box before it is published, and
//! follows with the same bytes if the node stops between.

use std::collections::{BTreeMap, BTreeSet};

use faccina_proto::calendar::Month;
use faccina_proto::catalogue::{Catalogue, Catalogues};
use faccina_proto::checks::{Judge, Judgement, Refusal};
use faccina_proto::close::{Books, Closing, Observed, close};
use faccina_proto::feed::Body;
use faccina_proto::names::Code;
use faccina_proto::summary::{Content, Edition, Figures, Integrity, Summary};
use faccina_proto::tally::{Cell, GroupKey, Tally};
use faccina_proto::wire::feed::v1 as wire;

use super::own_feed::Published;
use super::{CloseError, Closed, Closer, Decision, OwnFeed, Preview, SOFTWARE_VERSION, words};

/// A part of a month's votes: of a service, or of its votes by one channel, or of those at one branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub service: Code,
    /// `None` = every channel.
    pub channel: Option<Code>,
    /// `None` = every branch.
    pub branch: Option<Code>,
}

impl Place {
    fn holds(&self, cell: &Cell) -> bool {
        let is = |asked: &Option<Code>, found: &Code| asked.as_ref().is_none_or(|asked| asked == found);
        self.service == cell.key.service
            && is(&self.channel, &cell.key.channel)
            && is(&self.branch, &cell.branch)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.service)?;
        [&self.channel, &self.branch].into_iter().flatten().try_for_each(|code| write!(f, "/{code}"))
    }
}

/// What was wrong with a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correction {
    /// Votes cast in error.
    pub withdrawn: Vec<Place>,
    /// Votes that were cast for another service than the one shown.
    pub moved: Vec<(Place, Code)>,
    /// Users served; `None` = not known.
    pub served: BTreeMap<GroupKey, Option<u64>>,
}

/// Why a month is not corrected. Nothing has been published.
#[derive(Debug, thiserror::Error)]
pub enum CorrectionError {
    /// Name what is to be corrected.
    #[error("nothing to correct is named: see `faccina correct --help`")]
    Nothing,
    /// Only a published month can be corrected.
    #[error("{month} is not published: what is wrong in an open month is corrected before it is closed")]
    NotPublished { month: Month },
    /// A month is corrected once.
    #[error("{month} was corrected already, and a month is corrected at most once")]
    Again { month: Month },
    /// The box is destroyed after its retention.
    #[error("the ballot box of {month} is gone: its month can no longer be corrected")]
    NoBox { month: Month },
    /// Name another place.
    #[error("no vote of {month} is in {place}: `faccina correct --dry-run` without it shows the services")]
    NoVotes { month: Month, place: Place },
    /// Name a service of the catalogue.
    #[error("{service} is no service of the catalogue of {month}")]
    NoService { month: Month, service: Code },
    /// Name a published group.
    #[error("{key} is no published group of {month}: users served stand with published groups only")]
    NoGroup { month: Month, key: GroupKey },
    /// Nothing that is published changes.
    #[error("the figures of {month} stay as they are: there is nothing to publish")]
    Unchanged { month: Month },
    /// Correct more at once, or leave the month as it is: small differences would tell single votes.
    #[error("the correction of {month} cannot be published: {refusal}")]
    Refused { month: Month, refusal: Refusal },
    /// What later months received from this one cannot change.
    #[error(
        "the correction would change what {month} handed to later months (votes or reasons that wait), which is not allowed"
    )]
    CarryoverChanged { month: Month },
    /// Update.
    #[error("{month} follows rules that this version does not know: install a newer version")]
    NotUnderstood { month: Month },
}

/// A correction, worked out.
struct Corrected {
    closing: Closing,
    decision: Decision,
}

impl Closer {
    /// What a correction would publish.
    pub async fn preview_correction(&self, month: Month, asked: Correction) -> Result<Preview, CloseError> {
        let _alone = self.one_at_a_time.lock().await;
        let closer = self.clone();
        let made = self.blocking(move || closer.correction(month, &asked)).await?;
        let Decision { summary, words_it, words_en, .. } = made.decision;
        Ok(Preview { month: made.closing.summary.month, words_it, words_en, summary })
    }

    /// Withdraws a published month and puts another edition in its place.
    pub async fn correct(
        &self,
        month: Month,
        asked: Correction,
        offline: bool,
    ) -> Result<Closed, CloseError> {
        let _alone = self.one_at_a_time.lock().await;
        self.expect_publishing()?;
        let closer = self.clone();
        let decision = self
            .blocking(move || {
                let made = closer.correction(month, &asked)?;
                made.decision.keep_correction(&*closer.intake.archive().of(month)?)?;
                Ok(made.decision)
            })
            .await?;
        self.publish_correction(month, decision, offline).await
    }

    /// Publishes the corrections that were kept and are not in the feed.
    pub(super) async fn finish_correction(&self, offline: bool) -> Result<(), CloseError> {
        let closer = self.clone();
        let begun = self
            .blocking(move || {
                let own = OwnFeed::read(&closer.federation);
                let archive = closer.intake.archive();
                for (month, _) in own.published.iter().filter(|(_, it)| !it.is_correction()) {
                    let Some(ballot_box) = archive.existing(*month)? else { continue };
                    if let Some(decision) = Decision::correction_of(&ballot_box)? {
                        return Ok(Some((*month, decision)));
                    }
                }
                Ok(None)
            })
            .await?;
        match begun {
            Some((month, decision)) => self.publish_correction(month, decision, offline).await.map(drop),
            None => Ok(()),
        }
    }

    async fn publish_correction(
        &self,
        month: Month,
        decision: Decision,
        offline: bool,
    ) -> Result<Closed, CloseError> {
        let Decision { summary, words_it, words_en, .. } = decision;
        self.look_again();
        let head = self.federation.append(Body::Summary(summary.clone()), offline).await;
        let head = head.map_err(|source| CloseError::Append { month, source })?;
        tracing::info!(%month, sequence = head.sequence, "corrected summary published");
        Ok(Closed { month, words_it, words_en, summary, sequence: head.sequence, id: *head.id.as_bytes() })
    }

    /// Works a correction out. Blocks for the disk.
    fn correction(&self, month: Month, asked: &Correction) -> Result<Corrected, CloseError> {
        let own = OwnFeed::read(&self.federation);
        let published = own.published.get(&month).ok_or(CorrectionError::NotPublished { month })?;
        if published.is_correction() {
            return Err(CorrectionError::Again { month }.into());
        }
        let ballot_box = self.intake.archive().existing(month)?.ok_or(CorrectionError::NoBox { month })?;
        let first = Decision::of(&ballot_box)?.ok_or(CorrectionError::NoBox { month })?;
        let summary =
            Summary::from_wire(&published.summary).map_err(|_| CorrectionError::NotUnderstood { month })?;
        let catalogue = self.office.catalogue(month).ok_or(CloseError::NoCatalogue { month })?;
        let tally = corrected(&ballot_box.tally()?, month, asked, &catalogue)?;
        let carry_in = self.carried(&own, month)?;
        let mut closing = close(&Books {
            month,
            edition: Edition::Correction,
            tally: &tally,
            carry_in: &carry_in,
            catalogue: &catalogue,
            few_operators: &self.office.few_operators(),
            observed: &Observed { served: served_of(&summary, month, asked)?, ..Observed::default() },
            ballots_root: summary.ballots_root,
            software_version: SOFTWARE_VERSION,
            restored: summary.restored,
            gap_months: &summary.gap_months,
        })?;
        if closing.carry_out != first.carry_out {
            return Err(CorrectionError::CarryoverChanged { month }.into());
        }
        keep_what_was_measured(&mut closing.summary, &summary, asked);
        let made = closing.summary.to_wire();
        if same_figures(&closing.summary, &summary) {
            return Err(CorrectionError::Unchanged { month }.into());
        }
        self.judged(&own, month, &made)?;
        let said = words::correction(&closing, &summary, &catalogue);
        let decision = Decision { summary: made, words_it: said.it, words_en: said.en, ..first };
        Ok(Corrected { closing, decision })
    }

    /// Holds a correction against the closed list, as every receiver will.
    fn judged(&self, own: &OwnFeed, month: Month, made: &wire::Summary) -> Result<(), CloseError> {
        let catalogues: &Catalogues = &self.office.catalogues();
        let first_month = own.first_month.ok_or(CloseError::NotAdmitted)?;
        let mut judge = Judge::new(first_month);
        let snapshot = self.federation.snapshot();
        for (_, entry) in snapshot.replica.entries(self.federation.own(), &snapshot.log) {
            if let Body::Summary(summary) = &entry.body {
                judge.judge(summary, entry.day, catalogues);
            }
        }
        match judge.judge(made, self.clock.today(), catalogues) {
            Judgement::Counted(_) | Judgement::Carried(_) => Ok(()),
            Judgement::Refused(refusal) => Err(CorrectionError::Refused { month, refusal }.into()),
            Judgement::NotUnderstood { .. } => Err(CorrectionError::NotUnderstood { month }.into()),
        }
    }
}

impl Published {
    fn is_correction(&self) -> bool {
        self.summary.edition == Edition::Correction.number()
    }
}

/// The tally without the votes cast in error, and with the others where they belong.
fn corrected(
    tally: &Tally,
    month: Month,
    asked: &Correction,
    catalogue: &Catalogue,
) -> Result<Tally, CorrectionError> {
    let Correction { withdrawn, moved, served } = asked;
    if withdrawn.is_empty() && moved.is_empty() && served.is_empty() {
        return Err(CorrectionError::Nothing);
    }
    let places = withdrawn.iter().chain(moved.iter().map(|(place, _)| place));
    for place in places {
        if !tally.cells().keys().any(|cell| place.holds(cell)) {
            return Err(CorrectionError::NoVotes { month, place: place.clone() });
        }
    }
    if let Some((_, service)) = moved.iter().find(|(_, to)| !catalogue.services().contains_key(to)) {
        return Err(CorrectionError::NoService { month, service: service.clone() });
    }
    let mut right = Tally::default();
    for (cell, counts) in tally.cells() {
        if withdrawn.iter().any(|place| place.holds(cell)) {
            continue;
        }
        let mut cell = cell.clone();
        if let Some((_, to)) = moved.iter().find(|(place, _)| place.holds(&cell)) {
            cell.key.service = to.clone();
        }
        right.add_counts(cell, *counts);
    }
    Ok(right)
}

/// Users served as published, with what is entered anew.
fn served_of(
    first: &Summary,
    month: Month,
    asked: &Correction,
) -> Result<BTreeMap<GroupKey, u64>, CorrectionError> {
    let groups = first.figures().map_or([].as_slice(), |figures| &figures.groups);
    let named = groups.iter().filter(|group| !group.key.service.is_altri());
    let mut served: BTreeMap<GroupKey, u64> =
        named.clone().filter_map(|group| Some((group.key.clone(), group.served?))).collect();
    for (key, number) in &asked.served {
        if !named.clone().any(|group| group.key == *key) {
            return Err(CorrectionError::NoGroup { month, key: key.clone() });
        }
        match number {
            Some(number) => served.insert(key.clone(), *number),
            None => served.remove(key),
        };
    }
    Ok(served)
}

/// What was measured beside the votes is not measured again: it stays, or is unknown where the votes have changed.
fn keep_what_was_measured(corrected: &mut Summary, first: &Summary, asked: &Correction) {
    let (Content::Figures(corrected), Some(first)) = (&mut corrected.content, first.figures()) else {
        return;
    };
    corrected.listened_tenths = first.listened_tenths;
    corrected.integrity = if asked.withdrawn.is_empty() {
        Integrity { over_served: None, ..first.integrity }
    } else {
        Integrity::default()
    };
    for group in corrected.groups.iter_mut().filter(|group| group.key.service.is_altri()) {
        let before = first.group(&group.key).filter(|before| before.votes == group.votes);
        group.served = before.and_then(|before| before.served);
    }
}

fn same_figures(corrected: &Summary, first: &Summary) -> bool {
    let published = |summary: &Summary| -> Option<(Vec<_>, Option<_>)> {
        let Figures { groups, pool, .. } = summary.figures()?;
        Some((groups.clone(), pool.clone()))
    };
    published(corrected) == published(first)
}

/// The groups of either edition, ascending.
pub(super) fn keys_of<'a>(corrected: &'a Summary, first: &'a Summary) -> BTreeSet<&'a GroupKey> {
    let both = [corrected, first].into_iter().filter_map(Summary::figures);
    both.flat_map(|figures| figures.groups.iter().map(|group| &group.key)).collect()
}
