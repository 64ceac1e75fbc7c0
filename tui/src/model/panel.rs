//! One answer of the node, the question it answers, and how old it is.

use crate::message::Request;

/// One answer of the node and how much to trust it.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel<T> {
    pub data: Option<T>,
    /// The node's reason when it refused the last question.
    pub refusal: Option<String>,
    /// The question that data or refusal answer.
    pub answered: Option<Request>,
    /// The question not answered yet; at most one at a time, so that held keys do not queue questions.
    pub waiting: Option<Request>,
    pub age: Age,
}

/// How the data of a panel stand to the node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    Fresh,
    /// The node has changed since; it will be asked again.
    Outdated,
    /// From before the node went away.
    Old,
}

impl<T> Default for Panel<T> {
    fn default() -> Self {
        Self { data: None, refusal: None, answered: None, waiting: None, age: Age::Outdated }
    }
}

impl<T> Panel<T> {
    /// True where something is shown that is from before the loss of the node.
    #[must_use]
    pub fn is_old(&self) -> bool {
        self.data.is_some() && self.age == Age::Old
    }

    /// Why the figures shown are not new ones: the node refused them.
    #[must_use]
    pub fn refused_anew(&self) -> Option<&str> {
        self.data.as_ref().and(self.refusal.as_deref())
    }

    /// Notes the question and returns it, where it is not answered and none is on its way.
    pub fn ask(&mut self, wanted: &Request) -> Option<Request> {
        let known = self.age == Age::Fresh && self.answered.as_ref() == Some(wanted);
        if known || self.waiting.is_some() {
            return None;
        }
        self.waiting = Some(wanted.clone());
        self.waiting.clone()
    }

    /// Takes an answer.
    pub fn fill(&mut self, request: Request, data: T) {
        *self =
            Self { data: Some(data), refusal: None, answered: Some(request), waiting: None, age: Age::Fresh };
    }

    /// Takes a refusal: figures that answer another question leave the screen.
    pub fn refuse(&mut self, request: Request, reason: String) {
        let data = if self.answered.as_ref() == Some(&request) { self.data.take() } else { None };
        *self = Self { data, refusal: Some(reason), answered: Some(request), waiting: None, age: Age::Fresh };
    }

    /// Notes that the node has changed.
    pub fn outdate(&mut self) {
        if self.age == Age::Fresh {
            self.age = Age::Outdated;
        }
    }

    /// Notes that the node went away: nothing asked will be answered.
    pub fn lose(&mut self) {
        self.waiting = None;
        self.age = Age::Old;
    }
}
