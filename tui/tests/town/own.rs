//! What the node says of itself and of the nation, and the small parts of all fixtures.

use super::enti::rows;
use super::twinnings::card_title;
use faccina_proto::wire::officer::v1::{
    AboutReply, Arrival, Cell, ChannelReasons, Check, ClosedMonth, Commitment, Commitments, Counts, EnteRow,
    Interval, Listening, LiveCell, MyEnteReply, Named, NationalPublication, NationalReply,
    PooledReasonCounts, RefusedVotes, Sentence, Share, State, ToVerify, Transmission,
};

pub(crate) const MONTH: u32 = 202_604;

pub(super) fn named(code: &str, it: &str, en: &str) -> Named {
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
        warnings: Vec::new(),
    }
}

/// An interval wide enough to be seen; the real ones come from the node.
#[expect(clippy::cast_precision_loss, reason = "small counts of a fixture")]
pub(super) fn share(part: u64, n: u64) -> Option<Share> {
    let value = part as f64 / n as f64;
    let wilson = Interval { low: (value - 0.05).max(0.0), high: (value + 0.03).min(1.0) };
    (n > 0).then_some(Share { value, wilson: Some(wilson) })
}

pub(super) fn counts(green: u64, yellow: u64, red: u64) -> Counts {
    Counts { green, yellow, red }
}

pub(super) fn cell(service: &str, channel: &str, votes: Counts) -> Cell {
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
        to_verify: vec![ToVerify {
            month: 202_605,
            service: "anagrafe".to_owned(),
            checks: vec![Check::ShortGaps.into(), Check::Burst.into()],
        }],
        refused: vec![
            refused("invite-spent", "invito già usato", 1),
            refused("too-late", "voto troppo vecchio", 15),
        ],
        listening: Some(listening()),
        reported: true,
    }
}

fn listening() -> Listening {
    Listening { terminals: 12, silent: 1, wrong_clock: 0, listened_tenths: Some(9), heard: 12 }
}

fn refused(code: &str, it: &str, votes: u32) -> RefusedVotes {
    RefusedVotes { code: code.to_owned(), it: it.to_owned(), en: code.to_owned(), votes }
}

pub(super) fn sentence(it: &str, en: &str) -> Sentence {
    Sentence { it: it.to_owned(), en: en.to_owned() }
}

pub(super) fn bounds(low: f64, high: f64) -> Option<Interval> {
    Some(Interval { low, high })
}

pub(super) fn national() -> NationalReply {
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
        expected: 5,
        counted: 3,
        refused: 1,
        population_expected: 100_040,
        population_counted: 99_400,
        total: Some(counts(1_398, 145, 112)),
        green: share(1_398, 1_655),
        yellow: share(145, 1_655),
        red: share(112, 1_655),
        cells: vec![cell("", "", counts(8, 1, 0)), cell("anagrafe", "counter", counts(890, 30, 19))],
        transmissions: rows().iter().map(transmission).collect(),
        carried_in: 1,
        practices: vec![card_title(2, "Prenotazione e fila libera insieme")],
        headline_it: "aprile 2026: 3 enti su 5 hanno trasmesso.".to_owned(),
        headline_en: "April 2026: 3 of 5 enti have transmitted.".to_owned(),
        publications: vec![
            NationalPublication {
                restatement: 0,
                day: 20_260_520,
                expected: 5,
                counted: 2,
                total: Some(counts(1_358, 140, 107)),
                changes: Vec::new(),
            },
            NationalPublication {
                restatement: 1,
                day: 20_260_523,
                expected: 5,
                counted: 3,
                total: Some(counts(1_398, 145, 112)),
                changes: vec![Sentence {
                    it: "Enti contati: da 2 su 5 a 3 su 5.".to_owned(),
                    en: "Entities counted: from 2 of 5 to 3 of 5.".to_owned(),
                }],
            },
        ],
        arrivals: vec![Arrival { day: 20_260_511, counted: 2 }, Arrival { day: 20_260_522, counted: 3 }],
        due_day: 20_260_511,
        ..NationalReply::default()
    }
}
