//! The files of a publication: the same figures in each.

use super::{ente::EnteMonth, imprint::Imprint, json, national::NationalMonth, page, paragraph, table};
use crate::words::Language;
use serde_json::Value;

pub(super) const HTML: &str = "html";
pub(super) const CSV: &str = "csv";
pub(super) const JSON: &str = "json";

/// One file, by the name that the page knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub content: String,
}

pub(super) fn name(imprint: &Imprint, ending: &str) -> String {
    format!("{}.{ending}", imprint.stem)
}

/// The month of an ente: page, table, data, and the paragraph for the yearly report.
#[must_use]
pub fn of_ente(document: &EnteMonth) -> Vec<File> {
    let mut files =
        three(&document.imprint, page::ente(document), table::ente(document), &json::ente(document));
    let report = match document.imprint.terms.language {
        Language::Italian => "relazione",
        Language::English => "report",
    };
    let name = format!("{}-{report}.txt", document.imprint.stem);
    files.push(File { name, content: paragraph::ente(document) });
    files
}

/// The national month: page, table, data.
#[must_use]
pub fn of_national(document: &NationalMonth) -> Vec<File> {
    let (page, table) = (page::national(document), table::national(document));
    three(&document.imprint, page, table, &json::national(document))
}

fn three(imprint: &Imprint, page: String, table: String, data: &Value) -> Vec<File> {
    let file = |ending, content| File { name: name(imprint, ending), content };
    vec![file(HTML, page), file(CSV, table), file(JSON, format!("{data:#}\n"))]
}
