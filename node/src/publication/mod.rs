//! A closed month as it leaves the federation: the ente's for its own site, the observer's for the country. One model,
//! folded from the views, in several forms: page, table, data, and a paragraph for the yearly report.
//!
//! Pure: names and contents, the caller writes them. The model holds what the published summaries say and nothing finer;
//! every percentage is computed once, from whole votes, so all forms state the same figures. Twelve months are sums of
//! published groups.
//!
//! Deliberately absent: comparisons between enti, ranks, branches.

mod figures;
mod words;
mod imprint;
mod reasons;
mod ente;
mod fixed_mix;
pub(crate) mod restated;
mod national;
mod table;
mod json;
mod paragraph;
mod page;
mod files;
mod unpublished;
#[cfg(test)]
mod tests;

pub use ente::{EnteMonth, SERIES_MONTHS};
pub use files::{File, of_ente, of_national};
pub use imprint::{Licence, NoSite, Site, Terms};
pub use json::{ente as ente_json, national as national_json};
pub use national::NationalMonth;
pub use unpublished::{Unpublished, ente_month, national_month};
