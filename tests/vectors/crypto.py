#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes crypto.txt: known answers for libsync/crypto, from the layouts of
seal.c and device.c alone.

Inputs: random bytes 0xa5 (seal), 0x11 (device); parts "one", "two", domain 1;
passphrase "phrase", salt = log, 65536 KiB, 2 passes; associated data
"associated", plaintext "Bonjour"; signed message "head", domain td.head.v1;
wrapped: the key, for the device itself. Argon2id is the `cryptography`
package's (1 lane). Usage: python3 crypto.py > crypto.txt
"""
import struct

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from layout import Device, b2, pad32, poly1305, seal, show, sign, x25519

key, log = bytes(range(32)), bytes(range(0x40, 0x50))
d = Device(b"\x11" * 96)


# ------------------------------------------- XSalsa20-Poly1305, for crypto_box

def salsa_core(key, block, add):
    def word(b, i):
        return struct.unpack_from("<I", b, 4 * i)[0]

    c = b"expand 32-byte k"
    s = [word(c, 0), *struct.unpack("<4I", key[:16]), word(c, 1),
         *struct.unpack("<4I", block), word(c, 2),
         *struct.unpack("<4I", key[16:]), word(c, 3)]
    x = list(s)

    def quarter(a, b, c, d):
        for to, p, q, n in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13),
                            (a, d, c, 18)):
            v = x[p] + x[q] & 0xffffffff
            x[to] ^= (v << n | v >> 32 - n) & 0xffffffff

    for _ in range(10):
        for q in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
                  (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            quarter(*q)
    if add:
        return struct.pack("<16I", *[a + b & 0xffffffff for a, b in zip(x, s)])
    return struct.pack("<8I", *[x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)])


def box(plain, nonce, public, secret):
    k = salsa_core(x25519(secret, public), bytes(16), False)
    k = salsa_core(k, nonce[:16], False)
    stream = b"".join(
        salsa_core(k, nonce[16:] + struct.pack("<Q", i), True)
        for i in range((32 + len(plain) + 63) // 64))
    text = bytes(a ^ b for a, b in zip(plain, stream[32:]))
    return poly1305(stream[:32], text) + text


# ------------------------------------- SipHash-2-4 with 128 bits, for blinds

def siphash(key, data):
    full = (1 << 64) - 1
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee,
         k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]

    def left(x, n):
        return (x << n | x >> 64 - n) & full

    def rounds(n):
        for _ in range(n):
            v[0], v[2] = v[0] + v[1] & full, v[2] + v[3] & full
            v[1], v[3] = left(v[1], 13) ^ v[0], left(v[3], 16) ^ v[2]
            v[0] = left(v[0], 32)
            v[2], v[0] = v[2] + v[1] & full, v[0] + v[3] & full
            v[1], v[3] = left(v[1], 17) ^ v[2], left(v[3], 21) ^ v[0]
            v[2] = left(v[2], 32)

    end = data[len(data) // 8 * 8:]
    last = end + bytes(7 - len(end)) + bytes([len(data) & 0xff])
    for m in [*struct.unpack("<%dQ" % (len(data) // 8), data[:len(data) - len(end)]),
              *struct.unpack("<Q", last)]:
        v[3] ^= m
        rounds(2)
        v[0] ^= m
    v[2] ^= 0xee
    rounds(4)
    first = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xdd
    rounds(4)
    return struct.pack("<QQ", first, v[0] ^ v[1] ^ v[2] ^ v[3])


long = bytes(range(200))
esk = b2(b"td.wrap" + d.box, 32, key)
epk = x25519(esk)
wrapped = epk + box(key, b2(epk + d.box, 24), d.box, esk)
argon = Argon2id(salt=log, length=32, iterations=2, lanes=1,
                 memory_cost=65536).derive(b"phrase")

show("libsync/crypto", "crypto.py", {
    "key": key, "log": log, "hash.abc": b2(b"abc"),
    "hash.parts": b2(b"\x01" + b"onetwo"),
    "blind": siphash(key[:16], b"onetwo"),
    "blind.long": siphash(key[:16], b2(b"one" + long)),
    "hash.keyed16": b2(b"onetwo", 16, key),
    "hash.keyed32": b2(b"onetwo", 32, key),
    "key.log": b2(b"td.seal" + log, 32, key),
    "key.commitment": b2(b"td.commitment", 32, key),
    "key.argon": b2(b"td.argon" + log + struct.pack(">II", 65536, 2), 32,
                    argon),
    "seal": seal(key, b"associated", b"Bonjour", b"\xa5" * 16),
    "pad": pad32(b"Bonjour"), "device.sign": d.sign, "device.box": d.box,
    "device.curve": d.curve,
    "device.signature": sign(d.seed, "td.head.v1", b"head"),
    "device.wrapped": wrapped})
