//! Requests and responses of `sync.v1` on a libp2p stream: one protobuf message each, ended by closing the stream,
//! never more than [`SYNC_MESSAGE_BYTES_MAX`].

use faccina_proto::{
    limits::SYNC_MESSAGE_BYTES_MAX,
    wire::sync::v1::{Request, Response},
};
use libp2p::{
    StreamProtocol,
    futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    request_response::Codec,
};
use prost::Message;
use std::io;

/// The protocol's name on the wire; another version is another name.
pub(super) const PROTOCOL: StreamProtocol = StreamProtocol::new("/faccina/sync/1");

/// Longest request: 64 feeds by name, or 64 nodes of the digest tree, far below.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// Reads and writes the messages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SyncCodec;

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

impl Codec for SyncCodec {
    type Protocol = StreamProtocol;
    type Request = Request;
    type Response = Response;

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Request>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(stream, REQUEST_BYTES_MAX).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Response>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(stream, SYNC_MESSAGE_BYTES_MAX).await
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        stream: &mut T,
        request: Request,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&request.encode_to_vec()).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        stream: &mut T,
        response: Response,
    ) -> io::Result<()>
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
        let refused = SyncCodec.read_response(&PROTOCOL, &mut Cursor::new(long.encode_to_vec())).await;
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let response =
            Response { response: Some(response::Response::Declined(Declined { reason: "busy".to_owned() })) };
        let mut wire = Cursor::new(Vec::new());
        SyncCodec.write_response(&PROTOCOL, &mut wire, response.clone()).await.unwrap();
        wire.set_position(0);
        assert_eq!(SyncCodec.read_response(&PROTOCOL, &mut wire).await.unwrap(), response);
    }
}
