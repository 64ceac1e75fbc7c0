//! What enters the update (keys, replies, losses) and what leaves it (requests): closed lists.

use faccina_proto::wire::officer::v1 as officer;

/// A key, in our words: the terminal library stays outside the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Char(char),
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    BackTab,
    Enter,
    Escape,
    Backspace,
    /// Ctrl-C: leaves from anywhere.
    Interrupt,
}

/// Everything that can change the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    Key(Key),
    /// Text pasted at once: it is typed, whatever letters and line breaks it has.
    Pasted(String),
    Resized {
        columns: u16,
        rows: u16,
    },
    /// A second has passed.
    Second,
    /// A session with the node begins; it opens with what the node says about itself.
    Linked(officer::AboutReply),
    Lost(Loss),
    Arrived(Request, Box<Reply>),
    /// The node refused one request; the session goes on.
    Refused(Request, String),
    /// The node carried an act out, and says what that means.
    Done(officer::Sentence),
    /// The node refused an act; nothing has changed.
    Declined(String),
    /// A sheet was written to this path, or could not be and why.
    Written(Result<String, String>),
}

/// A question to the node. Equal questions have equal answers until something changes at the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    About,
    MyEnte,
    Comparison(officer::ComparisonRequest),
    Ente(officer::EnteRequest),
    Neighbours(officer::NeighboursRequest),
    Experts,
    Twinnings,
    Twinning(officer::TwinningRequest),
    Pair(officer::PairRequest),
    Cards(officer::CardsRequest),
    Card(officer::CardRequest),
    National(officer::NationalRequest),
    Network,
    Adhesion,
    Reminder(officer::ReminderRequest),
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "always boxed, in a message")]
pub enum Reply {
    About(officer::AboutReply),
    MyEnte(officer::MyEnteReply),
    Comparison(officer::ComparisonReply),
    Ente(officer::EnteReply),
    Neighbours(officer::NeighboursReply),
    Experts(officer::ExpertsReply),
    Twinnings(officer::TwinningsReply),
    Twinning(officer::TwinningReply),
    Pair(officer::PairReply),
    Cards(officer::CardsReply),
    Card(officer::CardReply),
    National(officer::NationalReply),
    Network(officer::NetworkReply),
    Adhesion(officer::AdhesionReply),
    Reminder(officer::ReminderReply),
}

/// What a person has the node do. Each is carried out once: it is never sent again by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Propose(officer::ProposeRequest),
    Twinning(officer::TwinningActRequest),
    Outcome(officer::PublishOutcomeRequest),
    Card(officer::PublishCardRequest),
    Consent(officer::ConsentRequest),
    Availability(officer::DeclareAvailabilityRequest),
    Designate(officer::DesignateRequest),
    Revoke(officer::RevokeDesignationRequest),
}

/// Why there is no session with the node. Display is one line that a person can act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// Start the node or correct the address; this program keeps trying.
    #[error("{0}")]
    Unreachable(String),
    /// Ask the node's administrator for a token of the role officer.
    #[error("{0}")]
    TokenRefused(String),
    /// A token or certificate file cannot be read: correct the path or the permissions.
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
}

/// What the update asks the shell to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Ask(Request),
    Carry(Box<Act>),
    /// Write a file of this name; an existing one is never replaced.
    Write(Export),
    Quit,
}

/// A sheet as the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The file's name without its ending: letters, digits and hyphens only.
    pub stem: String,
    pub ending: &'static str,
    pub content: String,
}
