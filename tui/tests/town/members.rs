//! What the node says of the members of the network: a silent and forked one, an Unione, a merger; and who owes what.

use super::own::{MONTH, sentence};
use faccina_proto::wire::officer::v1::{
    AdhesionReply, Delivery, Latecomer, Member, NetworkCounts, NetworkReply, ReminderReply, Sentence,
};

pub(crate) fn network(digest: &str) -> NetworkReply {
    let member = |index: u32, code: &str, state: &str, life: u32| Member {
        index,
        ipa_code: code.to_owned(),
        name: format!("Ente {code}"),
        role: if index == 0 { "observer".to_owned() } else { "ente".to_owned() },
        head: 12,
        head_id: "0123456789abcdef".to_owned(),
        state: state.to_owned(),
        connected: index == 0,
        last_entry_day: 20_260_511,
        key_valid_to_day: 20_270_101,
        key_life_percent: Some(life),
        software_version: "0.1.0".to_owned(),
        rules_version: (index > 0).then_some(1),
        key_days_left: Some(230),
        key_ageing: life >= 70,
        running_version: if index == 0 { "0.1.1".to_owned() } else { String::new() },
        ..Member::default()
    };
    let punctual = Member {
        delivery: Delivery::InTime.into(),
        due_month: MONTH,
        last_month: MONTH,
        last_month_day: 20_260_511,
        ..member(1, "zz_b", "ok", 75)
    };
    let unione = Member {
        mailbox: "qualita@unione.example".to_owned(),
        union_members: vec!["zz_b".to_owned(), "zz_r".to_owned(), "zz_x".to_owned()],
        ..member(3, "zz_u", "ok", 30)
    };
    let punctual = Member { delegated_services: vec!["tributi".to_owned()], ..punctual };
    let merged = Member { follows: vec!["zz_v".to_owned()], ..member(4, "zz_n", "ok", 5) };
    let gone = member(5, "zz_v", "left", 60);
    let silent = Member {
        mailbox: "qualita@zz-r.example".to_owned(),
        delivery: Delivery::Silent.into(),
        due_month: MONTH,
        last_month: 202_602,
        last_month_day: 20_260_311,
        late_days: 34,
        missing_since_month: 202_603,
        missing_months: 2,
        refused: 1,
        ..member(2, "zz_r", "forked", 20)
    };
    NetworkReply {
        members: vec![member(0, "zz_o", "ok", 10), punctual, silent, unione, merged, gone],
        counts: Some(NetworkCounts {
            silent: 1,
            forked: 1,
            unusable: 1,
            keys: 1,
            ..NetworkCounts::default()
        }),
        digest: digest.to_owned(),
        connected: 1,
        headline_it: "5 membri, due da guardare.".to_owned(),
        headline_en: "5 members, two to look at.".to_owned(),
        stopped: None,
    }
}

fn latecomer(code: &str, lacks: Vec<Sentence>) -> Latecomer {
    Latecomer { ipa_code: code.to_owned(), name: format!("Ente {code}"), lacks, ..Latecomer::default() }
}

pub(super) fn adhesion() -> AdhesionReply {
    let plan = || sentence("manca il piano di rilevazione", "the survey plan is missing");
    let months = sentence("mancano 2 mesi, il primo è marzo 2026", "2 months are missing from March 2026");
    AdhesionReply {
        enti: 87,
        services: 214,
        enti_target: Some(100),
        services_target: Some(300),
        latecomers: vec![latecomer("zz_r", vec![plan(), months]), latecomer("zz_u", vec![plan()])],
        headline_it: "87/100 enti, 214/300 servizi; 2 in ritardo.".to_owned(),
        headline_en: "87/100 enti, 214/300 services; 2 late.".to_owned(),
    }
}

pub(super) fn reminder(code: &str) -> ReminderReply {
    ReminderReply {
        mailbox: format!("qualita@{code}.example"),
        subject: format!("Rete Faccina: che cosa manca a Ente {code}"),
        text: "Buongiorno,\n\nal registro mancano:\n- il piano di rilevazione;\n- due mesi.\n\nGrazie,\nDFP"
            .to_owned(),
    }
}
