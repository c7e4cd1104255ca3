//! Questions that are put aside because their text is not analysed yet, and what the editor is owed meanwhile.

use std::time::{Duration, Instant};

use lsp_server::{Request, RequestId};

/// Questions that wait at most; the oldest give way.
const MOST: usize = 1000;
/// How long what is drawn beside the text waits for the newest report: an answer within 50 ms feels immediate.
const PATIENCE: Duration = Duration::from_millis(30);

/// What waits, oldest first.
#[derive(Default)]
pub struct Aside {
    waiting: Vec<Waiting>,
    /// Whether something was answered from an older report, which the editor has to ask for again.
    is_owing: bool,
}

struct Waiting {
    request: Request,
    /// When it is answered from the last report, if there is none newer by then.
    until: Option<Instant>,
}

impl Aside {
    /// Puts a question aside: for as long as it takes, or for a moment when an older report does. Gives the one that
    /// has to give way for it.
    pub fn put(&mut self, request: Request, may_be_older: bool) -> Option<Request> {
        let until = may_be_older.then(|| Instant::now() + PATIENCE);
        let oldest = (self.waiting.len() >= MOST).then(|| self.waiting.remove(0).request);
        self.waiting.push(Waiting { request, until });
        oldest
    }

    /// Takes a question back; whether it was waiting.
    pub fn take_back(&mut self, id: &RequestId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|one| one.request.id != *id);
        self.waiting.len() < before
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When the next question has waited long enough.
    pub fn next(&self) -> Option<Instant> {
        self.waiting.iter().filter_map(|one| one.until).min()
    }

    /// What has waited long enough by now; the editor is owed a newer answer to it.
    pub fn overdue(&mut self, now: Instant) -> Vec<Request> {
        let is_overdue = |one: &mut Waiting| one.until.is_some_and(|until| until <= now);
        let overdue = self.waiting.extract_if(.., is_overdue);
        let overdue: Vec<Request> = overdue.map(|one| one.request).collect();
        self.is_owing |= !overdue.is_empty();
        overdue
    }

    /// Everything that waits, for there is a report of the newest text; and whether the editor is to ask again.
    pub fn all(&mut self) -> (Vec<Request>, bool) {
        let waiting = std::mem::take(&mut self.waiting);
        let requests = waiting.into_iter().map(|one| one.request).collect();
        (requests, std::mem::take(&mut self.is_owing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn question(id: i32) -> Request {
        Request::new(id.into(), "x".to_owned(), Value::Null)
    }

    #[test]
    fn what_may_be_older_waits_for_a_moment_and_the_rest_for_the_report() {
        let mut aside = Aside::default();
        assert!(aside.put(question(1), false).is_none());
        assert_eq!(aside.next(), None);
        assert!(aside.put(question(2), true).is_none());
        let until = aside.next().expect("it has an end");
        let before = until.checked_sub(PATIENCE).expect("the past is long");
        assert!(aside.overdue(before).is_empty());
        let overdue = aside.overdue(until);
        assert_eq!(overdue.len(), 1);
        assert_eq!(overdue[0].id, 2.into());
        let (rest, owing) = aside.all();
        assert_eq!((rest.len(), owing), (1, true));
        assert!(!aside.all().1, "it is owed once");
    }

    #[test]
    fn questions_are_taken_back_and_the_oldest_give_way() {
        let mut aside = Aside::default();
        aside.put(question(0), false);
        assert!(aside.take_back(&0.into()));
        assert!(!aside.take_back(&0.into()));
        assert!(aside.is_empty());
        let gone = (0..1001).filter_map(|id| aside.put(question(id), false));
        let gone: Vec<RequestId> = gone.map(|one| one.id).collect();
        assert_eq!(gone, [0.into()]);
    }
}
