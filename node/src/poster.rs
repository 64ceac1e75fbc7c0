//! The poster for the counter, one A4 page to print: what the vote is, that it is anonymous and free, and a QR code to the
//! page where the ente says more. Italian first, English beside it.
//!
//! As a file it is whole in itself, letters included; on the staff page it links the style that the page serves.

use crate::{
    qr::{Qr, QrError},
    words::{Language, voice},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Where the staff page serves the style.
pub const STYLE_PATH: &str = "/poster.css";
/// The style, without its letters.
pub const STYLE: &str = include_str!("poster/poster.css");
/// Longest address, in bytes: beyond it the code is too fine to be read from a wall.
pub const URL_BYTES_MAX: usize = 200;
const LETTERS: [(u32, &[u8]); 2] = [
    (400, include_bytes!("kiosk/page/titillium-web-400.woff2")),
    (600, include_bytes!("kiosk/page/titillium-web-600.woff2")),
];
/// Nothing is loaded from anywhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'";

/// Why there is no poster. Correct the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PosterError {
    /// People scan it with their phone.
    #[error("{0:?} is no web address: it begins with https://")]
    Address(String),
    /// Shorten it.
    #[error("the address has {bytes} bytes, at most {URL_BYTES_MAX}: a shorter one is easier to scan")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Shorten it.
    #[error(transparent)]
    Qr(#[from] QrError),
}

/// A poster of one ente.
#[derive(Debug, Clone)]
pub struct Poster {
    ente: String,
    page: Option<(String, Qr)>,
}

impl Poster {
    /// `url` is the page to which its code leads; without one it has no code.
    pub fn of(ente: &str, url: Option<&str>) -> Result<Self, PosterError> {
        let page =
            url.map(|url| Ok::<_, PosterError>((checked(url)?.to_owned(), Qr::of(url)?))).transpose()?;
        Ok(Self { ente: ente.to_owned(), page })
    }

    /// A whole file.
    pub fn as_file(&self) -> String {
        let letters = LETTERS.map(|(weight, bytes)| {
            format!(
                "@font-face{{font-family:\"Titillium Web\";font-weight:{weight};\
                 src:url(data:font/woff2;base64,{}) format(\"woff2\")}}\n",
                BASE64_STANDARD.encode(bytes)
            )
        });
        let head = html! {
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            style { (PreEscaped(letters.concat())) (PreEscaped(STYLE)) }
        };
        self.page(&head).into_string()
    }

    /// For the staff page, which serves style and letters beside it.
    pub fn with_linked_style(&self) -> String {
        let head = html! {
            link rel="icon" href="/mark.svg" type="image/svg+xml";
            link rel="stylesheet" href="/staff.css";
            link rel="stylesheet" href=(STYLE_PATH);
        };
        self.page(&head).into_string()
    }

    fn page(&self, head: &Markup) -> Markup {
        let it = |key: &str| voice(Language::Italian).say(key, &[]);
        html! {
            (DOCTYPE)
            html lang="it" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (it("poster-question")) " · " (self.ente) }
                    (head)
                }
                body.poster {
                    main {
                        p.ente { (self.ente) }
                        h1 { (it("poster-question")) }
                        (second("p", "poster-question"))
                        (faces())
                        p.call { (it("poster-call")) }
                        (second("p", "poster-call"))
                        ul.points {
                            (point("poster-anonymous", "poster-anonymous-detail"))
                            (point("poster-free", "poster-free-detail"))
                            (point("poster-once", "poster-once-detail"))
                        }
                        @if let Some((url, qr)) = &self.page { (more(url, qr)) }
                    }
                }
            }
        }
    }
}

fn checked(url: &str) -> Result<&str, PosterError> {
    if url.len() > URL_BYTES_MAX {
        return Err(PosterError::TooLong { bytes: url.len() });
    }
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || host.starts_with('/') || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(PosterError::Address(url.to_owned()));
    }
    Ok(url)
}

/// The same in English, smaller.
fn second(kind: &str, key: &str) -> Markup {
    let words = voice(Language::English).say(key, &[]);
    html! {
        @if kind == "p" { p.second lang="en" { (words) } } @else { span.second lang="en" { (words) } }
    }
}

fn point(title: &str, detail: &str) -> Markup {
    let it = |key: &str| voice(Language::Italian).say(key, &[]);
    let en = |key: &str| voice(Language::English).say(key, &[]);
    html! {
        li {
            h2 { (it(title)) }
            p { (it(detail)) }
            p.second lang="en" { (en(title)) ". " (en(detail)) }
        }
    }
}

fn more(url: &str, qr: &Qr) -> Markup {
    html! {
        section.more {
            svg.qr viewBox={ "0 0 " (qr.side) " " (qr.side) } role="img" aria-label=(url) shape-rendering="crispEdges" {
                path d=(qr.path()) {}
            }
            div {
                h2 { (voice(Language::Italian).say("poster-more", &[])) }
                (second("p", "poster-more"))
                p.url { (url) }
            }
        }
    }
}

/// The three faces with their words, each of its own shape.
fn faces() -> Markup {
    let face = |key: &str, body: Markup, mouth: &str, eyes: [u32; 2]| {
        html! {
            li class=(key) {
                svg viewBox="0 0 200 200" aria-hidden="true" {
                    (body)
                    g.features {
                        circle cx=(eyes[0]) cy="82" r="10.5" {} circle cx=(eyes[1]) cy="82" r="10.5" {}
                        path d=(mouth) {}
                    }
                }
                span { (voice(Language::Italian).say(&format!("poster-{key}"), &[])) }
                (second("span", &format!("poster-{key}")))
            }
        }
    };
    html! {
        ul.faces {
            (face("green", html! { circle.body cx="100" cy="100" r="96" {} }, "M52 116c10 27 28 38 48 38s38-11 48-38", [68, 132]))
            (face("yellow", html! { rect.body x="13" y="13" width="174" height="174" rx="42" {} }, "M61 134h78", [68, 132]))
            (face("red", html! {
                rect.body x="-75" y="-75" width="150" height="150" rx="32" transform="translate(100 100) rotate(45)" {}
            }, "M66 141c6-17 19-25 34-25s28 8 34 25", [73, 127]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_is_whole_in_itself_and_names_the_ente_safely() {
        let poster = Poster::of("Comune di <Prova>", Some("https://comune.example.it/ascolto")).unwrap();
        let file = poster.as_file();
        assert!(file.contains("Comune di &lt;Prova&gt;") && file.contains("Com’è andata?"));
        assert!(file.contains("base64,") && file.contains("How did it go?"));
        for loaded in ["src=\"http", "href=\"", "@import"] {
            assert!(!file.contains(loaded), "{loaded}");
        }
        assert!(!Poster::of("Comune", None).unwrap().as_file().contains("class=\"qr\""));
    }

    #[test]
    fn only_web_addresses_that_can_be_scanned_are_taken() {
        let error = |url: &str| Poster::of("Comune", Some(url)).unwrap_err();
        for wrong in ["comune.example.it", "javascript:alert(1)", "https://", "https:///a", "https://a b"] {
            assert!(matches!(error(wrong), PosterError::Address(_)), "{wrong}");
        }
        assert_eq!(error(&format!("https://{}", "a".repeat(200))), PosterError::TooLong { bytes: 208 });
    }
}
