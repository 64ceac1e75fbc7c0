//! The update: a message in, a changed model and requests out. No clock, no terminal, no network.

mod lists;
mod places;
mod overlays;
mod keys;

use crate::form::{Problem, Stage};
use crate::message::{Command, Key, Loss, Message, Reply, Request};
use crate::model::{Age, Link, Model, Notice, Order, Overlay, Screen};
use crate::selection;
use crate::texts::Words;
use faccina_proto::wire::officer::v1::{AboutReply, NationalRequest, NeighboursRequest, Sentence};
use places::Places;

/// Takes one message.
pub fn update(model: &mut Model, message: Message, words: &Words) -> Vec<Command> {
    let mut commands = Vec::new();
    match message {
        Message::Key(Key::Interrupt) => return vec![Command::Quit],
        Message::Key(key) => commands = keys::press(model, key, words),
        Message::Pasted(text) => overlays::paste(model, &text),
        Message::Resized { columns, rows } => (model.columns, model.rows) = (columns, rows),
        Message::Second => second(model),
        Message::Linked(about) => linked(model, about),
        Message::Lost(loss) => lost(model, loss),
        Message::Arrived(request, reply) => arrived(model, request, *reply),
        Message::Refused(request, reason) => refused(model, request, reason),
        Message::Done(words) => done(model, words),
        Message::Declined(reason) => reopen(model, Problem::Node(reason)),
        Message::Written(Ok(path)) => model.notice = Some(Notice::Written(path)),
        Message::Written(Err(reason)) => model.notice = Some(Notice::NotWritten(reason)),
    }
    commands.extend(questions(model));
    commands
}

/// What the screen in sight still has to ask; nothing while the node is away.
fn questions(model: &mut Model) -> Vec<Command> {
    if model.link != Link::Up {
        return Vec::new();
    }
    let month = model.month_asked();
    let mut asked = vec![model.about.ask(&Request::About)];
    match model.screen {
        // What is watched the node sends by itself.
        Screen::MyEnte => asked.push(own(model)),
        Screen::Network => {
            asked.push(model.adhesion.ask(&Request::Adhesion));
            if let Some(wanted) = model.reminder_wanted() {
                asked.push(model.reminder.ask(&wanted));
            }
        }
        Screen::Comparison => {
            let wanted = model.comparison_wanted();
            asked.push(model.comparison.ask(&wanted));
            if let Some(wanted) = model.ente_wanted() {
                asked.push(model.ente.ask(&wanted));
            }
        }
        Screen::Neighbours if model.votes_nowhere() => {}
        Screen::Neighbours => {
            let wanted = Request::Neighbours(NeighboursRequest { ipa_code: String::new(), month });
            asked.push(model.neighbours.ask(&wanted));
        }
        Screen::Experts => {
            asked.push(model.experts.ask(&Request::Experts));
            asked.push(own(model));
        }
        Screen::Twinning => {
            if let Some(wanted) = model.twinning_wanted() {
                asked.push(model.twinning_told.ask(&wanted));
            }
            if let Some(wanted) = model.pair_wanted() {
                asked.push(model.pair.ask(&wanted));
            }
        }
        Screen::Cards => {
            let wanted = model.cards_wanted();
            asked.push(model.cards.ask(&wanted));
            if let Some(wanted) = model.card_wanted() {
                asked.push(model.card.ask(&wanted));
            }
        }
        Screen::National => asked.push(model.national.ask(&Request::National(NationalRequest { month }))),
    }
    asked.into_iter().flatten().map(Command::Ask).collect()
}

/// What this ente declared: a new declaration begins with it.
fn own(model: &mut Model) -> Option<Request> {
    let wanted = model.own_wanted()?;
    model.own.ask(&wanted)
}

fn second(model: &mut Model) {
    if let Link::Lost { seconds, .. } = &mut model.link {
        *seconds = seconds.saturating_add(1);
    }
    if std::mem::take(&mut model.changed) {
        model.outdate();
    }
}

fn linked(model: &mut Model, about: AboutReply) {
    model.link = Link::Up;
    if !model.screen_chosen && about.role == "observer" {
        model.screen = Screen::National;
    }
    if about.role != "ente" && model.order == Order::Likeness {
        model.order = Order::Name;
    }
    model.about.fill(Request::About, about);
}

fn lost(model: &mut Model, loss: Loss) {
    let seconds = match &model.link {
        Link::Lost { seconds, .. } => *seconds,
        Link::Connecting | Link::Up => 0,
    };
    model.link = Link::Lost { loss, seconds };
    model.lose();
    if matches!(&model.overlay, Overlay::Form(form) if form.stage == Stage::Sending) {
        reopen(model, Problem::Unanswered);
    }
}

fn arrived(model: &mut Model, request: Request, reply: Reply) {
    let places = Places::before(model, &request);
    let looked_for = if matches!(reply, Reply::Comparison(_)) { model.looked_for.take() } else { None };
    fill(model, request, reply);
    places.restore(model);
    lists::select(model, looked_for.as_deref());
    lists::keep_cursors(model);
}

fn fill(model: &mut Model, request: Request, reply: Reply) {
    match reply {
        Reply::About(about) => model.about.fill(request, about),
        Reply::MyEnte(mine) => model.my_ente.fill(request, mine),
        Reply::Comparison(comparison) => {
            model.comparison.fill(request, comparison);
            model.comparison_rows = lists::in_order(model);
        }
        Reply::Ente(ente) => {
            if model.own.waiting.as_ref() == Some(&request) {
                model.own.fill(request.clone(), ente.clone());
            }
            if model.ente.waiting.as_ref() == Some(&request) {
                model.ente.fill(request, ente);
            }
        }
        Reply::Neighbours(neighbours) => model.neighbours.fill(request, neighbours),
        Reply::Experts(experts) => model.experts.fill(request, experts),
        Reply::Twinnings(twinnings) => {
            model.twinnings.fill(request, twinnings);
            model.twinning_told.outdate();
        }
        Reply::Twinning(twinning) => model.twinning_told.fill(request, twinning),
        Reply::Pair(pair) => model.pair.fill(request, pair),
        Reply::Cards(cards) => model.cards.fill(request, cards),
        Reply::Card(card) => model.card.fill(request, card),
        Reply::National(national) => {
            model.transmission_rows = selection::transmissions(&national);
            model.national.fill(request, national);
        }
        Reply::Network(network) => {
            let before = model.network.data.as_ref().map(|before| &before.digest);
            model.changed |= model.network.age == Age::Fresh && before.is_some_and(|d| *d != network.digest);
            model.network.fill(request, network);
            model.member_rows = lists::members_in_order(model);
        }
        Reply::Adhesion(adhesion) => {
            model.adhesion.fill(request, adhesion);
            model.member_rows = lists::members_in_order(model);
        }
        Reply::Reminder(reminder) => model.reminder.fill(request, reminder),
    }
}

fn refused(model: &mut Model, request: Request, reason: String) {
    match request {
        Request::About => model.about.refuse(request, reason),
        Request::MyEnte => model.my_ente.refuse(request, reason),
        Request::Comparison(_) => {
            model.comparison.refuse(request, reason);
            lists::reorder(model);
        }
        Request::Ente(_) => {
            if model.own.waiting.as_ref() == Some(&request) {
                model.own.refuse(request.clone(), reason.clone());
            }
            if model.ente.waiting.as_ref() == Some(&request) {
                model.ente.refuse(request, reason);
            }
        }
        Request::Neighbours(_) => model.neighbours.refuse(request, reason),
        Request::Experts => model.experts.refuse(request, reason),
        Request::Twinnings => model.twinnings.refuse(request, reason),
        Request::Twinning(_) => model.twinning_told.refuse(request, reason),
        Request::Pair(_) => model.pair.refuse(request, reason),
        Request::Cards(_) => model.cards.refuse(request, reason),
        Request::Card(_) => model.card.refuse(request, reason),
        Request::National(_) => model.national.refuse(request, reason),
        Request::Network => model.network.refuse(request, reason),
        Request::Adhesion => model.adhesion.refuse(request, reason),
        Request::Reminder(_) => model.reminder.refuse(request, reason),
    }
}

/// An act has changed something at the node: the form closes and everything asked is asked again.
fn done(model: &mut Model, words: Sentence) {
    if matches!(&model.overlay, Overlay::Form(form) if form.stage == Stage::Sending) {
        model.overlay = Overlay::None;
    }
    model.notice = Some(Notice::Done { it: words.it, en: words.en });
    model.outdate();
}

fn reopen(model: &mut Model, problem: Problem) {
    if let Overlay::Form(form) = &mut model.overlay {
        form.reopen(problem);
    }
}
