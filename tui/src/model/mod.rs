//! The model: everything the screens show, and nothing of how. Changed only by `update`.

mod choices;
mod panel;
mod lists;
mod overlay;

pub use choices::{Filters, Library, Members, Order, Screen};
pub use lists::{Cursor, Focus, Lists};
pub use overlay::{Choice, Overlay, Picker};
pub use panel::{Age, Panel};

use crate::message::{Loss, Request};
use crate::texts::Language;
use faccina_proto::wire::officer::v1 as officer;

/// The whole state of the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub language: Language,
    pub columns: u16,
    pub rows: u16,
    pub screen: Screen,
    /// True from the first key that chooses a screen: the node's role no longer decides it.
    pub screen_chosen: bool,
    pub link: Link,
    pub about: Panel<officer::AboutReply>,
    pub my_ente: Panel<officer::MyEnteReply>,
    /// This ente as the others see it: what it declared last.
    pub own: Panel<officer::EnteReply>,
    pub comparison: Panel<officer::ComparisonReply>,
    /// The ente under the cursor of *Confronto*.
    pub ente: Panel<officer::EnteReply>,
    pub neighbours: Panel<officer::NeighboursReply>,
    pub experts: Panel<officer::ExpertsReply>,
    pub twinnings: Panel<officer::TwinningsReply>,
    /// The twinning under the cursor, with all that was said.
    pub twinning_told: Panel<officer::TwinningReply>,
    pub pair: Panel<officer::PairReply>,
    pub cards: Panel<officer::CardsReply>,
    /// The practice card under the cursor.
    pub card: Panel<officer::CardReply>,
    pub national: Panel<officer::NationalReply>,
    pub network: Panel<officer::NetworkReply>,
    pub adhesion: Panel<officer::AdhesionReply>,
    /// The message that reminds the member whose card is open.
    pub reminder: Panel<officer::ReminderReply>,
    pub filters: Filters,
    pub library: Library,
    pub members: Members,
    pub order: Order,
    /// True while the funnel fills the screen of *Confronto*.
    pub funnel_alone: bool,
    /// The ente chosen elsewhere to stand beside this one in *Gemellaggio*.
    pub beside: Option<String>,
    /// The ente to put the cursor of *Confronto* on, once its rows are here.
    pub looked_for: Option<String>,
    /// Indices into the comparison's rows that pass the filters, in the chosen order.
    pub comparison_rows: Vec<usize>,
    /// Indices into the national transmissions, those to look at first.
    pub transmission_rows: Vec<usize>,
    /// Indices into the members of the network that pass the filters, those to look at first.
    pub member_rows: Vec<usize>,
    pub lists: Lists,
    pub overlay: Overlay,
    /// What the last act or export came to; gone with the next key.
    pub notice: Option<Notice>,
    /// The federation's digest changed since the panels were asked; acted upon at the next second.
    pub changed: bool,
}

impl Model {
    /// Starts before any answer, on *Il mio ente*.
    #[must_use]
    pub fn new(language: Language, columns: u16, rows: u16) -> Self {
        Self {
            language,
            columns,
            rows,
            screen: Screen::MyEnte,
            screen_chosen: false,
            link: Link::Connecting,
            about: Panel::default(),
            my_ente: Panel::default(),
            own: Panel::default(),
            comparison: Panel::default(),
            ente: Panel::default(),
            neighbours: Panel::default(),
            experts: Panel::default(),
            twinnings: Panel::default(),
            twinning_told: Panel::default(),
            pair: Panel::default(),
            cards: Panel::default(),
            card: Panel::default(),
            national: Panel::default(),
            network: Panel::default(),
            adhesion: Panel::default(),
            reminder: Panel::default(),
            filters: Filters::default(),
            library: Library::default(),
            members: Members::default(),
            order: Order::Likeness,
            funnel_alone: false,
            beside: None,
            looked_for: None,
            comparison_rows: Vec::new(),
            transmission_rows: Vec::new(),
            member_rows: Vec::new(),
            lists: Lists::default(),
            overlay: Overlay::None,
            notice: None,
            changed: false,
        }
    }

    /// True where this node belongs to DFP or only relays: it has no votes of its own.
    #[must_use]
    pub fn votes_nowhere(&self) -> bool {
        self.about.data.as_ref().is_some_and(|about| about.role != "ente")
    }

    /// True where this node designates experts.
    #[must_use]
    pub fn observes(&self) -> bool {
        self.about.data.as_ref().is_some_and(|about| about.role == "observer")
    }

    /// This node's own code; empty before it is known.
    #[must_use]
    pub fn own_code(&self) -> &str {
        self.about.data.as_ref().map_or("", |about| &about.ipa_code)
    }

    /// The month asked of the node: 0 is the newest.
    #[must_use]
    pub fn month_asked(&self) -> u32 {
        self.filters.month.unwrap_or(0)
    }

    /// The neighbour under the cursor.
    #[must_use]
    pub fn neighbour(&self) -> Option<&officer::Neighbour> {
        self.neighbours.data.as_ref()?.neighbours.get(self.lists.neighbours.selected)
    }

    /// The expert under the cursor.
    #[must_use]
    pub fn expert(&self) -> Option<&officer::Expert> {
        self.experts.data.as_ref()?.experts.get(self.lists.experts.selected)
    }

    /// The twinning under the cursor.
    #[must_use]
    pub fn twinning(&self) -> Option<&officer::Twinning> {
        self.twinnings.data.as_ref()?.twinnings.get(self.lists.twinnings.selected)
    }

    /// What was said in the twinning under the cursor, once the node has answered for this one.
    #[must_use]
    pub fn twinning_read(&self) -> Option<&officer::Twinning> {
        let wanted = &self.twinning()?.id;
        self.twinning_told.data.as_ref()?.twinning.as_ref().filter(|told| told.id == *wanted)
    }

    /// The title of the practice card under the cursor.
    #[must_use]
    pub fn card_title(&self) -> Option<&officer::CardTitle> {
        self.cards.data.as_ref()?.cards.get(self.lists.cards.selected)
    }

    /// The row of the comparison under the cursor.
    #[must_use]
    pub fn compared(&self) -> Option<&officer::EnteRow> {
        let index = self.comparison_rows.get(self.lists.comparison.selected)?;
        self.comparison.data.as_ref()?.rows.get(*index)
    }

    /// What the node says of the ente under the cursor, once it has answered for this one.
    #[must_use]
    pub fn compared_ente(&self) -> Option<&officer::EnteReply> {
        let wanted = &self.compared()?.ipa_code;
        let ente = self.ente.data.as_ref()?;
        ente.row.as_ref().is_some_and(|row| row.ipa_code == *wanted).then_some(ente)
    }

    /// The member of the network under the cursor.
    #[must_use]
    pub fn member(&self) -> Option<&officer::Member> {
        let row = self.member_rows.get(self.lists.members.selected)?;
        self.network.data.as_ref()?.members.get(*row)
    }

    /// The member of this code.
    #[must_use]
    pub fn member_of(&self, code: &str) -> Option<&officer::Member> {
        self.network.data.as_ref()?.members.iter().find(|member| member.ipa_code == code)
    }

    /// What this member owes; `None` if it owes nothing, or before the node has answered.
    #[must_use]
    pub fn latecomer(&self, code: &str) -> Option<&officer::Latecomer> {
        self.adhesion.data.as_ref()?.latecomers.iter().find(|late| late.ipa_code == code)
    }

    /// The message for this member, or why there is none; `None` until the node has answered for it.
    #[must_use]
    pub fn reminder_of(&self, code: &str) -> Option<Result<&officer::ReminderReply, &str>> {
        let Request::Reminder(asked) = self.reminder.answered.as_ref()? else { return None };
        match &self.reminder.refusal {
            _ if asked.ipa_code != code => None,
            Some(reason) => Some(Err(reason)),
            None => self.reminder.data.as_ref().map(Ok),
        }
    }

    /// The text of the practice card under the cursor, once the node has answered for this one.
    #[must_use]
    pub fn card_read(&self) -> Option<&officer::CardReply> {
        let wanted = self.card_title()?;
        let read = self.card.data.as_ref()?;
        let title = read.title.as_ref()?;
        (title.ipa_code == wanted.ipa_code && title.number == wanted.number).then_some(read)
    }

    /// The two enti that stand side by side in *Gemellaggio*; the left one empty for this node's own.
    #[must_use]
    pub fn sides(&self) -> Option<(String, String)> {
        if let Some(beside) = &self.beside {
            return Some((String::new(), beside.clone()));
        }
        let twinning = self.twinning()?;
        if self.votes_nowhere() {
            return Some((twinning.learner.clone(), twinning.expert.clone()));
        }
        let learns = twinning.learner == self.own_code();
        Some((String::new(), if learns { twinning.expert.clone() } else { twinning.learner.clone() }))
    }

    /// True while figures on this screen are from before the loss of the node.
    #[must_use]
    pub fn shows_old(&self) -> bool {
        match self.screen {
            Screen::MyEnte => self.my_ente.is_old(),
            Screen::Comparison => self.comparison.is_old() || self.ente.is_old(),
            Screen::Neighbours => self.neighbours.is_old(),
            Screen::Experts => self.experts.is_old(),
            Screen::Twinning => self.twinnings.is_old() || self.twinning_told.is_old() || self.pair.is_old(),
            Screen::Cards => self.cards.is_old() || self.card.is_old(),
            Screen::National => self.national.is_old(),
            Screen::Network => self.network.is_old() || self.adhesion.is_old(),
        }
    }

    /// Why figures on this screen are from before: the node refused new ones.
    #[must_use]
    pub fn refused_anew(&self) -> Option<&str> {
        match self.screen {
            Screen::MyEnte => self.my_ente.refused_anew(),
            Screen::Comparison => self.comparison.refused_anew().or(self.ente.refused_anew()),
            Screen::Neighbours => self.neighbours.refused_anew(),
            Screen::Experts => self.experts.refused_anew(),
            Screen::Twinning => {
                let told = self.twinning_told.refused_anew();
                self.twinnings.refused_anew().or(told).or(self.pair.refused_anew())
            }
            Screen::Cards => self.cards.refused_anew().or(self.card.refused_anew()),
            Screen::National => self.national.refused_anew(),
            Screen::Network => self.network.refused_anew().or(self.adhesion.refused_anew()),
        }
    }

    /// Notes that the node has changed, for all that is asked rather than watched.
    pub fn outdate(&mut self) {
        self.about.outdate();
        self.comparison.outdate();
        self.own.outdate();
        self.ente.outdate();
        self.neighbours.outdate();
        self.experts.outdate();
        self.twinning_told.outdate();
        self.pair.outdate();
        self.cards.outdate();
        self.card.outdate();
        self.national.outdate();
        self.adhesion.outdate();
        self.reminder.outdate();
    }

    /// Notes that the node went away.
    pub fn lose(&mut self) {
        self.changed = false;
        self.about.lose();
        self.my_ente.lose();
        self.comparison.lose();
        self.own.lose();
        self.ente.lose();
        self.neighbours.lose();
        self.experts.lose();
        self.twinnings.lose();
        self.twinning_told.lose();
        self.pair.lose();
        self.cards.lose();
        self.card.lose();
        self.national.lose();
        self.network.lose();
        self.adhesion.lose();
        self.reminder.lose();
    }
}

/// Whether the node answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    Connecting,
    Up,
    Lost { loss: Loss, seconds: u64 },
}

/// What the bottom line says once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The node carried an act out, in its words.
    Done { it: String, en: String },
    /// A sheet was written to this path.
    Written(String),
    /// A sheet could not be written, and why.
    NotWritten(String),
    /// There is nothing yet that could be written.
    NothingToWrite,
    /// Nothing can be done here now.
    NothingToDo,
}

/// The questions of the screens, as the choices make them; `None` where nothing is chosen.
impl Model {
    /// The question whose answer *Confronto* shows.
    #[must_use]
    pub fn comparison_wanted(&self) -> Request {
        Request::Comparison(officer::ComparisonRequest {
            month: self.month_asked(),
            service: self.filters.service.clone().unwrap_or_default(),
            channel: self.filters.channel.clone().unwrap_or_default(),
            window: self.filters.window.into(),
            indicator: self.filters.indicator.into(),
        })
    }

    /// The question about this ente itself; a node without votes has none.
    #[must_use]
    pub fn own_wanted(&self) -> Option<Request> {
        let about = self.about.data.as_ref().filter(|about| about.role == "ente")?;
        let ipa_code = about.ipa_code.clone();
        Some(Request::Ente(officer::EnteRequest { ipa_code, ..officer::EnteRequest::default() }))
    }

    /// The question about the ente under the cursor.
    #[must_use]
    pub fn ente_wanted(&self) -> Option<Request> {
        Some(Request::Ente(officer::EnteRequest {
            ipa_code: self.compared()?.ipa_code.clone(),
            month: self.month_asked(),
            service: self.filters.service.clone().unwrap_or_default(),
            channel: self.filters.channel.clone().unwrap_or_default(),
            window: self.filters.window.into(),
            indicator: self.filters.indicator.into(),
        }))
    }

    /// The question about the two enti side by side.
    #[must_use]
    pub fn pair_wanted(&self) -> Option<Request> {
        let (left, right) = self.sides()?;
        Some(Request::Pair(officer::PairRequest {
            month: self.month_asked(),
            left,
            right,
            window: self.filters.window.into(),
            indicator: self.filters.indicator.into(),
        }))
    }

    /// The question for the library.
    #[must_use]
    pub fn cards_wanted(&self) -> Request {
        Request::Cards(officer::CardsRequest {
            text: self.library.text.trim().to_owned(),
            service: self.library.service.clone().unwrap_or_default(),
            topic: self.library.topic.clone().unwrap_or_default(),
        })
    }

    /// The question for the twinning under the cursor.
    #[must_use]
    pub fn twinning_wanted(&self) -> Option<Request> {
        Some(Request::Twinning(officer::TwinningRequest { id: self.twinning()?.id.clone() }))
    }

    /// The question for the message to the late member whose card is open; only DFP reminds.
    #[must_use]
    pub fn reminder_wanted(&self) -> Option<Request> {
        let Overlay::Member { code, .. } = &self.overlay else { return None };
        self.latecomer(code).filter(|_| self.observes())?;
        let ipa_code = code.clone();
        Some(Request::Reminder(officer::ReminderRequest { ipa_code, ..officer::ReminderRequest::default() }))
    }

    /// The question for the practice card under the cursor.
    #[must_use]
    pub fn card_wanted(&self) -> Option<Request> {
        let title = self.card_title()?;
        Some(Request::Card(officer::CardRequest { ipa_code: title.ipa_code.clone(), number: title.number }))
    }
}
