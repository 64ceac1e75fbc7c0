"""The wire in Python against the golden vectors of fixtures/wire: `python3 -m unittest discover simulations/interop`."""

import pathlib
import struct
import unittest

import wire
from nacl.signing import SigningKey
from wire import Envelope, Fields, Malformed, Some, message

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "wire"
FEDERATION = wire.federation_id(bytes(SigningKey(bytes([1] * 32)).verify_key), "Prova")


def golden(name):
    lines = (FIXTURES / f"{name}.hex").read_text().splitlines()
    return bytes.fromhex("".join(line.split("#")[0] for line in lines))


def derived():
    lines = (FIXTURES / "derived.txt").read_text().splitlines()
    return dict(line.split(" = ") for line in lines if " = " in line)


def bundle():
    lines = (FIXTURES / "bundle.txt").read_text().splitlines()
    told = {line[2 : line.rindex(" ")]: line.split()[-1] for line in lines if line.startswith("# ")}
    return told, bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


class Golden(unittest.TestCase):
    def test_ids(self):
        told = derived()
        self.assertEqual(FEDERATION.hex(), told["federation id, root key seed 01x32, name Prova"])
        key = wire.key_id(bytes(SigningKey(bytes([2] * 32)).verify_key))
        self.assertEqual(key.hex(), told["key id, key seed 02x32"])
        entry = wire.sha256(wire.CONTEXTS[wire.ENTRY], FEDERATION, b"abc")
        self.assertEqual(entry.hex(), told["entry id, payload 'abc'"])

    def test_roots_of_ballot_boxes(self):
        told = derived()
        seed = bytes([9] * 32)
        ids = [bytes([number] * 32) for number in range(65)]
        for name, ballots in [("no ballot", []), ("id 00x32", ids[:1]), ("ids 00x32 to 3fx32", ids[:64])]:
            self.assertEqual(wire.box_root(ballots, seed).hex(), told[f"ballots root, {name}, seed 09x32"])
        self.assertEqual(wire.box_root(ids, seed).hex(), told["ballots root, ids 00x32 to 40x32, seed 09x32"])

    def test_an_envelope_is_verified_and_no_byte_of_it_may_change(self):
        data, key = golden("hello"), bytes(SigningKey(bytes([4] * 32)).verify_key)
        hello = Fields(Envelope(data).verify(wire.HELLO, FEDERATION, key).payload)
        self.assertEqual(len(hello.bytes(2)), 16)
        for at in range(len(data)):
            changed = bytearray(data)
            changed[at] ^= 1
            with self.assertRaises(Malformed):
                Envelope(changed).verify(wire.HELLO, FEDERATION, key)
        with self.assertRaises(Malformed):
            Envelope(data + b"\x28\x00")

    def test_what_is_sealed_is_what_was_sealed(self):
        data = golden("hello")
        again = wire.seal(wire.HELLO, FEDERATION, SigningKey(bytes([4] * 32)), Envelope(data).payload)
        self.assertEqual(again.data, data)

    def test_the_digest_of_the_bundle_with_its_fork(self):
        told, data = bundle()
        at, records = 16, []
        while at < len(data):
            kind, length = data[at], struct.unpack(">I", data[at + 1 : at + 5])[0]
            records.append((kind, data[at + 5 : at + 5 + length]))
            at += 5 + length
        header = records[0][1]
        replica = wire.Replica(header[64:].decode(), header[:32], header[32:64])
        self.assertEqual(sum(replica.accept(body) for kind, body in records if kind == 2), 2)
        self.assertEqual(replica.root.leaf.hex(), told["leaf of the root feed"])
        # The member's feed is forked at its first entry: its leaf is not this peer's to compute.
        forked = bytes.fromhex(told["its leaf"])
        top = wire.sha256(b"faccina/digest/v1\0", forked)
        self.assertEqual(top.hex(), told["top of the digest tree"])

    def test_messages_leave_defaults_out(self):
        self.assertEqual(message((1, 0), (2, b""), (3, Some()), (4, [0, 300])).hex(), "1a00200020ac02")
        self.assertEqual(Fields(bytes.fromhex("2203ac0200")).numbers(4), [300, 0])


if __name__ == "__main__":
    unittest.main()
