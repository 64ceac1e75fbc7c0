//! What the terminal shows: the services of its ente, the four reasons of its channel, the catalogue's own words, and what
//! the ente says while nobody votes.

use super::words::{FIRST, ORDER, Words, words};
use faccina_proto::{
    calendar::{CalendarError, CivilDay},
    limits::OPENING_HOURS_MAX,
    names::{Code, NameError},
    terminals::{OpeningHours, TerminalError},
    wire::{
        feed::v1::LocalisedText,
        terminal::v1::{self as wire, BoothReply, Message as WireMessage},
    },
};
use prost::Message as _;
use serde::Serialize;
use std::collections::BTreeMap;

/// Most services on one page: beyond it nobody finds theirs, and the ente gives the terminal a shorter list.
pub const SERVICES_MAX: usize = 24;
/// Longest text on the page, in characters: two lines of a button.
const TEXT_CHARACTERS_MAX: usize = 120;
/// Most messages on the idle screen, as the node bounds them.
const MESSAGES_MAX: usize = 8;
/// Longest text of such a message, in characters, as the node bounds it.
const MESSAGE_CHARACTERS_MAX: usize = 160;
/// Reasons after a red face: four, or none where the catalogue has no list for the channel.
const REASONS: usize = 4;
/// Longest answer of the node that is kept, in bytes: services, reasons and texts in five languages.
const BOOTH_BYTES_MAX: usize = 256 * 1024;

/// Why the node's answer cannot be shown. Update the agent or the node.
#[derive(Debug, thiserror::Error)]
pub enum BoothError {
    /// More than any booth needs.
    #[error("it has {0} bytes, at most {BOOTH_BYTES_MAX}")]
    TooLarge(usize),
    /// Damaged.
    #[error("it cannot be decoded")]
    Undecodable(#[from] prost::DecodeError),
    /// More than anybody can read.
    #[error("it has {0} services, at most {SERVICES_MAX}: give this terminal a shorter list")]
    Services(usize),
    /// Other than four.
    #[error("it has {0} reasons, but there are four or none")]
    Reasons(usize),
    /// No code.
    #[error("a service has a wrong code")]
    Name(#[from] NameError),
    /// No day.
    #[error("its day is wrong")]
    Day(#[from] CalendarError),
    /// No hours.
    #[error("its opening hours are wrong")]
    Hours(#[from] TerminalError),
}

type Localised = BTreeMap<String, String>;

/// The booth of this terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booth {
    ente_name: String,
    services: Vec<(Code, Localised)>,
    reasons: Vec<Localised>,
    texts: BTreeMap<String, Localised>,
    messages: Vec<(Localised, Localised)>,
    privacy_contact: String,
    /// When the office around this terminal is open; empty = unknown.
    pub hours: Vec<OpeningHours>,
    /// The node's day, in Europe/Rome.
    pub today: CivilDay,
    /// The catalogue that the services and reasons come from.
    pub catalogue_version: u32,
}

impl Booth {
    /// Reads the node's answer.
    pub fn of(reply: BoothReply) -> Result<Self, BoothError> {
        if reply.services.len() > SERVICES_MAX {
            return Err(BoothError::Services(reply.services.len()));
        }
        if ![0, REASONS].contains(&reply.reasons.len()) {
            return Err(BoothError::Reasons(reply.reasons.len()));
        }
        let hours = reply.hours.len();
        if hours > OPENING_HOURS_MAX {
            return Err(TerminalError::TooManyHours { intervals: hours }.into());
        }
        let service = |service: faccina_proto::wire::feed::v1::Service| {
            Ok::<_, BoothError>((service.code.parse()?, localised(service.name)))
        };
        Ok(Self {
            ente_name: shortened(&reply.ente_name, TEXT_CHARACTERS_MAX),
            services: reply.services.into_iter().map(service).collect::<Result<_, _>>()?,
            reasons: reply.reasons.into_iter().map(|reason| localised(reason.text)).collect(),
            texts: reply.texts.into_iter().map(|text| (text.key, localised(text.text))).collect(),
            messages: reply.messages.into_iter().take(MESSAGES_MAX).map(message).collect(),
            privacy_contact: shortened(&reply.privacy_contact, TEXT_CHARACTERS_MAX),
            hours: reply.hours.iter().map(opening).collect::<Result<_, _>>()?,
            today: CivilDay::from_yyyymmdd(reply.today)?,
            catalogue_version: reply.catalogue_version,
        })
    }

    /// Reads an answer as it lies in the store.
    pub fn decode(bytes: &[u8]) -> Result<Self, BoothError> {
        if bytes.len() > BOOTH_BYTES_MAX {
            return Err(BoothError::TooLarge(bytes.len()));
        }
        Self::of(BoothReply::decode(bytes)?)
    }

    /// Whether votes on this service are taken here.
    pub fn offers(&self, service: &Code) -> bool {
        self.services.iter().any(|(code, _)| code == service)
    }

    /// The services on which votes are taken here.
    pub fn codes(&self) -> impl Iterator<Item = &Code> {
        self.services.iter().map(|(code, _)| code)
    }

    /// The first service; with `alone`, only if there is no other.
    pub fn first_service(&self, alone: bool) -> Option<&Code> {
        let first = self.services.first().filter(|_| !alone || self.services.len() == 1);
        first.map(|(code, _)| code)
    }

    /// Whether there is no service to vote on.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    /// Everything the page needs to know.
    pub fn page<'a>(&'a self, now: Now<'a>, idle_s: u32) -> Page<'a> {
        let languages = words().iter().map(|(language, words)| (*language, self.speak(language, words)));
        Page {
            version: env!("CARGO_PKG_VERSION"),
            ente: &self.ente_name,
            contact: &self.privacy_contact,
            now,
            order: ORDER,
            idle_ms: idle_s * 1000,
            languages: languages.collect(),
        }
    }

    fn speak(&self, language: &'static str, words: &Words) -> Spoken {
        let mut words = words.clone();
        for (id, text) in &mut words {
            if let Some(own) = self.texts.get(*id).and_then(|texts| texts.get(language)) {
                text.clone_from(own);
            }
        }
        let services = self.services.iter().map(|(code, names)| NamedService {
            code: code.to_string(),
            name: said(names, language).unwrap_or_else(|| code.to_string()),
        });
        let text = |texts| said(texts, language).unwrap_or_default();
        let messages = self.messages.iter();
        Spoken {
            words,
            services: services.collect(),
            reasons: self.reasons.iter().map(text).collect(),
            messages: messages.map(|(said, done)| Message { said: text(said), done: text(done) }).collect(),
        }
    }
}

/// How the terminal is at this moment.
#[derive(Clone, Debug, Serialize)]
pub struct Now<'a> {
    /// Whether it takes a vote.
    pub state: State,
    /// Whether staff opens it for each vote.
    pub attended: bool,
    /// How a person comes to the faces.
    pub entry: Entry,
    /// The service that staff concluded, where it opened the page for it.
    pub service: Option<&'a str>,
    /// What staff should look after.
    pub signs: Vec<Sign>,
}

/// How a person comes to the faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry {
    /// By choosing the service, if there are several.
    Free,
    /// By the code on paper.
    Code,
    /// By the link of an invite, on a device of their own.
    Link,
}

/// A small mark on the page, for who knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// The clock of this device is wrong.
    Clock,
    /// The node has been away for long.
    Away,
}

/// Whether the page takes a vote now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It does.
    Open,
    /// Staff opens it for the person just served.
    Closed,
    /// The queue is full.
    Full,
    /// The node has not yet said what to show, or this terminal has no page.
    Unavailable,
}

/// What the page is told.
#[derive(Debug, Serialize)]
pub struct Page<'a> {
    version: &'static str,
    ente: &'a str,
    contact: &'a str,
    #[serde(flatten)]
    now: Now<'a>,
    /// The languages as the page offers them; the first one is where each person begins.
    order: [&'static str; 5],
    idle_ms: u32,
    languages: BTreeMap<&'static str, Spoken>,
}

#[derive(Debug, Serialize)]
struct Spoken {
    words: Words,
    services: Vec<NamedService>,
    reasons: Vec<String>,
    messages: Vec<Message>,
}

#[derive(Debug, Serialize)]
struct Message {
    said: String,
    done: String,
}

#[derive(Debug, Serialize)]
struct NamedService {
    code: String,
    name: String,
}

fn message(message: WireMessage) -> (Localised, Localised) {
    let texts = |texts: Vec<LocalisedText>| {
        let text = |text: LocalisedText| (text.language, shortened(&text.text, MESSAGE_CHARACTERS_MAX));
        texts.into_iter().map(text).collect()
    };
    (texts(message.said), texts(message.done))
}

fn opening(hours: &wire::OpeningHours) -> Result<OpeningHours, TerminalError> {
    OpeningHours::new(hours.weekday, hours.from_minute, hours.to_minute)
}

fn localised(texts: Vec<LocalisedText>) -> Localised {
    texts.into_iter().map(|text| (text.language, shortened(&text.text, TEXT_CHARACTERS_MAX))).collect()
}

fn shortened(text: &str, characters_max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(characters_max).collect()
}

/// In the language asked for, else in the first.
fn said(texts: &Localised, language: &str) -> Option<String> {
    texts.get(language).or_else(|| texts.get(FIRST)).cloned()
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use faccina_proto::wire::feed::v1::{ReasonText, Service, Text};

    fn texts(it: &str, en: &str) -> Vec<LocalisedText> {
        [("it", it), ("en", en)].map(|(l, t)| LocalisedText { language: l.into(), text: t.into() }).to_vec()
    }

    /// The booth of a fictitious comune with these services, on 15 April 2026.
    pub(crate) fn reply(services: &[(&str, &str, &str)]) -> BoothReply {
        let service = |(code, it, en): &(&str, &str, &str)| Service {
            code: (*code).into(),
            name: texts(it, en),
            ..Service::default()
        };
        let reasons = [
            ("Tempo di attesa", "Waiting time"),
            ("Dover tornare più volte", "Having to come back"),
            ("Attenzione del servizio", "Attention of the service"),
            ("Esito della richiesta", "Outcome of the request"),
        ];
        BoothReply {
            ente_name: "Comune di Fontelarga (dimostrazione)".into(),
            services: services.iter().map(service).collect(),
            reasons: reasons.iter().map(|(it, en)| ReasonText { text: texts(it, en) }).collect(),
            texts: vec![Text { key: "thanks".into(), text: texts("Grazie mille!", "Thank you!") }],
            today: 20_260_415,
            catalogue_version: 1,
            ..BoothReply::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(booth: &Booth) -> serde_json::Value {
        let now =
            Now { state: State::Open, attended: false, entry: Entry::Free, service: None, signs: Vec::new() };
        serde_json::to_value(booth.page(now, 15)).unwrap()
    }

    #[test]
    fn the_page_speaks_five_languages_and_takes_the_catalogues_words() {
        let booth =
            Booth::of(samples::reply(&[("anagrafe", "Anagrafe", "Registry"), ("urp", "URP", "")])).unwrap();
        let page = page(&booth);
        assert_eq!(page["languages"]["it"]["services"][0]["name"], "Anagrafe");
        assert_eq!(page["languages"]["en"]["services"][0]["name"], "Registry");
        assert_eq!(page["languages"]["it"]["words"]["thanks"], "Grazie mille!");
        assert_eq!(page["languages"]["en"]["reasons"][0], "Waiting time");
        assert_eq!(page["languages"]["sl"]["words"]["thanks"], "Hvala!");
        assert_eq!(page["languages"]["de"]["services"][0]["name"], "Anagrafe", "not translated");
        assert_eq!(page["order"], serde_json::json!(["it", "de", "fr", "sl", "en"]));
        assert_eq!((&page["state"], &page["idle_ms"]), (&"open".into(), &15_000.into()));
        assert!(booth.offers(&"urp".parse().unwrap()));
        assert!(!booth.offers(&"tributi".parse().unwrap()));
    }

    #[test]
    fn a_missing_language_falls_back_to_the_first() {
        let mut reply = samples::reply(&[("anagrafe", "Anagrafe", "Registry")]);
        reply.services[0].name.retain(|text| text.language == "it");
        reply.reasons.clear();
        let page = page(&Booth::of(reply).unwrap());
        assert_eq!(page["languages"]["en"]["services"][0]["name"], "Anagrafe");
        assert_eq!(page["languages"]["en"]["reasons"].as_array().map(Vec::len), Some(0));
    }

    #[test]
    fn messages_are_bounded_and_said_in_each_language() {
        let mut reply = samples::reply(&[("anagrafe", "Anagrafe", "Registry")]);
        let text = |language: &str, text: String| LocalisedText { language: language.into(), text };
        let said = vec![text("it", "a".repeat(200)), text("sl", "Čakanje".into())];
        let message = WireMessage { said, done: vec![text("it", "Fatto".into())] };
        reply.messages = vec![message; MESSAGES_MAX + 1];
        let page = page(&Booth::of(reply).unwrap());
        let shown = |language: &str| page["languages"][language]["messages"].clone();
        assert_eq!(shown("it").as_array().map(Vec::len), Some(MESSAGES_MAX));
        assert_eq!(shown("it")[0]["said"].as_str().map(str::len), Some(MESSAGE_CHARACTERS_MAX));
        assert_eq!(shown("sl")[0], serde_json::json!({ "said": "Čakanje", "done": "Fatto" }));
    }

    #[test]
    fn three_reasons_are_refused() {
        let mut reply = samples::reply(&[]);
        reply.reasons.pop();
        assert!(matches!(Booth::of(reply), Err(BoothError::Reasons(3))));
    }
}
