//! The one server of every page: whoever is slow to ask is cut off, so that slow guests hold no place against others.

use crate::clock::instant;
use axum::{
    Router,
    body::{Body, Bytes},
};
use hyper::{
    Request,
    body::{Body as _, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    collections::BTreeMap,
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::{Sleep, sleep, timeout},
};
use tower::ServiceExt;

/// What is borne with.
#[derive(Clone, Copy)]
struct Patience {
    /// Connections at once. One more takes the place of whoever has been waited for the longest.
    guests_max: usize,
    /// Longest wait for the head of a request, also on a connection that has asked before.
    head: Duration,
    /// Longest wait for a body, from its head on: the largest is a file of this device.
    body: Duration,
}

const PATIENCE: Patience =
    Patience { guests_max: 512, head: Duration::from_secs(10), body: Duration::from_secs(10) };
/// Life of a connection: then it takes no further request.
const CONNECTION_S_MAX: Duration = Duration::from_secs(120);
/// Time for the answer to the last request of a connection: whoever does not read it is cut off as well.
const LAST_ANSWER_S_MAX: Duration = Duration::from_secs(60);
/// Most bytes of a request read ahead.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Pause after a connection that could not be taken: as a rule the system has no file descriptor left.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);
/// Longest wait at the end for the requests in progress.
const LEAVE_MAX: Duration = Duration::from_secs(1);

/// Serves until `stop`; then the requests in progress may end, but nobody holds the page up.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    with_patience(PATIENCE, listener, router, stop).await;
}

async fn with_patience(
    patience: Patience,
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let mut stop = pin!(stop);
    let (ending, ends) = watch::channel(());
    let guests = Arc::new(Guests::default());
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let has_room = connections.len() < patience.guests_max || guests.cut_slowest();
        match accepted {
            Ok((stream, _)) if has_room => {
                let (guest, router, ends) = (Guests::enter(&guests), router.clone(), ends.clone());
                let number = guest.number;
                let task = connections.spawn(answer(stream, router, patience, guest, ends));
                guests.may_cut(number, task);
            }
            // Everybody is being answered: who is turned away asks again.
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection to the page could not be taken");
                guests.cut_slowest();
                sleep(REFUSED_PAUSE).await;
            }
        }
    }
    drop(listener);
    drop(ending);
    // Whoever is still there then goes with the set.
    let _ = timeout(LEAVE_MAX, async { while connections.join_next().await.is_some() {} }).await;
}

/// One connection that is there already, to its end: served like those that a listener takes.
pub async fn serve_one(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router) {
    let (_ending, ends) = watch::channel(());
    answer(stream, router, PATIENCE, Guests::enter(&Arc::default()), ends).await;
}

/// One connection, to its end.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    patience: Patience,
    guest: Guest,
    mut ends: watch::Receiver<()>,
) {
    let guest = Arc::new(guest);
    let service = service_fn(|request: Request<Incoming>| {
        let (router, guest) = (router.clone(), Arc::clone(&guest));
        async move {
            if request.body().is_end_stream() {
                guest.has_asked();
            }
            let timely =
                |body| Timely { body, until: Box::pin(sleep(patience.body)), guest: Arc::clone(&guest) };
            let answer = router.oneshot(request.map(|body| Body::new(timely(body)))).await;
            guest.is_answered();
            answer
        }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(patience.head).max_buf_size(BUFFER_BYTES_MAX);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // A connection that breaks off is the guest's own affair.
        _ = connection.as_mut() => return,
        // An error means that the page ends.
        _ = ends.changed() => {}
        () = sleep(CONNECTION_S_MAX) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LAST_ANSWER_S_MAX, connection).await;
}

/// A body that has to be there in time.
struct Timely {
    body: Incoming,
    until: Pin<Box<Sleep>>,
    guest: Arc<Guest>,
}

impl hyper::body::Body for Timely {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.until.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut)))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.guest.has_asked();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Who is connected.
#[derive(Default)]
struct Guests(Mutex<Book>);

#[derive(Default)]
struct Book {
    next: u64,
    by_number: BTreeMap<u64, Entry>,
}

struct Entry {
    /// Since when a request is awaited; `None` while one is being answered.
    awaited: Option<Instant>,
    task: Option<AbortHandle>,
}

impl Guests {
    /// The book changes by whole values, so a poisoned lock guards a sound one.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(guests: &Arc<Self>) -> Guest {
        let mut book = guests.book();
        let number = book.next;
        book.next += 1;
        book.by_number.insert(number, Entry { awaited: Some(instant()), task: None });
        Guest { number, guests: Arc::clone(guests) }
    }

    fn may_cut(&self, number: u64, task: AbortHandle) {
        if let Some(entry) = self.book().by_number.get_mut(&number) {
            entry.task = Some(task);
        }
    }

    /// Cuts off whoever has been waited for the longest; `false` where everybody is being answered.
    fn cut_slowest(&self) -> bool {
        let mut book = self.book();
        let waits = book.by_number.iter().filter_map(|(number, entry)| Some((entry.awaited?, *number)));
        let slowest = waits.min().and_then(|(_, number)| book.by_number.remove(&number));
        let task = slowest.and_then(|entry| entry.task);
        drop(book);
        if let Some(task) = &task {
            task.abort();
        }
        task.is_some()
    }
}

/// A place in the book, left when the connection ends.
struct Guest {
    number: u64,
    guests: Arc<Guests>,
}

impl Guest {
    fn note(&self, awaited: Option<Instant>) {
        if let Some(entry) = self.guests.book().by_number.get_mut(&self.number) {
            entry.awaited = awaited;
        }
    }

    fn has_asked(&self) {
        self.note(None);
    }

    fn is_answered(&self) {
        self.note(Some(instant()));
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.book().by_number.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::post;
    use std::net::SocketAddr;
    use tokio::net::TcpStream;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
        task::JoinHandle,
    };

    const TAP: &[u8] = b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 4\r\n\r\nvote";

    struct Served {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        serving: JoinHandle<()>,
    }

    async fn served(patience: Patience, router: Router) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(with_patience(patience, listener, router, async {
            let _ = stopped.await;
        }));
        Served { address, stop, serving }
    }

    fn echo() -> Router {
        Router::new().route("/", post(|body: Bytes| async { body }))
    }

    async fn told(served: &Served, request: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream
    }

    /// All that is answered until the connection ends, in order or not.
    async fn answer_to(mut stream: TcpStream) -> String {
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn slow_guests_give_way_to_whoever_has_something_to_say() {
        let served = served(Patience { guests_max: 4, ..PATIENCE }, echo()).await;
        let mut slow = Vec::new();
        for _ in 0..4 {
            slow.push(told(&served, &TAP[..TAP.len() - 1]).await);
        }
        let mut quick = told(&served, TAP).await;
        let mut answer = [0; 12];
        quick.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        assert_eq!(answer_to(slow.remove(0)).await, "", "the slowest is cut off");
        let mut last = slow.pop().unwrap();
        last.write_all(&TAP[TAP.len() - 1..]).await.unwrap();
        last.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200", "the others are not");
    }

    #[tokio::test]
    async fn a_request_that_does_not_come_is_not_waited_for() {
        let short = Duration::from_millis(20);
        let served = served(Patience { head: short, body: short, ..PATIENCE }, echo()).await;
        for part in [0, 20, TAP.len() - 1] {
            let answer = answer_to(told(&served, &TAP[..part]).await).await;
            assert!(!answer.starts_with("HTTP/1.1 200"), "{part}: {answer}");
        }
    }

    #[tokio::test]
    async fn the_page_ends_although_a_request_is_slow() {
        let never = Router::new().route("/", post(std::future::pending::<()>));
        let served = served(PATIENCE, never).await;
        let (_slow, _silent) = (told(&served, TAP).await, told(&served, b"").await);
        drop(served.stop);
        served.serving.await.unwrap();
    }
}
