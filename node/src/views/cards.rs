//! The library of practice cards: what each ente has published and not withdrawn, and for which it may be named.
//!
//! The texts stay in the feeds, where they are read when somebody opens a card or looks for a word: the library of
//! thousands of enti is larger than all their figures.

use super::{Feeds, Views};
use faccina_proto::{
    calendar::CivilDay,
    feed::{Body, Entry},
    names::{Author, Code, IpaCode},
    practice::{self, CardName, CardNumber, Version},
    roster::Member,
};
use std::collections::{BTreeMap, BTreeSet};

/// The cards of one ente. Entries that break a rule mean nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shelf {
    cards: BTreeMap<CardNumber, Shelved>,
    consents: BTreeMap<CardNumber, bool>,
    withdrawn: BTreeSet<CardNumber>,
}

#[derive(Clone, Debug, PartialEq)]
struct Shelved {
    title: String,
    services: BTreeSet<Code>,
    topics: Vec<String>,
    day: CivilDay,
    sequence: u64,
}

/// A card of the library, without its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Practice<'a> {
    pub member: &'a Member,
    pub number: CardNumber,
    pub title: &'a str,
    /// The services it is for; empty = any.
    pub services: &'a BTreeSet<Code>,
    pub topics: &'a [String],
    /// The day of its latest version.
    pub day: CivilDay,
    /// Whether DFP may name the ente for it.
    pub nameable: bool,
    sequence: u64,
}

/// What a reader of the library looks for; empty = everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Words in title, text, topics and the ente's name, whatever their case; all of them must be there.
    pub text: String,
    /// A service; cards for any service are found too.
    pub service: Option<Code>,
    /// A topic, whatever its case.
    pub topic: String,
}

impl Shelf {
    pub(super) fn apply(&mut self, entry: &Entry) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other body is about no card")]
        match &entry.body {
            Body::PracticeCard(message) => match practice::card(message) {
                Ok((number, Version::Published(card))) => {
                    let practice::Card { title, services, topics, markdown: _ } = card;
                    let (day, sequence) = (entry.day, entry.sequence);
                    self.cards.insert(number, Shelved { title, services, topics, day, sequence });
                    self.withdrawn.remove(&number);
                }
                Ok((number, Version::Withdrawn)) => {
                    self.cards.remove(&number);
                    self.consents.remove(&number);
                    self.withdrawn.insert(number);
                }
                Err(_) => {}
            },
            Body::NamingConsent(message) => {
                // A consent says something of the card that is there, never of one to come.
                if let Ok((number, consents)) = practice::consent(message)
                    && self.cards.contains_key(&number)
                {
                    self.consents.insert(number, consents);
                }
            }
            _ => {}
        }
    }

    fn practices<'a>(&'a self, member: &'a Member) -> impl Iterator<Item = Practice<'a>> {
        self.cards.iter().map(move |(number, shelved)| Practice {
            member,
            number: *number,
            title: &shelved.title,
            services: &shelved.services,
            topics: &shelved.topics,
            day: shelved.day,
            nameable: self.consents.get(number).copied().unwrap_or(false),
            sequence: shelved.sequence,
        })
    }
}

impl Practice<'_> {
    /// Its name in the federation.
    #[must_use]
    pub fn name(&self) -> CardName {
        CardName { ente: self.member.code.clone(), number: self.number }
    }

    /// Its text; `None` if the feed was cut since the views followed it.
    #[must_use]
    pub fn markdown(&self, feeds: &dyn Feeds) -> Option<String> {
        let held = feeds.entry(&Author::Member(self.member.code.clone()), self.sequence)?;
        let Body::PracticeCard(message) = held.entry.body else { return None };
        Some(message.markdown)
    }

    fn is(&self, wanted: &Wanted, feeds: &dyn Feeds) -> bool {
        let service = wanted.service.as_ref();
        let topic = wanted.topic.to_lowercase();
        service.is_none_or(|service| self.services.is_empty() || self.services.contains(service))
            && (topic.is_empty() || self.topics.iter().any(|own| own.to_lowercase() == topic))
            && self.says(&wanted.text.to_lowercase(), feeds)
    }

    fn says(&self, text: &str, feeds: &dyn Feeds) -> bool {
        if text.trim().is_empty() {
            return true;
        }
        let told = [self.title, &self.member.name, &self.topics.join("\n")].join("\n").to_lowercase();
        let missing: Vec<&str> = text.split_whitespace().filter(|word| !told.contains(word)).collect();
        missing.is_empty()
            || self.markdown(feeds).is_some_and(|markdown| {
                let markdown = markdown.to_lowercase();
                missing.iter().all(|word| markdown.contains(word))
            })
    }
}

impl Views {
    /// All cards of the library, by ente and number.
    pub fn cards(&self) -> impl Iterator<Item = Practice<'_>> {
        self.shelves.iter().flat_map(|(code, shelf)| {
            let member = self.roster.member(code);
            member.into_iter().flat_map(|member| shelf.practices(member))
        })
    }

    /// The cards of one ente, by number.
    pub fn cards_of(&self, code: &IpaCode) -> impl Iterator<Item = Practice<'_>> {
        let shelf = self.shelves.get(code).zip(self.roster.member(code));
        shelf.into_iter().flat_map(|(shelf, member)| shelf.practices(member))
    }

    /// The card of this name, unless it is withdrawn.
    #[must_use]
    pub fn card(&self, name: &CardName) -> Option<Practice<'_>> {
        self.cards_of(&name.ente).find(|card| card.number == name.number)
    }

    /// The cards that a reader looks for, the newest first. Reads texts from `feeds` only for words found nowhere else.
    #[must_use]
    pub fn cards_wanted(&self, wanted: &Wanted, feeds: &dyn Feeds) -> Vec<Practice<'_>> {
        let mut found: Vec<_> = self.cards().filter(|card| card.is(wanted, feeds)).collect();
        found.sort_by_key(|card| (std::cmp::Reverse(card.day), card.name()));
        found
    }

    /// The cards for which DFP may name their enti, the newest first.
    #[must_use]
    pub fn cards_nameable(&self) -> Vec<Practice<'_>> {
        let mut found: Vec<_> = self.cards().filter(|card| card.nameable).collect();
        found.sort_by_key(|card| (std::cmp::Reverse(card.day), card.name()));
        found
    }

    /// The topics of all cards, each once, in the spelling met first.
    #[must_use]
    pub fn card_topics(&self) -> Vec<&str> {
        let mut topics = BTreeMap::new();
        for topic in self.cards().flat_map(|card| card.topics) {
            topics.entry(topic.to_lowercase()).or_insert(topic.as_str());
        }
        topics.into_values().collect()
    }

    /// The number for a new card of this ente: the lowest that it has not used, else the lowest of a withdrawn one;
    /// `None` if all are in the library.
    #[must_use]
    pub fn next_card(&self, code: &IpaCode) -> Option<CardNumber> {
        let none = Shelf::default();
        let shelf = self.shelves.get(code).unwrap_or(&none);
        let numbers = || (1..).map_while(|number| CardNumber::new(number).ok());
        let free = |number: &CardNumber| !shelf.cards.contains_key(number);
        numbers()
            .find(|number| free(number) && !shelf.withdrawn.contains(number))
            .or_else(|| numbers().find(free))
    }
}

#[cfg(test)]
mod tests {
    use super::super::town::{OBSERVER, Town};
    use super::*;
    use faccina_proto::wire::feed::v1 as wire;

    fn card(number: u32, title: &str, markdown: &str) -> Body {
        Body::PracticeCard(wire::PracticeCard {
            number,
            title: title.to_owned(),
            services: vec!["anagrafe".to_owned()],
            topics: vec!["Code allo sportello".to_owned()],
            markdown: markdown.to_owned(),
            withdrawn: false,
        })
    }

    fn withdrawal(number: u32) -> Body {
        Body::PracticeCard(wire::PracticeCard { number, withdrawn: true, ..Default::default() })
    }

    fn consent(card: u32, consents: bool) -> Body {
        Body::NamingConsent(wire::NamingConsent { card, consents })
    }

    fn titles(views: &Views, town: &Town, wanted: &Wanted) -> Vec<String> {
        let found = views.cards_wanted(wanted, &town.feeds());
        found.iter().map(|card| format!("{} {}", card.name(), card.title)).collect()
    }

    #[test]
    fn a_consent_for_a_card_to_come_is_none() {
        let mut town = Town::founded(&["c_aa01"]);
        town.append("c_aa01", 20_260_110, consent(1, true));
        town.append("c_aa01", 20_260_111, card(1, "Accoglienza", "testo"));
        assert!(!town.views().card(&"c_aa01/1".parse().unwrap()).unwrap().nameable);
        town.append("c_aa01", 20_260_112, consent(1, true));
        assert!(town.views().card(&"c_aa01/1".parse().unwrap()).unwrap().nameable);
    }

    #[test]
    fn the_latest_version_stands_and_a_withdrawn_card_is_gone() {
        let mut town = Town::founded(&["c_aa01", "c_bb02"]);
        town.append("c_aa01", 20_260_110, card(1, "Prima", "uno"));
        town.append("c_aa01", 20_260_111, card(2, "Seconda", "due"));
        town.append("c_bb02", 20_260_112, card(1, "Altra", "tre"));
        town.append("c_aa01", 20_260_113, card(1, "Prima, rivista", "uno e mezzo"));
        // Neither of these means anything: a number out of bounds, and raw HTML.
        town.append("c_aa01", 20_260_114, card(0, "Zero", "x"));
        town.append("c_aa01", 20_260_114, card(2, "Seconda", "<script>"));
        town.append(OBSERVER, 20_260_114, card(1, "Non un ente", "x"));
        let everything = Wanted::default();
        assert_eq!(
            titles(&town.views(), &town, &everything),
            ["c_aa01/1 Prima, rivista", "c_bb02/1 Altra", "c_aa01/2 Seconda"]
        );
        town.append("c_aa01", 20_260_115, withdrawal(1));
        let views = town.views();
        assert_eq!(titles(&views, &town, &everything), ["c_bb02/1 Altra", "c_aa01/2 Seconda"]);
        assert_eq!(views.card(&"c_aa01/1".parse().unwrap()), None);
        let next = views.next_card(&"c_aa01".parse().unwrap()).unwrap();
        assert_eq!(next.number(), 3, "the number of a withdrawn card rests while others are free");
    }

    #[test]
    fn cards_are_found_by_words_service_and_topic() {
        let mut town = Town::founded(&["c_aa01"]);
        town.append("c_aa01", 20_260_110, card(1, "Accoglienza", "Un operatore SMISTA chi entra"));
        let views = town.views();
        let look = |text: &str, service: &str, topic: &str| {
            let service = (!service.is_empty()).then(|| service.parse().unwrap());
            let wanted = Wanted { text: text.to_owned(), service, topic: topic.to_owned() };
            titles(&views, &town, &wanted).len()
        };
        for text in ["", "accoglienza", "smista", "Smista ACCOGLIENZA", "comune di c_aa01", "code"] {
            assert_eq!(look(text, "", ""), 1, "{text}");
        }
        assert_eq!((look("smista altrove", "", ""), look("", "tributi", "")), (0, 0));
        assert_eq!((look("", "anagrafe", "code allo sportello"), look("", "", "code")), (1, 0));
        assert_eq!(views.card_topics(), ["Code allo sportello"]);
        let practice = views.card(&"c_aa01/1".parse().unwrap()).unwrap();
        assert_eq!(practice.markdown(&town.feeds()).unwrap(), "Un operatore SMISTA chi entra");
    }

    #[test]
    fn an_ente_is_named_only_with_its_consent() {
        let mut town = Town::founded(&["c_aa01", "c_bb02"]);
        for number in [1, 2, 3] {
            town.append("c_aa01", 20_260_110, card(number, "Pratica", "x"));
        }
        town.append("c_aa01", 20_260_111, consent(1, true));
        town.append("c_aa01", 20_260_111, consent(2, true));
        town.append("c_aa01", 20_260_112, consent(2, false));
        // A consent without a card names nobody.
        town.append("c_bb02", 20_260_112, consent(1, true));
        let nameable = |town: &Town| -> Vec<String> {
            town.views().cards_nameable().iter().map(|card| card.name().to_string()).collect()
        };
        assert_eq!(nameable(&town), ["c_aa01/1"]);
        town.append("c_aa01", 20_260_113, withdrawal(1));
        assert!(nameable(&town).is_empty());
        town.append("c_aa01", 20_260_114, card(1, "Un'altra", "x"));
        assert!(nameable(&town).is_empty(), "a withdrawal takes the consent back");
    }
}
