//! A small federation as a node would tell it, and a screen that is fed with its answers.

use faccina_proto::wire::officer::v1::{
    AboutReply, Cell, ChannelReasons, ClosedMonth, Commitment, Commitments, ComparisonReply, Counts, EnteRow,
    Expert, ExpertsReply, Interval, LiveCell, Member, MyEnteReply, Named, NationalReply, NetworkReply,
    PairReply, PooledReasonCounts, Share, State, Stratum, SummaryState, Transmission,
};
use faccina_tui::{
    message::{Command, Key, Loss, Message, Reply, Request},
    model::Model,
    texts::Language,
    update::{Words, update},
    view::{self, theme::Theme},
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

pub(crate) const MONTH: u32 = 202_604;

fn named(code: &str, it: &str, en: &str) -> Named {
    Named { code: code.to_owned(), it: it.to_owned(), en: en.to_owned(), area: "demografici".to_owned() }
}

pub(crate) fn about() -> AboutReply {
    AboutReply {
        ipa_code: "zz_b".to_owned(),
        name: "Comune di Borgofinto".to_owned(),
        role: "ente".to_owned(),
        months: vec![202_602, 202_603, MONTH],
        services: vec![
            named("anagrafe", "Anagrafe e stato civile", "Registry office"),
            named("tributi", "Tributi", "Local taxes"),
        ],
        channels: vec![named("counter", "Sportello", "Counter"), named("web", "Web", "Web")],
        reasons: vec![ChannelReasons {
            channel: "counter".to_owned(),
            reasons: vec![
                named("1", "Tempo di attesa", "Waiting time"),
                named("2", "Dover tornare", "Having to come back"),
                named("3", "Attenzione del servizio", "Attention of the service"),
                named("4", "Esito della richiesta", "Outcome of the request"),
            ],
        }],
        federation: "Prova".to_owned(),
        software_version: "0.1.0".to_owned(),
        today: 20_260_520,
        demo: false,
    }
}

/// An interval wide enough to be seen; the real ones come from the node.
#[expect(clippy::cast_precision_loss, reason = "small counts of a fixture")]
fn share(part: u64, n: u64) -> Option<Share> {
    let value = part as f64 / n as f64;
    let wilson = Interval { low: (value - 0.05).max(0.0), high: (value + 0.03).min(1.0) };
    (n > 0).then_some(Share { value, wilson: Some(wilson) })
}

fn counts(green: u64, yellow: u64, red: u64) -> Counts {
    Counts { green, yellow, red }
}

fn cell(service: &str, channel: &str, votes: Counts) -> Cell {
    let n = votes.green + votes.yellow + votes.red;
    Cell {
        service: service.to_owned(),
        channel: channel.to_owned(),
        green: share(votes.green, n),
        yellow: share(votes.yellow, n),
        red: share(votes.red, n),
        votes: Some(votes),
        reasons: Vec::new(),
        served: None,
    }
}

pub(crate) fn my_ente() -> MyEnteReply {
    let own = Cell { reasons: vec![6, 1, 0, 2], ..cell("anagrafe", "counter", counts(190, 10, 9)) };
    let met = |it: &str| Commitment { state: State::Met.into(), it: it.to_owned(), en: it.to_owned() };
    let missed = Commitment {
        state: State::Missed.into(),
        it: "I risultati di aprile 2026 non sono sul sito.".to_owned(),
        en: "The results of April 2026 are not on the site.".to_owned(),
    };
    let commitments = Commitments {
        plan: Some(met("Il piano è pubblicato.")),
        survey: Some(met("Aprile 2026 è trasmesso.")),
        publication: Some(missed),
    };
    MyEnteReply {
        received_today: 15,
        open_month: 202_605,
        live: vec![LiveCell {
            service: "anagrafe".to_owned(),
            branch: "centro".to_owned(),
            votes: Some(counts(9, 1, 0)),
            month: 202_605,
        }],
        last: Some(ClosedMonth {
            month: MONTH,
            carried: false,
            cells: vec![cell("", "", counts(8, 1, 0)), own, cell("tributi", "web", counts(30, 4, 3))],
            total: Some(counts(228, 15, 12)),
            pooled: Some(PooledReasonCounts { reasons: vec![2, 1, 0, 2], reds: 6 }),
            carried_from: vec![202_603],
            edition: 1,
            green: share(228, 255),
            yellow: share(15, 255),
            red: share(12, 255),
        }),
        commitments: Some(commitments),
        headline_it: "aprile 2026: 255 voti, 89,4 % verdi.".to_owned(),
        headline_en: "April 2026: 255 votes, 89.4% green.".to_owned(),
    }
}

fn row(
    code: &str,
    name: &str,
    region: &str,
    population: Option<u32>,
    state: SummaryState,
    votes: Counts,
) -> EnteRow {
    let n = votes.green + votes.yellow + votes.red;
    let refused = state == SummaryState::Refused;
    EnteRow {
        ipa_code: code.to_owned(),
        name: name.to_owned(),
        category: "L6".to_owned(),
        region: region.to_owned(),
        population,
        state: state.into(),
        reason_it: if refused { "un gruppo è troppo piccolo".to_owned() } else { String::new() },
        reason_en: if refused { "a group is too small".to_owned() } else { String::new() },
        green: share(votes.green, n),
        yellow: share(votes.yellow, n),
        red: share(votes.red, n),
        votes: (n > 0).then_some(votes),
        expert: code == "zz_e",
        services: vec!["anagrafe".to_owned()],
        ..EnteRow::default()
    }
}

fn rows() -> Vec<EnteRow> {
    use SummaryState::{Counted, Missing, Refused};
    vec![
        row("zz_b", "Comune di Borgofinto", "Umbria", Some(8_400), Counted, counts(228, 15, 12)),
        row(
            "zz_e",
            "Città di 東京 Immaginaria sul Lago Lunghissimo",
            "Lazio",
            Some(91_000),
            Counted,
            counts(900, 60, 40),
        ),
        row("zz_m", "Comune di Montinventato", "Abruzzo", None, Missing, counts(0, 0, 0)),
        row("zz_r", "Comune di Roccafantasia", "Calabria", Some(640), Refused, counts(0, 0, 0)),
    ]
}

fn comparison() -> ComparisonReply {
    ComparisonReply {
        month: MONTH,
        rows: rows(),
        total: Some(counts(1_128, 75, 52)),
        green: share(1_128, 1_255),
        yellow: share(75, 1_255),
        red: share(52, 1_255),
        headline_it: "aprile 2026: 2 enti con dati su 4.".to_owned(),
        headline_en: "April 2026: 2 of 4 enti with data.".to_owned(),
        ..ComparisonReply::default()
    }
}

fn experts() -> ExpertsReply {
    let expert = Expert {
        ipa_code: "zz_e".to_owned(),
        name: "Città di 東京 Immaginaria sul Lago Lunghissimo".to_owned(),
        category: "L6".to_owned(),
        region: "Lazio".to_owned(),
        population: Some(91_000),
        mailbox: "qualita@zz-e.example".to_owned(),
        areas: vec!["demografici".to_owned()],
        reason: "ascolta con continuità".to_owned(),
        valid_to_day: 20_270_101,
        available: None,
        ..Expert::default()
    };
    ExpertsReply {
        experts: vec![expert],
        headline_it: "Una amministrazione esperta designata.".to_owned(),
        headline_en: "One expert administration designated.".to_owned(),
    }
}

fn pair() -> PairReply {
    let mut all = rows();
    let comparable = Stratum {
        service: "anagrafe".to_owned(),
        channel: "counter".to_owned(),
        left: Some(cell("anagrafe", "counter", counts(190, 10, 9))),
        right: Some(cell("anagrafe", "counter", counts(700, 20, 10))),
        difference: Some(-0.05),
        newcombe: Some(Interval { low: -0.1, high: -0.01 }),
        not_comparable_it: String::new(),
        not_comparable_en: String::new(),
    };
    let missing = Stratum {
        service: "tributi".to_owned(),
        channel: "web".to_owned(),
        left: Some(cell("tributi", "web", counts(30, 4, 3))),
        right: None,
        difference: None,
        newcombe: None,
        not_comparable_it: "l'altro ente non pubblica questo gruppo".to_owned(),
        not_comparable_en: "the other ente publishes no such group".to_owned(),
    };
    PairReply {
        month: MONTH,
        right: Some(all.remove(1)),
        left: Some(all.remove(0)),
        strata: vec![comparable, missing],
        mailbox: "qualita@zz-e.example".to_owned(),
        headline_it: "1 servizio confrontabile su 2.".to_owned(),
        headline_en: "1 of 2 services comparable.".to_owned(),
        ..PairReply::default()
    }
}

fn national() -> NationalReply {
    let transmission = |one: &EnteRow| Transmission {
        ipa_code: one.ipa_code.clone(),
        name: one.name.clone(),
        state: one.state,
        reason_it: one.reason_it.clone(),
        reason_en: one.reason_en.clone(),
        day: if one.votes.is_some() { 20_260_511 } else { 0 },
        due_day: 20_260_511,
    };
    NationalReply {
        month: MONTH,
        published: true,
        identical: true,
        restatement: 1,
        expected: 4,
        counted: 2,
        refused: 1,
        population_expected: 100_040,
        population_counted: 99_400,
        total: Some(counts(1_128, 75, 52)),
        green: share(1_128, 1_255),
        yellow: share(75, 1_255),
        red: share(52, 1_255),
        cells: vec![cell("", "", counts(8, 1, 0)), cell("anagrafe", "counter", counts(890, 30, 19))],
        transmissions: rows().iter().map(transmission).collect(),
        carried_in: 1,
        headline_it: "aprile 2026: 2 enti su 4 hanno trasmesso.".to_owned(),
        headline_en: "April 2026: 2 of 4 enti have transmitted.".to_owned(),
        ..NationalReply::default()
    }
}

pub(crate) fn network(digest: &str) -> NetworkReply {
    let member = |index: u32, code: &str, state: &str, life: u32| Member {
        index,
        ipa_code: code.to_owned(),
        name: format!("Ente {code}"),
        role: if index == 0 { "observer".to_owned() } else { "ente".to_owned() },
        head: 12,
        head_id: "0123456789abcdef".to_owned(),
        state: state.to_owned(),
        connected: index == 0,
        last_entry_day: 20_260_511,
        key_valid_to_day: 20_270_101,
        key_life_percent: Some(life),
        software_version: "0.1.0".to_owned(),
    };
    NetworkReply {
        members: vec![
            member(0, "zz_o", "ok", 10),
            member(1, "zz_b", "ok", 75),
            member(2, "zz_r", "forked", 20),
        ],
        digest: digest.to_owned(),
        connected: 1,
        headline_it: "3 membri, uno da guardare.".to_owned(),
        headline_en: "3 members, one to look at.".to_owned(),
    }
}

fn answer(request: &Request) -> Reply {
    match request {
        Request::About => Reply::About(about()),
        Request::MyEnte => Reply::MyEnte(my_ente()),
        Request::Comparison { .. } => Reply::Comparison(comparison()),
        Request::Experts => Reply::Experts(experts()),
        Request::Pair { .. } => Reply::Pair(pair()),
        Request::National { .. } => Reply::National(national()),
        Request::Network => Reply::Network(network("aa")),
    }
}

/// A screen before this federation: every question is answered at once.
pub(crate) struct Watched {
    pub(crate) model: Model,
    words: Words,
}

impl Watched {
    /// Before any answer.
    pub(crate) fn dark(language: Language, columns: u16, rows: u16) -> Self {
        Self { model: Model::new(language, columns, rows), words: Words::default() }
    }

    /// Linked, with what the node sends by itself.
    pub(crate) fn new(language: Language, columns: u16, rows: u16) -> Self {
        let mut watched = Self::dark(language, columns, rows);
        watched.take(Message::Linked(about()));
        for request in [Request::MyEnte, Request::Network] {
            let reply = Box::new(answer(&request));
            watched.take(Message::Arrived(request, reply));
        }
        watched
    }

    /// Takes a message and answers all that it makes the screen ask; tells whether the person left.
    pub(crate) fn take(&mut self, message: Message) -> bool {
        let mut waiting = update(&mut self.model, message, &self.words);
        while let Some(command) = waiting.pop() {
            let Command::Ask(request) = command else { return true };
            let reply = Box::new(answer(&request));
            waiting.extend(update(&mut self.model, Message::Arrived(request, reply), &self.words));
        }
        false
    }

    pub(crate) fn press(&mut self, keys: &str) -> bool {
        keys.chars().any(|key| self.take(Message::Key(Key::Char(key))))
    }

    pub(crate) fn lose(&mut self) {
        self.take(Message::Lost(Loss::Unreachable("connection refused".to_owned())));
    }

    pub(crate) fn buffer(&self, colour: bool) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.model.columns, self.model.rows)).unwrap();
        let texts = self.words.of(self.model.language);
        terminal.draw(|frame| view::draw(frame, &self.model, texts, &Theme::new(colour))).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as lines of text.
    pub(crate) fn text(&self) -> String {
        let buffer = self.buffer(true);
        let line = |y| {
            let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            line.trim_end().to_owned()
        };
        (0..buffer.area.height).map(line).collect::<Vec<_>>().join("\n")
    }
}
