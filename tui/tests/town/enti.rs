//! The enti beside each other.

use super::own::{MONTH, bounds, cell, counts, sentence, share};
use faccina_proto::wire::officer::v1::{
    Availability, Beyond, ComparisonReply, Counts, EnteReply, EnteRow, EnteStratum, Evidence, Expert,
    ExpertsReply, Funnel, FunnelLimit, Neighbour, NeighboursReply, PairReply, Place, Pooled, SeriesPoint,
    Spread, Stratum, SummaryState,
};

/// Where an ente with these votes stands in a funnel around 90 %.
#[expect(clippy::cast_precision_loss, reason = "small counts of a fixture")]
pub(super) fn place(votes: &Counts, peers: Beyond) -> Place {
    let n = (votes.green + votes.yellow + votes.red) as f64;
    let value = votes.green as f64 / n;
    let estimate = (votes.green as f64 + 90.0) / (n + 100.0);
    Place {
        own_target: 0.9,
        share: value,
        adjusted: value,
        adjusted_interval: bounds(value - 0.05, (value + 0.03).min(1.0)),
        plain: peers.into(),
        peers: peers.into(),
        estimate,
        estimate_interval: bounds(estimate - 0.02, (estimate + 0.02).min(1.0)),
        screened: false,
    }
}

pub(super) fn row(
    code: &str,
    name: &str,
    region: &str,
    population: Option<u32>,
    state: SummaryState,
    votes: Counts,
) -> EnteRow {
    let n = votes.green + votes.yellow + votes.red;
    let refused = state == SummaryState::Refused;
    let peers = if code == "zz_l" { Beyond::Low998 } else { Beyond::Inside };
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
        place: (n > 0).then(|| place(&votes, peers)),
        votes: (n > 0).then_some(votes),
        expert: code == "zz_e",
        services: vec!["anagrafe".to_owned()],
        distance: (code != "zz_b").then_some(if code == "zz_e" { 0.31 } else { 0.12 }),
        months: u32::from(n > 0),
    }
}

pub(super) fn rows() -> Vec<EnteRow> {
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
        row("zz_l", "Comune di Lagoinesistente", "Umbria", Some(12_300), Counted, counts(270, 70, 60)),
        row("zz_m", "Comune di Montinventato", "Abruzzo", None, Missing, counts(0, 0, 0)),
        row("zz_r", "Comune di Roccafantasia", "Calabria", Some(640), Refused, counts(0, 0, 0)),
    ]
}

/// Limits that narrow with the square root of n, as a node draws them.
pub(super) fn funnel() -> Funnel {
    let limit = |n: u32| {
        let spread = (0.09 / f64::from(n)).sqrt();
        let around = |z: f64| bounds((0.9 - z * spread).max(0.0), (0.9 + z * spread).min(1.0));
        FunnelLimit {
            n: n.into(),
            plain95: around(1.96),
            plain998: around(3.09),
            peers95: around(2.6),
            peers998: around(4.1),
        }
    };
    Funnel {
        target: 0.899,
        rho: 0.0123,
        spread: Spread::Robust.into(),
        enti: 42,
        limits: [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000].map(limit).to_vec(),
    }
}

pub(super) fn comparison() -> ComparisonReply {
    ComparisonReply {
        month: MONTH,
        from_month: MONTH,
        rows: rows(),
        total: Some(counts(1_398, 145, 112)),
        green: share(1_398, 1_655),
        yellow: share(145, 1_655),
        red: share(112, 1_655),
        headline_it: "aprile 2026: 3 enti con dati su 5.".to_owned(),
        headline_en: "April 2026: 3 of 5 enti with data.".to_owned(),
        funnel: Some(funnel()),
    }
}

pub(super) fn evidence() -> Evidence {
    Evidence {
        area: "demografici".to_owned(),
        n: 1_840,
        months: 12,
        volume: true,
        beyond: true,
        best_quartile: Some(0.97),
        quarters: 4,
        notable: true,
        words: Some(sentence(
            "Risultato notevole: 1.840 voti in dodici mesi, meno rossi di quanti il caso ne spieghi, tra il quarto migliore della rete con probabilità 97 %.",
            "Notable result: 1,840 votes in twelve months, fewer reds than chance explains, in the best quarter with probability 97%.",
        )),
    }
}

pub(super) fn series() -> Vec<SeriesPoint> {
    let months = (1..=12).map(|month| 202_500 + month).chain((1..=4).map(|month| 202_600 + month));
    let point = |(place, month): (u64, u32)| {
        let green = 170 + place * 3 + (place % 3) * 4;
        let published = place != 5;
        SeriesPoint {
            month,
            state: if published { SummaryState::Counted } else { SummaryState::Carried }.into(),
            votes: published.then(|| counts(green, 20, 240 - green - 20)),
            share: if published { share(green, 240) } else { None },
            network: share(215, 240),
        }
    };
    (0..).zip(months).map(point).collect()
}

pub(super) fn ente(code: &str) -> EnteReply {
    let stratum = |service: &str, channel: &str, votes: Counts| EnteStratum {
        service: service.to_owned(),
        channel: channel.to_owned(),
        share: share(votes.green, votes.green + votes.yellow + votes.red),
        votes: Some(votes),
        network: Some(0.912),
    };
    EnteReply {
        month: MONTH,
        row: rows().into_iter().find(|row| row.ipa_code == code),
        sentences: vec![
            sentence(
                "Tra i simili non è insolito: 89,4 % di verdi su 255 voti, gli enti differiscono anche di più.",
                "Among peers: 89.4% green on 255 votes is not unusual, enti differ by even more.",
            ),
            sentence(
                "Non diverso dal nazionale: lo scarto da 89,9 %, il valore della rete con gli stessi servizi e canali, può essere un caso.",
                "From the network: not different from the network's value, 89.9%, by more than chance.",
            ),
        ],
        series: series(),
        strata: vec![
            stratum("anagrafe", "counter", counts(190, 10, 9)),
            stratum("tributi", "web", counts(30, 4, 3)),
        ],
        evidence: if code == "zz_e" { vec![evidence()] } else { Vec::new() },
        cards: Vec::new(),
        availability: (code == "zz_b").then(|| Availability {
            available: false,
            areas: vec!["demografici".to_owned()],
            topics: vec!["totem".to_owned()],
            note: "dal 2027".to_owned(),
        }),
        participation_tenths: Some(64),
    }
}

pub(super) fn neighbours() -> NeighboursReply {
    let all = rows();
    let near = |code: &str, distance: f64| Neighbour {
        row: all.iter().find(|row| row.ipa_code == code).cloned(),
        distance,
        reasons: vec![
            sentence("12.300 abitanti contro 8.400", "12,300 inhabitants against 8,400"),
            sentence("stessi 2 servizi", "the same 2 services"),
            sentence("più voti dal web: 22 % contro 14 %", "more votes from the web: 22% against 14%"),
        ],
    };
    NeighboursReply {
        month: MONTH,
        neighbours: vec![near("zz_l", 0.12), near("zz_r", 0.18), near("zz_e", 0.31)],
        headline_it: "Il più simile è Comune di Lagoinesistente: 12.300 abitanti, stessi 2 servizi."
            .to_owned(),
        headline_en:
            "The most similar is Comune di Lagoinesistente: 12,300 inhabitants, the same 2 services."
                .to_owned(),
    }
}

pub(super) fn experts() -> ExpertsReply {
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
        valid_to_days: vec![20_270_101],
        available: Some(true),
        evidence: vec![evidence()],
        topics: vec!["code allo sportello".to_owned(), "accoglienza".to_owned()],
        note: "il martedì".to_owned(),
        cards: 2,
        twinnings: 1,
        distance: Some(0.31),
        reasons: vec![sentence("91.000 abitanti contro 8.400", "91,000 inhabitants against 8,400")],
    };
    let small = Expert {
        ipa_code: "zz_r".to_owned(),
        name: "Comune di Roccafantasia".to_owned(),
        category: "L6".to_owned(),
        region: "Calabria".to_owned(),
        population: Some(640),
        areas: vec!["demografici".to_owned()],
        reason: "pubblica ogni mese da tre anni".to_owned(),
        valid_to_day: 20_270_301,
        distance: Some(0.18),
        ..Expert::default()
    };
    ExpertsReply {
        experts: vec![expert, small],
        headline_it: "Due amministrazioni esperte designate, una disponibile.".to_owned(),
        headline_en: "Two expert administrations designated, one available.".to_owned(),
    }
}

pub(super) fn pair() -> PairReply {
    let mut all = rows();
    let comparable = Stratum {
        service: "anagrafe".to_owned(),
        channel: "counter".to_owned(),
        left: Some(cell("anagrafe", "counter", counts(190, 10, 9))),
        right: Some(cell("anagrafe", "counter", counts(700, 20, 10))),
        difference: Some(-0.05),
        newcombe: bounds(-0.1, -0.01),
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
    let pooled = Pooled {
        strata: 1,
        left_n: 209,
        right_n: 730,
        crude: -0.05,
        difference: -0.021,
        interval: bounds(-0.048, 0.006),
        odds_ratio: Some(0.82),
        odds_interval: bounds(0.6, 1.12),
        breslow_day_p: Some(0.41),
        superiority: Some(0.49),
        words: Some(sentence(
            "A parità di servizi la differenza è 2,1 punti, e può essere solo il caso.",
            "For the same services the difference is 2.1 points, and may be chance alone.",
        )),
        ..Pooled::default()
    };
    PairReply {
        month: MONTH,
        from_month: MONTH,
        right: Some(all.remove(1)),
        left: Some(all.remove(0)),
        strata: vec![comparable, missing],
        mailbox: "qualita@zz-e.example".to_owned(),
        headline_it: "1 servizio confrontabile su 2.".to_owned(),
        headline_en: "1 of 2 services comparable.".to_owned(),
        channels: vec![Pooled { channel: "counter".to_owned(), ..pooled.clone() }],
        pooled: Some(pooled),
    }
}
