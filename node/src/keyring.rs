//! The keys of this node beside those of the roster: a new key takes the place of the present one by itself once the roster
//! has it, and whoever asks hears what is still missing.
//!
//! - The feed key changes while the node runs, at the first entry that the roster lets the new one sign. Until then the
//!   present one signs.
//! - The transport key takes its place among the files at once and is used from the next start on: connections that stand
//!   are not broken for it, and peers accept the former one for half a year beyond its end.
//! - A node whose keys the roster does not know starts all the same. It is a stranger to the others, gets the root feed
//!   from them, and goes on by itself once that names its keys.

use crate::{
    clock::Clock,
    federation::{Federation, FederationStopped, Snapshot},
    keys::{KeyFileError, NextKeys, NodeKeys, WhichKey},
    telling::sentence,
    twinning::Twinnings,
};
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::CivilDay,
    envelope::KeyId,
    names::Author,
    replica::Feed,
    roster::{Member, Roster},
    sync::TRANSPORT_GRACE_DAYS,
};
use std::{fmt, path::Path, sync::Arc, time::Duration};
use tokio::sync::watch;

/// How often it is looked whether a new day has begun.
const DAY_LOOK: Duration = Duration::from_secs(600);

/// Something about the keys that somebody should know or do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyMatter {
    /// The roster names other feed keys, or another has followed this one.
    FeedUnknown,
    /// Another feed key follows this one and is not on this machine, as after a restore.
    FeedFollowed,
    /// DFP has revoked the feed key.
    FeedRevoked,
    /// The feed key that the roster names was put aside under its id.
    FeedAside(KeyId),
    /// The roster names other transport keys.
    TransportUnknown,
    /// A new feed key waits for the roster.
    FeedWaits,
    /// A new transport key waits for the roster.
    TransportWaits,
    /// The new transport key is used from the next start on.
    Restart,
    /// 70 % of the transport key's life is used up.
    Ageing(CivilDay),
    /// The transport key has expired.
    Expired(CivilDay),
}

impl fmt::Display for KeyMatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FeedUnknown => f.write_str(
                "the roster has other feed keys for this ente: it waits until DFP has admitted this one; if nobody was \
                 asked yet, bring back the keys from their backup, or run `faccina keys replace`",
            ),
            Self::FeedFollowed => f.write_str(
                "the roster has a newer feed key, which this machine has not; the present one signs a few entries more: bring \
                 the newer one back from its backup, or run `faccina keys replace`",
            ),
            Self::FeedRevoked => f.write_str(
                "DFP has revoked the feed key of this node: nothing that it publishes from now on counts; if DFP has not called, \
                 call DFP, then run `faccina keys replace`",
            ),
            Self::FeedAside(id) => write!(
                f,
                "the roster has other feed keys for this ente: it waits until DFP has admitted this one; if no request was sent, \
                 and the former keys were neither lost nor stolen, stop the node, put feed.key and transport.key in another place \
                 and give {} and the transport key put aside with it their names back",
                WhichKey::Feed.former(*id)
            ),
            Self::TransportUnknown => f.write_str(
                "the roster does not have the transport key of this node yet: other nodes give it the root feed only",
            ),
            Self::FeedWaits => f.write_str("the new feed key waits for DFP; until then the present one signs"),
            Self::TransportWaits => {
                f.write_str("the new transport key waits for DFP; until then the present one is used")
            }
            Self::Restart => f.write_str("the roster has the new transport key: restart the node to use it"),
            Self::Ageing(day) => write!(
                f,
                "the transport key ends on {day}: run `faccina keys renew` and send what it writes to DFP by PEC"
            ),
            Self::Expired(day) => write!(
                f,
                "the transport key ended on {day}: run `faccina keys renew` and send what it writes to DFP by PEC; \
                 from {} on other nodes turn this one away",
                day.plus_days(TRANSPORT_GRACE_DAYS + 1)
            ),
        }
    }
}

/// Why the feed key in use signs nothing.
fn unusable(files: &NextKeys, roster: &Roster, member: &Member, in_use: &KeyId, held: u64) -> KeyMatter {
    let mut usable = member.feed_keys.iter().filter(|key| roster.goes_on(member, &key.id, held));
    match usable.find(|key| files.has_former(WhichKey::Feed, key.id)) {
        Some(key) => KeyMatter::FeedAside(key.id),
        None if roster.is_revoked(&member.code.clone().into(), in_use) => KeyMatter::FeedRevoked,
        None => KeyMatter::FeedUnknown,
    }
}

/// Which keys the running node uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InUse {
    feed: KeyId,
    transport: [u8; 32],
}

/// The keyring; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    files: NextKeys,
    federation: Federation,
    twinnings: Option<Twinnings>,
    in_use: Arc<watch::Sender<InUse>>,
}

impl Keyring {
    /// The keyring of a node that starts with `keys`, read from `dir`.
    pub(crate) fn new(dir: &Path, keys: &NodeKeys, federation: Federation) -> Self {
        let in_use = InUse {
            feed: KeyId::of(&keys.feed.verifying_key()),
            transport: keys.transport.verifying_key().to_bytes(),
        };
        let in_use = Arc::new(watch::Sender::new(in_use));
        Self { files: NextKeys::new(dir), federation, twinnings: None, in_use }
    }

    /// With the twinnings, whose messages the feed key signs.
    #[must_use]
    pub(crate) fn with_twinnings(self, twinnings: Twinnings) -> Self {
        Self { twinnings: Some(twinnings), ..self }
    }

    /// What there is to know or to do on `today`; nothing before the admission.
    pub(crate) fn matters(&self, roster: &Roster, today: CivilDay) -> Vec<KeyMatter> {
        let member = self.federation.own().member().and_then(|code| roster.member(code));
        let Some(member) = member else { return Vec::new() };
        let in_use = *self.in_use.borrow();
        let held = self.federation.snapshot().replica.feed(self.federation.own()).map_or(0, Feed::held);
        let has_feed = |id: &KeyId| roster.goes_on(member, id, held);
        let has_transport = |key: &[u8; 32]| member.transport_keys.iter().any(|known| known.key == *key);
        // A file that cannot be read is told when it is needed, and waits for nobody meanwhile.
        let next = |which| self.files.next(which).ok().flatten().map(|key| key.verifying_key());
        let on_disk = self.files.present(WhichKey::Transport).ok().map(|key| key.verifying_key().to_bytes());
        let restart = on_disk.is_some_and(|key| key != in_use.transport && has_transport(&key));
        let waits = next(WhichKey::Transport).is_some_and(|key| !has_transport(&key.to_bytes()));
        let newest = member.feed_keys.iter().rev().find(|key| key.last_sequence.is_none());
        let follows =
            |id: KeyId| id != in_use.feed && next(WhichKey::Feed).is_none_or(|key| KeyId::of(&key) != id);
        let followed = has_feed(&in_use.feed) && newest.is_some_and(|key| follows(key.id));
        let told = [
            followed.then_some(KeyMatter::FeedFollowed),
            (!has_feed(&in_use.feed)).then(|| unusable(&self.files, roster, member, &in_use.feed, held)),
            (!has_transport(&in_use.transport) && !restart).then_some(KeyMatter::TransportUnknown),
            next(WhichKey::Feed)
                .is_some_and(|key| !has_feed(&KeyId::of(&key)))
                .then_some(KeyMatter::FeedWaits),
            waits.then_some(KeyMatter::TransportWaits),
            restart.then_some(KeyMatter::Restart),
        ];
        told.into_iter().flatten().chain(life(member, today)).collect()
    }

    /// Follows the roster and lets new keys take their places.
    pub(crate) async fn tend(self) {
        let mut feeds = self.federation.subscribe();
        let (mut root_at, mut handed) = (0, None);
        loop {
            let snapshot = Arc::clone(&feeds.borrow_and_update());
            let counted = snapshot.replica.root().counted();
            if counted != root_at {
                root_at = counted;
                match self.look(&snapshot).await {
                    Ok(key) => handed = key.or(handed),
                    Err(FederationStopped::Stopped) => return,
                }
            }
            if let Some(key) = &handed
                && self.may_sign(&snapshot, key)
            {
                self.use_feed_key(key).await;
                handed = None;
            }
            if feeds.changed().await.is_err() {
                return;
            }
        }
    }

    /// Hands the new feed key over if the roster has it, and puts the new transport key in its place.
    async fn look(&self, snapshot: &Arc<Snapshot>) -> Result<Option<SigningKey>, FederationStopped> {
        let (files, federation, snapshot) =
            (self.files.clone(), self.federation.clone(), Arc::clone(snapshot));
        let looked = tokio::task::spawn_blocking(move || {
            let roster = snapshot.replica.roster();
            let member = federation.own().member().and_then(|code| roster.member(code));
            member.map_or(Ok((None, false)), |member| look(&files, roster, member))
        });
        let (feed, renewed) = match looked.await.map_err(|_| FederationStopped::Stopped)? {
            Ok(looked) => looked,
            Err(error) => {
                tracing::error!(error = %sentence(&error), "a new key cannot be used");
                return Ok(None);
            }
        };
        if renewed {
            tracing::warn!("the roster has the new transport key: restart the node to use it");
        }
        if let Some(key) = &feed {
            self.federation.take_feed_key(key.clone()).await?;
        }
        Ok(feed)
    }

    fn may_sign(&self, snapshot: &Snapshot, key: &SigningKey) -> bool {
        let own: &Author = self.federation.own();
        let next = snapshot.replica.feed(own).map_or(1, |feed| feed.held() + 1);
        snapshot.replica.roster().permits(own, next, &KeyId::of(&key.verifying_key()))
    }

    /// From now on the new feed key is the node's.
    async fn use_feed_key(&self, key: &SigningKey) {
        let files = self.files.clone();
        let promoted = tokio::task::spawn_blocking(move || files.promote(WhichKey::Feed)).await;
        if let Ok(Err(error)) = promoted {
            // It signs all the same, and takes its place among the files at the next start.
            tracing::error!(error = %sentence(&error), "the new feed key cannot take the place of the former one");
        }
        if let Some(twinnings) = &self.twinnings {
            twinnings.use_key(key);
        }
        self.in_use.send_modify(|in_use| in_use.feed = KeyId::of(&key.verifying_key()));
        tracing::info!("the new feed key signs from now on");
    }

    /// Says once a day in the log what is to be done about the keys.
    pub(crate) async fn tell_daily(self, clock: Clock) {
        let mut looks = tokio::time::interval(DAY_LOOK);
        let mut told = None;
        loop {
            looks.tick().await;
            let today = clock.today();
            if told == Some(today) {
                continue;
            }
            told = Some(today);
            let keyring = self.clone();
            let snapshot = self.federation.snapshot();
            let matters =
                tokio::task::spawn_blocking(move || keyring.matters(snapshot.replica.roster(), today)).await;
            for matter in matters.unwrap_or_default() {
                tracing::warn!(%matter, "keys of this node");
            }
        }
    }
}

/// The new feed key, if the roster has it; and whether a new transport key has taken its place.
fn look(
    files: &NextKeys,
    roster: &Roster,
    member: &Member,
) -> Result<(Option<SigningKey>, bool), KeyFileError> {
    let feed = files.next(WhichKey::Feed)?;
    let feed = feed.filter(|key| roster.hello_key(member, &KeyId::of(&key.verifying_key())).is_some());
    let transport = files.next(WhichKey::Transport)?.map(|key| key.verifying_key().to_bytes());
    let renewed = transport.is_some_and(|key| member.transport_keys.iter().any(|known| known.key == key));
    if renewed {
        files.promote(WhichKey::Transport)?;
    }
    Ok((feed, renewed))
}

/// How old the transport key is.
pub(crate) fn life(member: &Member, today: CivilDay) -> Option<KeyMatter> {
    let key = member.lasting_key().filter(|key| key.is_ageing(today))?;
    let expired = key.days_left(today) < 0;
    Some(if expired { KeyMatter::Expired(key.valid_to) } else { KeyMatter::Ageing(key.valid_to) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::founding::{Applicant, KeysWanted, Request, RootFeed, found};
    use faccina_proto::{
        calendar::Month,
        wire::feed::v1::{Role, entry::Body},
    };

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn id(seed: u8) -> KeyId {
        KeyId::of(&key(seed).verifying_key())
    }

    fn day() -> CivilDay {
        CivilDay::from_yyyymmdd(20_260_301).unwrap()
    }

    /// A root feed in which key 3 was replaced by key 4 before it signed anything.
    fn replaced() -> RootFeed {
        let month = Month::from_yyyymm(202_601).unwrap();
        let founding = found("Prova", &key(1), &key(2).verifying_key(), month, day());
        let (federation, code) = (founding.file.id(), "c_zz01".parse().unwrap());
        let mut feed = RootFeed::begin(&founding.file, &founding.genesis).unwrap();
        let applicant = Applicant { name: "Comune di Prova".to_owned(), ..Applicant::default() };
        let transport = key(13).verifying_key();
        let request = Request::seal(&applicant, &code, &federation, &key(3), &transport, day());
        feed.sign(&key(1), day(), request.admitted(Role::Ente, month, "1")).unwrap();
        let wanted = KeysWanted { feed: &key(4), present: None, transport: Some(&transport) };
        let request = Request::seal_keys(&code, &federation, wanted, day());
        let (revocations, record) =
            feed.present(&code, |present| present.replaced(&request, None, "furto", day())).unwrap();
        for revocation in revocations {
            feed.sign(&key(1), day(), Body::Revocation(revocation)).unwrap();
        }
        feed.sign(&key(1), day(), Body::Member(record)).unwrap();
        feed
    }

    #[test]
    fn a_feed_key_that_signs_nothing_is_told_why() {
        let (feed, dir) = (replaced(), tempfile::tempdir().unwrap());
        let (roster, files) = (feed.roster(), NextKeys::new(dir.path()));
        let member = roster.member(&"c_zz01".parse().unwrap()).unwrap();
        let why = |in_use| unusable(&files, roster, member, &in_use, 0);
        assert_eq!((why(id(3)), why(id(9))), (KeyMatter::FeedRevoked, KeyMatter::FeedUnknown));
        std::fs::write(dir.path().join(WhichKey::Feed.former(id(4))), "").unwrap();
        assert_eq!(why(id(9)), KeyMatter::FeedAside(id(4)));
        let words = KeyMatter::FeedAside(id(4)).to_string();
        assert!(
            words.contains("it waits until DFP") && words.contains(&format!("feed-{}.former", id(4))),
            "{words}"
        );
    }
}
