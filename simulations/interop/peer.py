"""A member of a Faccina federation in Python, over py-libp2p: a second implementation, written from proto/WIRE.md.

It joins with keys that the roster knows, follows all feeds, verifies every signature and chain, answers what other members
ask, and publishes one summary. Run by `faccina-simulations interop`, which starts the federation around it:

    python3 -m venv /tmp/interop && /tmp/interop/bin/pip install -r simulations/interop/requirements.txt
    faccina-simulations interop --python /tmp/interop/bin/python3

Reads one command a line (`publish DAY MONTH`, `stop`) and writes one line for each event: `synced DIGEST ENTRIES`,
`published ID VOTES`. What goes wrong goes to the standard error.

Deliberately absent, and refused with a word where they are met: forks, rulings, revocations, successions, quotas. Gossip
is only a hint (WIRE 13), and the timer of the others brings what it would.
"""

import argparse
import json
import logging
import os
import sys
import time
import tomllib

try:
    import multiaddr
    import trio
    from libp2p import new_host
    from libp2p.crypto.ed25519 import Ed25519PrivateKey
    from libp2p.crypto.keys import KeyPair
    from libp2p.peer.peerinfo import info_from_p2p_addr
except ImportError as missing:
    sys.exit(f"{missing}: pip install -r simulations/interop/requirements.txt, with Python 3.11 or later")

import wire
from wire import Envelope, Fields, Malformed, Replica, Some, message

SYNC = "/faccina/sync/1"
MESSAGE_BYTES_MAX = 1 << 20
FEEDS_PER_WANT_MAX, ENTRIES_PER_GIVE_MAX, GIVE_BYTES_MAX, NODES_PER_REQUEST_MAX = 64, 256, 512 << 10, 64
INTERVAL_S = 0.5


def say(*words):
    print(*words, flush=True)


async def read_all(stream):
    """One message, ended by the end of the stream."""
    data = bytearray()
    while True:
        try:
            piece = await stream.read(1 << 16)
        except Exception as end:  # py-libp2p tells the end of a stream by several exceptions
            if "EOF" in type(end).__name__ or "EOF" in str(end):
                break
            raise
        if not piece:
            break
        data += piece
        if len(data) > MESSAGE_BYTES_MAX:
            raise Malformed("a message longer than the protocol allows")
    return bytes(data)


def head(author, feed):
    return message((1, author), (2, feed.reach), (3, feed.tag))


class Peer:
    def __init__(self, replica, code, feed_key, transport_key):
        self.replica, self.code = replica, code
        self.feed_key, self.transport_key = feed_key, transport_key
        self.run_id = os.urandom(16)
        self.asked_own = False

    # ---- the greeting -------------------------------------------------------------------------------------------

    def hello(self):
        if self.replica.member(self.code) is None:
            return b""
        transport = bytes(self.transport_key.verify_key)
        payload = message((1, self.code), (2, self.run_id), (3, int(time.time())), (4, "interop"), (5, transport))
        return wire.seal(wire.HELLO, self.replica.federation, self.feed_key, payload).data

    def greeted(self, data, transport):
        """Verifies a hello against the roster and the key of its connection."""
        member = self.replica.by_transport_key(transport)
        if not data or member is None:
            return
        envelope = Envelope(data)
        key = member.feed_key(envelope.key_id)
        if key is None:
            raise Malformed(f"a hello of {member.code} by a key that is not in the roster")
        envelope.verify(wire.HELLO, self.replica.federation, key)
        hello = Fields(envelope.payload)
        if hello.text(1) != member.code or hello.bytes(5) != transport or len(hello.bytes(2)) != 16:
            raise Malformed(f"a hello of {member.code} that names another")

    # ---- the answering side -------------------------------------------------------------------------------------

    def answer(self, data, transport):
        request = Fields(data)
        member = self.replica.by_transport_key(transport)
        if request.has(1):
            return message((1, Some(self.opened(Fields(request.bytes(1)), member, transport))))
        if request.has(2) and member:
            return message((2, Some(self.digests(Fields(request.bytes(2))))))
        if request.has(3):
            return self.give(Fields(request.bytes(3)), member)
        return message((4, Some(message((1, "only members compare feeds")))))

    def opened(self, opening, member, transport):
        self.greeted(opening.bytes(1), transport)
        fields = [(1, self.hello()), (2, Some(head("", self.replica.root)))]
        if member:
            feed = self.replica.feed(member.code)
            fields += [(3, self.replica.digest()), (4, Some(head("", feed)) if feed.reach else None)]
        return message(*fields)

    def digests(self, want):
        level, indices = want.number(1), want.numbers(2)
        if level < 1 or len(indices) > NODES_PER_REQUEST_MAX:
            raise Malformed("a question about the digest tree that nobody asks")
        levels = self.replica.levels()
        children = [child for index in indices for child in range(index * 16, index * 16 + 16)]
        if level > 1:
            below = levels[level - 1] if level - 1 < len(levels) else []
            return message((1, b"".join(below[c][:8] if c < len(below) else bytes(8) for c in children)))
        heads = []
        for child in children:
            if child < len(self.replica.members):
                feed = self.replica.feed(self.replica.members[child].code)
                if feed.reach:
                    heads.append(message((1, child), (2, feed.reach), (3, feed.tag[:8])))
        return message((2, heads))

    def give(self, want, member):
        entries, size, more = [], 0, False
        for wanted in map(Fields, want.all(1)[:FEEDS_PER_WANT_MAX]):
            author = wanted.text(1)
            if member is None and author != "root":
                return message((4, Some(message((1, "only the root feed is for everyone")))))
            if author != "root" and self.replica.member(author) is None:
                continue
            for entry in self.replica.feed(author).entries[max(wanted.number(2), 1) - 1 :]:
                if size >= GIVE_BYTES_MAX or len(entries) >= ENTRIES_PER_GIVE_MAX:
                    more = True
                    break
                entries.append(entry.envelope.data)
                size += len(entry.envelope.data)
        return message((3, Some(message((1, entries), (3, more)))))

    async def serve(self, stream):
        try:
            transport = key_of(stream.muxed_conn.peer_id)
            await stream.write(self.answer(await read_all(stream), transport))
            await stream.close()
        except Malformed as error:
            print(f"a request is refused: {error}", file=sys.stderr)
            await stream.reset()

    # ---- the asking side ----------------------------------------------------------------------------------------

    async def ask(self, host, peer_id, number, body, answer):
        stream = await host.new_stream(peer_id, [SYNC])
        await stream.write(message((number, Some(body))))
        await stream.close_write()
        response = Fields(await read_all(stream))
        await stream.close()
        if response.has(4):
            return None
        if not response.has(answer):
            raise Malformed("an answer of another kind than the request")
        return Fields(response.bytes(answer))

    async def open(self, host, peer_id):
        is_member = self.replica.by_transport_key(key_of(peer_id)) is not None
        body = message(
            (1, self.hello()),
            (2, Some(head("", self.replica.root))),
            (3, self.replica.digest() if is_member else None),
        )
        opened = await self.ask(host, peer_id, 1, body, 1)
        if opened:
            self.greeted(opened.bytes(1), key_of(peer_id))
        return opened

    async def fetch(self, host, peer_id, authors):
        """Entries of these feeds from the first not held, page by page."""
        while authors:
            page = authors[:FEEDS_PER_WANT_MAX]
            wanted = [message((1, author), (2, self.replica.feed(author).reach + 1)) for author in page]
            give = await self.ask(host, peer_id, 3, message((1, wanted)), 3)
            if give is None:
                return
            if give.has(2):
                raise Malformed("a proof of a fork: this peer knows no forks")
            added = sum(self.replica.accept(entry) for entry in give.all(1))
            if not (give.number(3) and added):
                authors = authors[FEEDS_PER_WANT_MAX:]

    async def differing(self, host, peer_id):
        """Down the digest tree, to the feeds of which the other side has more."""
        level, nodes = len(self.replica.levels()) - 1, [0]
        while level > 1:
            ours, below = self.replica.levels()[level - 1], []
            for at in range(0, len(nodes), NODES_PER_REQUEST_MAX):
                asked = nodes[at : at + NODES_PER_REQUEST_MAX]
                told = await self.ask(host, peer_id, 2, message((1, level), (2, [*asked])), 2)
                if told is None or len(told.bytes(1)) != len(asked) * 128:
                    return []
                children = [child for node in asked for child in range(node * 16, node * 16 + 16)]
                theirs = [told.bytes(1)[i * 8 : i * 8 + 8] for i in range(len(children))]
                pairs = zip(children, theirs)
                below += [c for c, digest in pairs if c < len(ours) and ours[c][:8] != digest]
            level, nodes = level - 1, below
        found = []
        for at in range(0, len(nodes), NODES_PER_REQUEST_MAX):
            asked = nodes[at : at + NODES_PER_REQUEST_MAX]
            told = await self.ask(host, peer_id, 2, message((1, 1), (2, [*asked])), 2)
            for told_head in map(Fields, told.all(2) if told else []):
                index, reach = told_head.number(1), told_head.number(2)
                if index < len(self.replica.members):
                    author = self.replica.members[index].code
                    if reach > self.replica.feed(author).reach:
                        found.append(author)
        return found

    async def follow(self, host, peer_id):
        """One comparison; returns whether both sides agree."""
        opened = await self.open(host, peer_id)
        if opened is None:
            return False
        root = Fields(opened.bytes(2))
        if root.number(2) > self.replica.root.reach:
            await self.fetch(host, peer_id, ["root"])
            return False
        yours = Fields(opened.bytes(4))
        if yours.number(2) > self.replica.feed(self.code).reach and self.asked_own:
            raise Malformed("another run publishes under this key")
        if opened.bytes(3):
            self.asked_own = True
        if opened.bytes(3) == self.replica.digest():
            return True
        await self.fetch(host, peer_id, await self.differing(host, peer_id))
        return False

    # ---- the own feed -------------------------------------------------------------------------------------------

    def catalogue(self):
        """The highest version that some observer closed."""
        versions = [1]
        for member in self.replica.members:
            for entry in self.replica.feed(member.code).entries:
                if entry.fields.has(33):
                    versions.append(Fields(entry.fields.bytes(33)).number(1))
        return max(versions)

    def publish(self, day, month, groups):
        if not self.asked_own:
            raise Malformed("no member has told yet what it holds of the own feed")
        feed = self.replica.feed(self.code)
        votes = sum(sum(group[2:]) for group in groups)
        root = wire.box_root([os.urandom(32) for _ in range(votes)], os.urandom(32))
        body = wire.summary(month, self.catalogue(), groups, root)
        prev = feed.tag if feed.reach else b""
        payload = wire.entry_payload(self.code, feed.reach + 1, prev, day, 48, body)
        envelope = wire.seal(wire.ENTRY, self.replica.federation, self.feed_key, payload)
        self.replica.accept(envelope.data)
        say("published", feed.tag.hex(), votes)


def key_of(peer_id):
    """The Ed25519 key inside a libp2p peer id: identity multihash of a protobuf public key."""
    data = peer_id.to_bytes()
    if data[:6] != bytes.fromhex("002408011220") or len(data) != 38:
        raise Malformed("a peer whose key is not Ed25519")
    return data[6:]


async def commands(peer, groups, scope):
    async for line in trio.lowlevel.FdStream(os.dup(sys.stdin.fileno())):
        for command in line.decode().splitlines():
            match command.split():
                case ["publish", day, month]:
                    peer.publish(int(day), int(month), groups)
                case ["stop"]:
                    scope.cancel()
    scope.cancel()


async def run(arguments):
    with open(arguments.federation, "rb") as file:
        federation = tomllib.load(file)
    with open(arguments.keys, "rb") as file:
        keys = json.load(file)
    root_key, successor = bytes.fromhex(federation["root_key"]), bytes.fromhex(federation["successor_hash"])
    replica = Replica(federation["name"], root_key, successor)
    peer = Peer(replica, keys["code"], wire.signing_key(keys["feed"]), wire.signing_key(keys["transport"]))
    private = Ed25519PrivateKey(peer.transport_key)
    host = new_host(key_pair=KeyPair(private, private.get_public_key()), muxer_preference="YAMUX")
    host.set_stream_handler(SYNC, peer.serve)
    hub = info_from_p2p_addr(multiaddr.Multiaddr(federation["hubs"][0]))
    async with host.run(listen_addrs=[]), trio.open_nursery() as nursery:
        await host.connect(hub)
        nursery.start_soon(commands, peer, [tuple(group) for group in keys["groups"]], nursery.cancel_scope)
        told = None
        while True:
            agreed = await peer.follow(host, hub.peer_id)
            entries = replica.root.reach + sum(feed.reach for feed in replica.feeds.values())
            if agreed and told != (replica.digest(), entries):
                told = (replica.digest(), entries)
                say("synced", told[0].hex(), entries)
            await trio.sleep(INTERVAL_S if agreed else 0.05)


def main():
    parser = argparse.ArgumentParser(description="A member of a Faccina federation, in Python.")
    parser.add_argument("--federation", required=True, help="federation.toml")
    parser.add_argument("--keys", required=True, help="JSON: code, feed and transport (secret keys, hex), groups to publish")
    logging.disable(logging.CRITICAL)
    trio.run(run, parser.parse_args())


if __name__ == "__main__":
    main()
