//! The one sentence on top of each screen: the node's own words about its figures, or why there are none.

use crate::figures;
use crate::model::{Focus, Model, Panel, Screen};
use crate::texts::Texts;

/// What matters on the screen in sight.
#[must_use]
pub fn headline(model: &Model, texts: &Texts) -> String {
    match model.screen {
        Screen::MyEnte if model.votes_nowhere() => texts.say("no-votes-here"),
        Screen::MyEnte => said(&model.my_ente, texts, |r| (&r.headline_it, &r.headline_en)),
        Screen::Comparison => said(&model.comparison, texts, |r| (&r.headline_it, &r.headline_en)),
        Screen::Neighbours if model.votes_nowhere() => texts.say("no-neighbours-here"),
        Screen::Neighbours => said(&model.neighbours, texts, |r| (&r.headline_it, &r.headline_en)),
        Screen::Experts => said(&model.experts, texts, |r| (&r.headline_it, &r.headline_en)),
        Screen::Twinning if pair_in_sight(model) => {
            said(&model.pair, texts, |r| (&r.headline_it, &r.headline_en))
        }
        Screen::Twinning => said(&model.twinnings, texts, |r| (&r.headline_it, &r.headline_en)),
        Screen::Cards => said(&model.cards, texts, |r| (&r.headline_it, &r.headline_en)),
        Screen::National => said(&model.national, texts, |r| (&r.headline_it, &r.headline_en)),
        Screen::Network => said(&model.network, texts, |r| (&r.headline_it, &r.headline_en)),
    }
}

/// The pair speaks once a person has gone into it.
fn pair_in_sight(model: &Model) -> bool {
    model.lists.twinning_focus == Focus::Third && model.pair.data.is_some()
}

fn said<T>(panel: &Panel<T>, texts: &Texts, words: impl Fn(&T) -> (&String, &String)) -> String {
    match (&panel.data, &panel.refusal) {
        (Some(data), _) => {
            let (italian, english) = words(data);
            texts.choose(italian, english)
        }
        (None, Some(reason)) => {
            texts.say_with("refused-by-node", &[("reason", figures::plain(reason).into())])
        }
        (None, None) => texts.say("waiting-for-node"),
    }
}
