"""The wire of Faccina in Python, written from proto/WIRE.md (the sections are named) and the numbers of proto/schema.

Protocol Buffers are encoded and decoded by hand: nothing here is generated, and nothing is shared with the Rust code.
"""

import hashlib
import struct

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

ENTRY, HELLO = 3, 4
CONTEXTS = {ENTRY: b"faccina/entry/v1\0", HELLO: b"faccina/hello/v1\0"}
ZEROS = bytes(32)


class Malformed(Exception):
    """Bytes that no correct node sends."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# ---- 1 Messages: Protocol Buffers -----------------------------------------------------------------------------------


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data, at):
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise Malformed("a number has no end")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise Malformed("a number is too long")


def message(*fields):
    """Encodes (number, value) pairs; None, 0, False and empty bytes are left out, except in a list (a repeated field) and
    with a message given as `bytes` subclass `Some`."""
    out = b""
    for number, value in fields:
        for one in value if isinstance(value, list) else [value]:
            if one is None or (not isinstance(value, list) and not isinstance(one, Some) and not one):
                continue
            if isinstance(one, int):
                out += varint(number << 3) + varint(int(one))
            else:
                data = one.encode() if isinstance(one, str) else bytes(one)
                out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


class Some(bytes):
    """A message that is there even if it is empty."""


class Fields:
    """A decoded message: the values of each field, in order. Fields that a reader does not know are left alone."""

    def __init__(self, data):
        self.values = {}
        at = 0
        while at < len(data):
            key, at = read_varint(data, at)
            number, kind = key >> 3, key & 7
            if kind == 0:
                value, at = read_varint(data, at)
            elif kind in (1, 2, 5):
                length = {1: 8, 5: 4}.get(kind)
                if length is None:
                    length, at = read_varint(data, at)
                value, at = data[at : at + length], at + length
                if at > len(data):
                    raise Malformed("a field is longer than its message")
            else:
                raise Malformed(f"wire type {kind}")
            self.values.setdefault(number, []).append(value)

    def all(self, number):
        return self.values.get(number, [])

    def has(self, number):
        return number in self.values

    def number(self, number):
        value = self.values.get(number, [0])[-1]
        if not isinstance(value, int):
            raise Malformed(f"field {number} is no number")
        return value

    def bytes(self, number):
        value = self.values.get(number, [b""])[-1]
        if not isinstance(value, bytes):
            raise Malformed(f"field {number} is no string of bytes")
        return value

    def text(self, number):
        try:
            return self.bytes(number).decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"field {number} is no text") from error

    def numbers(self, number):
        """A repeated number, packed or not."""
        found = []
        for value in self.all(number):
            if isinstance(value, int):
                found.append(value)
                continue
            at = 0
            while at < len(value):
                one, at = read_varint(value, at)
                found.append(one)
        return found


# ---- 2 Envelopes ----------------------------------------------------------------------------------------------------


def key_id(public_key):
    return sha256(public_key)[:8]


def federation_id(root_key, name):
    return sha256(root_key, name.encode())


class Envelope:
    """One that is in the canonical encoding; `verify` is a second step, for it needs the key."""

    def __init__(self, data):
        self.data = bytes(data)
        fields = Fields(self.data)
        self.kind, self.key_id = fields.number(1), fields.bytes(2)
        self.payload, self.signature = fields.bytes(3), fields.bytes(4)
        if not (1 <= self.kind <= 127 and len(self.key_id) == 8 and len(self.signature) == 64):
            raise Malformed("an envelope lacks something")
        if not 1 <= len(self.payload) <= 65_536:
            raise Malformed("an envelope's payload is empty or too long")
        if envelope_bytes(self.kind, self.key_id, self.payload, self.signature) != self.data:
            raise Malformed("an envelope is not in the canonical encoding")

    def id(self, federation):
        return sha256(CONTEXTS[self.kind], federation, self.payload)

    def verify(self, kind, federation, public_key):
        """libsodium verifies strictly: S below the group order, nothing of small order, no cofactor."""
        if self.kind != kind or self.key_id != key_id(public_key):
            raise Malformed("an envelope of another kind or key")
        try:
            VerifyKey(public_key).verify(CONTEXTS[kind] + federation + self.payload, self.signature)
        except BadSignatureError as error:
            raise Malformed("a signature does not hold") from error
        return self


def envelope_bytes(kind, key, payload, signature):
    return message((1, kind), (2, key), (3, payload), (4, signature))


def seal(kind, federation, signing_key, payload):
    signature = signing_key.sign(CONTEXTS[kind] + federation + payload).signature
    return Envelope(envelope_bytes(kind, key_id(bytes(signing_key.verify_key)), payload, signature))


# ---- 5 The root of a ballot box -------------------------------------------------------------------------------------


def box_root(ballot_ids, seed):
    size = 64
    while size < len(ballot_ids):
        size *= 2
    padding = [sha256(b"faccina/padding/v1\0", seed, struct.pack(">I", i)) for i in range(size - len(ballot_ids))]
    nodes = [sha256(b"\0", leaf) for leaf in sorted(ballot_ids + padding)]
    while len(nodes) > 1:
        nodes = [sha256(b"\1", *nodes[at : at + 2]) for at in range(0, len(nodes), 2)]
    return nodes[0]


# ---- 7 Summaries ----------------------------------------------------------------------------------------------------


def summary(month, catalogue_version, groups, ballots_root):
    """Groups are (service, channel, green, yellow, red), each of at least 20 votes, so that each may stand alone; reds are
    given without reasons, so fewer than 5 may have none and the others publish four zeros."""
    parts = []
    for service, channel, green, yellow, red in sorted(groups):
        reasons = Some() if red >= 5 else None
        parts.append(message((1, service), (2, channel), (3, green), (4, yellow), (5, red), (6, reasons)))
    parameters = message((1, 5), (2, 10), (3, 2), (4, 5), (5, 20))
    return message(
        (1, month), (2, 1), (3, 1), (4, catalogue_version), (5, "interop"), (6, parameters), (8, parts), (13, ballots_root)
    )


# ---- 9 Feeds and entries --------------------------------------------------------------------------------------------


class Entry:
    def __init__(self, envelope, federation):
        fields = Fields(envelope.payload)
        self.envelope, self.id = envelope, envelope.id(federation)
        self.author, self.sequence = fields.text(1), fields.number(2)
        self.prev, self.day = fields.bytes(3), fields.number(4)
        self.fields = fields


def entry_payload(author, sequence, prev, day, body_number, body):
    return message((1, author), (2, sequence), (3, prev), (4, day), (body_number, Some(body)))


class Feed:
    """A chain of entries. Forks, rulings and quotas are not known here: what they need is refused with a clear word."""

    def __init__(self):
        self.entries = []

    @property
    def reach(self):
        return len(self.entries)

    @property
    def tag(self):
        return self.entries[-1].id if self.entries else ZEROS

    @property
    def leaf(self):
        if not self.entries:
            return ZEROS
        return sha256(b"faccina/head/v1\0", b"\0", struct.pack(">Q", self.reach), self.tag)

    def append(self, entry):
        last = self.entries[-1] if self.entries else None
        if entry.sequence != self.reach + 1 or entry.prev != (last.id if last else b""):
            raise Malformed(f"entry {entry.sequence} of {entry.author} does not follow entry {self.reach}")
        if last and entry.day < last.day:
            raise Malformed(f"entry {entry.sequence} of {entry.author} goes back in time")
        self.entries.append(entry)


# ---- 10 The root feed and the roster, 11 what counts ----------------------------------------------------------------


class Member:
    def __init__(self, record):
        self.code, self.role = record.text(1), record.number(9)
        self.feed_keys = []
        for key in map(Fields, record.all(10)):
            self.feed_keys.append((key.bytes(1), key.number(2), key.number(3)))
        self.transport_keys = [Fields(key).bytes(1) for key in record.all(11)]
        self.first_month = record.number(12)

    def feed_key(self, wanted, sequence=None):
        """Its feed key of this id; if `sequence` is given, only one that may sign there."""
        for public_key, first, last in self.feed_keys:
            covers = sequence is None or (first <= sequence and (last == 0 or sequence <= last))
            if key_id(public_key) == wanted and covers:
                return public_key
        return None


class Replica:
    """All feeds. Every signature and every chain is verified before an entry is held."""

    def __init__(self, name, root_key, successor_hash):
        self.federation = federation_id(root_key, name)
        self.name, self.root_key, self.successor_hash = name, root_key, successor_hash
        self.root, self.feeds, self.members = Feed(), {}, []

    def member(self, code):
        return next((member for member in self.members if member.code == code), None)

    def by_transport_key(self, key):
        return next((member for member in self.members if key in member.transport_keys), None)

    def feed(self, author):
        return self.root if author in ("", "root") else self.feeds.setdefault(author, Feed())

    def accept(self, data):
        """Verifies and places an envelope; returns whether it was new."""
        envelope = Envelope(data)
        author = Fields(envelope.payload).text(1)
        if author == "root":
            return self.accept_root(envelope)
        member = self.member(author)
        if member is None:
            raise Malformed(f"an entry of {author}, who is no member")
        entry = Entry(envelope, self.federation)
        key = member.feed_key(envelope.key_id, entry.sequence)
        if key is None:
            raise Malformed(f"no key of {author} signs its entry {entry.sequence}")
        envelope.verify(ENTRY, self.federation, key)
        return self.place(self.feed(author), entry)

    def accept_root(self, envelope):
        entry = Entry(envelope.verify(ENTRY, self.federation, self.root_key), self.federation)
        if not self.place(self.root, entry):
            return False
        if entry.fields.has(16):
            genesis = Fields(entry.fields.bytes(16))
            told = (genesis.text(1), genesis.bytes(2))
            if entry.sequence != 1 or told != (self.name, self.successor_hash):
                raise Malformed("the genesis is of another federation")
        elif entry.fields.has(17):
            record = Member(Fields(entry.fields.bytes(17)))
            known = [member.code for member in self.members]
            if record.code in known:
                self.members[known.index(record.code)] = record
            else:
                self.members.append(record)
        elif any(entry.fields.has(number) for number in (18, 19, 20)):
            raise Malformed("this peer knows no revocations, rulings and successions")
        return True

    @staticmethod
    def place(feed, entry):
        if entry.sequence <= feed.reach:
            if feed.entries[entry.sequence - 1].id != entry.id:
                raise Malformed(f"the feed of {entry.author} is forked at {entry.sequence}: this peer knows no forks")
            return False
        feed.append(entry)
        return True

    def levels(self):
        """The digest tree, from the members' leaves to the top."""
        levels = [[self.feed(member.code).leaf for member in self.members]]
        while len(levels) == 1 or len(levels[-1]) > 1:
            below = levels[-1]
            starts = range(0, len(below), 16)
            levels.append([sha256(b"faccina/digest/v1\0", *below[at : at + 16]) for at in starts])
        return levels

    def digest(self):
        top = self.levels()[-1]
        count = struct.pack(">I", len(self.members))
        return sha256(b"faccina/replica/v1\0", self.root.leaf, count, top[0] if top else ZEROS)


def signing_key(seed_hex):
    return SigningKey(bytes.fromhex(seed_hex))
