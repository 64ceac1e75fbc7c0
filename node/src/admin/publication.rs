//! A closed month as files for a web site: read from the views, changed nowhere.

use super::{AdminService, blocking, wrong};
use crate::{
    config::Role,
    publication::{File, Licence, Terms, Unpublished, ente_month, national_month, of_ente, of_national},
    telling::sentence,
    words::Language,
};
use faccina_proto::{calendar::Month, wire::admin::v1 as wire};
use tonic::Status;

impl AdminService {
    pub(super) async fn publication_of(
        &self,
        asked: wire::PublicationRequest,
    ) -> Result<wire::PublicationReply, Status> {
        let month = Month::from_yyyymm(asked.month).map_err(|error| wrong(&error.to_string()))?;
        let terms = self.terms(&asked)?;
        let service = self.clone();
        let files = blocking(move || match service.config.role {
            Role::Ente | Role::Hub if asked.restatement.is_some() => {
                Err(wrong("only the national month has restatements: ask the observer's node"))
            }
            Role::Ente => service.ente_files(month, &terms),
            Role::Observer => service.national_files(month, asked.restatement, &terms),
            Role::Hub => Err(Status::failed_precondition(
                "a hub has no month to publish: ask the node of an ente, or the observer for the national month",
            )),
        });
        let files = files.await??;
        let wire_of = |file: File| wire::PublishedFile { name: file.name, content: file.content.into() };
        let national = self.config.role == Role::Observer;
        Ok(wire::PublicationReply { files: files.into_iter().map(wire_of).collect(), national })
    }

    fn terms(&self, asked: &wire::PublicationRequest) -> Result<Terms, Status> {
        let language = Language::of_tag(&asked.language).ok_or_else(|| wrong("the language is it or en"))?;
        let licences = Licence::ALL.map(Licence::name).join(", ");
        let licence = Licence::of_name(&asked.licence);
        let licence = licence.ok_or_else(|| wrong(&format!("the licence is one of {licences}")))?;
        let site = (!asked.site.is_empty()).then(|| asked.site.parse()).transpose();
        let site = site.map_err(|error: crate::publication::NoSite| wrong(&error.to_string()))?;
        let federation = self.federation.file().name.clone();
        Ok(Terms { language, licence, site, federation, demo: self.clock.is_demo() })
    }

    fn ente_files(&self, month: Month, terms: &Terms) -> Result<Vec<File>, Status> {
        let (own, today) = (&self.config.ipa_code, self.clock.today());
        let document = self.reading.with(|views, feeds| ente_month(views, feeds, own, month, today, terms));
        document.map(|document| of_ente(&document)).map_err(|error| unpublished(&error))
    }

    fn national_files(
        &self,
        month: Month,
        restatement: Option<u32>,
        terms: &Terms,
    ) -> Result<Vec<File>, Status> {
        let document = self.reading.with(|views, feeds| {
            let recompute = |entry: &_| self.reading.recompute(views, feeds, entry);
            national_month(views, month, restatement, recompute, terms)
        });
        document.map(|document| of_national(&document)).map_err(|error| unpublished(&error))
    }
}

fn unpublished(error: &Unpublished) -> Status {
    Status::failed_precondition(sentence(error))
}
