//! To which protocol the bytes written to a peer belong: the frames of Yamux are followed on their way into Noise, and a
//! stream is known by the name that its negotiation ends with. Only what is written is followed: what all nodes write is
//! what all read. Nothing is changed or kept back.

use std::collections::BTreeMap;

/// A frame's header: version, type, flags, stream, length.
const HEADER_BYTES: usize = 12;
/// The type of a frame that carries bytes of a stream.
const DATA: u8 = 0;
/// Flags of a frame after which this side writes nothing more on the stream.
const ENDS: u8 = 4 | 8;
/// Streams followed at once; the connection has fewer.
const STREAMS_MAX: usize = 256;

/// What a byte is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Sync,
    Gossip,
    Twinning,
    Identify,
    Ping,
    Relay,
    Other,
    /// Names of protocols, before a stream or a connection speaks them.
    Negotiation,
    /// Headers of Yamux.
    Frames,
    /// The handshake of Noise, and what it adds to each piece.
    Noise,
}

impl Part {
    pub const ALL: [Self; 10] = [
        Self::Sync,
        Self::Gossip,
        Self::Twinning,
        Self::Identify,
        Self::Ping,
        Self::Relay,
        Self::Other,
        Self::Negotiation,
        Self::Frames,
        Self::Noise,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Gossip => "gossip",
            Self::Twinning => "twinning",
            Self::Identify => "identify",
            Self::Ping => "ping",
            Self::Relay => "relay",
            Self::Other => "other",
            Self::Negotiation => "negotiation",
            Self::Frames => "yamux",
            Self::Noise => "noise",
        }
    }

    /// Its place in [`Part::ALL`].
    pub(super) fn place(self) -> usize {
        Self::ALL.iter().position(|part| *part == self).unwrap_or_default()
    }

    fn of_protocol(name: &[u8]) -> Self {
        let known: [(&[u8], Self); 6] = [
            (b"/faccina/sync/", Self::Sync),
            (b"/meshsub/", Self::Gossip),
            (b"/faccina/twinning/", Self::Twinning),
            (b"/ipfs/id/", Self::Identify),
            (b"/ipfs/ping/", Self::Ping),
            (b"/libp2p/circuit/", Self::Relay),
        ];
        known.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(Self::Other, |(_, part)| part)
    }
}

/// One connection's writing side.
#[derive(Debug)]
pub(super) struct Frames {
    /// The choice of Yamux comes before the first frame.
    muxer: Talk,
    header: Vec<u8>,
    stream: u32,
    ends: bool,
    body_left: usize,
    streams: BTreeMap<u32, Talk>,
}

/// What is written on a stream: lines with the names of protocols, then the protocol.
#[derive(Debug)]
enum Talk {
    /// The line so far, its length first.
    Negotiates(Vec<u8>),
    Speaks(Part),
}

impl Talk {
    fn new() -> Self {
        Self::Negotiates(Vec::new())
    }

    /// Takes the first of `bytes`; returns how many, and what they were.
    fn take(&mut self, bytes: &[u8]) -> (usize, Part) {
        let line = match self {
            Self::Speaks(part) => return (bytes.len(), *part),
            Self::Negotiates(line) => line,
        };
        let Some((first, rest)) = bytes.split_first() else { return (0, Part::Negotiation) };
        let length = usize::from(*line.first().unwrap_or(first));
        if length >= 128 {
            // No name of ours is so long.
            *self = Self::Speaks(Part::Other);
            return (bytes.len(), Part::Other);
        }
        let missing = (length + 1).saturating_sub(line.len());
        let taken = missing.min(rest.len() + 1);
        line.extend(bytes.iter().take(taken));
        if line.len() > length {
            let name = line.get(1..).unwrap_or_default();
            let is_name = name.starts_with(b"/") && !name.starts_with(b"/multistream/");
            let part = Part::of_protocol(name);
            line.clear();
            if is_name {
                *self = Self::Speaks(part);
            }
        }
        (taken, Part::Negotiation)
    }
}

impl Frames {
    pub(super) fn new() -> Self {
        Self {
            muxer: Talk::new(),
            header: Vec::with_capacity(HEADER_BYTES),
            stream: 0,
            ends: false,
            body_left: 0,
            streams: BTreeMap::new(),
        }
    }

    /// Follows what was written, and tells what it was.
    pub(super) fn follow(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Part, usize)) {
        while !bytes.is_empty() {
            let (taken, part) = self.take(bytes);
            tell(part, taken);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
    }

    fn take(&mut self, bytes: &[u8]) -> (usize, Part) {
        if let Talk::Negotiates(_) = &self.muxer {
            return self.muxer.take(bytes);
        }
        if self.body_left == 0 {
            let taken = (HEADER_BYTES - self.header.len()).min(bytes.len());
            self.header.extend(bytes.iter().take(taken));
            if self.header.len() == HEADER_BYTES {
                self.begin();
            }
            return (taken, Part::Frames);
        }
        let body = bytes.get(..self.body_left).unwrap_or(bytes);
        if self.streams.len() >= STREAMS_MAX {
            self.streams.clear();
        }
        let (taken, part) = self.streams.entry(self.stream).or_insert_with(Talk::new).take(body);
        self.body_left = self.body_left.saturating_sub(taken.max(1));
        self.end();
        (taken.max(1), part)
    }

    /// A header is whole.
    fn begin(&mut self) {
        if let [_, kind, _, flags, a, b, c, d, e, f, g, h] = *self.header.as_slice() {
            self.stream = u32::from_be_bytes([a, b, c, d]);
            self.ends = flags & ENDS != 0;
            let length = u32::from_be_bytes([e, f, g, h]);
            self.body_left = if kind == DATA { usize::try_from(length).unwrap_or(usize::MAX) } else { 0 };
        }
        self.header.clear();
        self.end();
    }

    fn end(&mut self) {
        if self.ends && self.body_left == 0 {
            self.streams.remove(&self.stream);
            self.ends = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(stream: u32, flags: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[0, DATA, 0, flags][..], &stream.to_be_bytes(), &length, body].concat()
    }

    fn line(name: &str) -> Vec<u8> {
        [&[u8::try_from(name.len() + 1).unwrap()], name.as_bytes(), b"\n"].concat()
    }

    /// However the bytes are cut, each is told once, as what it is.
    #[test]
    fn each_byte_is_told_as_what_it_is() {
        let header = line("/multistream/1.0.0");
        let written = [
            [header.clone(), line("/yamux/1.0.0")].concat(),
            frame(1, 1, &[header.clone(), line("/faccina/sync/1"), vec![7; 5]].concat()),
            frame(2, 2, &[header.clone(), line("/ipfs/ping/1.0.0")].concat()),
            frame(2, 0, &[7; 32]),
            frame(1, 4, &[7; 6]),
            frame(1, 1, &[header, line("/unknown/1"), vec![7; 3]].concat()),
            [&[0, 1, 0, 1], &3_u32.to_be_bytes()[..], &256_u32.to_be_bytes()].concat(),
        ]
        .concat();
        for piece in [1, 7, 12, 1_000] {
            let (mut frames, mut told) = (Frames::new(), BTreeMap::new());
            for bytes in written.chunks(piece) {
                frames.follow(bytes, |part, bytes| *told.entry(part).or_insert(0) += bytes);
            }
            let lines = 4 * 20 + 14 + 17 + 18 + 12;
            let expected = [
                (Part::Sync, 11),
                (Part::Ping, 32),
                (Part::Other, 3),
                (Part::Negotiation, lines),
                (Part::Frames, 6 * HEADER_BYTES),
            ];
            assert_eq!(told, BTreeMap::from(expected), "in pieces of {piece}");
        }
    }
}
