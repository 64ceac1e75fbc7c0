//! The catalogue as DFP writes it: one TOML file. `samples/catalogue.toml` explains each key.

use crate::config::{ConfigError, read_bounded};
use faccina_proto::{
    calendar::Month,
    catalogue::{Catalogue, CatalogueError},
    wire::feed::v1 as wire,
};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

const SAMPLE: &str = include_str!("../../../samples/catalogue.toml");

/// Why a catalogue file cannot be published. Correct the file.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueFileError {
    #[error("the catalogue file cannot be used")]
    Unreadable(#[from] ConfigError),
    #[error("the catalogue breaks a rule")]
    Rule(#[from] CatalogueError),
}

/// By language tag.
type Texts = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    threshold: u64,
    threshold_sensitive: u64,
    targets: Option<Targets>,
    services: Vec<Service>,
    channels: Vec<Channel>,
    #[serde(default)]
    texts: BTreeMap<String, Texts>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Targets {
    enti: u32,
    services: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    code: String,
    name: Texts,
    area: String,
    audience: String,
    kind: String,
    #[serde(default = "yes")]
    single_interaction: bool,
    #[serde(default)]
    sensitive: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Channel {
    code: String,
    name: Texts,
    reasons: Vec<Texts>,
}

fn yes() -> bool {
    true
}

/// Reads and checks the file as version `version`, in force from `from_month` on.
pub fn load(path: &Path, version: u32, from_month: Month) -> Result<Catalogue, CatalogueFileError> {
    parse(path, &read_bounded(path)?, version, from_month)
}

/// The sample that comes with the program.
pub fn sample(version: u32, from_month: Month) -> Result<Catalogue, CatalogueFileError> {
    parse(Path::new("samples/catalogue.toml"), SAMPLE, version, from_month)
}

fn parse(path: &Path, text: &str, version: u32, from_month: Month) -> Result<Catalogue, CatalogueFileError> {
    let written: Written = toml::from_str(text).map_err(|error| ConfigError::of_line(path, text, &error))?;
    let thresholds = (written.threshold, written.threshold_sensitive);
    let part = wire::CataloguePart {
        version,
        part: 0,
        services: written.services.into_iter().map(service).collect(),
        reasons: written.channels.iter().map(reasons).collect(),
        channels: written.channels.into_iter().map(channel).collect(),
        texts: written
            .texts
            .into_iter()
            .map(|(key, text)| wire::Text { key, text: localised(text) })
            .collect(),
        targets: written
            .targets
            .map(|targets| wire::AdhesionTargets { enti: targets.enti, services: targets.services }),
    };
    Ok(Catalogue::assemble(version, from_month, thresholds, &[part])?)
}

fn service(written: Service) -> wire::Service {
    wire::Service {
        code: written.code,
        name: localised(written.name),
        area: written.area,
        audience: written.audience,
        kind: written.kind,
        single_interaction: written.single_interaction,
        sensitive: written.sensitive,
    }
}

fn channel(written: Channel) -> wire::Channel {
    wire::Channel { code: written.code, name: localised(written.name) }
}

fn reasons(written: &Channel) -> wire::ReasonList {
    let reason = |text: &Texts| wire::ReasonText { text: localised(text.clone()) };
    wire::ReasonList { channel: written.code.clone(), reasons: written.reasons.iter().map(reason).collect() }
}

fn localised(texts: Texts) -> Vec<wire::LocalisedText> {
    texts.into_iter().map(|(language, text)| wire::LocalisedText { language, text }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month() -> Month {
        Month::from_yyyymm(202_601).unwrap()
    }

    #[test]
    fn the_sample_is_a_catalogue_in_five_languages() {
        let catalogue = sample(1, month()).unwrap();
        let five = ["de", "en", "fr", "it", "sl"];
        let every = |texts: &faccina_proto::catalogue::Texts| texts.iter().map(|(tag, _)| tag).eq(five);
        assert!(catalogue.services().values().all(|service| every(&service.name)));
        for (code, name) in catalogue.channels() {
            assert!(every(name), "{code}");
            assert!(catalogue.reasons(code).unwrap().iter().all(every), "{code}");
        }
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_line() {
        let text = SAMPLE.replacen("area = ", "aera = ", 1);
        let error = parse(Path::new("c.toml"), &text, 1, month()).unwrap_err();
        let CatalogueFileError::Unreadable(ConfigError::Line { line, .. }) = error else { panic!("{error}") };
        assert!(line > 1);
        let text = SAMPLE.replacen("threshold = 5", "threshold = 2", 1);
        assert!(matches!(parse(Path::new("c.toml"), &text, 1, month()), Err(CatalogueFileError::Rule(_))));
    }
}
