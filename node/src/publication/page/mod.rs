//! A publication as a page for the publisher's own site: one file that needs nothing else, neither script nor network.
//!
//! Every figure stands in a table; the charts show the same figures again, with a title and a description in words.
//! Faces differ by shape, pattern and word, not only by colour. What comes from feeds is escaped by the templates.

mod charts;
mod tables;
mod notes;
mod ente;
mod national;

pub(super) use ente::ente;
pub(super) use national::national;

use super::{
    figures::{Face, Faces},
    files,
    imprint::Imprint,
    reasons::Reasons,
};
use crate::words::{Value, Voice, voice};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");
/// Nothing is fetched, nothing runs, nothing is sent.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                      form-action 'none'";

/// What frames every page.
struct Frame<'a> {
    imprint: &'a Imprint,
    voice: &'static Voice,
    /// Of the window, and of the page where it is found by a search.
    title: String,
    description: String,
}

impl<'a> Frame<'a> {
    fn new(imprint: &'a Imprint, title: String, description: String) -> Self {
        Self { imprint, voice: voice(imprint.terms.language), title, description }
    }

    fn around(&self, main: &Markup) -> String {
        let say = |key| self.voice.say(key, &[]);
        let terms = &self.imprint.terms;
        let page = html! {
            (DOCTYPE)
            html lang=(terms.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="color-scheme" content="light dark";
                    meta name="description" content=(self.description);
                    title { (self.title) }
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { (say("page-skip")) }
                    (charts::shapes())
                    header {
                        div.wide {
                            p.owner {
                                @match &terms.site {
                                    Some(site) => a href=(site) { (self.imprint.name) },
                                    None => (self.imprint.name),
                                }
                            }
                            p.network { (say("page-network")) " · " (terms.federation) }
                            @if terms.demo { p.demo { strong { (say("page-demo")) } } }
                        }
                    }
                    main #main.wide { (main) }
                    footer {
                        div.wide {
                            p { (say("page-footer")) }
                            @if !self.imprint.mailbox.is_empty() {
                                p {
                                    (say("page-contact")) " "
                                    a href={ "mailto:" (self.imprint.mailbox) } { (self.imprint.mailbox) }
                                }
                            }
                        }
                    }
                }
            }
        };
        page.into_string()
    }

    /// Where the same figures stand as data, beside the page.
    fn downloads(&self) -> Markup {
        let csv = files::name(self.imprint, files::CSV);
        let json = files::name(self.imprint, files::JSON);
        html! {
            p.downloads {
                (self.voice.say("page-downloads", &[])) " "
                a href=(csv) download { "CSV" } " "
                a href=(json) download { "JSON" }
            }
        }
    }
}

/// A section with its heading, by which it is announced.
fn section(id: &str, heading: &str, content: &Markup) -> Markup {
    html! {
        section #(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (heading) }
            (content)
        }
    }
}

/// The three faces with their share, large.
fn faces(voice: &Voice, total: Faces) -> Markup {
    html! {
        ul.faces {
            @for face in Face::ALL {
                li class=(face.name()) {
                    (charts::face(face))
                    p.word { (voice.face(face)) }
                    @if let Some(rate) = total.rate(face) {
                        p.share { (voice.percent(rate)) }
                        p.of { (voice.say("page-count-of", &counted(rate.count, rate.n))) }
                        p.interval { (voice.say("page-interval", &[])) " " span { (voice.interval(rate)) } }
                    }
                }
            }
        }
    }
}

fn counted(count: u64, n: u64) -> [(&'static str, Value<'static>); 2] {
    [("count", Value::Count(count)), ("n", Value::Count(n))]
}

/// A chart for each list of reasons, and one table of all.
fn reasons(voice: &Voice, all: &[Reasons]) -> Markup {
    html! {
        @if all.is_empty() {
            p { (voice.say("page-reasons-none", &[])) }
        } @else {
            @for (number, reasons) in all.iter().enumerate() {
                @let of = tables::scope(voice, &reasons.scope);
                @let reds = voice.say("page-reds", &[("n", Value::Count(reasons.reds))]);
                h3 { (of) " – " (reds) }
                (charts::reasons(voice, &format!("reasons-{number}"), &format!("{of}: {reds}"), reasons))
            }
            (tables::reasons(voice, &voice.say("page-reasons-caption", &[]), all))
        }
    }
}
