//! The loop around the sync machine: network events, commands of the node and the second go in, outputs are carried out
//! in order. A `Persist` is durable before anything after it is done; when the disk refuses, the loop ends, for what
//! the machine believes is then no longer what the store holds.
//!
//! Deliveries of the exchange pass by the machine: they are no entries, and it never hears of them.

use super::{
    Appended, Command, Imported, NetworkState, Snapshot,
    address::TransportKey,
    courier::{DeliverError, Delivered},
    inbox::{Inbox, Offered},
    log::FeedLog,
    swarm::{Event as NetworkEvent, Network, Verdict},
};
use crate::{
    clock::{Clock, instant},
    store::StoreError,
};
use bytes::Bytes;
use faccina_proto::{
    envelope::{Envelope, FederationId},
    feed::{Body, Signed},
    names::{Author, IpaCode},
    replica::Log,
    sync::{Event, Input, Machine, Now, Output, Peer, RequestId},
    wire::{
        sync::v1::{Announcement, MemberHead},
        twinning::v1::{Delivery, Taken},
    },
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::MissedTickBehavior,
};
use tokio_util::sync::CancellationToken;

/// The machine's timers and the dial book are looked at this often.
const TICK: Duration = Duration::from_secs(1);
/// Announcements of one peer heard in a minute; a correct node makes a few at its close.
const ANNOUNCEMENTS_PER_MINUTE_MAX: u32 = 240;

enum Waiting {
    Append(oneshot::Sender<Appended>),
    Import(oneshot::Sender<Imported>),
    Delivery { answer: oneshot::Sender<Delivered>, delivery: Delivery, other_keys: Vec<TransportKey> },
}

/// The engine's ends of what its handles share with it.
pub(super) struct Links {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) snapshots: watch::Sender<Arc<Snapshot>>,
    pub(super) states: watch::Sender<Arc<NetworkState>>,
    pub(super) reachable: Arc<AtomicBool>,
    pub(super) inbox: Inbox,
}

pub(super) struct Engine {
    machine: Machine,
    network: Network,
    log: FeedLog,
    clock: Clock,
    links: Links,
    waiting: BTreeMap<u64, Waiting>,
    next_ticket: u64,
    started: Instant,
    roster_at: u64,
    /// Who waits for the answer to the present turn.
    adopted: Option<oneshot::Sender<()>>,
    announced: BTreeMap<TransportKey, u32>,
    minute: u64,
}

impl Engine {
    pub(super) fn new(machine: Machine, network: Network, log: FeedLog, clock: Clock, links: Links) -> Self {
        let mut engine = Self {
            machine,
            network,
            log,
            clock,
            links,
            waiting: BTreeMap::new(),
            next_ticket: 0,
            started: instant(),
            roster_at: 0,
            adopted: None,
            announced: BTreeMap::new(),
            minute: 0,
        };
        engine.follow_roster();
        engine.read_contacts();
        engine
    }

    /// Runs until `stop`, or until the disk refuses.
    pub(super) async fn run(mut self, stop: CancellationToken) -> Result<(), StoreError> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let input = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                Some(command) = self.links.commands.recv() => self.input_of(command),
                _ = ticks.tick() => {
                    self.network.tick(self.links.reachable.load(Ordering::Relaxed));
                    Some(Input::Tick)
                }
                (id, taken) = self.links.inbox.answered() => {
                    self.network.reply_delivery(id, taken);
                    None
                }
                event = self.network.next() => self.input_of_event(event),
            };
            if let Some(input) = input {
                self.turn(input).await?;
            }
        }
    }

    async fn turn(&mut self, input: Input) -> Result<(), StoreError> {
        let mut changed = false;
        let tells_network = matches!(input, Input::Connected(_) | Input::Disconnected(_) | Input::Tick);
        let now = self.now();
        for output in self.machine.handle(input, now, &self.log) {
            match output {
                Output::Persist(changes) => {
                    changed = true;
                    let log = self.log.clone();
                    // The blocking thread ends before the runtime does.
                    let written = tokio::task::spawn_blocking(move || log.apply(&changes)).await;
                    written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
                }
                Output::Applied(event) => self.applied(&event),
                Output::Send { peer, request_id, request } => {
                    if !self.network.send(peer.as_bytes(), request_id.0, request) {
                        tracing::debug!("the peer left before it was asked");
                    }
                }
                Output::Reply { request_id, response, .. } => self.network.reply(request_id.0, response),
                Output::Announce(announcement) => self.network.announce(&announcement),
                Output::Appended { ticket, result } => self.appended(ticket, result),
                Output::Imported { ticket, imported } => self.imported(ticket, imported),
                Output::Misbehaved(peer, misbehaviour) => {
                    tracing::warn!(?peer, %misbehaviour, "a peer misbehaves");
                    self.network.shun(peer.as_bytes());
                }
                Output::Disconnect(peer) => self.network.disconnect(peer.as_bytes()),
                Output::Alarm(alarm) => {
                    tracing::error!(%alarm, "this node stops publishing");
                }
            }
        }
        if changed {
            self.follow_roster();
            let replica = Arc::new(self.machine.replica().clone());
            self.links.snapshots.send_replace(Arc::new(Snapshot { replica, log: self.log.clone() }));
        }
        // With thousands of connections the list of them is not made anew for every message.
        let checked = self.machine.own_head_is_checked();
        let told = self.links.states.borrow().clone();
        let caught_up = told.caught_up || self.machine.has_caught_up();
        let standing = (checked, caught_up, self.machine.alarm());
        if tells_network || standing != (told.own_head_is_checked, told.caught_up, told.alarm.as_ref()) {
            self.publish_state();
        }
        if let Some(answer) = self.adopted.take() {
            // Whoever asked may have gone; the entries are taken over all the same.
            let _asker_has_gone = answer.send(());
        }
        Ok(())
    }

    fn now(&self) -> Now {
        let moment = self.clock.now();
        let monotonic_ms = instant().saturating_duration_since(self.started).as_millis();
        Now {
            monotonic_ms: u64::try_from(monotonic_ms).unwrap_or(u64::MAX),
            unix_s: moment.unix_s,
            day: moment.day,
        }
    }

    fn input_of(&mut self, command: Command) -> Option<Input> {
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        match command {
            Command::Append { body, offline, answer } => {
                self.waiting.insert(ticket, Waiting::Append(answer));
                Some(Input::Append { ticket, body: *body, offline })
            }
            Command::Import { envelopes, answer } => {
                self.waiting.insert(ticket, Waiting::Import(answer));
                Some(Input::Import { ticket, envelopes })
            }
            Command::Deliver { to, delivery, answer } => {
                match self.keys_to_reach(&to) {
                    Ok((key, other_keys)) => {
                        self.network.deliver(ticket, &key, delivery.clone());
                        self.waiting.insert(ticket, Waiting::Delivery { answer, delivery, other_keys });
                    }
                    Err(error) => {
                        let _asker_has_gone = answer.send(Err(error));
                    }
                }
                None
            }
            Command::FeedKey(key) => {
                self.machine.take_feed_key(*key);
                None
            }
            Command::Adopt { answer } => {
                self.adopted = Some(answer);
                Some(Input::Adopt)
            }
            Command::Tick => Some(Input::Tick),
        }
    }

    fn input_of_event(&mut self, event: NetworkEvent) -> Option<Input> {
        match event {
            NetworkEvent::Connected(key) => {
                let member = self.machine.replica().roster().by_transport_key(&key);
                tracing::info!(peer = member.map_or("stranger", |member| member.code.as_str()), "connected");
                Some(Input::Connected(Peer::from_bytes(key)))
            }
            NetworkEvent::Disconnected(key) => {
                self.announced.remove(&key);
                Some(Input::Disconnected(Peer::from_bytes(key)))
            }
            NetworkEvent::Request(key, id, request) => {
                self.network.meters().counters().asked(&request);
                Some(Input::Request { peer: Peer::from_bytes(key), request_id: RequestId(id), request })
            }
            NetworkEvent::Response(key, id, response) => {
                self.network.meters().counters().answered(&response);
                Some(Input::Response { peer: Peer::from_bytes(key), request_id: RequestId(id), response })
            }
            NetworkEvent::Failed(key, id) => {
                Some(Input::Failed { peer: Peer::from_bytes(key), request_id: RequestId(id) })
            }
            NetworkEvent::Delivery(key, id, delivery) => {
                self.receive(key, id, delivery);
                None
            }
            NetworkEvent::Delivered(ticket, delivered) => {
                self.delivered(ticket, delivered);
                None
            }
            NetworkEvent::Announced(key, announcement, gossip) => {
                self.network.meters().counters().announced(&announcement);
                let verdict = self.weigh(key, &announcement);
                self.network.weigh(&gossip, verdict);
                (verdict == Verdict::Accept)
                    .then(|| Input::Announced { peer: Peer::from_bytes(key), announcement })
            }
            NetworkEvent::Malformed(key) => {
                tracing::warn!("a peer sent what is no message");
                self.network.shun(&key);
                None
            }
            NetworkEvent::Listening(address) => {
                tracing::info!(%address, "listening for peers");
                self.publish_state();
                None
            }
            NetworkEvent::Places => {
                self.publish_state();
                None
            }
        }
    }

    /// Gossip about an unknown author is not passed on and held against nobody: the roster may be behind.
    fn weigh(&mut self, key: TransportKey, announcement: &Announcement) -> Verdict {
        let minute = self.now().monotonic_ms / 60_000;
        if minute != self.minute {
            self.minute = minute;
            self.announced.clear();
        }
        let heard = self.announced.entry(key).or_default();
        *heard = heard.saturating_add(1);
        let members = self.machine.replica().roster().members().len();
        let index = |head: &MemberHead| usize::try_from(head.index).unwrap_or(usize::MAX);
        let known = announcement.heads.iter().all(|head| index(head) < members);
        if known && *heard <= ANNOUNCEMENTS_PER_MINUTE_MAX { Verdict::Accept } else { Verdict::Ignore }
    }

    fn applied(&mut self, event: &Event) {
        match event {
            Event::Added { author, sequence, .. } => {
                tracing::debug!(%author, sequence, "entry added");
                self.read_contact(author, *sequence);
            }
            Event::Cut { author, after } => tracing::warn!(%author, after, "entries no longer count"),
            Event::Forked { author } => tracing::warn!(%author, "feed is forked"),
            Event::Unforked { author } => tracing::info!(%author, "the fork is ended"),
        }
    }

    fn appended(&mut self, ticket: u64, result: Appended) {
        if let Some(Waiting::Append(answer)) = self.waiting.remove(&ticket) {
            // Whoever asked may have gone; the entry stands all the same.
            let _asker_has_gone = answer.send(result);
        }
    }

    fn imported(&mut self, ticket: u64, imported: Imported) {
        if let Some(Waiting::Import(answer)) = self.waiting.remove(&ticket) {
            let _asker_has_gone = answer.send(imported);
        }
    }

    fn delivered(&mut self, ticket: u64, delivered: Delivered) {
        let Some(Waiting::Delivery { answer, delivery, mut other_keys }) = self.waiting.remove(&ticket)
        else {
            return;
        };
        match other_keys.pop() {
            Some(key) if delivered == Err(DeliverError::Away) => {
                self.network.deliver(ticket, &key, delivery.clone());
                self.waiting.insert(ticket, Waiting::Delivery { answer, delivery, other_keys });
            }
            Some(_) | None => {
                let _asker_has_gone = answer.send(delivered);
            }
        }
    }

    /// The transport key under which a member is connected, else its newest that is in use; and those to try after it,
    /// the next one last: during a rotation the roster cannot say under which of the two a node runs.
    fn keys_to_reach(&self, to: &IpaCode) -> Result<(TransportKey, Vec<TransportKey>), DeliverError> {
        let today = self.clock.today();
        let unknown = || DeliverError::Unknown { to: to.clone() };
        let member = self.machine.replica().roster().member(to).ok_or_else(unknown)?;
        if !member.belongs_on(today) {
            return Err(unknown());
        }
        let in_use = member.transport_keys.iter().filter(|key| key.valid_from <= today);
        let mut keys: Vec<TransportKey> = in_use.map(|key| key.key).collect();
        // Stable: the others stay in the order of the roster, the newest last.
        keys.sort_by_key(|key| self.network.connected().any(|peer| peer == *key));
        let first = keys.pop().ok_or_else(unknown)?;
        Ok((first, keys))
    }

    /// A delivery of a member goes to the office; nobody else is spoken with, unless the roster has just changed.
    fn receive(&mut self, key: TransportKey, id: u64, delivery: Delivery) {
        let minute = self.now().monotonic_ms / 60_000;
        let member = self.machine.replica().roster().by_transport_key(&key);
        let offered = match member.map(|member| member.code.clone()) {
            Some(from) => self.links.inbox.offer(id, key, from, delivery, minute),
            None => Offered::Busy,
        };
        match offered {
            Offered::Handed => {}
            Offered::Busy => self.network.reply_delivery(id, Taken::default()),
            Offered::Abuse => {
                tracing::warn!("a peer delivers more than an ente that negotiates");
                self.network.shun(&key);
            }
        }
    }

    /// Tells the network who is a member, whenever the root feed has grown.
    fn follow_roster(&mut self) {
        let replica = self.machine.replica();
        let counted = replica.root().counted();
        if counted == self.roster_at {
            return;
        }
        self.roster_at = counted;
        let today = self.clock.today();
        let members = replica.roster().members().iter().filter(|member| member.belongs_on(today));
        let keys = members.flat_map(|member| &member.transport_keys).map(|key| key.key);
        self.network.set_members(keys);
    }

    fn read_contacts(&mut self) {
        let replica = self.machine.replica();
        let heads: Vec<(Author, u64)> =
            replica.feeds().map(|(author, feed)| (author, feed.counted())).collect();
        for (author, counted) in heads {
            for sequence in 1..=counted {
                self.read_contact(&author, sequence);
            }
        }
    }

    /// If this entry is a contact, remembers where its author can be dialled.
    fn read_contact(&mut self, author: &Author, sequence: u64) {
        let Some(bytes) = self.log.entry(author, sequence) else { return };
        let Some(contact) = contact_in(bytes, self.machine.replica().federation().id()) else { return };
        let roster = self.machine.replica().roster();
        let keys: Vec<TransportKey> = roster
            .author(author)
            .map(|member| member.transport_keys.iter().map(|key| key.key).collect())
            .unwrap_or_default();
        for key in keys {
            self.network.set_contact(&key, &contact);
        }
    }

    fn publish_state(&mut self) {
        let (hubs, hubs_connected) = self.network.hubs();
        let lifted = self.links.states.borrow().alarm.is_some() && self.machine.alarm().is_none();
        if lifted {
            tracing::info!("the alarm is over: this node asks what it has published, and goes on");
        }
        let caught_up = self.links.states.borrow().caught_up || self.machine.has_caught_up();
        let state = NetworkState {
            others: self.machine.others(self.clock.today()),
            peer_id: self.network.peer_id(),
            listening: self.network.listening(),
            connected: self.network.connected().collect(),
            hubs,
            hubs_connected,
            places: self.network.places(),
            clock_offsets_s: self
                .machine
                .clocks()
                .map(|(member, offset_s)| (member.code.clone(), offset_s))
                .collect(),
            versions: self
                .machine
                .versions()
                .map(|(member, version)| (member.code.clone(), version.to_owned()))
                .collect(),
            behind: self.machine.behind(self.now()).map(|(member, lag)| (member.code.clone(), lag)).collect(),
            own_head_is_checked: self.machine.own_head_is_checked(),
            caught_up,
            alarm: self.machine.alarm().cloned(),
        };
        self.links.states.send_if_modified(|current| {
            let modified = **current != state;
            if modified {
                *current = Arc::new(state);
            }
            modified
        });
    }
}

fn contact_in(bytes: Bytes, federation: &FederationId) -> Option<Vec<String>> {
    let signed = Signed::trusted(Envelope::parse(bytes).ok()?, federation).ok()?;
    let Body::Contact(contact) = &signed.entry().body else { return None };
    Some(contact.addresses.clone())
}
