//! A twinning of the demonstration: two enti of fantasy go from a proposal to its outcome over their own nodes, the
//! expert publishes two practice cards and lets DFP name it for one.

use super::{
    DemoError,
    federation::{Ente, Federation},
    process::NodeProcess,
};
use faccina_proto::{
    calendar::Month,
    wire::officer::v1::{
        ChecklistAct, ChecklistAnswer, ConsentRequest, ProposeRequest, PublishCardRequest,
        PublishOutcomeRequest, RecommendAct, TextAct, Twinning, TwinningActRequest, TwinningRequest,
        TwinningState, TwinningsRequest, officer_client::OfficerClient, twinning_act_request::Act,
    },
};
use std::time::Duration;
use tokio::time::timeout;
use tonic::transport::Channel;

/// Who learns, and from whom: the expert surveys everything that the learner does.
pub const LEARNER: &str = "demo_mi";
pub const EXPERT: &str = "demo_bf";
/// How long a message may take from one node to the other, in seconds.
const ARRIVAL_S_MAX: u64 = 60;

/// What came of it, for the report.
#[derive(Clone, Debug)]
pub struct Twinned {
    pub learner: String,
    pub expert: String,
    pub messages: usize,
    pub cards: usize,
}

/// The proposal, at the beginning of `month`, for half a year.
pub async fn propose(federation: &mut Federation, month: Month) -> Result<String, DemoError> {
    let last = (0..5).fold(month, |month, _| month.next());
    let request = ProposeRequest {
        expert: EXPERT.to_owned(),
        services: Vec::new(),
        topics: vec!["code allo sportello".to_owned(), "accoglienza".to_owned()],
        from_month: month.yyyymm(),
        to_month: last.yyyymm(),
        text: "Da noi l'attesa pesa su metà dei voti rossi. Come avete organizzato l'accoglienza?".to_owned(),
    };
    let learner = node(federation, LEARNER)?;
    let mut officer = officer(learner).await?;
    let reply = officer.propose(request).await;
    let id = learner.answered(reply)?.id;
    until(node(federation, EXPERT)?, &id, |it| it.state() == TwinningState::Proposed).await?;
    Ok(id)
}

/// The acceptance, what the two tell each other, the cards.
pub async fn accompany(federation: &mut Federation, id: &str) -> Result<(), DemoError> {
    let text = "Volentieri: cominciamo dall'accoglienza, è ciò che ha cambiato di più.".to_owned();
    act(node(federation, EXPERT)?, id, Act::Accept(TextAct { text })).await?;
    until(node(federation, LEARNER)?, id, |it| it.state() == TwinningState::Concluded).await?;
    for card in cards() {
        let expert = node(federation, EXPERT)?;
        let reply = officer(expert).await?.publish_card(card).await;
        expert.answered(reply)?;
    }
    let expert = node(federation, EXPERT)?;
    let consent = officer(expert).await?.consent(ConsentRequest { card: 1, consents: true }).await;
    expert.answered(consent)?;
    let answers =
        [("plan", 4, ""), ("survey", 3, ""), ("staff", 2, "riunione in programma"), ("citizens", 1, "")];
    let answers = answers.map(|(item, level, note)| ChecklistAnswer {
        item: item.to_owned(),
        level,
        note: note.to_owned(),
    });
    let checklist = ChecklistAct { answers: answers.to_vec() };
    act(node(federation, LEARNER)?, id, Act::Checklist(checklist)).await?;
    let advice = RecommendAct {
        service: "anagrafe".to_owned(),
        text: "Un operatore all'ingresso: metà delle domande finiscono lì.".to_owned(),
        card_ipa_code: EXPERT.to_owned(),
        card_number: 1,
    };
    act(node(federation, EXPERT)?, id, Act::Recommend(advice)).await?;
    until(node(federation, LEARNER)?, id, |it| it.said == 4).await?;
    Ok(())
}

/// The end, and what both tell of it.
pub async fn finish(federation: &mut Federation, id: &str) -> Result<Twinned, DemoError> {
    let text = "Grazie: teniamo l'operatore all'ingresso.".to_owned();
    act(node(federation, LEARNER)?, id, Act::End(TextAct { text })).await?;
    let outcomes = [
        (LEARNER, "Un operatore accoglie e smista: i voti rossi per attesa sono scesi di un terzo."),
        (EXPERT, "Abbiamo imparato anche noi: il cartello con le tre domande è loro."),
    ];
    for (code, text) in outcomes {
        let request = PublishOutcomeRequest {
            id: id.to_owned(),
            result: 1,
            text: text.to_owned(),
            cards: vec![format!("{EXPERT}/1")],
        };
        let side = node(federation, code)?;
        let reply = officer(side).await?.publish_outcome(request).await;
        side.answered(reply)?;
    }
    let ended = until(node(federation, EXPERT)?, id, |it| {
        it.state() == TwinningState::Ended && it.outcomes.len() == 2
    });
    let twinning = ended.await?;
    Ok(Twinned {
        learner: twinning.learner_name,
        expert: twinning.expert_name,
        messages: twinning.messages.len(),
        cards: cards().len(),
    })
}

fn cards() -> [PublishCardRequest; 2] {
    let card = |title: &str, topic: &str, markdown: &str| PublishCardRequest {
        number: 0,
        title: title.to_owned(),
        services: vec!["anagrafe".to_owned()],
        topics: vec![topic.to_owned()],
        markdown: markdown.to_owned(),
        withdrawn: false,
    };
    [
        card(
            "Accoglienza che smista",
            "code allo sportello",
            "# Che cosa facciamo\n\nUn operatore accoglie chi entra, chiede di che cosa ha bisogno e indica lo \
             sportello.\n\n## Perché\n\nMetà dei voti rossi parlava dell'attesa.\n\n## Come si comincia\n\n\
             - due settimane di prova, nelle ore di punta\n- tre domande scritte su un cartello\n\
             - dopo un mese si guardano i voti\n",
        ),
        card(
            "Avete detto, abbiamo fatto",
            "accoglienza",
            "# Che cosa facciamo\n\nOgni mese un foglio all'ingresso: **che cosa avete detto**, **che cosa abbiamo \
             fatto**.\n\n## Che cosa serve\n\n- i motivi dei voti rossi del mese\n- un'ora del responsabile\n",
        ),
    ]
}

fn node<'a>(federation: &'a mut Federation, code: &str) -> Result<&'a mut NodeProcess, DemoError> {
    let ente = federation.enti.iter_mut().find(|ente| ente.plan.ipa_code == code);
    let node = ente.map(|ente: &mut Ente| &mut ente.node);
    node.ok_or_else(|| DemoError::NoEnte { code: code.to_owned() })
}

async fn officer(node: &NodeProcess) -> Result<OfficerClient<Channel>, DemoError> {
    Ok(crate::commands::client::connect_officer(&node.dir.join("data/admin.sock")).await?)
}

async fn act(node: &mut NodeProcess, id: &str, act: Act) -> Result<(), DemoError> {
    let request = TwinningActRequest { id: id.to_owned(), act: Some(act) };
    let reply = officer(node).await?.act(request).await;
    node.answered(reply)?;
    Ok(())
}

/// Waits until the node shows the twinning like this; it tells of each change.
async fn until(
    node: &mut NodeProcess,
    id: &str,
    wanted: impl Fn(&Twinning) -> bool,
) -> Result<Twinning, DemoError> {
    let watch = officer(node).await?.watch_twinnings(TwinningsRequest {}).await;
    let mut watch = node.answered(watch)?;
    let seen = async {
        while let Some(reply) = node.answered(watch.message().await.map(tonic::Response::new))? {
            if !reply.twinnings.iter().any(|it| it.id == id) {
                continue;
            }
            let reply = officer(node).await?.twinning(TwinningRequest { id: id.to_owned() }).await;
            let found = node.answered(reply)?.twinning.unwrap_or_default();
            if wanted(&found) {
                return Ok(found);
            }
        }
        Err(DemoError::Untwinned { seconds: ARRIVAL_S_MAX })
    };
    let seen = timeout(Duration::from_secs(ARRIVAL_S_MAX), seen).await;
    seen.unwrap_or(Err(DemoError::Untwinned { seconds: ARRIVAL_S_MAX }))
}
