//! One ente against the network: its place in plain sentences, its series, its strata, its evidence.

use super::{
    OfficerService,
    comparison::ente_row,
    evidence,
    figures::{card_title, counts, sentence, share},
    judgement,
    reader::Reader,
};
use crate::{
    stats::{Beyond, Dispersion, Level, Placed},
    views::{EnteStratum, Funnel, Indicator, Place, Point, Question, due_day},
    words::{Value, Words, say},
};
use faccina_proto::{practice::Availability, roster::Member, wire::officer::v1 as wire};
use tonic::{Request, Status};

impl OfficerService {
    pub(super) async fn ente_now(
        &self,
        request: Request<wire::EnteRequest>,
    ) -> Result<wire::EnteReply, Status> {
        let asked = request.into_inner();
        self.read(move |node, views, _, today| node.reader(views, today).ente(&asked)).await
    }
}

pub(super) fn ente(reader: &Reader<'_>, member: &Member, question: Question) -> wire::EnteReply {
    let (views, code) = (reader.views, &member.code);
    let places = reader.answers.places(views, &question);
    let profiles = reader.profiles(question.month);
    let row = views.row(&places, member, reader.today);
    let yardstick = reader.answers.yardstick(views, question.month);
    let served = views.served(code, &question);
    let availability = views.standing(code).availability;
    let sentences = sentences(&question, row.place, places.funnel.as_ref(), served);
    wire::EnteReply {
        month: question.month.yyyymm(),
        row: Some(ente_row(reader, &row, &question, profiles.as_deref())),
        sentences: sentences.into_iter().map(sentence).collect(),
        series: views
            .series(code, &question)
            .iter()
            .map(|it| point(reader, it, question.indicator))
            .collect(),
        strata: places.strata(code).map(|it| stratum(&it, question.indicator)).collect(),
        evidence: yardstick.evidence(views, code).iter().map(|(area, it)| evidence::of(area, it)).collect(),
        cards: views.cards_of(code).map(|card| card_title(&card)).collect(),
        availability: availability.map(wire_availability),
        participation_tenths: served.and_then(per_thousand),
    }
}

fn wire_availability(availability: Availability) -> wire::Availability {
    let Availability { available, areas, topics, note } = availability;
    wire::Availability { available, areas, topics, note }
}

/// Votes of 1,000 users served, rounded; more votes than users is more than 1,000, and is shown as such.
fn per_thousand((votes, served): (u64, u64)) -> Option<u32> {
    let (votes, served) = (u128::from(votes), u128::from(served));
    (served > 0).then(|| u32::try_from((votes * 2_000 + served) / (2 * served)).unwrap_or(u32::MAX))
}

fn point(reader: &Reader<'_>, point: &Point<'_>, indicator: Indicator) -> wire::SeriesPoint {
    let (state, _) = judgement::state(&point.state, due_day(point.month), reader.today);
    let of = |votes| share(indicator.of(votes), votes.n());
    wire::SeriesPoint {
        month: point.month.yyyymm(),
        state: state.into(),
        votes: point.votes.filter(|votes| votes.n() > 0).map(counts),
        share: point.votes.and_then(of),
        network: of(point.network),
    }
}

fn stratum(stratum: &EnteStratum<'_>, indicator: Indicator) -> wire::EnteStratum {
    wire::EnteStratum {
        service: stratum.key.service.as_str().to_owned(),
        channel: stratum.key.channel.as_str().to_owned(),
        votes: Some(counts(stratum.votes)),
        share: share(indicator.of(stratum.votes), stratum.votes.n()),
        network: indicator.share(stratum.network).map(|share| share.value()),
    }
}

/// How the sentences choose the face.
pub(super) fn face(indicator: Indicator) -> Value<'static> {
    Value::Text(match indicator {
        Indicator::Green => "green",
        Indicator::Red => "red",
    })
}

/// What the place means: among peers, against the network, then what to keep in mind.
fn sentences(
    question: &Question,
    place: Option<&Place>,
    funnel: Option<&Funnel>,
    served: Option<(u64, u64)>,
) -> Vec<Words> {
    let (Some(place), Some(funnel)) = (place, funnel) else { return vec![say("place-none", &[])] };
    let values = [
        ("face", face(question.indicator)),
        ("share", Value::Percent(place.share.value())),
        ("target", Value::Percent(place.own_target)),
        ("network", Value::Percent(funnel.target)),
        ("n", Value::Count(place.share.trials())),
    ];
    let mut said = vec![say(peers(place.peers), &values), say(plain(place.plain), &values)];
    if !(Placed { share: place.share, target: place.own_target }).has_enough() {
        said.push(say("caveat-few-votes", &values));
    }
    if let Dispersion::TooFew { enti } = funnel.dispersion {
        let enti = ("enti", Value::Count(u64::try_from(enti).unwrap_or(u64::MAX)));
        said.push(say("caveat-few-enti", &[enti]));
    }
    said.push(match served.and_then(|(votes, served)| share(votes.min(served), served)) {
        Some(share) => say("caveat-participation", &[("share", Value::Percent(share.value))]),
        None => say("caveat-participation-unknown", &[]),
    });
    said
}

fn peers(beyond: Beyond) -> &'static str {
    match beyond {
        Beyond::Within => "place-peers-within",
        Beyond::Below(Level::Warning) => "place-peers-below",
        Beyond::Below(Level::Alarm) => "place-peers-far-below",
        Beyond::Above(Level::Warning) => "place-peers-above",
        Beyond::Above(Level::Alarm) => "place-peers-far-above",
    }
}

fn plain(beyond: Beyond) -> &'static str {
    match beyond {
        Beyond::Within => "place-plain-within",
        Beyond::Below(Level::Warning) => "place-plain-below",
        Beyond::Below(Level::Alarm) => "place-plain-far-below",
        Beyond::Above(Level::Warning) => "place-plain-above",
        Beyond::Above(Level::Alarm) => "place-plain-far-above",
    }
}
