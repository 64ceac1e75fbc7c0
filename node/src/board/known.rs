//! Whether what a person names exists: members, and the services, channels and areas of the catalogue. An entry
//! can never be taken back, so a slip of the pen is refused before it is signed. While no catalogue is known, every code
//! that is well formed passes.

use super::{Board, invalid};
use faccina_proto::{
    calendar::Month,
    catalogue::Catalogue,
    names::{Code, IpaCode, NameError},
    roster::Role,
    wire::feed::v1::GroupKey,
};
use tonic::Status;

impl Board {
    pub(crate) fn expect_member(&self, code: &str) -> Result<(), Status> {
        let code: IpaCode = code.parse().map_err(|error: NameError| invalid(&error))?;
        match self.federation.snapshot().replica.roster().member(&code) {
            Some(_) => Ok(()),
            None => Err(Status::not_found(format!(
                "{code} is no member: `faccina status` and the roster show who is"
            ))),
        }
    }

    /// Refuses whoever is no ente: only enti are experts.
    pub(crate) fn expect_ente(&self, code: &str) -> Result<(), Status> {
        self.expect_member(code)?;
        let snapshot = self.federation.snapshot();
        let role = code.parse().ok().and_then(|code| Some(snapshot.replica.roster().member(&code)?.role));
        if role == Some(Role::Ente) {
            return Ok(());
        }
        Err(Status::failed_precondition(format!("{code} is no ente: the roster shows what each member is")))
    }

    pub(crate) fn expect_service(&self, code: &Code) -> Result<(), Status> {
        self.expect_in_catalogue(
            |catalogue| catalogue.services().contains_key(code),
            || format!("{code} is no service of the catalogue: `faccina service list` shows them"),
        )
    }

    pub(crate) fn expect_channel(&self, code: &Code) -> Result<(), Status> {
        self.expect_in_catalogue(
            |catalogue| catalogue.channels().contains_key(code),
            || format!("{code} is no channel of the catalogue, as counter, phone, web or app are"),
        )
    }

    pub(crate) fn expect_pair(&self, pair: &GroupKey) -> Result<(), Status> {
        let code = |text: &str| text.parse::<Code>().map_err(|error| invalid(&error));
        self.expect_service(&code(&pair.service)?)?;
        self.expect_channel(&code(&pair.channel)?)
    }

    pub(crate) fn expect_area(&self, area: &str) -> Result<(), Status> {
        self.expect_in_catalogue(
            |catalogue| catalogue.services().values().any(|service| service.area == area),
            || format!("{area} is no area of the catalogue's services: `faccina service list` shows them"),
        )
    }

    /// Refuses a month for which this ente owes nothing yet.
    pub(crate) fn expect_surveyed(&self, month: Month) -> Result<(), Status> {
        let snapshot = self.federation.snapshot();
        let first = snapshot.replica.roster().author(self.federation.own()).map(|member| member.first_month);
        if first.is_some_and(|first| first <= month) && month < self.clock.today().month() {
            return Ok(());
        }
        Err(Status::failed_precondition(format!(
            "{month} is no month that this ente has surveyed and that is over"
        )))
    }

    /// Looks in the version in force and in the newest, which may be about to come into force.
    fn expect_in_catalogue(
        &self,
        has: impl Fn(&Catalogue) -> bool,
        refusal: impl FnOnce() -> String,
    ) -> Result<(), Status> {
        let catalogues = self.office.catalogues();
        let mut known =
            [catalogues.in_force(self.clock.today().month()), catalogues.newest()].into_iter().flatten();
        if known.clone().next().is_none() || known.any(|catalogue| has(catalogue)) {
            return Ok(());
        }
        Err(Status::failed_precondition(refusal()))
    }
}
