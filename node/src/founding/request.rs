//! What an ente sends to DFP by PEC: a request for its admission, or for keys of a member. A text between two lines that
//! no mail program changes, signed with the feed key that it asks for; a request for keys of a member also with the
//! present one, where there still is one.

use bytes::Bytes;
use ed25519_dalek::{SigningKey, VerifyingKey};
use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::{Envelope, EnvelopeError, FederationId, KeyError, KeyId, Kind, parse_key},
    limits::RECORD_TEXT_BYTES_MAX,
    names::{IpaCode, NameError},
    text::{TextError, line},
    wire::feed::v1::{AdmissionRequest, FeedKey, MemberRecord, Role, TransportKey, entry::Body},
};
use prost::Message;

/// Days for which a new transport key is valid.
const TRANSPORT_KEY_DAYS: i64 = 365;
/// Days by which the ente's clock may be ahead of DFP's.
const CLOCK_DAYS_MAX: i64 = 1;
/// Lines of the request are as long as a mail program leaves them whole.
const LINE_DIGITS: usize = 64;
const REQUEST: &str = "ADMISSION REQUEST";
const COUNTERSIGNATURE: &str = "COUNTERSIGNATURE";

/// Why a request cannot be used. Ask the ente for a new one.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Not a file written by `faccina init` or `faccina keys`, or altered by the mail.
    #[error("the request is not whole: nothing between its BEGIN and END lines can be read")]
    Armour,
    /// The request was altered, or made for another federation.
    #[error("the request is damaged or was made for another federation")]
    Envelope(#[source] EnvelopeError),
    /// The second signature belongs to another request.
    #[error("the countersignature is not one of this request")]
    Countersignature,
    #[error("the request cannot be understood")]
    Content(#[source] prost::DecodeError),
    #[error("the request asks for no feed key")]
    NoKey,
    #[error("a key of the request")]
    Key(#[source] KeyError),
    #[error("the code of the request")]
    Code(#[source] NameError),
    /// It may come from somebody who wants more signed than was read out.
    #[error("the request says more than an ente asks for: {0}")]
    Foreign(&'static str),
    #[error("a text of the request")]
    Text(#[source] TextError),
    /// The ente sets its clock and writes the request again.
    #[error(
        "the new transport key is asked for from {from} to {to}, today is {today}, and a key lasts a year: let the ente look at \
         its clock and write the request again"
    )]
    Days { from: CivilDay, to: CivilDay, today: CivilDay },
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

impl Applicant {
    /// What a record says of a member.
    pub fn of(record: &MemberRecord) -> Self {
        let MemberRecord { name, category, istat_code, region, province, population, mailbox, .. } =
            record.clone();
        let union_members = record.union_members.clone();
        Self { name, category, istat_code, region, province, population, mailbox, union_members }
    }
}

/// Which keys a member asks for.
#[derive(Clone, Copy)]
pub struct KeysWanted<'a> {
    /// The feed key that shall sign: the present one where only the transport key is renewed.
    pub feed: &'a SigningKey,
    /// The feed key of now, if another is asked for and it is not lost.
    pub present: Option<&'a SigningKey>,
    /// A new transport key.
    pub transport: Option<&'a VerifyingKey>,
}

impl std::fmt::Debug for KeysWanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeysWanted(..)")
    }
}

/// A request, self-signed with the feed key it asks for.
#[derive(Clone, Debug)]
pub struct Request {
    envelope: Envelope,
    countersignature: Option<Envelope>,
    federation: FederationId,
    feed_key: VerifyingKey,
    code: IpaCode,
    pub record: MemberRecord,
}

impl Request {
    /// Writes and signs the request of `applicant` for its admission.
    pub fn seal(
        applicant: &Applicant,
        ipa_code: &IpaCode,
        federation: &FederationId,
        feed: &SigningKey,
        transport: &VerifyingKey,
        day: CivilDay,
    ) -> Self {
        let record = MemberRecord {
            name: applicant.name.clone(),
            category: applicant.category.clone(),
            istat_code: applicant.istat_code.clone(),
            region: applicant.region.clone(),
            province: applicant.province.clone(),
            population: applicant.population,
            mailbox: applicant.mailbox.clone(),
            union_members: applicant.union_members.clone(),
            ..MemberRecord::default()
        };
        let wanted = KeysWanted { feed, present: None, transport: Some(transport) };
        Self::sealed(record, ipa_code, federation, wanted, day)
    }

    /// Writes and signs the request of a member for keys.
    pub fn seal_keys(
        ipa_code: &IpaCode,
        federation: &FederationId,
        wanted: KeysWanted<'_>,
        day: CivilDay,
    ) -> Self {
        Self::sealed(MemberRecord::default(), ipa_code, federation, wanted, day)
    }

    fn sealed(
        said: MemberRecord,
        ipa_code: &IpaCode,
        federation: &FederationId,
        wanted: KeysWanted<'_>,
        day: CivilDay,
    ) -> Self {
        let feed_key = wanted.feed.verifying_key();
        let transport_key = |key: &VerifyingKey| TransportKey {
            public_key: Bytes::copy_from_slice(key.as_bytes()),
            valid_from_day: day.yyyymmdd(),
            valid_to_day: day.plus_days(TRANSPORT_KEY_DAYS).yyyymmdd(),
        };
        let record = MemberRecord {
            ipa_code: ipa_code.as_str().to_owned(),
            feed_keys: vec![FeedKey {
                public_key: Bytes::copy_from_slice(feed_key.as_bytes()),
                first_sequence: 1,
                last_sequence: 0,
            }],
            transport_keys: wanted.transport.map(transport_key).into_iter().collect(),
            ..said
        };
        let payload = AdmissionRequest { member: Some(record.clone()) }.encode_to_vec();
        let seal = |key: &SigningKey| Envelope::seal(Kind::Admission, federation, key, &payload);
        Self {
            envelope: seal(wanted.feed),
            countersignature: wanted.present.map(seal),
            federation: *federation,
            feed_key,
            code: ipa_code.clone(),
            record,
        }
    }

    /// Reads the text of a request and verifies that it is signed with the key it asks for.
    pub fn parse(text: &str, federation: &FederationId) -> Result<Self, RequestError> {
        let envelope = block(text, REQUEST)?.ok_or(RequestError::Armour)?;
        let countersignature = block(text, COUNTERSIGNATURE)?;
        if countersignature.as_ref().is_some_and(|other| other.payload() != envelope.payload()) {
            return Err(RequestError::Countersignature);
        }
        let request = AdmissionRequest::decode(envelope.payload().clone()).map_err(RequestError::Content)?;
        let record = request.member.ok_or(RequestError::NoKey)?;
        let code = record.ipa_code.parse().map_err(RequestError::Code)?;
        let key = record.feed_keys.first().ok_or(RequestError::NoKey)?;
        let feed_key = parse_key(&key.public_key).map_err(RequestError::Key)?;
        expect_modest(&record)?;
        for key in &record.transport_keys {
            parse_key(&key.public_key).map_err(RequestError::Key)?;
        }
        envelope.verify(Kind::Admission, federation, &feed_key).map_err(RequestError::Envelope)?;
        Ok(Self { envelope, countersignature, federation: *federation, feed_key, code, record })
    }

    /// Refuses a transport key whose year is not about this day: it would warn too late, or never.
    pub fn expect_on(&self, today: CivilDay) -> Result<(), RequestError> {
        for key in &self.record.transport_keys {
            let days = [key.valid_from_day, key.valid_to_day].map(CivilDay::from_yyyymmdd);
            let [Ok(from), Ok(to)] = days else { return Err(RequestError::Foreign("days of no calendar")) };
            let lasts = from.days_until(to) <= TRANSPORT_KEY_DAYS;
            if !lasts || today < from.plus_days(-CLOCK_DAYS_MAX) || to < today {
                return Err(RequestError::Days { from, to, today });
            }
        }
        Ok(())
    }

    /// Whose request it is.
    pub fn code(&self) -> &IpaCode {
        &self.code
    }

    /// The feed key that it asks for, and is signed with.
    pub fn feed_key(&self) -> &VerifyingKey {
        &self.feed_key
    }

    /// The id of the key that countersigned, as the request claims.
    pub fn countersigner(&self) -> Option<KeyId> {
        self.countersignature.as_ref().map(Envelope::key_id)
    }

    /// Whether `key` countersigned it.
    pub fn is_countersigned_by(&self, key: &VerifyingKey) -> bool {
        let verified = |other: &Envelope| other.verify(Kind::Admission, &self.federation, key).is_ok();
        self.countersignature.as_ref().is_some_and(verified)
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
        let MemberRecord { name, mailbox, .. } = &self.record;
        let (code, fingerprint) = (&self.code, self.fingerprint());
        let head = if name.is_empty() {
            format!("Richiesta di chiavi per la rete Faccina / Request for keys\nEnte: {code}\n")
        } else {
            format!(
                "Richiesta di ammissione alla rete Faccina / Request for admission\n\
                 Ente: {name} ({code})\nCasella: {mailbox}\n"
            )
        };
        let blocks = [(REQUEST, Some(&self.envelope)), (COUNTERSIGNATURE, self.countersignature.as_ref())];
        let blocks = blocks.into_iter().filter_map(|(title, envelope)| Some(armoured(title, envelope?)));
        format!("{head}Impronta: {fingerprint}\n\n{}", blocks.collect::<String>())
    }

    /// The record that admits this applicant as `role` from `first_month` on.
    pub fn admission(&self, role: Role, first_month: Month, protocol_number: &str) -> MemberRecord {
        MemberRecord {
            role: role.into(),
            first_month: first_month.yyyymm(),
            protocol_number: protocol_number.to_owned(),
            ..self.record.clone()
        }
    }

    /// The roster entry's body that admits this applicant.
    pub fn admitted(&self, role: Role, first_month: Month, protocol_number: &str) -> Body {
        Body::Member(self.admission(role, first_month, protocol_number))
    }
}

/// Refuses what an ente does not say in a request: the record goes into the roster as it stands.
fn expect_modest(record: &MemberRecord) -> Result<(), RequestError> {
    let MemberRecord {
        feed_keys, transport_keys, name, category, istat_code, region, province, mailbox, ..
    } = record;
    let whole = |key: &FeedKey| (key.first_sequence, key.last_sequence) == (1, 0);
    let foreign = [
        (feed_keys.len() > 1, "more than one feed key"),
        (!feed_keys.iter().all(whole), "a range for its feed key"),
        (transport_keys.len() > 1, "more than one transport key"),
        (record.role() != Role::Unspecified, "a role"),
        (record.first_month != 0, "a first month"),
        (record.left_on_day != 0, "a last day"),
        (!record.protocol_number.is_empty(), "a protocol number"),
        (!record.delegated_services.is_empty(), "delegated services"),
        (!record.follows.is_empty(), "members that it follows"),
    ];
    if let Some((_, what)) = foreign.into_iter().find(|(found, _)| *found) {
        return Err(RequestError::Foreign(what));
    }
    let texts = [
        ("name", name),
        ("category", category),
        ("istat_code", istat_code),
        ("region", region),
        ("province", province),
        ("mailbox", mailbox),
    ];
    for (what, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        line(what, text, RECORD_TEXT_BYTES_MAX).map_err(RequestError::Text)?;
    }
    for code in &record.union_members {
        code.parse::<IpaCode>().map_err(RequestError::Code)?;
    }
    Ok(())
}

fn armoured(title: &str, envelope: &Envelope) -> String {
    let digits = hex::encode(envelope.bytes());
    let lines = (0..digits.len())
        .step_by(LINE_DIGITS)
        .filter_map(|at| digits.get(at..digits.len().min(at + LINE_DIGITS)))
        .map(|line| format!("{line}\n"));
    format!("-----BEGIN FACCINA {title}-----\n{}-----END FACCINA {title}-----\n", lines.collect::<String>())
}

/// The envelope between the lines of this title; `None` without such a line.
fn block(text: &str, title: &str) -> Result<Option<Envelope>, RequestError> {
    let Some((_, rest)) = text.split_once(&format!("-----BEGIN FACCINA {title}-----")) else {
        return Ok(None);
    };
    let (body, _) = rest.split_once(&format!("-----END FACCINA {title}-----")).ok_or(RequestError::Armour)?;
    let digits: String = body.split_whitespace().collect();
    let bytes = hex::decode(digits).map_err(|_| RequestError::Armour)?;
    Envelope::parse(bytes.into()).map(Some).map_err(RequestError::Envelope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn request() -> (Request, FederationId) {
        let federation = FederationId::of(&key(3).verifying_key(), "Prova");
        let applicant = Applicant { name: "Comune di Prova".to_owned(), ..Applicant::default() };
        let day = CivilDay::from_yyyymmdd(20_260_101).unwrap();
        let code = "c_zz01".parse().unwrap();
        let transport = key(3).verifying_key();
        (Request::seal(&applicant, &code, &federation, &key(3), &transport, day), federation)
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
        assert_eq!(read.countersigner(), None);
    }

    #[test]
    fn a_request_for_another_federation_is_refused() {
        let (request, _) = request();
        let other = FederationId::from_bytes([1; 32]);
        assert!(matches!(Request::parse(&request.to_text(), &other), Err(RequestError::Envelope(_))));
        assert!(matches!(Request::parse("nothing", &other), Err(RequestError::Armour)));
    }

    #[test]
    fn a_request_for_keys_carries_both_signatures_over_the_same_bytes() {
        let (first, federation) = request();
        let (code, day) = ("c_zz01".parse().unwrap(), CivilDay::from_yyyymmdd(20_260_601).unwrap());
        let (new, present) = (key(4), key(3));
        let wanted = KeysWanted { feed: &new, present: Some(&present), transport: None };
        let request = Request::seal_keys(&code, &federation, wanted, day);
        let read = Request::parse(&request.to_text(), &federation).unwrap();
        assert_eq!(read.feed_key(), &new.verifying_key());
        assert!(read.is_countersigned_by(&present.verifying_key()));
        assert!(!read.is_countersigned_by(&new.verifying_key()));
        assert!(read.record.transport_keys.is_empty());
        // A countersignature of something else is no countersignature.
        let other = KeysWanted { feed: &present, present: Some(&present), transport: None };
        let other = Request::seal_keys(&code, &federation, other, day).to_text();
        let (head, _) = request
            .to_text()
            .split_once("-----BEGIN FACCINA COUNTER")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let (_, tail) = other.split_once("-----BEGIN FACCINA COUNTER").unwrap();
        let patched = format!("{head}-----BEGIN FACCINA COUNTER{tail}");
        assert!(matches!(Request::parse(&patched, &federation), Err(RequestError::Countersignature)));
        assert_eq!(first.countersigner(), None);
    }

    /// What a request says, signed as if `faccina init` had written it.
    fn forged(spoil: impl FnOnce(&mut MemberRecord)) -> Result<Request, RequestError> {
        let (mut request, federation) = request();
        spoil(&mut request.record);
        let payload = AdmissionRequest { member: Some(request.record) }.encode_to_vec();
        let envelope = Envelope::seal(Kind::Admission, &federation, &key(3), &payload);
        Request::parse(&armoured(REQUEST, &envelope), &federation)
    }

    #[test]
    fn what_is_not_an_entes_to_say_is_refused() {
        let other = || Bytes::copy_from_slice(key(9).verifying_key().as_bytes());
        let asked = |public_key| FeedKey { public_key, first_sequence: 1, last_sequence: 0 };
        forged(|_| {}).unwrap();
        type Spoil = fn(&mut MemberRecord);
        let foreign: [(&str, Spoil); 6] = [
            ("a range for its feed key", |it| it.feed_keys[0].first_sequence = 5),
            ("a role", |it| it.set_role(Role::Observer)),
            ("a last day", |it| it.left_on_day = 20_260_301),
            ("a protocol number", |it| it.protocol_number = "2026/1".to_owned()),
            ("delegated services", |it| it.delegated_services.push("anagrafe".to_owned())),
            ("members that it follows", |it| it.follows.push("c_zz02".to_owned())),
        ];
        let refusal = |refused: Result<Request, RequestError>| {
            let error = refused.unwrap_err();
            let RequestError::Foreign(what) = error else { panic!("{error}") };
            what
        };
        for (what, spoil) in foreign {
            assert_eq!(refusal(forged(spoil)), what);
        }
        assert_eq!(refusal(forged(|it| it.feed_keys.push(asked(other())))), "more than one feed key");
        let more = |it: &mut MemberRecord| {
            let key = TransportKey { public_key: other(), ..it.transport_keys[0].clone() };
            it.transport_keys.push(key);
        };
        assert_eq!(refusal(forged(more)), "more than one transport key");
        for wrong in ["Comune\u{1b}[2A", "Comune\nFingerprint 0000", "Comune \u{202e}avorP id"] {
            let refused = forged(|it| it.name = wrong.to_owned());
            assert!(matches!(refused, Err(RequestError::Text(_))), "{wrong:?}");
        }
    }

    #[test]
    fn a_transport_key_of_more_than_a_year_or_of_another_time_is_refused() {
        let day = |yyyymmdd| CivilDay::from_yyyymmdd(yyyymmdd).unwrap();
        let on = |request: &Request, today| request.expect_on(day(today)).is_ok();
        let usual = forged(|_| {}).unwrap();
        assert!(on(&usual, 20_251_231) && on(&usual, 20_260_401) && on(&usual, 20_270_101));
        assert!(!on(&usual, 20_251_230) && !on(&usual, 20_270_102));
        let endless = forged(|it| it.transport_keys[0].valid_to_day = 20_991_231).unwrap();
        assert!(!on(&endless, 20_260_101));
    }
}
