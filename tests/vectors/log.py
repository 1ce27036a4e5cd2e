#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes log.txt: known answers for libsync/log, from the layouts alone.

Shares nothing with the library: hashlib's BLAKE2b, an encoder of its own, and
Ed25519 of the `cryptography` package. Usage: python3 log.py > log.txt
"""
import hashlib
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def b2(data, size=32):
    return hashlib.blake2b(data, digest_size=size).digest()


def uint(n):
    if n < 0x80:
        return bytes([n])
    if n < 0x100:
        return b"\xcc" + bytes([n])
    if n < 0x10000:
        return b"\xcd" + struct.pack(">H", n)
    if n < 1 << 32:
        return b"\xce" + struct.pack(">I", n)
    return b"\xcf" + struct.pack(">Q", n)


def bin_(b):
    assert len(b) < 0x100
    return b"\xc4" + bytes([len(b)]) + b


def arr(*items):
    assert len(items) < 16
    return bytes([0x90 + len(items)]) + b"".join(items)


NIL, FALSE = b"\xc0", b"\xc2"
seed = bytes(range(32))
key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
device = key.public_key().public_bytes(
    serialization.Encoding.Raw, serialization.PublicFormat.Raw)
workspace, sector, inc = b"\x11" * 32, b"\x22" * 16, b"\x33" * 16
log = b2(workspace + device + sector + inc, 16)
seen = arr(bin_(b"\x66" * 32), bin_(b"\x77" * 32))
opening = arr(
    bin_(workspace), bin_(device), bin_(sector), bin_(inc),
    arr(arr(bin_(b"\x44" * 16), uint(300), bin_(b"\x55" * 32))))
header0 = arr(uint(1), bin_(log), uint(0), bin_(bytes(32)), NIL, seen, arr(),
              opening)
chain0 = b2(b"\x01" + header0)
epoch = b"\x88" * 16
payloads = [bytes([1, 2, 3, 4]), b"\xaa" * 200]
changes = arr(*[arr(bin_(b2(p)), uint(len(p))) for p in payloads])
header1 = arr(uint(1), bin_(log), uint(1), bin_(chain0), bin_(epoch), NIL,
              changes)
chain1 = b2(b"\x01" + header1)
wire0 = arr(NIL, seen, arr(), opening)
wire1 = arr(bin_(epoch), NIL, arr(*[bin_(p) for p in payloads]))
absent1 = arr(bin_(epoch), NIL, arr(
    bin_(payloads[0]), arr(bin_(b2(payloads[1])), uint(200))))
again1 = arr(NIL, NIL, arr(bin_(payloads[0]), bin_(payloads[1])))
none1 = arr(FALSE, NIL, arr(bin_(payloads[0]), bin_(payloads[1])))
absent2 = arr(bin_(epoch), NIL, changes)
# Rows of the store: a run of both commits, lsn 40; what lsns 40..42 did.
commits_row = arr(uint(1), bin_(log), uint(40), bin_(bytes(32)),
                  bin_(chain0 + chain1), arr(wire0, absent2))
a, b, pack = b"\xa1" * 16, b"\xb2" * 16, b"\x99" * 8
feed_row = arr(uint(1), uint(7), uint(0), FALSE,
               arr(arr(bin_(sector), bin_(pack), uint(2)),
                   arr(bin_(sector), bin_(pack), uint(300))),
               arr(arr(), arr(bin_(a), uint(0), bin_(b), uint(1)),
                   arr(bin_(b), uint(0))))
message = log + struct.pack(">Q", 1) + chain1
signature = key.sign(b"td.head.v1".ljust(16, b"\0") + b2(message))


def step(log_id, depth):
    n = int.from_bytes(log_id, "big")
    return n & 3 if depth == 21 else n >> (128 - 6 * (depth + 1)) & 63


def trie(heads, depth=0):
    if not heads:
        return bytes(16)
    if len(heads) <= 64:
        return b2(b"\x02" + b"".join(a + b for a, b in sorted(heads)))[:16]
    parts, bitmap = b"", 0
    for i in range(64):
        below = [h for h in heads if step(h[0], depth) == i]
        if below:
            bitmap |= 1 << i
            parts += trie(below, depth + 1)
    return b2(b"\x03" + struct.pack(">Q", bitmap) + parts)[:16]


def heads(count, deep=False):
    out = []
    for i in range(count):
        log_id = b2(struct.pack(">I", i), 16)
        if deep:  # all but the last ten bits are the same
            log_id = b"\xab" * 14 + struct.pack(">H", 0xabfc ^ i)
        out.append((log_id, b2(struct.pack(">I", i + 1000000))))
    return out


print("# SPDX-License-Identifier: Apache-2.0")
print("# Known answers for libsync/log; made by log.py, which says what of.")
for name, value in [
        ("device", device), ("log_id", log), ("header0", header0),
        ("chain0", chain0), ("header1", header1), ("chain1", chain1),
        ("wire0", wire0), ("wire1", wire1), ("wire1_absent", absent1),
        ("wire1_same_epoch", again1), ("wire1_no_epoch", none1),
        ("segment", arr(wire0, wire1)), ("head_signature", signature),
        ("commits_row", commits_row), ("feed_row", feed_row)]:
    print(name, value.hex())
for n in (0, 1, 2, 64, 65, 1000):
    print("trie_%d" % n, trie(heads(n)).hex())
print("trie_deep_200", trie(heads(200, True)).hex())
