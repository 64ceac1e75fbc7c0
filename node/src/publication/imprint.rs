//! What every publication says of itself: whose it is, of which month, under which terms, and how to find it again in
//! the feed.

use crate::words::{Language, voice};
use faccina_proto::{
    calendar::{CivilDay, Month},
    catalogue::Catalogue,
    envelope::Id,
    names::{Code, IpaCode},
    tally::GroupKey,
    text,
};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// Longest address of a site, in bytes.
const SITE_BYTES_MAX: usize = 512;

/// The licence of the data, as the publisher chooses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Licence {
    /// Creative Commons attribution 4.0, which AGID recommends for public data.
    #[default]
    CcBy4,
    /// No rights reserved.
    Cc0,
    /// Italian Open Data Licence 2.0.
    Iodl2,
}

impl Licence {
    pub const ALL: [Self; 3] = [Self::CcBy4, Self::Cc0, Self::Iodl2];

    /// Its name on the command line and in the data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CcBy4 => "CC-BY-4.0",
            Self::Cc0 => "CC0-1.0",
            Self::Iodl2 => "IODL-2.0",
        }
    }

    /// Where its text stands.
    #[must_use]
    pub fn url(self) -> &'static str {
        match self {
            Self::CcBy4 => "https://creativecommons.org/licenses/by/4.0/deed.it",
            Self::Cc0 => "https://creativecommons.org/publicdomain/zero/1.0/deed.it",
            Self::Iodl2 => "https://www.dati.gov.it/iodl/2.0/",
        }
    }

    /// The licence of this name, in either case.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|licence| licence.name().eq_ignore_ascii_case(name))
    }
}

/// The address of the publisher's own site: the only one that its page links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site(String);

/// The address is no web address; write it as <https://www.comune.example.it/>.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the site must be a web address of at most {SITE_BYTES_MAX} characters, such as https://www.comune.example.it/"
)]
pub struct NoSite;

impl FromStr for Site {
    type Err = NoSite;

    fn from_str(text: &str) -> Result<Self, NoSite> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\`".contains(&byte);
        let known = host.is_some_and(|host| host.starts_with(|c: char| c.is_ascii_alphanumeric()));
        let written = known && text.len() <= SITE_BYTES_MAX && text.bytes().all(plain);
        if written { Ok(Self(text.to_owned())) } else { Err(NoSite) }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the publisher chooses, and where it publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    pub language: Language,
    pub licence: Licence,
    pub site: Option<Site>,
    /// The name of the federation.
    pub federation: String,
    /// The votes are invented: the page says so.
    pub demo: bool,
}

/// What a publication says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Imprint {
    pub terms: Terms,
    /// What the names of its files begin with: `c_zz01-2026-04`, `national-2026-04`.
    pub stem: String,
    pub code: IpaCode,
    pub name: String,
    /// Role mailbox of the publisher; empty where the roster's is no plain address.
    pub mailbox: String,
    pub month: Month,
    /// The entry of the publisher's feed that holds the figures, and the day that it declares.
    pub published_on: CivilDay,
    pub sequence: u64,
    pub id: Id,
    pub rules_version: u32,
}

/// A service or a channel, by code and by name. The empty code is the rest: other services, several channels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    pub code: Code,
    pub name: String,
}

impl Label {
    /// The code as every form writes it.
    #[must_use]
    pub fn written(&self) -> &str {
        written(&self.code)
    }
}

/// The code as every form writes it: ALTRI for the rest.
#[must_use]
pub(super) fn written(code: &Code) -> &str {
    if code.is_altri() { "ALTRI" } else { code.as_str() }
}

/// The names in one version of the catalogue, in one language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    pub(super) language: Language,
    pub(super) catalogue: Option<&'a Catalogue>,
}

impl Names<'_> {
    pub(super) fn service(self, code: &Code) -> Label {
        let service = self.catalogue.and_then(|catalogue| catalogue.services().get(code));
        self.label(
            code,
            service.map(|service| service.name.in_language(self.language.tag())),
            "page-other-services",
        )
    }

    pub(super) fn channel(self, code: &Code) -> Label {
        let channel = self.catalogue.and_then(|catalogue| catalogue.channels().get(code));
        self.label(code, channel.map(|texts| texts.in_language(self.language.tag())), "page-several-channels")
    }

    pub(super) fn of(self, key: &GroupKey) -> (Label, Label) {
        (self.service(&key.service), self.channel(&key.channel))
    }

    fn label(self, code: &Code, name: Option<&str>, rest: &str) -> Label {
        let name = match name {
            _ if code.is_altri() => voice(self.language).say(rest, &[]),
            Some(name) if !plain(name).is_empty() => plain(name),
            Some(_) | None => code.to_string(),
        };
        Label { code: code.clone(), name }
    }

    /// The four reasons of these channels, of all where there is none; what channels call differently stands side by side.
    pub(super) fn reasons(self, channels: &BTreeSet<&Code>) -> [String; 4] {
        const UNNAMED: [&str; 4] = ["page-reason-1", "page-reason-2", "page-reason-3", "page-reason-4"];
        let all = self.catalogue.map(|catalogue| catalogue.channels().keys()).into_iter().flatten();
        let wanted = all.filter(|code| channels.is_empty() || channels.contains(code));
        let lists = wanted.filter_map(|code| self.catalogue?.reasons(code)).collect::<Vec<_>>();
        std::array::from_fn(|place| {
            let mut texts: Vec<String> = Vec::new();
            for text in lists.iter().filter_map(|list| list.get(place)) {
                let text = plain(text.in_language(self.language.tag()));
                if !text.is_empty() && !texts.contains(&text) {
                    texts.push(text);
                }
            }
            if texts.is_empty() {
                texts.extend(UNNAMED.get(place).map(|key| voice(self.language).say(key, &[])));
            }
            texts.join(" / ")
        })
    }
}

/// A name without line breaks, control characters and marks that turn the direction of writing: names come from feeds
/// that others wrote.
#[must_use]
pub(super) fn plain(words: &str) -> String {
    let blank = |c: char| if c.is_control() || c.is_whitespace() { ' ' } else { c };
    let kept = words.chars().map(blank).filter(|c| !text::turns(*c));
    kept.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A mailbox that may become a link; empty for anything else.
#[must_use]
pub(super) fn mailbox(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    let split = text.split_once('@').filter(|(name, host)| !name.is_empty() && host.contains('.'));
    let known = split.is_some_and(|(name, host)| name.bytes().all(plain) && host.bytes().all(plain));
    if known { text.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::wire::feed::v1 as wire;

    #[test]
    fn a_site_is_a_web_address_and_nothing_else() {
        assert!("https://www.comune.example.it/faccine?m=4".parse::<Site>().is_ok());
        for wrong in [
            "javascript:alert(1)",
            "https://",
            "https://a\"b",
            "//a.it",
            "https://a b",
            "data:text/html,x",
            "",
        ] {
            assert_eq!(wrong.parse::<Site>(), Err(NoSite), "{wrong}");
        }
    }

    #[test]
    fn names_lose_what_could_mislead() {
        assert_eq!(plain("Comune\n di\u{202e} Prova\u{0}"), "Comune di Prova");
        assert_eq!(plain("Comune\u{2028}di\u{61c} Pro\u{200f}va"), "Comune di Prova");
        assert_eq!(mailbox("qualita@comune.example.it"), "qualita@comune.example.it");
        for wrong in ["a@b", "x\"@y.it", "@y.it", "a@b.it?cc=c@d.it", "a b@c.it"] {
            assert_eq!(mailbox(wrong), "", "{wrong}");
        }
    }

    #[test]
    fn reasons_that_channels_word_differently_stand_side_by_side() {
        let text = |text: &str| vec![wire::LocalisedText { language: "it".into(), text: text.into() }];
        let list = |channel: &str, first: &str| wire::ReasonList {
            channel: channel.into(),
            reasons: [first, "b", "c", "d"].map(|it| wire::ReasonText { text: text(it) }).to_vec(),
        };
        let part = wire::CataloguePart {
            version: 1,
            services: vec![wire::Service {
                code: "urp".into(),
                name: text("URP"),
                ..wire::Service::default()
            }],
            channels: ["counter", "phone", "web"]
                .map(|code| wire::Channel { code: code.into(), name: text(code) })
                .to_vec(),
            reasons: vec![list("counter", "Attesa"), list("phone", "Attesa"), list("web", "Testi")],
            ..wire::CataloguePart::default()
        };
        let month = Month::from_yyyymm(202_601).unwrap();
        let catalogue = Catalogue::assemble(1, month, (5, 10), &[part]).unwrap();
        let names = Names { language: Language::Italian, catalogue: Some(&catalogue) };
        let [counter, phone, web]: [Code; 3] = ["counter", "phone", "web"].map(|code| code.parse().unwrap());
        let first = |channels: &[&Code]| names.reasons(&channels.iter().copied().collect())[0].clone();
        assert_eq!(first(&[&counter, &phone]), "Attesa");
        assert_eq!(first(&[&counter, &web]), "Attesa / Testi");
        assert_eq!(first(&[]), "Attesa / Testi");
        let unnamed = Names { language: Language::Italian, catalogue: None };
        assert_eq!(unnamed.reasons(&BTreeSet::new())[3], "quarto motivo");
    }
}
