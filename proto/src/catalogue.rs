//! The catalogue: services, channels, reasons and texts that all enti share, in versions that each begin with a month.
//!
//! The observer publishes a version as one or more part entries and one closing entry that binds them by hash. The version
//! of a month is the highest whose `from_month` is not after it; since `from_month` is after the month of publication, no
//! version changes a month that has begun. A closing entry that breaks a rule makes no version, for every node alike.

pub use versions::Catalogues;

use crate::{
    calendar::{CalendarError, Month},
    envelope::Id,
    limits::{
        CATALOGUE_PART_BYTES_MAX, CATALOGUE_PARTS_MAX, CHANNELS_MAX, LANGUAGES_MAX, SERVICES_MAX,
        TEXT_BYTES_MAX, TEXTS_MAX, THRESHOLD_MAX, THRESHOLD_MIN, WORD_BYTES_MAX,
    },
    names::{Code, NameError},
    partition::Parameters,
    wire::feed::v1 as wire,
};
use bytes::Bytes;
use prost::Message;
use sha2::{Digest, Sha256};
use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
};

/// Why a part or a closing entry makes no catalogue. The observer must publish a mended version under a new number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The number is 0 or was used.
    #[error("catalogue version {version} is not above {newest}, the newest")]
    Version {
        /// The number given.
        version: u32,
        /// The newest closed version, 0 for none.
        newest: u32,
    },
    /// The number of a part is beyond the bound.
    #[error("catalogue part {part} is beyond the last possible, {}", CATALOGUE_PARTS_MAX - 1)]
    Part {
        /// The part.
        part: u32,
    },
    /// The closing entry came before all parts.
    #[error("catalogue version {version} is closed with {parts} parts, of which part {missing} is missing")]
    PartMissing {
        /// The version.
        version: u32,
        /// Parts announced.
        parts: u32,
        /// The first that is missing.
        missing: u32,
    },
    /// The closing entry binds other parts than those published.
    #[error("catalogue version {version} does not have the hash its closing entry states")]
    Hash {
        /// The version.
        version: u32,
    },
    /// It would change a month that has begun.
    #[error(
        "catalogue begins with {from_month}, which is not after {published_in}, the month of publication"
    )]
    BeginsTooEarly {
        /// The month it begins with.
        from_month: Month,
        /// The month it was published in.
        published_in: Month,
    },
    /// The threshold is outside the bounds of the federation.
    #[error(
        "threshold {threshold} (sensitive {sensitive}) is not from {THRESHOLD_MIN} to {THRESHOLD_MAX}, ascending"
    )]
    Threshold {
        /// T.
        threshold: u64,
        /// T of sensitive services.
        sensitive: u64,
    },
    /// A list is empty or too long.
    #[error("catalogue has {count} {what}, from {min} to {max}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
    },
    /// A code stands twice.
    #[error("{what} {name:?} stands twice")]
    Twice {
        /// What stands twice.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Reasons are given for a channel that the version does not have.
    #[error("reasons are given for the unknown channel {channel}")]
    UnknownChannel {
        /// The channel.
        channel: Code,
    },
    /// A text, area, audience, kind or language tag is too long.
    #[error("a text has {bytes} bytes, at most {bytes_max}")]
    TextTooLong {
        /// Its length.
        bytes: usize,
        /// The longest allowed.
        bytes_max: usize,
    },
    /// A code has wrong characters.
    #[error("the catalogue has a wrong code")]
    Name(#[from] NameError),
    /// The month does not exist.
    #[error("the catalogue has a wrong month")]
    Month(#[from] CalendarError),
}

/// A text in one or more languages, by BCP 47 tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    /// The text in `language`, else in Italian, else in whichever there is; empty for none.
    pub fn in_language(&self, language: &str) -> &str {
        let found = self.0.get(language).or_else(|| self.0.get("it")).or_else(|| self.0.values().next());
        found.map_or("", String::as_str)
    }

    /// All languages and texts, by tag.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(language, text)| (language.as_str(), text.as_str()))
    }

    fn from_wire(texts: &[wire::LocalisedText]) -> Result<Self, CatalogueError> {
        bounded("languages of a text", texts.len(), 1, LANGUAGES_MAX)?;
        let mut by_language = BTreeMap::new();
        for text in texts {
            fits(&text.language, WORD_BYTES_MAX)?;
            fits(&text.text, TEXT_BYTES_MAX)?;
            if by_language.insert(text.language.clone(), text.text.clone()).is_some() {
                return Err(CatalogueError::Twice { what: "language", name: text.language.clone() });
            }
        }
        Ok(Self(by_language))
    }

    fn to_wire(&self) -> Vec<wire::LocalisedText> {
        let localised = |(language, text): (&String, &String)| wire::LocalisedText {
            language: language.clone(),
            text: text.clone(),
        };
        self.0.iter().map(localised).collect()
    }
}

/// A service of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: Texts,
    /// The "service group" of the statistics.
    pub area: String,
    /// Whom it serves: citizens, businesses.
    pub audience: String,
    /// What it is: registry, taxes, information.
    pub kind: String,
    /// Whether one contact ends it.
    pub single_interaction: bool,
    /// Whether its groups need the larger threshold.
    pub sensitive: bool,
}

/// How many enti and services DFP wants to join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Enti.
    pub enti: u32,
    /// Services.
    pub services: u32,
}

/// One version of the catalogue, complete and within its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    version: u32,
    from_month: Month,
    threshold: u64,
    threshold_sensitive: u64,
    services: BTreeMap<Code, Service>,
    channels: BTreeMap<Code, Texts>,
    reasons: BTreeMap<Code, [Texts; 4]>,
    texts: BTreeMap<String, Texts>,
    targets: Option<Targets>,
}

impl Catalogue {
    /// Puts a version together from its parts, in order. Publishers call it too, to check a version before they split it.
    pub fn assemble(
        version: u32,
        from_month: Month,
        (threshold, threshold_sensitive): (u64, u64),
        parts: &[wire::CataloguePart],
    ) -> Result<Self, CatalogueError> {
        let bounds = THRESHOLD_MIN..=THRESHOLD_MAX;
        let ascending = threshold <= threshold_sensitive;
        if !bounds.contains(&threshold) || !bounds.contains(&threshold_sensitive) || !ascending {
            return Err(CatalogueError::Threshold { threshold, sensitive: threshold_sensitive });
        }
        let mut made = Self {
            version,
            from_month,
            threshold,
            threshold_sensitive,
            services: BTreeMap::new(),
            channels: BTreeMap::new(),
            reasons: BTreeMap::new(),
            texts: BTreeMap::new(),
            targets: None,
        };
        for part in parts {
            made.take(part)?;
        }
        bounded("services", made.services.len(), 1, SERVICES_MAX)?;
        bounded("channels", made.channels.len(), 1, CHANNELS_MAX)?;
        bounded("texts", made.texts.len(), 0, TEXTS_MAX)?;
        match made.reasons.keys().find(|channel| !made.channels.contains_key(*channel)) {
            Some(channel) => Err(CatalogueError::UnknownChannel { channel: channel.clone() }),
            None => Ok(made),
        }
    }

    fn take(&mut self, part: &wire::CataloguePart) -> Result<(), CatalogueError> {
        for service in &part.services {
            for word in [&service.area, &service.audience, &service.kind] {
                fits(word, WORD_BYTES_MAX)?;
            }
            let made = Service {
                name: Texts::from_wire(&service.name)?,
                area: service.area.clone(),
                audience: service.audience.clone(),
                kind: service.kind.clone(),
                single_interaction: service.single_interaction,
                sensitive: service.sensitive,
            };
            once("service", &mut self.services, service.code.parse()?, made)?;
        }
        for channel in &part.channels {
            once("channel", &mut self.channels, channel.code.parse()?, Texts::from_wire(&channel.name)?)?;
        }
        for list in &part.reasons {
            let texts = list.reasons.iter().map(|reason| Texts::from_wire(&reason.text));
            let texts: Vec<Texts> = texts.collect::<Result<_, _>>()?;
            let count = texts.len();
            let four = texts.try_into().map_err(|_| CatalogueError::Count {
                what: "reasons for a channel",
                count,
                min: 4,
                max: 4,
            })?;
            once("list of reasons for", &mut self.reasons, list.channel.parse()?, four)?;
        }
        for text in &part.texts {
            fits(&text.key, WORD_BYTES_MAX)?;
            once("text", &mut self.texts, text.key.clone(), Texts::from_wire(&text.text)?)?;
        }
        if let Some(targets) = part.targets {
            if self.targets.is_some() {
                return Err(CatalogueError::Twice { what: "list of", name: "targets".to_owned() });
            }
            self.targets = Some(Targets { enti: targets.enti, services: targets.services });
        }
        Ok(())
    }

    /// Its number, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The first month it holds in.
    pub fn from_month(&self) -> Month {
        self.from_month
    }

    /// Its services by code.
    pub fn services(&self) -> &BTreeMap<Code, Service> {
        &self.services
    }

    /// Its channels by code, with their names.
    pub fn channels(&self) -> &BTreeMap<Code, Texts> {
        &self.channels
    }

    /// The four reasons of a channel.
    pub fn reasons(&self, channel: &Code) -> Option<&[Texts; 4]> {
        self.reasons.get(channel)
    }

    /// Its texts by key.
    pub fn texts(&self) -> &BTreeMap<String, Texts> {
        &self.texts
    }

    /// Adhesion targets, where it states some.
    pub fn targets(&self) -> Option<Targets> {
        self.targets
    }

    /// The parameters of the partition under this version. D, R and G belong to the rules version.
    pub fn parameters(&self) -> Parameters {
        let (threshold, threshold_sensitive) = (self.threshold, self.threshold_sensitive);
        Parameters { threshold, threshold_sensitive, ..Parameters::default() }
    }

    /// The services it lists as sensitive.
    pub fn sensitive(&self) -> BTreeSet<Code> {
        let sensitive = self.services.iter().filter(|(_, service)| service.sensitive);
        sensitive.map(|(code, _)| code.clone()).collect()
    }

    /// T of a published group of this service: ALTRI has the ordinary one.
    pub fn threshold_of(&self, service: &Code) -> u64 {
        match self.services.get(service) {
            Some(service) if service.sensitive => self.threshold_sensitive,
            Some(_) | None => self.threshold,
        }
    }

    /// Splits it into parts that each fit an entry, to be sealed in this order.
    pub fn parts(&self) -> Vec<wire::CataloguePart> {
        let mut splitter = Splitter::new(self.version);
        for (code, service) in &self.services {
            splitter.push(|part| part.services.push(service_to_wire(code, service)));
        }
        for (code, name) in &self.channels {
            let channel = wire::Channel { code: code.to_string(), name: name.to_wire() };
            splitter.push(|part| part.channels.push(channel));
        }
        for (channel, four) in &self.reasons {
            let reasons = four.iter().map(|texts| wire::ReasonText { text: texts.to_wire() }).collect();
            splitter
                .push(|part| part.reasons.push(wire::ReasonList { channel: channel.to_string(), reasons }));
        }
        for (key, texts) in &self.texts {
            let text = wire::Text { key: key.clone(), text: texts.to_wire() };
            splitter.push(|part| part.texts.push(text));
        }
        if let Some(Targets { enti, services }) = self.targets {
            splitter.push(|part| part.targets = Some(wire::AdhesionTargets { enti, services }));
        }
        splitter.parts
    }

    /// The closing entry over the ids of the entries that carry [`Catalogue::parts`], in order.
    pub fn closing(&self, part_ids: &[Id]) -> wire::CatalogueClosing {
        wire::CatalogueClosing {
            version: self.version,
            parts: u32::try_from(part_ids.len()).unwrap_or(u32::MAX),
            hash: parts_hash(part_ids),
            from_month: self.from_month.yyyymm(),
            threshold: u32::try_from(self.threshold).unwrap_or(u32::MAX),
            threshold_sensitive: u32::try_from(self.threshold_sensitive).unwrap_or(u32::MAX),
        }
    }
}

struct Splitter {
    version: u32,
    parts: Vec<wire::CataloguePart>,
}

impl Splitter {
    fn new(version: u32) -> Self {
        Self { version, parts: vec![wire::CataloguePart { version, ..wire::CataloguePart::default() }] }
    }

    /// Adds an item to the last part, or to a new one if that would grow too large.
    fn push(&mut self, add: impl FnOnce(&mut wire::CataloguePart)) {
        let number = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        let empty =
            |part| wire::CataloguePart { version: self.version, part, ..wire::CataloguePart::default() };
        let mut item = empty(number);
        add(&mut item);
        match self.parts.last_mut() {
            Some(last) if last.encoded_len() + item.encoded_len() <= CATALOGUE_PART_BYTES_MAX => {
                last.services.append(&mut item.services);
                last.channels.append(&mut item.channels);
                last.reasons.append(&mut item.reasons);
                last.texts.append(&mut item.texts);
                last.targets = last.targets.or(item.targets);
            }
            Some(_) | None => self.parts.push(item),
        }
    }
}

fn service_to_wire(code: &Code, service: &Service) -> wire::Service {
    wire::Service {
        code: code.to_string(),
        name: service.name.to_wire(),
        area: service.area.clone(),
        audience: service.audience.clone(),
        kind: service.kind.clone(),
        single_interaction: service.single_interaction,
        sensitive: service.sensitive,
    }
}

fn parts_hash(ids: &[Id]) -> Bytes {
    let hash = ids.iter().fold(Sha256::new(), |hash, id| hash.chain_update(id.as_bytes()));
    Bytes::copy_from_slice(&hash.finalize())
}

fn bounded(what: &'static str, count: usize, min: usize, max: usize) -> Result<(), CatalogueError> {
    if (min..=max).contains(&count) { Ok(()) } else { Err(CatalogueError::Count { what, count, min, max }) }
}

fn fits(text: &str, bytes_max: usize) -> Result<(), CatalogueError> {
    match text.len() {
        bytes if bytes > bytes_max => Err(CatalogueError::TextTooLong { bytes, bytes_max }),
        _ => Ok(()),
    }
}

fn once<K: Ord + Borrow<str>, V>(
    what: &'static str,
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
) -> Result<(), CatalogueError> {
    let name = key.borrow().to_owned();
    match map.insert(key, value) {
        Some(_) => Err(CatalogueError::Twice { what, name }),
        None => Ok(()),
    }
}

mod versions;
#[cfg(test)]
mod tests;
