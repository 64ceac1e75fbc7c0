//! A country of enti with invented figures, signed and stored as a node would hold it.

use ed25519_dalek::SigningKey;
use faccina_node::federation::FeedLog;
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogue,
    envelope::Id,
    feed::{Body, Entry, Signed, seal_entry},
    names::Author,
    replica::{Change, Stored},
    roster::{Federation, commitment},
    wire::feed::v1 as wire,
};
use std::path::Path;

pub(crate) const ENTI: usize = 6_000;
pub(crate) const MONTHS: u32 = 36;
pub(crate) const OBSERVER: &str = "dfp_bench";
pub(crate) const LAST_MONTH: u32 = 202_512;
pub(crate) const TODAY: u32 = 20_260_120;
const FIRST_MONTH: u32 = 202_301;
const FOUNDED: u32 = 20_221_201;
/// DFP designates one ente in so many.
const EXPERTS_EVERY: usize = 100;
/// Entries of so many enti are committed together.
const ENTI_PER_COMMIT: usize = 100;

/// Service and area.
const SERVICES: [(&str, &str); 12] = [
    ("anagrafe", "demografici"),
    ("stato_civile", "demografici"),
    ("elettorale", "demografici"),
    ("tributi", "tributi"),
    ("tari", "tributi"),
    ("suap", "imprese"),
    ("edilizia", "imprese"),
    ("scuola", "persona"),
    ("biblioteca", "persona"),
    ("sport", "persona"),
    ("polizia_locale", "territorio"),
    ("urp", "territorio"),
];
/// Channel, reds and yellows in a thousand votes.
const CHANNELS: [(&str, f64, f64); 3] =
    [("counter", 30.0, 40.0), ("phone", 70.0, 70.0), ("web", 100.0, 100.0)];

struct Comune {
    code: String,
    name: String,
    region: String,
    population: u32,
}

/// Writes all feeds into the log.
pub(crate) fn country(log: &FeedLog) -> Federation {
    let comuni = comuni();
    let successor = SigningKey::from_bytes(&[9; 32]).verifying_key();
    let root_key = SigningKey::from_bytes(&[1; 32]);
    let federation = Federation::new("Bench", root_key.verifying_key(), commitment(&successor));
    let mut root = Pen::new(&federation, "root", root_key);
    root.write(
        FOUNDED,
        Body::Genesis(wire::Genesis {
            federation_name: "Bench".into(),
            successor_hash: commitment(&successor).to_vec().into(),
            first_month: FIRST_MONTH,
        }),
    );
    root.write(FOUNDED, member(OBSERVER, "Osservatorio", "", 0, wire::Role::Observer));
    for comune in &comuni {
        root.write(
            FOUNDED,
            member(&comune.code, &comune.name, &comune.region, comune.population, wire::Role::Ente),
        );
    }
    log.apply(&root.changes).unwrap();
    log.apply(&observer(&federation, &comuni).changes).unwrap();
    for (block, enti) in comuni.chunks(ENTI_PER_COMMIT).enumerate() {
        let feeds = enti.iter().enumerate();
        let feeds = feeds.map(|(place, comune)| feed(&federation, comune, block * ENTI_PER_COMMIT + place));
        log.apply(&feeds.flat_map(|pen| pen.changes).collect::<Vec<_>>()).unwrap();
    }
    federation
}

fn comuni() -> Vec<Comune> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data/comuni.csv");
    let mut rows = csv::Reader::from_path(path).unwrap();
    let comune = |row: csv::StringRecord| Comune {
        code: row[1].to_owned(),
        name: row[2].to_owned(),
        region: row[4].to_owned(),
        population: row[5].parse().unwrap_or(1_000),
    };
    rows.records().take(ENTI).map(|row| comune(row.unwrap())).collect()
}

fn key(code: &str) -> SigningKey {
    let mut seed = [3; 32];
    for (byte, letter) in seed.iter_mut().zip(code.bytes()) {
        *byte = letter;
    }
    SigningKey::from_bytes(&seed)
}

fn member(code: &str, name: &str, region: &str, population: u32, role: wire::Role) -> Body {
    let public = key(code).verifying_key().to_bytes().to_vec();
    Body::Member(wire::MemberRecord {
        ipa_code: code.into(),
        name: name.into(),
        category: "L6".into(),
        region: region.into(),
        population,
        mailbox: format!("qualita@{code}.example"),
        role: role.into(),
        feed_keys: vec![wire::FeedKey { public_key: public.into(), first_sequence: 1, last_sequence: 0 }],
        first_month: FIRST_MONTH,
        ..wire::MemberRecord::default()
    })
}

/// Writes one author's entries in order.
struct Pen<'a> {
    federation: &'a Federation,
    author: Author,
    key: SigningKey,
    head: Option<(u64, Id)>,
    changes: Vec<Change>,
}

impl<'a> Pen<'a> {
    fn new(federation: &'a Federation, author: &str, key: SigningKey) -> Self {
        Self { federation, author: author.parse().unwrap(), key, head: None, changes: Vec::new() }
    }

    fn write(&mut self, day: u32, body: Body) -> Id {
        let sequence = self.head.map_or(1, |(sequence, _)| sequence + 1);
        let day = CivilDay::from_yyyymmdd(day).unwrap();
        let prev = self.head.map(|(_, id)| id);
        let entry = Entry { author: self.author.clone(), sequence, prev, day, body };
        let envelope = seal_entry(self.federation.id(), &self.key, &entry).unwrap();
        let bytes = envelope.bytes().clone();
        let id = Signed::trusted(envelope, self.federation.id()).unwrap().id();
        self.head = Some((sequence, id));
        self.changes.push(Change::Put(Stored { author: self.author.clone(), sequence, id, bytes }));
        id
    }
}

fn observer<'a>(federation: &'a Federation, comuni: &[Comune]) -> Pen<'a> {
    let mut pen = Pen::new(federation, OBSERVER, key(OBSERVER));
    let text = |text: &str| vec![wire::LocalisedText { language: "it".into(), text: text.into() }];
    let service = |(code, area): (&str, &str)| wire::Service {
        code: code.into(),
        name: text(code),
        area: area.into(),
        ..wire::Service::default()
    };
    let channel = |(code, ..): (&str, f64, f64)| wire::Channel { code: code.into(), name: text(code) };
    let mut services = SERVICES.map(service).to_vec();
    services.sort_by(|one, other| one.code.cmp(&other.code));
    let part = wire::CataloguePart {
        version: 1,
        services,
        channels: CHANNELS.map(channel).to_vec(),
        ..wire::CataloguePart::default()
    };
    let from = Month::from_yyyymm(FIRST_MONTH).unwrap();
    let catalogue = Catalogue::assemble(1, from, (5, 10), &[part]).unwrap();
    let id = pen.write(FOUNDED, Body::CataloguePart(catalogue.parts()[0].clone()));
    pen.write(FOUNDED, Body::CatalogueClosing(catalogue.closing(&[id])));
    for (place, comune) in comuni.iter().enumerate().step_by(EXPERTS_EVERY) {
        let (_, area) = SERVICES[place / EXPERTS_EVERY % SERVICES.len()];
        pen.write(
            20_251_201,
            Body::ExpertDesignation(wire::ExpertDesignation {
                ipa_code: comune.code.clone(),
                area: area.into(),
                reason: "ascolto continuo".into(),
                valid_to_day: 20_261_231,
            }),
        );
    }
    pen
}

fn feed<'a>(federation: &'a Federation, comune: &Comune, place: usize) -> Pen<'a> {
    let mut pen = Pen::new(federation, &comune.code, key(&comune.code));
    let mut dice = Dice(place as u64 + 1);
    let mut month = Month::from_yyyymm(FIRST_MONTH).unwrap();
    let quality = (0.3 * dice.normal()).exp();
    let mut carried = Vec::new();
    for _ in 0..MONTHS {
        let day = month.next().first_day().plus_days(10).yyyymmdd();
        let mut summary = summary(comune, month, quality, &mut dice);
        if summary.carried {
            carried.push(month.yyyymm());
        } else {
            summary.carried_from = std::mem::take(&mut carried);
        }
        pen.write(day, Body::Summary(summary));
        month = month.next();
    }
    pen
}

fn summary(comune: &Comune, month: Month, quality: f64, dice: &mut Dice) -> wire::Summary {
    let size = (f64::from(comune.population.max(100)) / 2_500.0).sqrt();
    let votes = 150.0 * size * (0.8 * dice.normal()).exp();
    let services = ((3.0 + 3.0 * size) as usize).clamp(3, SERVICES.len());
    let channels = 1 + usize::from(comune.population > 3_000) + usize::from(comune.population > 15_000);
    let mut groups = Vec::new();
    for &(channel, reds, yellows) in &CHANNELS[..channels] {
        let mut others = 0.0;
        for &(service, _) in &SERVICES[..services] {
            let share = votes * (0.5 + dice.unit()) / (services * channels) as f64;
            if share < 20.0 {
                others += share;
            } else {
                groups.push(group(service, channel, share, (reds * quality, yellows), dice));
            }
        }
        if others >= 20.0 {
            groups.push(group("", channel, others, (reds * quality, yellows), dice));
        }
    }
    groups.sort_by(|one, other| (&one.service, &one.channel).cmp(&(&other.service, &other.channel)));
    let carried = groups.is_empty();
    let parameters = wire::Parameters {
        threshold: 5,
        threshold_sensitive: 10,
        dominance: 2,
        reasons_min: 5,
        dominance_below: 20,
    };
    wire::Summary {
        month: month.yyyymm(),
        edition: 1,
        rules_version: 1,
        catalogue_version: 1,
        software_version: "0.1.0".into(),
        carried,
        parameters: (!carried).then_some(parameters),
        groups,
        ballots_root: vec![1; 32].into(),
        ..wire::Summary::default()
    }
}

fn group(
    service: &str,
    channel: &str,
    votes: f64,
    (reds, yellows): (f64, f64),
    dice: &mut Dice,
) -> wire::Group {
    let mut about = |thousandths: f64| {
        let mean = votes * thousandths / 1_000.0;
        (mean + mean.sqrt() * dice.normal()).clamp(0.0, votes / 3.0) as u32
    };
    let (red, yellow) = (about(reds), about(yellows));
    let reasons = wire::Reasons { first: red / 2, second: red / 6, third: red / 6, fourth: red / 6 };
    wire::Group {
        service: service.into(),
        channel: channel.into(),
        green: votes as u32 - red - yellow,
        yellow,
        red,
        reasons: (red >= 5).then_some(reasons),
        served: (votes > 60.0).then_some(votes as u32 * 6),
    }
}

/// The same throws on every machine.
struct Dice(u64);

impl Dice {
    /// 0..1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 33) as u32) / f64::from(1_u32 << 31)
    }

    /// Mean 0, variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}
