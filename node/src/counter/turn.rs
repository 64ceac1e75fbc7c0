//! The acts of desks take turns: one is under way at a time, and is done to its end.

use super::{Answer, acts::Acts};
use std::{future::Future, sync::Arc};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tonic::{Response, Status};

/// Does an act to its end once its turn has come, also where whoever asked has hung up by then: sent again, it must be known.
/// Who hangs up before leaves nothing behind, so that no number of broken requests keeps more than one act.
pub(super) async fn in_turn<T, F>(
    acts: &Arc<Mutex<Acts>>,
    act: impl FnOnce(OwnedMutexGuard<Acts>) -> F + Send,
) -> Answer<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Status>> + Send + 'static,
{
    let turn = Arc::clone(acts).lock_owned().await;
    let ended = tokio::spawn(act(turn)).await;
    ended.map_err(|_| Status::unavailable("the node is stopping"))?.map(Response::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        task::{Context, Waker},
    };
    use tokio::sync::oneshot;

    /// Asks, and hangs up once as much is done as can be without waiting.
    fn broken_off<T>(asked: impl Future<Output = T>) {
        let asked = std::pin::pin!(asked);
        assert!(asked.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    #[tokio::test]
    async fn an_act_whose_turn_has_come_ends_and_one_that_waits_is_broken_off() {
        let (acts, done) = (Arc::default(), AtomicU32::new(0).into());
        let count = |turn: OwnedMutexGuard<Acts>| {
            let done: Arc<AtomicU32> = Arc::clone(&done);
            async move {
                done.fetch_add(1, Ordering::SeqCst);
                drop(turn);
                Ok(())
            }
        };
        let (go, gone) = oneshot::channel::<()>();
        broken_off(in_turn(&acts, |turn| {
            let ended = count(turn);
            async move {
                gone.await.map_err(|_| Status::unavailable("nobody lets it go on"))?;
                ended.await
            }
        }));
        for _ in 0..100 {
            broken_off(in_turn(&acts, count));
        }
        tokio::task::yield_now().await;
        go.send(()).unwrap();
        in_turn(&acts, count).await.unwrap();
        assert_eq!(done.load(Ordering::SeqCst), 2, "the one under way, and the one that waited to the end");
    }
}
