//! What terminals, staff and citizens at the counter are told.

use crate::link::NodeAddress;
use serde::Deserialize;

/// The section `counter`. Only for a node of role ente.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Counter {
    /// How devices reach this node, such as `https://faccina.comune.example.it:7443`; printed with each pairing code.
    pub address: Option<String>,
    /// Address of the page for invite links, such as `https://voto.comune.example.it/`; without it invites have no link.
    pub invite_page: Option<String>,
    /// Whom citizens ask about the processing of data, shown with the privacy notice.
    pub privacy_contact: Option<String>,
}

impl Counter {
    /// The key that is wrong, and what it should be.
    pub(super) fn problem(&self) -> Option<(&'static str, &'static str)> {
        let is_page =
            |url: &str| url.parse::<hyper::Uri>().is_ok_and(|url| url.scheme_str() == Some("https"));
        if self.address.as_ref().is_some_and(|address| address.parse::<NodeAddress>().is_err()) {
            return Some(("counter.address", "is an address such as https://faccina.comune.example.it:7443"));
        }
        let page = self.invite_page.as_ref();
        page.is_some_and(|page| !is_page(page) || page.contains('#'))
            .then_some(("counter.invite_page", "is an address such as https://voto.comune.example.it/"))
    }
}
