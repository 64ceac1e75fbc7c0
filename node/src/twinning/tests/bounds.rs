//! What one ente can do to the book of another, and a book that is damaged.

use super::*;

/// A proposal that is over at once, as a delivery with its withdrawal.
fn dropped(from: &'static str, salt: u8) -> Delivery {
    let book = Desk::new(from).book(&Fate::immortal());
    let kept = book.propose(&code(EXPERT), day(), proposal(salt)).unwrap();
    let kept = book.say(&kept.twinning.id(), day(), Body::Withdrawal(String::new())).unwrap();
    delivery(&kept)
}

#[test]
fn an_ente_pushes_out_its_own_proposals_and_a_few_a_day() {
    let expert = Desk::new(EXPERT);
    let book = expert.book(&Fate::immortal());
    assert_eq!(take(&book, "c_dd04", &dropped("c_dd04", 1)).ids.len(), 2);
    // All in one delivery: later ones see what the earlier ones have done.
    let all = (1..=9).flat_map(|salt| dropped("c_cc03", salt).messages);
    let taken = take(&book, "c_cc03", &Delivery { messages: all.collect() });
    assert_eq!(taken.ids.len(), 16);
    assert_eq!(reasons(&taken), ["too-often", "unknown-proposal"]);
    let tomorrow = CivilDay::from_yyyymmdd(20_260_512).unwrap();
    let next = dropped("c_cc03", 9);
    let sender = Peer { code: &code("c_cc03"), is_ente: true, key: &key_of };
    assert_eq!(book.take(&sender, &next, tomorrow).unwrap().ids.len(), 2);
    // The oldest of its own has gone, whole; a word to it finds nothing.
    let kept = expert.read();
    assert_eq!(kept.iter().filter(|kept| kept.other() == &code("c_cc03")).count(), 8);
    assert_eq!(kept.iter().filter(|kept| kept.other() == &code("c_dd04")).count(), 1);
    let late = Delivery { messages: dropped("c_cc03", 1).messages.split_off(1) };
    let taken = book.take(&sender, &late, tomorrow).unwrap();
    assert_eq!(reasons(&taken), ["unknown-proposal"]);
    assert_eq!(expert.read().len(), 9);
}

#[test]
fn one_delivery_that_pushes_out_a_twinning_and_speaks_of_it_leaves_nothing_of_it() {
    let expert = Desk::new(EXPERT);
    let book = expert.book(&Fate::immortal());
    let sender = Peer { code: &code("c_cc03"), is_ente: true, key: &key_of };
    let first = Delivery { messages: (1..=8).flat_map(|salt| dropped("c_cc03", salt).messages).collect() };
    assert_eq!(book.take(&sender, &first, day()).unwrap().ids.len(), 16);
    let tomorrow = CivilDay::from_yyyymmdd(20_260_512).unwrap();
    let mut both = dropped("c_cc03", 9).messages;
    both.truncate(1);
    both.extend(dropped("c_cc03", 1).messages.split_off(1));
    let taken = book.take(&sender, &Delivery { messages: both }, tomorrow).unwrap();
    assert_eq!((taken.ids.len(), reasons(&taken)), (1, vec!["unknown-proposal"]));
    assert_eq!(expert.read().len(), 8);
}

#[test]
fn a_proposal_for_a_time_that_is_over_is_refused() {
    let book = Desk::new(EXPERT).book(&Fate::immortal());
    let sender = Peer { code: &code("c_cc03"), is_ente: true, key: &key_of };
    let later = CivilDay::from_yyyymmdd(20_270_101).unwrap();
    let taken = book.take(&sender, &dropped("c_cc03", 1), later).unwrap();
    assert_eq!(reasons(&taken), ["period-over", "unknown-proposal"]);
}

#[test]
fn a_twinning_that_cannot_be_read_is_set_aside_and_may_come_again() {
    let (learner, expert, id) = proposed();
    let mut batch = Batch::new();
    batch.delete(format!("twinning/{id}/learner/000001"));
    expert.disk.commit(batch).unwrap();
    assert!(expert.read().is_empty());
    assert!(expert.disk.contains(format!("twinning-aside/{id}/delivered").as_bytes()).unwrap());
    let kept = learner.read().pop().unwrap();
    assert_eq!(take(&expert.book(&Fate::immortal()), LEARNER, &delivery(&kept)).ids.len(), 1);
    assert_eq!(expert.read().len(), 1);
}
