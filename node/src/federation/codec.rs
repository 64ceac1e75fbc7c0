//! One protobuf message each way on a libp2p stream, ended by closing the stream, never longer than its protocol allows:
//! for the entries of `sync.v1`, and for the exchange of `twinning.v1` between two enti.

use faccina_proto::{
    limits::{DELIVERY_BYTES_MAX, SYNC_MESSAGE_BYTES_MAX, TAKEN_BYTES_MAX},
    wire::{
        sync::v1::{Request, Response},
        twinning::v1::{Delivery, Taken},
    },
};
use libp2p::{
    StreamProtocol,
    futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    request_response::Codec,
};
use prost::Message;
use std::{io, marker::PhantomData};

/// The sync protocol's name on the wire; another version is another name.
pub(super) const SYNC: StreamProtocol = StreamProtocol::new("/faccina/sync/1");
/// The exchange's name on the wire.
pub(super) const EXCHANGE: StreamProtocol = StreamProtocol::new("/faccina/twinning/1");

/// Longest request of sync: 64 feeds by name, or 64 nodes of the digest tree, far below.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

pub(super) type SyncCodec = MessageCodec<Request, Response, REQUEST_BYTES_MAX, SYNC_MESSAGE_BYTES_MAX>;
pub(super) type ExchangeCodec = MessageCodec<Delivery, Taken, DELIVERY_BYTES_MAX, TAKEN_BYTES_MAX>;

/// Reads and writes the messages `Q` and `A`, of at most `Q_MAX` and `A_MAX` bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct MessageCodec<Q, A, const Q_MAX: usize, const A_MAX: usize>(PhantomData<fn() -> (Q, A)>);

/// A request that is longer than its protocol allows, or no message of it. It is passed on as a value: the library tells
/// nobody about requests that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

async fn read<M: Message + Default>(
    stream: &mut (impl AsyncRead + Unpin),
    bytes_max: usize,
) -> io::Result<M> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    stream.take(limit).read_to_end(&mut bytes).await?;
    if bytes.len() > bytes_max {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "message longer than the protocol allows"));
    }
    M::decode(bytes::Bytes::from(bytes)).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

impl<Q, A, const Q_MAX: usize, const A_MAX: usize> Codec for MessageCodec<Q, A, Q_MAX, A_MAX>
where
    Q: Message + Default,
    A: Message + Default,
{
    type Protocol = StreamProtocol;
    type Request = Result<Q, Malformed>;
    type Response = A;

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Self::Request>
    where
        T: AsyncRead + Unpin + Send,
    {
        match read(stream, Q_MAX).await {
            Ok(request) => Ok(Ok(request)),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Err(Malformed)),
            Err(error) => Err(error),
        }
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<A>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(stream, A_MAX).await
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        stream: &mut T,
        request: Self::Request,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        match request {
            Ok(request) => stream.write_all(&request.encode_to_vec()).await,
            Err(Malformed) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, stream: &mut T, response: A) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&response.encode_to_vec()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::wire::sync::v1::{Declined, response};
    use futures::io::Cursor;

    #[tokio::test]
    async fn a_message_beyond_its_bound_is_refused_before_it_is_decoded() {
        let long = Response {
            response: Some(response::Response::Declined(Declined {
                reason: "x".repeat(SYNC_MESSAGE_BYTES_MAX),
            })),
        };
        let mut codec = SyncCodec::default();
        let refused = codec.read_response(&SYNC, &mut Cursor::new(long.encode_to_vec())).await;
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidData);
        let long = Delivery { messages: vec![vec![0; DELIVERY_BYTES_MAX].into()] };
        let mut codec = ExchangeCodec::default();
        let refused = codec.read_request(&EXCHANGE, &mut Cursor::new(long.encode_to_vec())).await;
        assert_eq!(refused.unwrap(), Err(Malformed));
        let refused = codec.read_request(&EXCHANGE, &mut Cursor::new(b"nonsense".to_vec())).await;
        assert_eq!(refused.unwrap(), Err(Malformed));
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let response =
            Response { response: Some(response::Response::Declined(Declined { reason: "busy".to_owned() })) };
        let mut wire = Cursor::new(Vec::new());
        let mut codec = SyncCodec::default();
        codec.write_response(&SYNC, &mut wire, response.clone()).await.unwrap();
        wire.set_position(0);
        assert_eq!(codec.read_response(&SYNC, &mut wire).await.unwrap(), response);
    }
}
