//! The enti most like one, and what brings them near in words.

use super::{OfficerService, comparison::ente_row, figures::sentence, reader::Reader};
use crate::{
    views::{Filter, Indicator, Likeness, Question, Window},
    words::{Value, Words, say},
};
use faccina_proto::{
    calendar::Month,
    names::{Code, IpaCode},
    roster::Member,
    wire::officer::v1 as wire,
};
use tonic::{Request, Status};

impl OfficerService {
    pub(super) async fn neighbours_now(
        &self,
        request: Request<wire::NeighboursRequest>,
    ) -> Result<wire::NeighboursReply, Status> {
        let asked = request.into_inner();
        self.read(move |node, views, _, today| node.reader(views, today).neighbours(&asked)).await
    }
}

pub(super) fn neighbours(reader: &Reader<'_>, member: &Member, month: Month) -> wire::NeighboursReply {
    let question =
        Question { month, window: Window::Twelve, filter: Filter::default(), indicator: Indicator::Green };
    let places = reader.answers.places(reader.views, &question);
    let profiles = reader.answers.profiles(reader.views, month);
    let ours = reader.profiles(month);
    let found = reader.views.neighbours(&profiles, &member.code);
    let neighbours = found.iter().map(|neighbour| {
        let row = reader.views.row(&places, neighbour.member, reader.today);
        wire::Neighbour {
            row: Some(ente_row(reader, &row, &question, ours.as_deref())),
            distance: neighbour.distance,
            reasons: reasons(reader, month, &neighbour.likeness),
        }
    });
    let neighbours: Vec<_> = neighbours.collect();
    let count = Value::Count(u64::try_from(neighbours.len()).unwrap_or(u64::MAX));
    let words = say("neighbours", &[("name", Value::Text(&member.name)), ("n", count)]);
    wire::NeighboursReply { month: month.yyyymm(), neighbours, headline_it: words.it, headline_en: words.en }
}

/// What brings two enti near or apart, each in words.
pub(super) fn reasons(reader: &Reader<'_>, month: Month, likeness: &[Likeness]) -> Vec<wire::Sentence> {
    likeness.iter().map(|likeness| sentence(words(reader, month, likeness))).collect()
}

/// What brings `other` near to this node's ente or apart; nothing where it belongs to no ente.
pub(super) fn reasons_from_own(reader: &Reader<'_>, month: Month, other: &IpaCode) -> Vec<wire::Sentence> {
    let profiles = reader.profiles(month);
    profiles.map(|it| reasons(reader, month, &it.likeness(reader.own, other))).unwrap_or_default()
}

fn words(reader: &Reader<'_>, month: Month, likeness: &Likeness) -> Words {
    let count = |n: usize| Value::Count(u64::try_from(n).unwrap_or(u64::MAX));
    match likeness {
        Likeness::OtherKind => say("like-other-kind", &[]),
        Likeness::Population { ours, theirs } => {
            let (ours, theirs) = (Value::Count((*ours).into()), Value::Count((*theirs).into()));
            say("like-population", &[("ours", ours), ("theirs", theirs)])
        }
        Likeness::SameServices { services } => say("like-same-services", &[("n", count(*services))]),
        Likeness::Services { common, either } => {
            say("like-services", &[("n", count(*common)), ("either", count(*either))])
        }
        Likeness::Channel { channel, ours, theirs } => {
            let name = channel_name(reader, month, channel);
            let key = if theirs > ours { "like-channel" } else { "like-channel-less" };
            let (ours, theirs) = (Value::Percent(*ours), Value::Percent(*theirs));
            say(key, &[("channel", Value::Both(&name)), ("ours", ours), ("theirs", theirs)])
        }
        Likeness::SameChannels => say("like-same-channels", &[]),
        Likeness::SameRegion => say("like-same-region", &[]),
        Likeness::SamePart => say("like-same-part", &[]),
        Likeness::OtherPart => say("like-other-part", &[]),
    }
}

/// As the catalogue of the month calls it, else its code.
pub(super) fn channel_name(reader: &Reader<'_>, month: Month, channel: &Code) -> Words {
    let catalogue = reader.views.catalogues().in_force(month);
    let name = catalogue.and_then(|catalogue| catalogue.channels().get(channel));
    name.map_or_else(
        || Words { it: channel.to_string(), en: channel.to_string() },
        |texts| Words { it: texts.in_language("it").to_owned(), en: texts.in_language("en").to_owned() },
    )
}
