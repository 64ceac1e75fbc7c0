//! Names of services, channels and reasons in the chosen language; a code without a name is shown itself.

use crate::figures;
use crate::texts::{Language, Texts};
use faccina_proto::wire::officer::v1::{AboutReply, Named, TwinningState};

/// A service's name; the empty code is "altri servizi".
#[must_use]
pub fn service(about: Option<&AboutReply>, code: &str, texts: &Texts) -> String {
    if code.is_empty() {
        return texts.say("other-services");
    }
    named(about.map_or(&[], |about| about.services.as_slice()), code, texts.language())
}

/// A channel's name; the empty code is a group of several.
#[must_use]
pub fn channel(about: Option<&AboutReply>, code: &str, texts: &Texts) -> String {
    if code.is_empty() {
        return texts.say("several-channels");
    }
    named(about.map_or(&[], |about| about.channels.as_slice()), code, texts.language())
}

/// The words of one of the four reasons of a channel; without a channel, of the first that has reasons.
#[must_use]
pub fn reason(about: Option<&AboutReply>, code: Option<&str>, index: usize, texts: &Texts) -> String {
    about
        .and_then(|about| {
            about.reasons.iter().find(|reasons| code.is_none_or(|code| reasons.channel == code))
        })
        .and_then(|reasons| reasons.reasons.get(index))
        .map_or_else(
            || texts.say_with("reason-number", &[("number", (index + 1).into())]),
            |reason| label(reason, texts.language()),
        )
}

/// The label of a named thing; its code where it has no words.
#[must_use]
pub fn label(named: &Named, language: Language) -> String {
    let words = match language {
        Language::Italian => &named.it,
        Language::English => &named.en,
    };
    figures::plain(if words.is_empty() { &named.code } else { words })
}

fn named(list: &[Named], code: &str, language: Language) -> String {
    list.iter()
        .find(|named| named.code == code)
        .map_or_else(|| figures::plain(code), |named| label(named, language))
}

/// A category of `IndicePA` in words; an unlisted one is shown as its code.
#[must_use]
pub fn category(code: &str, texts: &Texts) -> String {
    const KNOWN: [&str; 8] = ["C5", "L4", "L5", "L6", "L7", "L17", "L18", "L45"];
    if KNOWN.contains(&code) { texts.say(&format!("category-{code}")) } else { figures::plain(code) }
}

/// The identifier of a twinning's state in the names of texts.
#[must_use]
pub fn twinning_state(state: TwinningState) -> &'static str {
    match state {
        TwinningState::Proposed => "proposed",
        TwinningState::Accepted => "accepted",
        TwinningState::Concluded => "concluded",
        TwinningState::Declined => "declined",
        TwinningState::Withdrawn => "withdrawn",
        TwinningState::Ended => "ended",
        TwinningState::Unspecified => "unknown",
    }
}
