//! `desk.v1`, for the staff of a counter: "Servizio concluso" counts one user served and gives that person the right to one
//! vote. An attended terminal opens; without one there is an invite in two forms, a code for a terminal and a link for the
//! person's own phone, of which whichever is used first spends both.
//!
//! A desk is what its token says ([`DeskPlace`]), so it ends at once with it. Numbers go to the book of users served
//! ([`crate::served`]); no number, vote or log line says which desk pressed, and no vote is ever linked to a user served.

mod acts;
mod refusals;
mod turn;
mod warnings;

use self::acts::{Act, ActError, Acts, Back, KNOWN, UNDO_S};
use self::refusals::{refusal, wrong};
use self::turn::in_turn;
use self::warnings::Standing;
use crate::{
    board::blocking,
    clock::{Clock, instant},
    intake::{Intake, IntakeError, InviteForms, Office, refused_pairing},
    served::{ActId, Counted, Press, ServedBook, ServedError, Users},
    services::ServiceBook,
    telling::sentence,
    tokens::{Caller, DeskPlace, TokenError, Tokens},
    words::Words,
};
use bytes::Bytes;
use faccina_proto::{
    admission::COUNTER,
    calendar::{CivilDay, Month},
    catalogue::Catalogue,
    envelope::KeyId,
    names::{Code, NameError},
    tally::GroupKey,
    terminals::{Mode, State},
    wire::{
        desk::v1::{self as wire, conclude_reply::Right, desk_server::Desk, desk_server::DeskServer},
        feed::v1::Service,
        terminal::v1::{Opening, Withdrawal, notice::Notice},
    },
};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::sleep,
};
use tonic::{Request, Response, Status};

/// Seconds for which an attended terminal is open.
const OPEN_S: u32 = 60;
/// The channel of votes cast with a link.
const WEB: &str = "web";
/// Between two looks for acts that are too old to be sent again.
const LOOK: Duration = Duration::from_secs(10);
/// Longest request, in bytes: a proof, or an act with a code.
const REQUEST_BYTES_MAX: usize = 1_024;

/// `desk.v1` over one node's intake.
#[derive(Clone, Debug)]
pub struct CounterService {
    intake: Intake,
    office: Arc<dyn Office>,
    services: Arc<ServiceBook>,
    served: Arc<ServedBook>,
    tokens: Arc<Tokens>,
    clock: Clock,
    invite_page: Option<String>,
    /// Held over a whole act, so that one sent twice at once is done once.
    acts: Arc<Mutex<Acts>>,
    /// The services of the catalogue version in force, prepared once.
    listed: Arc<std::sync::Mutex<Option<Listed>>>,
}

/// The services of one catalogue version.
#[derive(Debug)]
struct Listed {
    version: u32,
    services: Arc<Vec<Service>>,
}

/// Who presses: a desk with its place.
struct At {
    desk: String,
    place: DeskPlace,
}

type Answer<T> = Result<Response<T>, Status>;

impl CounterService {
    /// `invite_page` is the page that takes links; without it invites have none.
    pub fn new(
        intake: Intake,
        office: Arc<dyn Office>,
        services: Arc<ServiceBook>,
        served: Arc<ServedBook>,
        tokens: Arc<Tokens>,
        clock: Clock,
        invite_page: Option<String>,
    ) -> Self {
        let (acts, listed) = (Arc::default(), Arc::default());
        Self { intake, office, services, served, tokens, clock, invite_page, acts, listed }
    }

    /// The service with its bounds, ready for a server.
    #[must_use]
    pub fn into_server(self) -> DeskServer<Self> {
        DeskServer::new(self).max_decoding_message_size(REQUEST_BYTES_MAX)
    }

    /// Forgets the acts that are too old to be sent again, for as long as it is polled.
    pub async fn forget_as_time_passes(self) {
        // What an earlier run of the node did may be sent again to this one.
        sleep(KNOWN).await;
        loop {
            let mut acts = self.acts.lock().await;
            let (served, known) = (Arc::clone(&self.served), acts.forget_old(instant()));
            // No act is under way meanwhile. What cannot be forgotten now is found again by the next look.
            let forgotten = blocking(move || served.forget_acts_but(&known)).await;
            drop(acts);
            if let Ok(Err(error)) = forgotten {
                tracing::error!(error = %sentence(&error), "acts of desks cannot be forgotten");
            }
            sleep(LOOK).await;
        }
    }

    async fn pair_with(&self, asked: wire::PairRequest) -> Result<wire::PairReply, Status> {
        let nonce: [u8; 32] =
            asked.nonce.as_ref().try_into().map_err(|_| wrong("a desk pairs with 32 random bytes"))?;
        let (place, node_proof) =
            self.intake.pair_desk(&nonce, &asked.proof).map_err(|error| refused_pairing(&error))?;
        let tokens = Arc::clone(&self.tokens);
        let created = blocking(move || tokens.create_for_desk(&place, &nonce)).await?;
        let token = created.map_err(|error| {
            let words = sentence(&error);
            let full = matches!(error, TokenError::TooMany);
            if full { Status::resource_exhausted(words) } else { Status::internal(words) }
        })?;
        tracing::info!("desk paired");
        Ok(wire::PairReply { token, node_proof: Bytes::copy_from_slice(&node_proof) })
    }

    /// The services of this desk that are asked about now, as the catalogue names them.
    fn services_of(&self, place: &DeskPlace) -> Result<Vec<Service>, Status> {
        let catalogue = self.office.catalogue(self.clock.today().month()).ok_or_else(|| {
            refusal(
                tonic::Code::FailedPrecondition,
                "no catalogue is in force yet: wait until the node has synchronised with DFP",
                "counter-refused-catalogue",
            )
        })?;
        let own = self.services.list();
        let is_offered = |service: &&Service| {
            let code = service.code.parse::<Code>();
            code.is_ok_and(|code| {
                place.services.contains(&code) && own.get(&code).is_some_and(|own| own.active)
            })
        };
        Ok(self.listed(&catalogue).iter().filter(is_offered).cloned().collect())
    }

    fn listed(&self, catalogue: &Catalogue) -> Arc<Vec<Service>> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        match &*listed {
            Some(Listed { version, services }) if *version == catalogue.version() => Arc::clone(services),
            _ => {
                let services: Vec<_> = catalogue.parts().into_iter().flat_map(|part| part.services).collect();
                let (version, services) = (catalogue.version(), Arc::new(services));
                Arc::clone(&listed.insert(Listed { version, services }).services)
            }
        }
    }

    fn counter_of(&self, place: DeskPlace) -> Result<wire::CounterReply, Status> {
        let services = self.services_of(&place)?;
        let standing = place.terminal.map(|terminal| self.standing(&place, &terminal));
        let health = place.terminal.and_then(|terminal| self.intake.health(&terminal));
        let warnings =
            warnings::of(services.is_empty(), standing.map(|standing| (standing, health.as_ref())));
        let right = if place.terminal.is_some() { wire::Right::Opening } else { wire::Right::Invite };
        Ok(wire::CounterReply {
            name: place.name,
            ente_name: self.office.ente_name(),
            branch: place.branch.to_string(),
            services,
            right: right.into(),
            terminal_connected: standing == Some(Standing::Listening),
            warnings: warnings.into_iter().map(|Words { it, en }| wire::Warning { it, en }).collect(),
            today: self.clock.today().yyyymmdd(),
        })
    }

    /// Whether the terminal is still one that this desk opens.
    fn is_its(&self, place: &DeskPlace, terminal: &KeyId) -> bool {
        self.intake.terminals().get(terminal).is_some_and(|terminal| {
            terminal.state == State::Active
                && terminal.mode == Mode::Attended
                && terminal.branch == place.branch
        })
    }

    fn standing(&self, place: &DeskPlace, terminal: &KeyId) -> Standing {
        if !self.is_its(place, terminal) {
            Standing::Off
        } else if self.intake.notices().is_listening(terminal) {
            Standing::Listening
        } else {
            Standing::Away
        }
    }

    async fn conclude_at(
        &self,
        mut acts: OwnedMutexGuard<Acts>,
        at: At,
        asked: wire::ConcludeRequest,
    ) -> Result<wire::ConcludeReply, Status> {
        let id = act_id(&asked.act)?;
        let service: Code = asked.service.parse().map_err(|error: NameError| wrong(&error.to_string()))?;
        let repeated = acts.repeated(&id, &at.desk, &service, instant());
        if let Some((right, undo_s)) = repeated.map_err(|error| refusals::of_act(&error))? {
            return Ok(wire::ConcludeReply { right: Some(right), undo_s });
        }
        if !self.services_of(&at.place)?.iter().any(|offered| offered.code == service.as_str()) {
            let words = format!(
                "{service} is no active service of this desk: `faccina service list` and `faccina counter list` show them"
            );
            return Err(refusal(tonic::Code::FailedPrecondition, words, "counter-refused-service"));
        }
        let branch = at.place.branch.clone();
        let (day, before) = match self.before(id).await? {
            None => (self.clock.today(), None),
            // The node restarted, maybe before it answered: the right is given anew, in place of the one that was given.
            Some(Press::Counted(counted)) if counted.is_at(&branch, &service) => {
                let Counted { day, invite, .. } = counted;
                (day, Some(InviteForms::kept(invite)))
            }
            Some(_) => return Err(refusals::of_act(&ActError::Another)),
        };
        let is_counted = before.is_some();
        let (issued, before) = (day.month(), before.unwrap_or_default());
        let (right, taken_back_by) = self.give_right(&at, &id, &service, issued, before, &mut acts).await?;
        let invite = taken_back_by.invite().to_vec();
        let count = move |book: &ServedBook, day, branch: &Code, service: &Code| {
            let count = if is_counted { ServedBook::give_anew } else { ServedBook::count };
            count(book, day, branch, service, &id, &invite)
        };
        if let Err(error) = self.keep(day, &branch, &service, count).await {
            // Whoever is not counted gets no right: the act can be sent again.
            self.take_right_back(&id, &taken_back_by).await?;
            acts.closed(&id);
            return Err(error);
        }
        let reply = wire::ConcludeReply { right: Some(right.clone()), undo_s: UNDO_S };
        acts.done(id, Act { desk: at.desk, day, branch, service, right, taken_back_by }, instant());
        Ok(reply)
    }

    /// What the book says of an act that is not in memory.
    async fn before(&self, id: ActId) -> Result<Option<Press>, Status> {
        let served = Arc::clone(&self.served);
        blocking(move || served.act(&id)).await?.map_err(|error| refusals::of_book(&error))
    }

    async fn give_right(
        &self,
        at: &At,
        id: &ActId,
        service: &Code,
        issued: Month,
        before: InviteForms,
        acts: &mut Acts,
    ) -> Result<(Right, Back), Status> {
        let Some(terminal) = at.place.terminal else {
            return self.give_invite(&at.place, service, issued, before).await;
        };
        let now = instant();
        let turn = acts.turn(&terminal, &at.desk, now).map_err(|error| refusals::of_act(&error))?;
        let after_s = u32::try_from(turn.after.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
        let opened = wire::Opened { for_s: after_s.saturating_add(OPEN_S), after_s };
        let opening = Opening {
            id: Bytes::copy_from_slice(id),
            for_s: OPEN_S,
            service: service.to_string(),
            until_unix_s: self.intake.now_unix_s() + u64::from(opened.for_s),
            replaces: turn.replaces.map(|id| Bytes::copy_from_slice(&id)).unwrap_or_default(),
        };
        let notice = Notice::Opening(opening);
        if self.is_its(&at.place, &terminal) && self.intake.notices().tell(&terminal, notice) {
            let until = now + Duration::from_secs(opened.for_s.into());
            acts.opened(*id, &at.desk, terminal, turn, until);
            return Ok((Right::Opened(opened), Back::Withdrawal(terminal)));
        }
        Ok((Right::Unreachable(wire::Unreachable {}), Back::Nothing))
    }

    async fn give_invite(
        &self,
        place: &DeskPlace,
        service: &Code,
        issued: Month,
        before: InviteForms,
    ) -> Result<(Right, Back), Status> {
        let channel = |code: &str| code.parse::<Code>().map_err(|error| Status::internal(error.to_string()));
        let at = GroupKey { service: service.clone(), channel: channel(COUNTER)? };
        let web = self.invite_page.as_ref().map(|_| channel(WEB)).transpose()?;
        let given = self.intake.give_at_desk(at, web, place.branch.clone(), issued, before).await?;
        let link = self.invite_page.as_ref().zip(given.token);
        let invited = wire::Invited {
            code: given.code.to_string(),
            link: link.map(|(page, token)| format!("{page}#{}", hex::encode(token))).unwrap_or_default(),
            last_day: given.last_day.yyyymmdd(),
        };
        Ok((Right::Invited(invited), Back::Invite(given.forms)))
    }

    async fn take_right_back(&self, id: &ActId, back: &Back) -> Result<(), Status> {
        match back {
            Back::Nothing => {}
            Back::Withdrawal(terminal) => {
                let withdrawal = Withdrawal { id: Bytes::copy_from_slice(id) };
                // A terminal whose line is lost closes by itself.
                let _ = self.intake.notices().tell(terminal, Notice::Withdrawal(withdrawal));
            }
            Back::Invite(forms) => self.intake.take_invite_back(forms.clone()).await?,
        }
        Ok(())
    }

    /// Whether a vote was cast with this right; of an opening nobody can tell.
    async fn has_voted(&self, back: &Back) -> Result<bool, Status> {
        let Back::Invite(forms) = back else { return Ok(false) };
        let Some(mark) = forms.mark() else { return Ok(false) };
        let archive = self.intake.archive().clone();
        let open_month = self.intake.live().borrow().open_month;
        let spent = blocking(move || archive.is_spent_from(open_month, &mark)).await?;
        Ok(spent.map_err(IntakeError::from)?)
    }

    async fn undo_at(
        &self,
        mut acts: OwnedMutexGuard<Acts>,
        at: At,
        asked: wire::UndoRequest,
    ) -> Result<wire::UndoReply, Status> {
        let id = act_id(&asked.act)?;
        let act = match acts.undoable(&id, &at.desk, instant()) {
            Ok(Some(act)) => act,
            Ok(None) => return Ok(wire::UndoReply {}),
            Err(error) => {
                // The node restarted before it answered.
                return match self.before(id).await? {
                    Some(Press::TakenBack) => Ok(wire::UndoReply {}),
                    Some(Press::Counted(_)) | None => Err(refusals::of_act(&error)),
                };
            }
        };
        self.take_right_back(&id, &act.taken_back_by).await?;
        let voted = self.has_voted(&act.taken_back_by).await?;
        let take_back = move |book: &ServedBook, day, branch: &Code, service: &Code| {
            book.take_back(day, branch, service, &id, voted)
        };
        self.keep(act.day, &act.branch, &act.service, take_back).await?;
        acts.undone(&id);
        Ok(wire::UndoReply {})
    }

    async fn keep(
        &self,
        day: CivilDay,
        branch: &Code,
        service: &Code,
        act: impl FnOnce(&ServedBook, CivilDay, &Code, &Code) -> Result<(), ServedError> + Send + 'static,
    ) -> Result<(), Status> {
        let (served, branch, service) = (Arc::clone(&self.served), branch.clone(), service.clone());
        blocking(move || act(&served, day, &branch, &service))
            .await?
            .map_err(|error| refusals::of_book(&error))
    }

    /// A day whose numbers may be seen and entered: not in the future, and of a month that is open.
    fn open_day(&self, yyyymmdd: u32) -> Result<CivilDay, Status> {
        let today = self.clock.today();
        if yyyymmdd == 0 {
            return Ok(today);
        }
        let day = CivilDay::from_yyyymmdd(yyyymmdd).map_err(|error| wrong(&error.to_string()))?;
        if day > today {
            return Err(refusal(
                tonic::Code::InvalidArgument,
                "the day is in the future",
                "counter-refused-future",
            ));
        }
        let open_month = self.intake.live().borrow().open_month;
        if day.month() < open_month {
            return Err(refusals::of_book(&ServedError::Closed(day.month())));
        }
        Ok(day)
    }

    async fn served_on(&self, at: At, day: CivilDay) -> Result<wire::ServedReply, Status> {
        let offered = self.services_of(&at.place)?;
        let codes = offered.iter().filter_map(|service| service.code.parse().ok()).collect();
        let (served, branch, today) = (Arc::clone(&self.served), at.place.branch, self.clock.today());
        // Of a running day nothing is missing yet.
        let last = if day.month() == today.month() { today.plus_days(-1) } else { day.month().last_day() };
        let read = blocking(move || -> Result<_, ServedError> {
            let missing =
                if last.month() == day.month() { served.missing(last, &branch, &codes)? } else { Vec::new() };
            Ok((served.of_day(day, &branch)?, missing))
        });
        let (of_day, missing) = read.await?.map_err(|error| refusals::of_book(&error))?;
        let row = |service: Service| {
            let users = service.code.parse().ok().and_then(|code: Code| of_day.get(&code)).copied();
            let Users { counted, entered } = users.unwrap_or_default();
            wire::ServedRow { service: service.code, counted, entered }
        };
        Ok(wire::ServedReply {
            day: day.yyyymmdd(),
            services: offered.into_iter().map(row).collect(),
            missing: missing.into_iter().map(CivilDay::yyyymmdd).collect(),
        })
    }

    async fn enter_at(&self, at: At, asked: wire::EnterServedRequest) -> Result<wire::ServedReply, Status> {
        let day = self.open_day(asked.day)?;
        let service: Code = asked.service.parse().map_err(|error: NameError| wrong(&error.to_string()))?;
        if !at.place.services.contains(&service) {
            return Err(refusal(
                tonic::Code::InvalidArgument,
                "this desk does not give that service: `faccina counter list` shows what it gives",
                "counter-refused-service",
            ));
        }
        let users = asked.users;
        let enter = move |book: &ServedBook, day, branch: &Code, service: &Code| {
            book.enter(day, branch, service, users)
        };
        self.keep(day, &at.place.branch, &service, enter).await?;
        self.served_on(at, day).await
    }
}

#[tonic::async_trait]
impl Desk for CounterService {
    async fn pair(&self, request: Request<wire::PairRequest>) -> Answer<wire::PairReply> {
        self.pair_with(request.into_inner()).await.map(Response::new)
    }

    async fn counter(&self, request: Request<wire::CounterRequest>) -> Answer<wire::CounterReply> {
        self.counter_of(at(&request)?.place).map(Response::new)
    }

    async fn conclude(&self, request: Request<wire::ConcludeRequest>) -> Answer<wire::ConcludeReply> {
        let (service, at) = (self.clone(), at(&request)?);
        let act = |acts| async move { service.conclude_at(acts, at, request.into_inner()).await };
        in_turn(&self.acts, act).await
    }

    async fn undo(&self, request: Request<wire::UndoRequest>) -> Answer<wire::UndoReply> {
        let (service, at) = (self.clone(), at(&request)?);
        let act = |acts| async move { service.undo_at(acts, at, request.into_inner()).await };
        in_turn(&self.acts, act).await
    }

    async fn served(&self, request: Request<wire::ServedRequest>) -> Answer<wire::ServedReply> {
        let day = self.open_day(request.get_ref().day)?;
        self.served_on(at(&request)?, day).await.map(Response::new)
    }

    async fn enter_served(&self, request: Request<wire::EnterServedRequest>) -> Answer<wire::ServedReply> {
        self.enter_at(at(&request)?, request.into_inner()).await.map(Response::new)
    }
}

/// The desk that calls; the gate has put it there.
fn at<T>(request: &Request<T>) -> Result<At, Status> {
    let caller = request.extensions().get::<Caller>().cloned();
    let at = caller.and_then(|caller| Some(At { desk: caller.id, place: caller.desk? }));
    at.ok_or_else(|| {
        Status::failed_precondition(
            "this token is of no desk: `faccina counter add` on the node makes a desk, which pairs with a code",
        )
    })
}

fn act_id(bytes: &[u8]) -> Result<ActId, Status> {
    bytes.try_into().map_err(|_| wrong("an act has 16 random bytes"))
}
