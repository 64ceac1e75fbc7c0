//! What enti say to each other, and the library.

use super::own::sentence;
use faccina_proto::wire::officer::v1::{
    CardReply, CardTitle, CardsReply, ChecklistAnswer, ChecklistItem, Twinning, TwinningMessage,
    TwinningReply, TwinningState, TwinningsReply,
};

pub(super) fn said(from: &str, day: u32, it: &str, en: &str, text: &str, delivered: bool) -> TwinningMessage {
    TwinningMessage {
        from: from.to_owned(),
        day,
        kind: Some(sentence(it, en)),
        text: text.to_owned(),
        delivered,
        answers: Vec::new(),
        untaken: String::new(),
    }
}

pub(super) fn messages() -> Vec<TwinningMessage> {
    let answers = vec![
        ChecklistAnswer { item: "L1".to_owned(), level: 3, note: "da marzo".to_owned() },
        ChecklistAnswer { item: "L2".to_owned(), level: 1, note: String::new() },
    ];
    let checklist = TwinningMessage {
        answers,
        ..said("zz_b", 20_260_514, "autovalutazione", "self-assessment", "", false)
    };
    vec![
        said(
            "zz_b",
            20_260_502,
            "proposta",
            "proposal",
            "Vorremmo capire come avete ridotto le code del lunedì mattina senza aprire altri sportelli.",
            true,
        ),
        said("zz_e", 20_260_504, "accettata", "accepted", "Volentieri: cominciamo dal totem.", true),
        said(
            "zz_e",
            20_260_512,
            "raccomandazione",
            "recommendation",
            "Prenotazione e fila libera insieme, mai solo una delle due.",
            true,
        ),
        checklist,
    ]
}

/// The rows, without words.
pub(super) fn twinnings() -> TwinningsReply {
    let mut reply = told();
    for twinning in &mut reply.twinnings {
        twinning.said = u32::try_from(std::mem::take(&mut twinning.messages).len()).unwrap();
    }
    reply
}

/// One of them with all that was said.
pub(super) fn twinning(id: &str) -> TwinningReply {
    TwinningReply { twinning: told().twinnings.into_iter().find(|twinning| twinning.id == id) }
}

fn told() -> TwinningsReply {
    let running = Twinning {
        id: "ab".repeat(32),
        learner: "zz_b".to_owned(),
        learner_name: "Comune di Borgofinto".to_owned(),
        expert: "zz_e".to_owned(),
        expert_name: "Città di 東京 Immaginaria sul Lago Lunghissimo".to_owned(),
        state: TwinningState::Concluded.into(),
        services: vec!["anagrafe".to_owned()],
        topics: vec!["code allo sportello".to_owned()],
        from_month: 202_605,
        to_month: 202_704,
        day: 20_260_502,
        messages: messages(),
        outcomes: Vec::new(),
        undelivered: 1,
        said: 0,
        kept: true,
        told: 0,
        next: Some(sentence(
            "Il gemellaggio è in corso: scambiare raccomandazioni, poi pubblicare l'esito.",
            "The twinning is running: exchange recommendations, then publish the outcome.",
        )),
    };
    let asked = Twinning {
        id: "cd".repeat(32),
        learner: "zz_l".to_owned(),
        learner_name: "Comune di Lagoinesistente".to_owned(),
        expert: "zz_b".to_owned(),
        expert_name: "Comune di Borgofinto".to_owned(),
        state: TwinningState::Proposed.into(),
        next: Some(sentence("Accettare o declinare la proposta.", "Accept or decline the proposal.")),
        messages: vec![said("zz_l", 20_260_519, "proposta", "proposal", "Ci aiutate con i tributi?", true)],
        ..running.clone()
    };
    let item = |code: &str, it: &str, en: &str| ChecklistItem {
        code: code.to_owned(),
        words: Some(sentence(it, en)),
    };
    TwinningsReply {
        twinnings: vec![running, asked],
        checklist: vec![
            item("L1", "I totem sono in vista all'uscita.", "The totems are in sight at the exit."),
            item("L2", "I risultati sono discussi ogni mese.", "The results are discussed every month."),
        ],
        headline_it: "Un gemellaggio in corso, una proposta da leggere.".to_owned(),
        headline_en: "One twinning running, one proposal to read.".to_owned(),
    }
}

pub(super) fn card_title(number: u32, title: &str) -> CardTitle {
    CardTitle {
        ipa_code: if number == 1 { "zz_b" } else { "zz_e" }.to_owned(),
        name: if number == 1 { "Comune di Borgofinto" } else { "Città di 東京 Immaginaria" }.to_owned(),
        number,
        title: title.to_owned(),
        services: vec!["anagrafe".to_owned()],
        topics: vec!["code allo sportello".to_owned()],
        day: 20_260_310,
        nameable: number == 2,
    }
}

pub(super) fn cards() -> CardsReply {
    CardsReply {
        cards: vec![
            card_title(2, "Prenotazione e fila libera insieme"),
            card_title(1, "Il totem all'uscita, non all'ingresso"),
        ],
        topics: vec!["accoglienza".to_owned(), "code allo sportello".to_owned()],
        headline_it: "2 schede di 2 enti.".to_owned(),
        headline_en: "2 cards of 2 enti.".to_owned(),
    }
}

pub(super) fn card(number: u32) -> CardReply {
    let markdown = "# Che cosa abbiamo fatto\n\nIl lunedì **due sportelli** sono senza prenotazione, gli altri *solo* con.\n\n\
                    ## Come\n\n1. contare gli arrivi per un mese\n2. aprire la fila libera dalle 8 alle 10\n\n\
                    - nessuna spesa\n- un cartello `grande`\n\n> Prima si aspettava 40 minuti.\n\n\
                    Ostile: \u{1b}[2J\u{202e}fine.";
    CardReply {
        title: Some(if number == 1 {
            card_title(1, "Il totem all'uscita, non all'ingresso")
        } else {
            card_title(2, "Prenotazione e fila libera insieme")
        }),
        markdown: markdown.to_owned(),
        mailbox: "qualita@zz-e.example".to_owned(),
    }
}
