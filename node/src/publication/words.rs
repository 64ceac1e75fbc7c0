//! Shares, intervals and lists as the publications write them. The sentences are in `texts/<language>/publication.ftl`.

use super::figures::{Face, Percent, Share};
use crate::words::{Value, Voice};
use faccina_proto::calendar::Month;

impl Voice {
    /// "93,36 %".
    #[must_use]
    pub(super) fn percent(&self, share: impl Into<Share>) -> String {
        format!("{} %", self.language.decimal(&share.into().percent.to_string()))
    }

    /// "90,12–95,48 %".
    #[must_use]
    pub(super) fn interval(&self, share: impl Into<Share>) -> String {
        let Share { low, high, .. } = share.into();
        let limit = |percent: Percent| self.language.decimal(&percent.to_string());
        format!("{}–{} %", limit(low), limit(high))
    }

    /// "marzo e aprile 2026".
    #[must_use]
    pub(super) fn months(&self, months: &[Month]) -> String {
        self.list(&months.iter().map(|month| self.language.month(*month)).collect::<Vec<_>>())
    }

    /// "anagrafe, tributi e urp".
    #[must_use]
    pub(super) fn list(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [before @ .., last] => {
                let before = before.join(", ");
                self.say("page-list-last", &[("before", Value::Text(&before)), ("last", Value::Text(last))])
            }
        }
    }

    #[must_use]
    pub(super) fn face(&self, face: Face) -> String {
        let key = match face {
            Face::Green => "page-face-green",
            Face::Yellow => "page-face-yellow",
            Face::Red => "page-face-red",
        };
        self.say(key, &[])
    }
}

#[cfg(test)]
mod tests {
    const TEXTS: &str = include_str!("../../texts/it/publication.ftl");

    #[test]
    fn every_sentence_is_said() {
        let sources = [
            include_str!("imprint.rs"),
            include_str!("words.rs"),
            include_str!("paragraph.rs"),
            include_str!("page/mod.rs"),
            include_str!("page/charts.rs"),
            include_str!("page/tables.rs"),
            include_str!("page/notes.rs"),
            include_str!("page/ente.rs"),
            include_str!("page/national.rs"),
        ];
        let keys =
            TEXTS.lines().filter(|line| line.starts_with("page-")).filter_map(|line| line.split(" =").next());
        let said = |key: &str| sources.iter().any(|source| source.contains(&format!("\"{key}\"")));
        let unsaid: Vec<_> = keys.filter(|key| !said(key)).collect();
        assert!(unsaid.is_empty(), "{unsaid:?} are never said");
    }
}
