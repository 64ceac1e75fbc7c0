//! Founding a federation and admitting its members: everything that is signed with the root key, and the request that
//! a new member sends. Pure: the commands and the demo bring the keys, the day and the head of the root feed, and
//! carry the signed entries to a node; no node ever holds the root key.

use crate::config::FederationFile;
use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::{Envelope, EnvelopeError, FederationId, Id, KeyError, Kind, parse_key},
    names::{IpaCode, NameError},
    wire::feed::v1::{
        AdmissionRequest, Entry, FeedKey, Genesis, MemberRecord, Role, TransportKey, entry::Body,
    },
};
use prost::Message;
use sha2::{Digest, Sha256};

/// Days for which a new transport key is valid.
const TRANSPORT_KEY_DAYS: i64 = 365;
/// Lines of the request are as long as a mail program leaves them whole.
const LINE_DIGITS: usize = 64;
const BEGIN: &str = "-----BEGIN FACCINA ADMISSION REQUEST-----";
const END: &str = "-----END FACCINA ADMISSION REQUEST-----";

/// Why a request for admission cannot be used. Ask the ente for a new one.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Not a file written by `faccina init`, or altered by the mail.
    #[error("the request is not whole: nothing between its BEGIN and END lines can be read")]
    Armour,
    /// The request was altered, or made for another federation.
    #[error("the request is damaged or was made for another federation")]
    Envelope(#[source] EnvelopeError),
    #[error("the request cannot be understood")]
    Content(#[source] prost::DecodeError),
    #[error("the request asks for no feed key")]
    NoKey,
    #[error("the feed key of the request")]
    Key(#[source] KeyError),
    #[error("the code of the request")]
    Code(#[source] NameError),
}

/// A federation just founded. The two secret keys go to DFP's safe.
#[derive(Debug)]
pub struct Founding {
    pub file: FederationFile,
    /// First entry of the root feed.
    pub genesis: Envelope,
}

/// Founds a federation.
pub fn found(
    name: &str,
    root: &SigningKey,
    successor: &VerifyingKey,
    first_month: Month,
    day: CivilDay,
) -> Founding {
    let file = FederationFile {
        name: name.to_owned(),
        root_key: root.verifying_key(),
        successor_hash: Sha256::digest(successor.as_bytes()).into(),
        hubs: Vec::new(),
    };
    let genesis = Genesis {
        federation_name: name.to_owned(),
        successor_hash: Bytes::copy_from_slice(&file.successor_hash),
        first_month: first_month.yyyymm(),
    };
    let genesis = root_entry(root, &file.id(), None, day, Body::Genesis(genesis));
    Founding { file, genesis }
}

/// Head of the root feed: its sequence and id; `None` before the genesis entry.
pub type RootHead = Option<(u64, Id)>;

/// Signs the next entry of the root feed.
pub fn root_entry(
    root: &SigningKey,
    federation: &FederationId,
    head: RootHead,
    day: CivilDay,
    body: Body,
) -> Envelope {
    let entry = Entry {
        author: "root".to_owned(),
        sequence: head.map_or(1, |(sequence, _)| sequence + 1),
        prev: head.map_or_else(Bytes::new, |(_, id)| Bytes::copy_from_slice(id.as_bytes())),
        civil_day: day.yyyymmdd(),
        body: Some(body),
    };
    Envelope::seal(Kind::Entry, federation, root, &entry.encode_to_vec())
}

/// Who asks to be admitted: what the ente says of itself.
#[derive(Clone, Debug, Default)]
pub struct Applicant {
    pub name: String,
    /// IndicePA category: L6, L18, L5 …
    pub category: String,
    pub istat_code: String,
    pub region: String,
    pub province: String,
    /// Inhabitants served; 0 = not applicable.
    pub population: u32,
    /// Role mailbox of the quality office.
    pub mailbox: String,
    pub union_members: Vec<String>,
}

/// A request for admission, self-signed with the feed key it asks for.
#[derive(Clone, Debug)]
pub struct Request {
    envelope: Envelope,
    federation: FederationId,
    pub record: MemberRecord,
}

impl Request {
    /// Writes and signs the request of `applicant`.
    pub fn seal(
        applicant: &Applicant,
        ipa_code: &IpaCode,
        federation: &FederationId,
        feed: &SigningKey,
        transport: &VerifyingKey,
        day: CivilDay,
    ) -> Self {
        let record = MemberRecord {
            ipa_code: ipa_code.as_str().to_owned(),
            name: applicant.name.clone(),
            category: applicant.category.clone(),
            istat_code: applicant.istat_code.clone(),
            region: applicant.region.clone(),
            province: applicant.province.clone(),
            population: applicant.population,
            mailbox: applicant.mailbox.clone(),
            union_members: applicant.union_members.clone(),
            feed_keys: vec![FeedKey {
                public_key: Bytes::copy_from_slice(feed.verifying_key().as_bytes()),
                first_sequence: 1,
                last_sequence: 0,
            }],
            transport_keys: vec![TransportKey {
                public_key: Bytes::copy_from_slice(transport.as_bytes()),
                valid_from_day: day.yyyymmdd(),
                valid_to_day: day.plus_days(TRANSPORT_KEY_DAYS).yyyymmdd(),
            }],
            ..MemberRecord::default()
        };
        let payload = AdmissionRequest { member: Some(record.clone()) }.encode_to_vec();
        let envelope = Envelope::seal(Kind::Admission, federation, feed, &payload);
        Self { envelope, federation: *federation, record }
    }

    /// Reads the text of a request and verifies that it is signed with the key it asks for.
    pub fn parse(text: &str, federation: &FederationId) -> Result<Self, RequestError> {
        let body = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(body, _)| body);
        let digits: String = body.ok_or(RequestError::Armour)?.split_whitespace().collect();
        let bytes = hex::decode(digits).map_err(|_| RequestError::Armour)?;
        let envelope = Envelope::parse(bytes.into()).map_err(RequestError::Envelope)?;
        let request = AdmissionRequest::decode(envelope.payload().clone()).map_err(RequestError::Content)?;
        let record = request.member.ok_or(RequestError::NoKey)?;
        record.ipa_code.parse::<IpaCode>().map_err(RequestError::Code)?;
        let key = record.feed_keys.first().ok_or(RequestError::NoKey)?;
        let key = parse_key(&key.public_key).map_err(RequestError::Key)?;
        envelope.verify(Kind::Admission, federation, &key).map_err(RequestError::Envelope)?;
        Ok(Self { envelope, federation: *federation, record })
    }

    /// What the ente reads out by telephone, so that DFP knows the file is the one that was sent: eight groups of four
    /// digits of the id of the signed bytes.
    pub fn fingerprint(&self) -> String {
        let digits = self.envelope.id(Kind::Admission, &self.federation).to_string();
        let groups: Vec<&str> = (0..8).filter_map(|group| digits.get(group * 4..group * 4 + 4)).collect();
        groups.join(" ")
    }

    /// The file to send by PEC.
    pub fn to_text(&self) -> String {
        let digits = hex::encode(self.envelope.bytes());
        let lines: Vec<&str> = (0..digits.len())
            .step_by(LINE_DIGITS)
            .filter_map(|at| digits.get(at..digits.len().min(at + LINE_DIGITS)))
            .collect();
        format!(
            "Richiesta di ammissione alla rete Faccina / Request for admission\n\
             Ente: {name} ({code})\nCasella: {mailbox}\nImpronta: {fingerprint}\n\n{BEGIN}\n{body}\n{END}\n",
            name = self.record.name,
            code = self.record.ipa_code,
            mailbox = self.record.mailbox,
            fingerprint = self.fingerprint(),
            body = lines.join("\n"),
        )
    }

    /// The roster entry's body that admits this applicant as `role` from `first_month` on.
    pub fn admitted(&self, role: Role, first_month: Month, protocol_number: &str) -> Body {
        Body::Member(MemberRecord {
            role: role.into(),
            first_month: first_month.yyyymm(),
            protocol_number: protocol_number.to_owned(),
            ..self.record.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> (Request, FederationId) {
        let key = SigningKey::from_bytes(&[3; 32]);
        let federation = FederationId::of(&key.verifying_key(), "Prova");
        let applicant = Applicant { name: "Comune di Prova".to_owned(), ..Applicant::default() };
        let day = CivilDay::from_yyyymmdd(20_260_101).unwrap();
        let code = "c_zz01".parse().unwrap();
        (Request::seal(&applicant, &code, &federation, &key, &key.verifying_key(), day), federation)
    }

    #[test]
    fn a_request_is_read_as_written_even_after_a_mail_program() {
        let (request, federation) = request();
        let mailed = format!("> ciao\r\n{}\r\n-- \r\nfirma", request.to_text().replace('\n', "\r\n"));
        let read = Request::parse(&mailed, &federation).unwrap();
        assert_eq!(
            (read.record.clone(), read.fingerprint()),
            (request.record.clone(), request.fingerprint())
        );
    }

    #[test]
    fn a_request_for_another_federation_is_refused() {
        let (request, _) = request();
        let other = FederationId::from_bytes([1; 32]);
        assert!(matches!(Request::parse(&request.to_text(), &other), Err(RequestError::Envelope(_))));
        assert!(matches!(Request::parse("nothing", &other), Err(RequestError::Armour)));
    }
}
