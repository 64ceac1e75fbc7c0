//! A side whose store was put back from a backup, and whoever never comes further.

use super::*;

/// Sends what waits at each of the two to the other, until nothing moves.
fn exchange(learner: &Book, expert: &Book) {
    for _ in 0..40 {
        let mut moved = false;
        for (from, book, to, other) in
            [(LEARNER, learner, EXPERT, expert), (EXPERT, expert, LEARNER, learner)]
        {
            for sent in book.waiting(4).into_values() {
                let messages = sent.iter().map(|said| said.bytes().clone()).collect();
                let taken = take(other, from, &Delivery { messages });
                answered(book, to, &sent, &taken);
                moved = true;
            }
        }
        if !moved {
            return;
        }
    }
    panic!("the two never come to rest");
}

/// One step of a twinning that goes on for a while; both are up to date after each.
fn step(number: usize, learner: &Book, expert: &Book) {
    let id = learner.all().first().map(|kept| kept.twinning.id());
    let said = match (number, id) {
        (0, _) => learner.propose(&code(EXPERT), day(), proposal(1)),
        (1, Some(id)) => expert.say(&id, day(), Body::Acceptance(String::new())),
        (_, Some(id)) if number.is_multiple_of(3) => {
            learner.say(&id, day(), advice(&format!("passo {number}")))
        }
        (_, Some(id)) => expert.say(&id, day(), advice(&format!("passo {number}"))),
        (_, None) => panic!("nothing is proposed"),
    };
    said.unwrap();
    exchange(learner, expert);
}

fn copy(of: &Desk) -> Desk {
    let batch = of.disk.scan(b"").fold(Batch::new(), |mut batch, row| {
        let (key, value) = row.unwrap();
        batch.put(key, value);
        batch
    });
    let copy = Desk::new(of.own);
    if !batch.is_empty() {
        copy.disk.commit(batch).unwrap();
    }
    copy
}

#[test]
fn a_side_that_was_put_back_to_any_state_comes_to_the_same_twinning() {
    const STEPS: usize = 12;
    let (learner, expert) = (Desk::new(LEARNER), Desk::new(EXPERT));
    let mut states = vec![[copy(&learner), copy(&expert)]];
    for number in 0..STEPS {
        step(number, &learner.book(&Fate::immortal()), &expert.book(&Fate::immortal()));
        states.push([copy(&learner), copy(&expert)]);
    }
    let id = learner.read()[0].twinning.id();
    for back in 0..=STEPS {
        for side in 0..2 {
            // Whoever was put back speaks first, or the other does; the first word may be the last.
            for (first, ends) in [(0, false), (1, false), (0, true), (1, true)] {
                let what = format!("{side} back at {back}, {first} first, ends {ends}");
                let mut desks = [copy(&states[STEPS][0]), copy(&states[STEPS][1])];
                desks[side] = copy(&states[back][side]);
                let books = desks.each_ref().map(|desk| desk.book(&Fate::immortal()));
                for speaker in [first, 1 - first] {
                    let body = if ends { Body::End("Grazie".to_owned()) } else { advice("Dopo") };
                    // Nothing may be said before it was heard of, or after the end.
                    let said = books[speaker].say(&id, day(), body);
                    exchange(&books[0], &books[1]);
                    assert!(said.is_ok() || speaker == side || ends, "{what}: {said:?}");
                }
                let [at_learner, at_expert] = books.each_ref().map(|book| book.twinning(&id).unwrap());
                assert!(at_learner.twinning == at_expert.twinning, "{what}");
                assert!(at_learner.waiting().is_empty() && at_expert.waiting().is_empty(), "{what}");
                let phase = if ends { Phase::Ended } else { Phase::Accepted };
                assert_eq!(at_learner.twinning.phase(), phase, "{what}");
                // And as it is written, so it is read.
                assert!(desks[side].read()[0].twinning == at_learner.twinning, "{what}");
            }
        }
    }
}

#[test]
fn whoever_takes_nothing_further_is_not_asked_without_rest() {
    let (learner, _, id) = proposed();
    let book = learner.book(&Fate::immortal());
    let said = book.say(&id, day(), Body::Withdrawal(String::new())).unwrap();
    let refuse = |reason: &str, signed: &Signed| Taken {
        refused: vec![faccina_proto::wire::twinning::v1::Refused {
            id: signed.id().as_bytes().to_vec().into(),
            reason: reason.to_owned(),
        }],
        ..Taken::default()
    };
    // It forgets, takes the proposal again, and forgets again: no step further than before.
    assert!(!answered(&book, EXPERT, said.waiting(), &refuse("number-ahead", &said.own_said()[1])));
    let proposal = &said.own_said()[..1];
    let ids = vec![proposal[0].id().as_bytes().to_vec().into()];
    assert!(!answered(&book, EXPERT, proposal, &Taken { ids, ..Taken::default() }));
    assert_eq!(book.twinning(&id).unwrap().waiting().len(), 1);
}

#[test]
fn what_waits_under_a_revoked_key_is_signed_anew() {
    let (learner, expert, id) = proposed();
    let renewed = |desk: &Desk| {
        let owner = Owner { feed_key: SigningKey::from_bytes(&[99; 32]), ..owner(desk.own) };
        Book::open(Arc::clone(&desk.disk) as Arc<dyn Store>, owner).unwrap()
    };
    learner.book(&Fate::immortal()).say(&id, day(), Body::Withdrawal("Grazie".to_owned())).unwrap();
    let unsent = learner.book(&Fate::immortal()).propose(&code(EXPERT), day(), proposal(2)).unwrap();
    let book = renewed(&learner);
    let new = SigningKey::from_bytes(&[99; 32]).verifying_key();
    let by_roster = |of: &IpaCode, id: &KeyId| {
        if of.as_str() == LEARNER { (KeyId::of(&new) == *id).then_some(new) } else { key_of(of, id) }
    };
    book.seal_again(&by_roster).unwrap();
    // What was delivered keeps its bytes.
    let before = proposed().0.read().remove(0);
    assert_eq!(book.twinning(&id).unwrap().own_said()[0], before.own_said()[0]);
    let again = book.twinning(&unsent.twinning.id()).unwrap();
    assert_eq!(again.own_said()[0].key_id(), KeyId::of(&new));
    let waiting = book.waiting(9).remove(&code(EXPERT)).unwrap();
    let messages = waiting.iter().map(|said| said.bytes().clone()).collect();
    let peer = Peer { code: &code(LEARNER), is_ente: true, key: &by_roster };
    let taken = expert.book(&Fate::immortal()).take(&peer, &Delivery { messages }, day()).unwrap();
    assert_eq!((taken.ids.len(), taken.refused.len()), (2, 0));
    assert_eq!(learner.read().len(), 2);
}
