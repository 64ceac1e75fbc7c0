//! The demonstration's federation: founded, admitted and equipped by the same steps as a real one.

use super::{
    DemoError,
    enti::{DemoEnte, ENTI},
    process::NodeProcess,
    terminals::{Intake, Terminal},
};
use crate::{
    commands::{
        client::connect_officer,
        federation::{catalogue_file, publish_catalogue},
        init::{self, Created, DemoCalendar, NewNode},
    },
    config::{FederationFile, Role},
    founding::{self, Applicant, Founding, RootHead},
    keys,
};
use ed25519_dalek::SigningKey;
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::{Envelope, Id},
    names::IpaCode,
    wire::{
        admin::v1::{
            AddTerminalRequest, AppendRootRequest, EnteService, HeadsRequest, PublishRequest,
            PutServiceRequest, publish_request::Body as Publication,
        },
        feed::v1::{Availability, GroupKey, MemberRecord, Role as MemberRole, SurveyPlan, entry::Body},
        officer::v1::DesignateRequest,
        terminal::v1::Mode,
    },
};
use std::{
    collections::BTreeSet,
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The observer's code; like those of the enti it exists nowhere.
pub const OBSERVER: &str = "demo_dfp";
/// In the demonstration a half-day lasts a minute, so that live faces can be watched.
const HALF_DAY_S: u32 = 60;
/// Days for which a renewed transport key holds.
const RENEWED_DAYS: i64 = 365;
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// An ente of the demonstration with its running node and its terminals.
#[derive(Debug)]
pub struct Ente {
    pub plan: &'static DemoEnte,
    pub node: NodeProcess,
    pub terminals: Vec<Terminal>,
}

/// The running federation.
#[derive(Debug)]
pub struct Federation {
    pub file: FederationFile,
    pub observer: NodeProcess,
    pub enti: Vec<Ente>,
    root: SigningKey,
    root_head: RootHead,
    /// What the roster says of each member.
    records: Vec<MemberRecord>,
}

/// Where and when a demonstration happens.
#[derive(Clone, Debug)]
pub struct Place {
    pub dir: PathBuf,
    /// The day on which everything is set up, in the month before the first one.
    pub day: CivilDay,
    pub first_month: Month,
}

impl Federation {
    /// Founds the federation, starts the observer and lets every ente ask for admission, be admitted and start.
    pub async fn found(place: &Place) -> Result<Self, DemoError> {
        let root = SigningKey::from_bytes(&keys::draw()?);
        let successor = SigningKey::from_bytes(&keys::draw()?);
        let name = "Federazione dimostrativa";
        let founding = founding::found(name, &root, &successor.verifying_key(), place.first_month, place.day);
        let Founding { mut file, genesis } = founding;
        let asked = create(place, &file, Role::Observer, OBSERVER, &observer_applicant())?;
        let observer = NodeProcess::start(code(OBSERVER)?, &place.dir.join(OBSERVER)).await?;
        file.hubs.clone_from(&observer.addresses.peers);
        let mut federation =
            Self { file, observer, enti: Vec::new(), root, root_head: None, records: Vec::new() };
        federation.append_root(genesis).await?;
        federation.admit(&asked, MemberRole::Observer, place).await?;
        for plan in &ENTI {
            let asked = create(place, &federation.file, Role::Ente, plan.ipa_code, &applicant(plan))?;
            federation.admit(&asked, MemberRole::Ente, place).await?;
        }
        for plan in &ENTI {
            let node = NodeProcess::start(code(plan.ipa_code)?, &place.dir.join(plan.ipa_code)).await?;
            federation.enti.push(Ente { plan, node, terminals: Vec::new() });
        }
        Ok(federation)
    }

    /// Publishes the catalogue and designates the experts, as DFP.
    pub async fn open(&mut self, place: &Place) -> Result<(), DemoError> {
        let catalogue = catalogue_file::sample(1, place.first_month)?;
        publish_catalogue(&mut self.observer.admin, &catalogue, false).await?;
        for plan in ENTI.iter().filter(|plan| plan.expert) {
            let request = DesignateRequest {
                ipa_code: plan.ipa_code.to_owned(),
                area: area_of(plan).to_owned(),
                reason: "ascolta con continuità da anni e pubblica i propri miglioramenti".to_owned(),
                valid_to_day: place.day.plus_days(730).yyyymmdd(),
            };
            let mut officer = connect_officer(&self.observer.dir.join("data/admin.sock")).await?;
            self.observer.answered(officer.designate(request).await)?;
        }
        Ok(())
    }

    /// Gives every ente its services, terminals and survey plan.
    pub async fn equip(&mut self, place: &Place) -> Result<(), DemoError> {
        let federation = self.file.id();
        for ente in &mut self.enti {
            let services: BTreeSet<_> = ente.plan.strata.iter().map(|stratum| stratum.service).collect();
            for service in services {
                let service = EnteService { code: service.to_owned(), few_operators: false, active: true };
                let reply = ente.node.admin.put_service(PutServiceRequest { service: Some(service) }).await;
                ente.node.answered(reply)?;
            }
            let intake = Intake {
                ente: ente.node.ente.clone(),
                address: ente.node.addresses.grpc.clone(),
                certificate_pem: certificate(&ente.node.dir)?,
                federation,
            };
            let channels: BTreeSet<_> = ente.plan.strata.iter().map(|stratum| stratum.channel).collect();
            for channel in &channels {
                let name = format!("dimostrazione {channel}");
                let code = ente.add_terminal(&name, channel, mode_of(channel)).await?;
                let key = SigningKey::from_bytes(&keys::draw()?);
                let attended = mode_of(channel) == Mode::Attended;
                ente.terminals.push(Terminal::enrol(intake.clone(), &code, key, attended).await?);
            }
            ente.publish(Publication::SurveyPlan(survey_plan(ente.plan, place, channels.len()))).await?;
            if ente.plan.expert {
                ente.publish(Publication::Availability(availability(ente.plan))).await?;
            }
        }
        Ok(())
    }

    /// Moves every calendar to `day`; the observer's last, for it publishes on its own day and an entry from the future
    /// would be left unfetched.
    pub async fn set_day(&mut self, day: CivilDay, hour: u32) -> Result<(), DemoError> {
        for ente in &mut self.enti {
            ente.node.set_day(day, hour).await?;
        }
        Ok(self.observer.set_day(day, hour).await?)
    }

    /// All nodes, the observer first.
    pub fn nodes_mut(&mut self) -> impl Iterator<Item = &mut NodeProcess> {
        std::iter::once(&mut self.observer).chain(self.enti.iter_mut().map(|ente| &mut ente.node))
    }

    /// All nodes, the observer first.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeProcess> {
        std::iter::once(&self.observer).chain(self.enti.iter().map(|ente| &ente.node))
    }

    /// The digest of all heads, where every node holds the same feeds; `None` while they differ.
    pub async fn common_digest(&mut self) -> Result<Option<String>, DemoError> {
        let mut common: Option<String> = None;
        let mut own_heads = Vec::new();
        for node in self.nodes_mut() {
            let status = node.status().await?;
            own_heads.push((status.ipa_code, status.own_head));
            if common.get_or_insert_with(|| status.digest.clone()) != &status.digest {
                return Ok(None);
            }
        }
        // Equal digests alone could be equally stale: every own head must be among them.
        let held = self.observer.admin.heads(HeadsRequest {}).await;
        let held = self.observer.answered(held)?.heads;
        let all = own_heads.iter().all(|(author, own)| {
            *own == held.iter().find(|head| head.author == *author).map_or(0, |head| head.sequence)
        });
        Ok(common.filter(|_| all))
    }

    /// Ends all nodes, each with its work written down.
    pub async fn stop(self) {
        let enti = self.enti.into_iter().map(|ente| ente.node.stop());
        futures::future::join_all(enti).await;
        self.observer.stop().await;
    }

    async fn admit(&mut self, asked: &Created, role: MemberRole, place: &Place) -> Result<(), DemoError> {
        let body = asked.request.admitted(role, place.first_month, "DEMO-1");
        if let Body::Member(record) = &body {
            self.records.push(record.clone());
        }
        let entry = founding::root_entry(&self.root, &self.file.id(), self.root_head, place.day, body);
        self.append_root(entry).await
    }

    /// DFP renews the transport keys of all members for another year, before it is over.
    pub async fn renew(&mut self, day: CivilDay) -> Result<(), DemoError> {
        for mut record in self.records.clone() {
            for key in &mut record.transport_keys {
                key.valid_from_day = day.yyyymmdd();
                key.valid_to_day = day.plus_days(RENEWED_DAYS).yyyymmdd();
            }
            let body = Body::Member(record);
            let entry = founding::root_entry(&self.root, &self.file.id(), self.root_head, day, body);
            self.append_root(entry).await?;
        }
        Ok(())
    }

    async fn append_root(&mut self, entry: Envelope) -> Result<(), DemoError> {
        let reply = self.observer.admin.append_root(AppendRootRequest { entry: entry.bytes().clone() }).await;
        let reply = self.observer.answered(reply)?;
        self.root_head = Id::from_slice(&reply.id).map(|id| (reply.sequence, id));
        Ok(())
    }
}

impl Ente {
    /// Publishes an entry in the ente's feed.
    pub async fn publish(&mut self, body: Publication) -> Result<(), DemoError> {
        publish(&mut self.node, body).await
    }

    /// A one-time code for a new terminal of `channel`, for all the ente's services there.
    pub async fn add_terminal(&mut self, name: &str, channel: &str, mode: Mode) -> Result<String, DemoError> {
        let on_channel = self.plan.strata.iter().filter(|stratum| stratum.channel == channel);
        let request = AddTerminalRequest {
            name: name.to_owned(),
            channel: channel.to_owned(),
            branch: "sede-unica".to_owned(),
            services: on_channel.map(|stratum| stratum.service.to_owned()).collect(),
            mode: mode.into(),
            hours: Vec::new(),
        };
        let reply = self.node.admin.add_terminal(request).await;
        Ok(self.node.answered(reply)?.code)
    }
}

async fn publish(node: &mut NodeProcess, body: Publication) -> Result<(), DemoError> {
    let reply = node.admin.publish(PublishRequest { body: Some(body), offline: false }).await;
    node.answered(reply)?;
    Ok(())
}

/// Staff invite at the counter; elsewhere the right to vote comes as an invite.
pub fn mode_of(channel: &str) -> Mode {
    if channel == "counter" { Mode::Attended } else { Mode::Invite }
}

fn create(
    place: &Place,
    file: &FederationFile,
    role: Role,
    ipa_code: &str,
    applicant: &Applicant,
) -> Result<Created, DemoError> {
    let new = NewNode {
        dir: place.dir.join(ipa_code),
        federation: file.clone(),
        role,
        ipa_code: code(ipa_code)?,
        applicant: applicant.clone(),
        grpc: LOOPBACK,
        http: LOOPBACK,
        peers: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        hosts: vec!["localhost".to_owned()],
        demo: Some(DemoCalendar { day: place.day, half_day_s: HALF_DAY_S }),
    };
    Ok(init::create(&new, place.day)?)
}

fn code(text: &str) -> Result<IpaCode, DemoError> {
    Ok(text.parse()?)
}

fn observer_applicant() -> Applicant {
    Applicant {
        name: "Osservatorio dimostrativo (DFP)".to_owned(),
        category: "C1".to_owned(),
        region: "Lazio".to_owned(),
        mailbox: "osservatorio@demo.invalid".to_owned(),
        ..Applicant::default()
    }
}

fn applicant(plan: &DemoEnte) -> Applicant {
    Applicant {
        name: plan.name.to_owned(),
        category: plan.category.to_owned(),
        region: plan.region.to_owned(),
        population: plan.population,
        mailbox: format!("qualita@{}.demo.invalid", plan.ipa_code.replace('_', "-")),
        ..Applicant::default()
    }
}

fn survey_plan(plan: &DemoEnte, place: &Place, devices: usize) -> SurveyPlan {
    let surveyed: BTreeSet<_> =
        plan.strata.iter().map(|stratum| (stratum.service, stratum.channel)).collect();
    SurveyPlan {
        from_month: place.first_month.yyyymm(),
        surveyed: surveyed
            .into_iter()
            .map(|(service, channel)| GroupKey { service: service.to_owned(), channel: channel.to_owned() })
            .collect(),
        branches: 1,
        devices: u32::try_from(devices).unwrap_or(u32::MAX),
        mailbox: applicant(plan).mailbox,
    }
}

/// The service area in which an expert of the demonstration is designated.
fn area_of(plan: &DemoEnte) -> &'static str {
    if plan.category == "L6" { "demografici" } else { "previdenza" }
}

fn availability(plan: &DemoEnte) -> Availability {
    Availability {
        available: true,
        areas: vec![area_of(plan).to_owned()],
        note: "Disponibili per due gemellaggi l'anno".to_owned(),
        topics: vec!["code allo sportello".to_owned(), "accoglienza".to_owned()],
    }
}

/// The certificate that terminals of the node in `dir` pin.
pub fn certificate(dir: &Path) -> Result<String, DemoError> {
    let path = keys::certificate_path(&dir.join("data/keys"));
    fs::read_to_string(&path).map_err(|source| DemoError::File { path, source })
}
