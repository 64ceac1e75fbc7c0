//! How members hang together, in sentences: a Unione, its comuni and what they hand over to it; who took whose place.

use crate::figures;
use crate::names;
use crate::texts::Texts;
use faccina_proto::wire::officer::v1::{AboutReply, Member, NetworkReply};

/// One sentence for each tie of the member of this code; most members have none.
#[must_use]
pub fn sentences(
    network: &NetworkReply,
    about: Option<&AboutReply>,
    code: &str,
    texts: &Texts,
) -> Vec<String> {
    let Some(member) = network.members.iter().find(|member| member.ipa_code == code) else {
        return Vec::new();
    };
    let ties = Ties { network, about, texts };
    let unions = ties.naming(code, |other| &other.union_members);
    let said = [
        ties.comuni(member),
        ties.entrusted(member),
        (!unions.is_empty()).then(|| ties.named("tie-part-of", &unions)),
        ties.handed_over(member),
        (!member.follows.is_empty()).then(|| ties.named("tie-follows", &ties.names(&member.follows))),
        ties.followed_by(code),
    ];
    said.into_iter().flatten().collect()
}

struct Ties<'a> {
    network: &'a NetworkReply,
    about: Option<&'a AboutReply>,
    texts: &'a Texts,
}

impl Ties<'_> {
    fn named(&self, id: &str, names: &[String]) -> String {
        self.texts.say_with(id, &[("names", names.join(", ").into())])
    }

    /// Names of members; whoever is none is known by its code.
    fn names(&self, codes: &[String]) -> Vec<String> {
        let name = |code: &String| {
            let member = self.network.members.iter().find(|member| member.ipa_code == *code);
            figures::plain(member.map_or(code, |member| &member.name))
        };
        codes.iter().map(name).collect()
    }

    /// The members that name this code in a list of theirs.
    fn naming(&self, code: &str, list: impl Fn(&Member) -> &Vec<String>) -> Vec<String> {
        let naming = self.network.members.iter().filter(|other| list(other).iter().any(|it| it == code));
        naming.map(|other| figures::plain(&other.name)).collect()
    }

    /// "Unione di 3 comuni: …"
    fn comuni(&self, member: &Member) -> Option<String> {
        let count = u64::try_from(member.union_members.len()).ok().filter(|count| *count > 0)?;
        let names = self.names(&member.union_members).join(", ");
        let values =
            [("n", count.into()), ("count", self.texts.count(count).into()), ("names", names.into())];
        Some(self.texts.say_with("tie-comuni", &values))
    }

    /// The services that the comuni of a Unione hand over to it, each once.
    fn entrusted(&self, member: &Member) -> Option<String> {
        let comuni = self.network.members.iter().filter(|it| member.union_members.contains(&it.ipa_code));
        let services: Vec<&String> = comuni.flat_map(|comune| &comune.delegated_services).collect();
        let services = self.services(&services);
        (!services.is_empty()).then(|| self.texts.say_with("tie-entrusted", &[("services", services.into())]))
    }

    /// The services that a comune hands over; they are no gap in what it listens to.
    fn handed_over(&self, member: &Member) -> Option<String> {
        let services = self.services(&member.delegated_services.iter().collect::<Vec<_>>());
        (!services.is_empty())
            .then(|| self.texts.say_with("tie-handed-over", &[("services", services.into())]))
    }

    fn services(&self, codes: &[&String]) -> String {
        let mut names: Vec<String> =
            codes.iter().map(|code| names::service(self.about, code, self.texts)).collect();
        names.sort();
        names.dedup();
        names.join(", ")
    }

    fn followed_by(&self, code: &str) -> Option<String> {
        let heirs = self.naming(code, |other| &other.follows);
        (!heirs.is_empty()).then(|| self.named("tie-followed-by", &heirs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    fn network() -> NetworkReply {
        let member =
            |code: &str, name: &str| Member { ipa_code: code.into(), name: name.into(), ..Member::default() };
        let list = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        let handing = |code: &str, name: &str, services: &[&str]| Member {
            delegated_services: list(services),
            ..member(code, name)
        };
        let members = vec![
            Member { union_members: list(&["a", "b", "x"]), ..member("u", "Unione dei Colli") },
            handing("a", "Alfa", &["tributi", "polizia"]),
            handing("b", "Beta", &["polizia"]),
            Member { follows: list(&["o"]), ..member("n", "Nuovo") },
            member("o", "Vecchio"),
        ];
        NetworkReply { members, ..NetworkReply::default() }
    }

    #[test]
    fn unioni_and_mergers_are_told_from_both_sides() {
        let texts = Texts::new(Language::Italian);
        let of = |code: &str| sentences(&network(), None, code, &texts).join(" ");
        assert_eq!(
            of("u"),
            "Unione di 3 comuni: Alfa, Beta, x. Servizi che i comuni le affidano: polizia, tributi."
        );
        assert_eq!(
            of("b"),
            "Fa parte di: Unione dei Colli. Affida alla sua Unione: polizia; i voti si raccolgono lì, qui non mancano."
        );
        assert_eq!(
            of("n"),
            "Ha preso il posto di: Vecchio; le sintesi di prima restano sotto il vecchio nome."
        );
        assert_eq!(of("o"), "Al suo posto c’è ora: Nuovo.");
        assert!(of("nobody").is_empty());
    }
}
