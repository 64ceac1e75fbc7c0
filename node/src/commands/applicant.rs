//! What a member may say of itself, in a request for admission or a record that DFP corrects. Everybody sees it later, so
//! whoever types it is told at once what is wrong with it.

use crate::{config::Role, founding::Applicant, views::is_region};
use faccina_proto::{
    limits::{RECORD_LIST_MAX, RECORD_TEXT_BYTES_MAX},
    names::{IpaCode, NameError},
    text::{TextError, line},
};

/// The IndicePA category of comuni.
const COMUNE: &str = "L6";
/// Words by which a mailbox of two words is an office's and not a person's.
const OFFICES: [&str; 14] = [
    "area",
    "comune",
    "customer",
    "direzione",
    "info",
    "protocollo",
    "qualita",
    "relazioni",
    "segreteria",
    "servizi",
    "servizio",
    "settore",
    "ufficio",
    "urp",
];

/// What is to be corrected before there is a request.
#[derive(Debug, thiserror::Error)]
pub enum ApplicantError {
    #[error("--{option}")]
    Text {
        option: &'static str,
        #[source]
        source: TextError,
    },
    #[error(
        "--category {0:?} is no category of the IndicePA, as L6 (comune), L18 (unione), L5 (provincia) or L7 (ASL) are"
    )]
    Category(String),
    #[error(
        "--region {0:?} is none of the twenty: write it as ISTAT does, for example Emilia-Romagna, Friuli-Venezia Giulia, \
         Trentino-Alto Adige or Valle d'Aosta"
    )]
    Region(String),
    #[error("a comune has inhabitants: give their number with --population")]
    Population,
    #[error(
        "--mailbox {0:?} is no address, as qualita@comune.example.it is: give the role mailbox of the quality office"
    )]
    Mailbox(String),
    #[error("--union-member {code}")]
    UnionMember {
        code: String,
        #[source]
        source: NameError,
    },
    #[error("--union-member: {0} comuni, at most {RECORD_LIST_MAX}")]
    UnionMembers(usize),
}

/// Refuses what makes no sense. An observer or a hub serves nobody, so little is asked of it.
pub(super) fn check(applicant: &Applicant, role: Role) -> Result<(), ApplicantError> {
    let text = |option, text: &str| {
        let read = line(option, text, RECORD_TEXT_BYTES_MAX);
        read.map_err(|source| ApplicantError::Text { option, source })
    };
    text("name", &applicant.name)?;
    for (option, given) in [("istat", &applicant.istat_code), ("province", &applicant.province)] {
        if !given.is_empty() {
            text(option, given)?;
        }
    }
    let needed = |given: &str| role == Role::Ente || !given.is_empty();
    if needed(&applicant.category) && !is_category(&applicant.category) {
        return Err(ApplicantError::Category(applicant.category.clone()));
    }
    // An ente of the whole country is of no region.
    if !applicant.region.is_empty() && !is_region(&applicant.region) {
        return Err(ApplicantError::Region(applicant.region.clone()));
    }
    if applicant.category == COMUNE && applicant.population == 0 {
        return Err(ApplicantError::Population);
    }
    if needed(&applicant.mailbox) && !is_mailbox(&applicant.mailbox) {
        return Err(ApplicantError::Mailbox(applicant.mailbox.clone()));
    }
    if applicant.union_members.len() > RECORD_LIST_MAX {
        return Err(ApplicantError::UnionMembers(applicant.union_members.len()));
    }
    for code in &applicant.union_members {
        let read = code.parse::<IpaCode>();
        read.map_err(|source| ApplicantError::UnionMember { code: code.clone(), source })?;
    }
    Ok(())
}

/// A letter of the IndicePA and its number, or one of the two lists of companies.
fn is_category(text: &str) -> bool {
    let number = text.strip_prefix(['L', 'C', 'S']).unwrap_or_default();
    let numbered = (1..=2).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit());
    numbered || ["SA", "SG"].contains(&text)
}

fn is_mailbox(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
    };
    let is_local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.chars().all(is_local)
        && labels.len() > 1
        && labels.iter().all(is_label)
}

/// Whether a mailbox looks like `name.surname@`.
pub(super) fn seems_personal(mailbox: &str) -> bool {
    let local = mailbox.split('@').next().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = local.split(['.', '_']).collect();
    let is_word = |word: &&str| word.chars().count() > 1 && word.chars().all(char::is_alphabetic);
    words.len() == 2 && words.iter().all(is_word) && !words.iter().any(|word| OFFICES.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comune() -> Applicant {
        Applicant {
            name: "Comune di Prova".to_owned(),
            category: "L6".to_owned(),
            region: "Valle d'Aosta/Vallée d'Aoste".to_owned(),
            population: 8_000,
            mailbox: "qualita@comune.example.it".to_owned(),
            ..Applicant::default()
        }
    }

    #[test]
    fn nonsense_is_refused_with_the_option_to_correct() {
        check(&comune(), Role::Ente).unwrap();
        let refused = |spoil: fn(&mut Applicant)| {
            let mut applicant = comune();
            spoil(&mut applicant);
            check(&applicant, Role::Ente).unwrap_err().to_string()
        };
        assert!(refused(|it| it.name = "Comune\u{1b}[8m".to_owned()).contains("--name"));
        assert!(refused(|it| it.name = "Comune\ndi Prova".to_owned()).contains("--name"));
        assert!(refused(|it| it.name.clear()).contains("--name"));
        assert!(refused(|it| it.category = "comune".to_owned()).contains("--category"));
        assert!(refused(|it| it.category = "L666".to_owned()).contains("--category"));
        assert!(refused(|it| it.region = "Trentino".to_owned()).contains("--region"));
        assert!(refused(|it| it.population = 0).contains("--population"));
        for mailbox in
            ["qualita", "@example.it", "a b@example.it", "a@b@example.it", "a@example", "a@.it", ""]
        {
            let mut applicant = comune();
            applicant.mailbox = mailbox.to_owned();
            assert!(
                check(&applicant, Role::Ente).unwrap_err().to_string().contains("--mailbox"),
                "{mailbox}"
            );
        }
        assert!(refused(|it| it.union_members = vec!["c zz".to_owned()]).contains("--union-member"));
        let observer = Applicant { name: "Osservatorio DFP".to_owned(), ..Applicant::default() };
        check(&observer, Role::Observer).unwrap();
    }

    #[test]
    fn a_persons_mailbox_is_noticed() {
        for (mailbox, personal) in [
            ("mario.rossi@comune.example.it", true),
            ("Mario_Rossi@comune.example.it", true),
            ("qualita@comune.example.it", false),
            ("ufficio.qualita@comune.example.it", false),
            ("urp2.prova@comune.example.it", false),
        ] {
            assert_eq!(seems_personal(mailbox), personal, "{mailbox}");
        }
    }
}
