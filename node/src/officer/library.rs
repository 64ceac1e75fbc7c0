//! The practice cards: the library that every member can read.

use super::{OfficerService, figures::card_title, reader::code};
use crate::{
    views::{Practice, Views, Wanted},
    words::{Value, say},
};
use faccina_proto::{practice::CardName, wire::officer::v1 as wire};
use tonic::{Request, Status};

/// Longest text to look for, in bytes: a line.
const SEARCH_BYTES_MAX: usize = 256;

impl OfficerService {
    pub(super) async fn cards_now(
        &self,
        request: Request<wire::CardsRequest>,
    ) -> Result<wire::CardsReply, Status> {
        let wire::CardsRequest { text, service, topic } = request.into_inner();
        if text.len() + topic.len() > SEARCH_BYTES_MAX {
            return Err(Status::invalid_argument(format!(
                "the words looked for have at most {SEARCH_BYTES_MAX} bytes: give fewer"
            )));
        }
        let wanted = Wanted { text, service: code("service", &service)?, topic };
        Ok(self
            .read(move |_, views, feeds, _| {
                let found = views.cards_wanted(&wanted, feeds);
                let counts = [
                    ("n", Value::Count(found.len() as u64)),
                    ("all", Value::Count(views.cards().count() as u64)),
                ];
                let everything = wanted == Wanted::default();
                let headline = say(if everything { "library-all" } else { "library-found" }, &counts);
                wire::CardsReply {
                    cards: found.iter().map(card_title).collect(),
                    topics: views.card_topics().into_iter().map(str::to_owned).collect(),
                    headline_it: headline.it,
                    headline_en: headline.en,
                }
            })
            .await)
    }

    pub(super) async fn card_now(
        &self,
        request: Request<wire::CardRequest>,
    ) -> Result<wire::CardReply, Status> {
        let wire::CardRequest { ipa_code, number } = request.into_inner();
        let name = card_name(&ipa_code, number)?;
        self.read(move |_, views, feeds, _| {
            let card = card_of(views, &name)?;
            let Some(markdown) = card.markdown(feeds) else {
                return Err(Status::aborted("the feed of the card is being read again: ask once more"));
            };
            let mailbox = card.member.mailbox.clone();
            Ok(wire::CardReply { title: Some(card_title(&card)), markdown, mailbox })
        })
        .await
    }
}

/// Reads the name of a card in a request.
pub(super) fn card_name(ipa_code: &str, number: u32) -> Result<CardName, Status> {
    format!("{ipa_code}/{number}").parse().map_err(|error| {
        Status::invalid_argument(format!("{error}; a card is named by its ente and number, as c_h361/3"))
    })
}

/// The card of this name, or what to do.
pub(super) fn card_of<'a>(views: &'a Views, name: &CardName) -> Result<Practice<'a>, Status> {
    views.card(name).ok_or_else(|| {
        Status::not_found(format!(
            "there is no practice card {name}, or it is withdrawn: the library lists all"
        ))
    })
}
