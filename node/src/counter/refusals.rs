//! Why a desk is refused: words for the log and whoever mends it, and beside them, in the details of the status, a sentence
//! for the staff who read it at the counter.

use super::acts::ActError;
use crate::{
    served::ServedError,
    telling::sentence,
    words::{Words, say},
};
use faccina_proto::wire::desk::v1::Warning;
use prost::Message;
use tonic::{Code, Status};

/// A refusal with the sentence of this key.
pub(super) fn refusal(code: Code, words: impl Into<String>, key: &str) -> Status {
    let Words { it, en } = say(key, &[]);
    Status::with_details(code, words, Warning { it, en }.encode_to_vec().into())
}

pub(super) fn of_act(error: &ActError) -> Status {
    let (code, key) = match error {
        ActError::TooMany => (Code::ResourceExhausted, "counter-refused-many"),
        ActError::Queue => (Code::ResourceExhausted, "counter-refused-queue"),
        ActError::Another => (Code::InvalidArgument, "counter-refused-program"),
        ActError::TooLate => (Code::FailedPrecondition, "counter-refused-late"),
    };
    refusal(code, error.to_string(), key)
}

pub(super) fn of_book(error: &ServedError) -> Status {
    let (code, key) = match error {
        ServedError::TooMany => (Code::InvalidArgument, "counter-refused-number"),
        ServedError::Closed(_) => (Code::FailedPrecondition, "counter-refused-closed"),
        ServedError::Store(_) | ServedError::Stored { .. } => (Code::Internal, "counter-refused-disk"),
    };
    refusal(code, sentence(error), key)
}

/// What no sound program of a desk sends.
pub(super) fn wrong(message: &str) -> Status {
    refusal(Code::InvalidArgument, message, "counter-refused-program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_read_sentences_and_no_commands() {
        for status in
            [of_act(&ActError::TooLate), of_book(&ServedError::TooMany), wrong("an act has 16 bytes")]
        {
            let told = Warning::decode(status.details()).unwrap();
            assert!(told.it.ends_with('.') && told.en.ends_with('.') && !told.it.contains('`'), "{told:?}");
        }
    }
}
