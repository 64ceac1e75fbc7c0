//! Cursors stay on what they show: the rows that the node sends anew may stand elsewhere, and between reading a row and
//! acting on it no other one may slip under the cursor.

use super::lists::{self, List};
use crate::message::Request;
use crate::model::Model;

/// What names a row within its list.
type Name = [String; 2];

/// The rows under all cursors, by name.
pub(super) struct Places(Vec<(List, Name)>);

impl Places {
    /// Notes the rows before an answer is taken. The answer to another question is another list: it notes nothing.
    pub(super) fn before(model: &Model, answered: &Request) -> Self {
        if !asked_again(model, answered) {
            return Self(Vec::new());
        }
        let named = |list: List| Some((list, name(list, model, list.place(model))?));
        Self(List::ALL.into_iter().filter_map(named).collect())
    }

    /// Puts the cursors on the same rows again. Where one is gone its cursor keeps the place, and what hangs on the
    /// row begins anew.
    pub(super) fn restore(self, model: &mut Model) {
        for (list, wanted) in self.0 {
            let is_it = |place: &usize| name(list, model, *place).as_ref() == Some(&wanted);
            let here = list.place(model);
            let found = if is_it(&here) { Some(here) } else { (0..list.length(model)).find(is_it) };
            match found {
                Some(place) => list.cursor(model).selected = place,
                None => lists::begin_again(model, list),
            }
        }
    }
}

/// True where an answer brings the same list again. An ente is looked for in every comparison.
fn asked_again(model: &Model, answered: &Request) -> bool {
    let before = match answered {
        Request::About
        | Request::MyEnte
        | Request::Comparison(_)
        | Request::Experts
        | Request::Twinnings
        | Request::Network
        | Request::Adhesion
        | Request::Reminder(_) => return true,
        Request::Ente(_) => &model.ente.answered,
        Request::Neighbours(_) => &model.neighbours.answered,
        Request::Twinning(_) => &model.twinning_told.answered,
        Request::Pair(_) => &model.pair.answered,
        Request::Cards(_) => &model.cards.answered,
        Request::Card(_) => &model.card.answered,
        Request::National(_) => &model.national.answered,
    };
    before.as_ref() == Some(answered)
}

/// The name of a row; texts have none.
fn name(list: List, model: &Model, place: usize) -> Option<Name> {
    let mine = model.my_ente.data.as_ref();
    let pair = |first: &str, second: &str| Some([first.to_owned(), second.to_owned()]);
    let one = |code: &str| pair(code, "");
    match list {
        List::Cells => {
            let cell = mine?.last.as_ref()?.cells.get(place)?;
            pair(&cell.service, &cell.channel)
        }
        List::Live => {
            let cell = mine?.live.get(place)?;
            Some([cell.service.clone(), format!("{} {}", cell.branch, cell.month)])
        }
        List::Comparison => {
            let row = model.comparison_rows.get(place)?;
            one(&model.comparison.data.as_ref()?.rows.get(*row)?.ipa_code)
        }
        List::EnteStrata => {
            let stratum = model.compared_ente()?.strata.get(place)?;
            pair(&stratum.service, &stratum.channel)
        }
        List::Neighbours => {
            one(&model.neighbours.data.as_ref()?.neighbours.get(place)?.row.as_ref()?.ipa_code)
        }
        List::Experts => one(&model.experts.data.as_ref()?.experts.get(place)?.ipa_code),
        List::Twinnings => one(&model.twinnings.data.as_ref()?.twinnings.get(place)?.id),
        List::Strata => {
            let stratum = model.pair.data.as_ref()?.strata.get(place)?;
            pair(&stratum.service, &stratum.channel)
        }
        List::Cards => {
            let card = model.cards.data.as_ref()?.cards.get(place)?;
            Some([card.ipa_code.clone(), card.number.to_string()])
        }
        List::Transmissions => {
            let row = model.transmission_rows.get(place)?;
            one(&model.national.data.as_ref()?.transmissions.get(*row)?.ipa_code)
        }
        List::NationalCells => {
            let cell = model.national.data.as_ref()?.cells.get(place)?;
            pair(&cell.service, &cell.channel)
        }
        List::Publications => {
            let one = model.national.data.as_ref()?.publications.get(place)?;
            pair(&one.restatement.to_string(), "")
        }
        List::Members => {
            let row = model.member_rows.get(place)?;
            one(&model.network.data.as_ref()?.members.get(*row)?.ipa_code)
        }
        List::Messages | List::Card | List::ToVerify => None,
    }
}
