//! What the replies about enti are made from: the views, the answers kept of them, whose node it is, and the day.

use super::{comparison, ente, experts, national, neighbours, pair};
use crate::{
    answers::Answers,
    views::{Filter, Indicator, NationalEntry, Profiles, Question, Recomputed, Views, Window},
};
use faccina_proto::{
    calendar::{CivilDay, Month},
    names::{Code, IpaCode},
    roster::Member,
    wire::officer::v1 as wire,
};
use std::sync::Arc;
use tonic::Status;

/// Makes replies; each call computes what it does not find among the answers.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    pub views: &'a Views,
    pub answers: &'a Answers,
    /// The member whose node this is.
    pub own: &'a IpaCode,
    pub today: CivilDay,
}

impl<'a> Reader<'a> {
    /// All enti for a month or twelve.
    pub fn comparison(&self, asked: &wire::ComparisonRequest) -> Result<wire::ComparisonReply, Status> {
        let wire::ComparisonRequest { month, service, channel, window, indicator } = asked;
        let question = self.question(*month, (service.as_str(), channel.as_str()), *window, *indicator)?;
        Ok(comparison::comparison(self, question))
    }

    /// One ente against the network.
    pub fn ente(&self, asked: &wire::EnteRequest) -> Result<wire::EnteReply, Status> {
        let wire::EnteRequest { ipa_code, month, service, channel, window, indicator } = asked;
        let question = self.question(*month, (service.as_str(), channel.as_str()), *window, *indicator)?;
        Ok(ente::ente(self, self.member_or_own("ipa_code", ipa_code)?, question))
    }

    /// The enti most like one.
    pub fn neighbours(&self, asked: &wire::NeighboursRequest) -> Result<wire::NeighboursReply, Status> {
        let month = self.month(asked.month)?;
        Ok(neighbours::neighbours(self, self.member_or_own("ipa_code", &asked.ipa_code)?, month))
    }

    /// The administrations that DFP designated, this node's ente apart: nobody is twinned with itself.
    #[must_use]
    pub fn experts(&self) -> wire::ExpertsReply {
        experts::experts(self)
    }

    /// Two enti side by side.
    pub fn pair(&self, asked: &wire::PairRequest) -> Result<wire::PairReply, Status> {
        let wire::PairRequest { month, left, right, window, indicator } = asked;
        let question = self.question(*month, ("", ""), *window, *indicator)?;
        let left = self.member_or_own("left", left)?;
        Ok(pair::pair(self, left, self.member("right", right)?, question))
    }

    /// The month as DFP published it, else as this node sees it so far.
    #[must_use]
    pub fn national(
        &self,
        month: Month,
        published: Option<(&NationalEntry, &Recomputed)>,
    ) -> wire::NationalReply {
        national::national(self.views, month, published, self.today)
    }

    /// A month of a request; 0 asks for the newest with data.
    pub(super) fn month(&self, yyyymm: u32) -> Result<Month, Status> {
        if yyyymm == 0 {
            return self.views.newest_month().ok_or_else(|| {
                Status::failed_precondition(
                    "no ente has transmitted a month yet: try again after the first close",
                )
            });
        }
        Month::from_yyyymm(yyyymm)
            .map_err(|error| Status::invalid_argument(format!("month: {error}; 0 is the newest")))
    }

    fn question(
        &self,
        month: u32,
        (service, channel): (&str, &str),
        window: i32,
        indicator: i32,
    ) -> Result<Question, Status> {
        let unknown = |field| Status::invalid_argument(format!("{field}: unknown value; update this node"));
        let window = match wire::Window::try_from(window).map_err(|_| unknown("window"))? {
            wire::Window::Unspecified | wire::Window::Month => Window::Month,
            wire::Window::Twelve => Window::Twelve,
        };
        let indicator = match wire::Indicator::try_from(indicator).map_err(|_| unknown("indicator"))? {
            wire::Indicator::Unspecified | wire::Indicator::Green => Indicator::Green,
            wire::Indicator::Red => Indicator::Red,
        };
        let filter = Filter { service: code("service", service)?, channel: code("channel", channel)? };
        Ok(Question { month: self.month(month)?, window, filter, indicator })
    }

    fn member_or_own(&self, field: &str, text: &str) -> Result<&'a Member, Status> {
        let own = self.views.ente(self.own).filter(|_| text.is_empty());
        own.map_or_else(|| self.member(field, text), Ok)
    }

    fn member(&self, field: &str, text: &str) -> Result<&'a Member, Status> {
        ente_of(self.views, field, text)
    }

    /// How far the enti lie from this node's; `None` where it belongs to no ente.
    pub(super) fn profiles(&self, month: Month) -> Option<Arc<Profiles>> {
        self.views.ente(self.own).map(|_| self.answers.profiles(self.views, month))
    }
}

/// The ente of this code in a request.
pub(super) fn ente_of<'a>(views: &'a Views, field: &str, text: &str) -> Result<&'a Member, Status> {
    let code: IpaCode = text.parse().map_err(|error| {
        Status::invalid_argument(format!("{field}: {error}; give an IPA code such as c_h361"))
    })?;
    views.ente(&code).ok_or_else(|| {
        Status::invalid_argument(format!(
            "{field}: {code} is no ente of this federation; the comparison lists them all"
        ))
    })
}

/// A code in a request; `None` asks for all.
pub(super) fn code(field: &str, text: &str) -> Result<Option<Code>, Status> {
    match Code::of_group(text) {
        Ok(code) => Ok((!code.is_altri()).then_some(code)),
        Err(error) => Err(Status::invalid_argument(format!("{field}: {error}; leave it empty for all"))),
    }
}
