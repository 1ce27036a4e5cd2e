# SPDX-License-Identifier: Apache-2.0
"""layout.py - what the generators of known answers are written with.

Shares nothing with the library: MessagePack by hand, hashlib's BLAKE2b and
SHA-512, and plain Python for XChaCha20-Poly1305 (RFC 8439,
draft-irtf-cfrg-xchacha-03), X25519 (RFC 7748) and Ed25519 (RFC 8032). Slow,
and not for secrets.
"""
import hashlib
import struct

NIL, FALSE, TRUE = b"\xc0", b"\xc2", b"\xc3"


# ----------------------------------------------------------------- MessagePack

def uint(n):
    if n < 0x80:
        return bytes([n])
    for first, size in ((0xcc, 1), (0xcd, 2), (0xce, 4), (0xcf, 8)):
        if n < 1 << 8 * size:
            return bytes([first]) + n.to_bytes(size, "big")
    raise ValueError(n)


def int_(n):
    if n >= 0:
        return uint(n)
    if n >= -32:
        return bytes([256 + n])
    for first, size in ((0xd0, 1), (0xd1, 2), (0xd2, 4), (0xd3, 8)):
        if n >= -(1 << 8 * size - 1):
            return bytes([first]) + n.to_bytes(size, "big", signed=True)
    raise ValueError(n)


def bin_(b):
    for first, size in ((0xc4, 1), (0xc5, 2), (0xc6, 4)):
        if len(b) < 1 << 8 * size:
            return bytes([first]) + len(b).to_bytes(size, "big") + b
    raise ValueError(len(b))


def str_(s):
    b = s.encode()
    if len(b) < 32:
        return bytes([0xa0 + len(b)]) + b
    for first, size in ((0xd9, 1), (0xda, 2), (0xdb, 4)):
        if len(b) < 1 << 8 * size:
            return bytes([first]) + len(b).to_bytes(size, "big") + b
    raise ValueError(len(b))


def arr(*items):
    n = len(items)
    if n < 16:
        return bytes([0x90 + n]) + b"".join(items)
    return b"\xdc" + struct.pack(">H", n) + b"".join(items)


def map_(pairs):
    """Keys are encoded already; canonical order is that of their bytes."""
    assert len(pairs) < 16
    return bytes([0x80 + len(pairs)]) + b"".join(
        k + pairs[k] for k in sorted(pairs))


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


# --------------------------------------------------------------------- BLAKE2b

def b2(data, size=32, key=b""):
    return hashlib.blake2b(data, digest_size=size, key=key).digest()


# ---------------------------------------------------------- XChaCha20-Poly1305

def _rotl(x, n):
    return (x << n | x >> 32 - n) & 0xffffffff


def _rounds(s):
    s = list(s)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14),
                           (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12),
                           (2, 7, 8, 13), (3, 4, 9, 14)):
            s[a] = s[a] + s[b] & 0xffffffff
            s[d] = _rotl(s[d] ^ s[a], 16)
            s[c] = s[c] + s[d] & 0xffffffff
            s[b] = _rotl(s[b] ^ s[c], 12)
            s[a] = s[a] + s[b] & 0xffffffff
            s[d] = _rotl(s[d] ^ s[a], 8)
            s[c] = s[c] + s[d] & 0xffffffff
            s[b] = _rotl(s[b] ^ s[c], 7)
    return s


_SIGMA = struct.unpack("<4I", b"expand 32-byte k")


def _chacha(key, counter, nonce, data):
    out = bytearray()
    for at in range(0, len(data), 64):
        s = (*_SIGMA, *struct.unpack("<8I", key), counter + at // 64,
             *struct.unpack("<3I", nonce))
        block = struct.pack("<16I", *[a + b & 0xffffffff
                                      for a, b in zip(_rounds(s), s)])
        out += bytes(x ^ y for x, y in zip(data[at:at + 64], block))
    return bytes(out)


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    acc = 0
    for at in range(0, len(message), 16):
        part = message[at:at + 16] + b"\x01"
        acc = (acc + int.from_bytes(part, "little")) * r % ((1 << 130) - 5)
    acc += int.from_bytes(key[16:], "little")
    return (acc & (1 << 128) - 1).to_bytes(16, "little")


def _subkey(key, nonce16):
    """HChaCha20: XChaCha20 is ChaCha20 under it, with the nonce's rest."""
    s = (*_SIGMA, *struct.unpack("<8I", key), *struct.unpack("<4I", nonce16))
    s = _rounds(s)
    return struct.pack("<8I", *s[:4], *s[12:])


def xchacha(key, nonce, ad, plain):
    key = _subkey(key, nonce[:16])
    nonce = bytes(4) + nonce[16:]
    text = _chacha(key, 1, nonce, plain)
    once = _chacha(key, 0, nonce, bytes(32))

    def pad(b):
        return b + bytes(-len(b) % 16)

    return text + poly1305(once, pad(ad) + pad(text) +
                            struct.pack("<QQ", len(ad), len(text)))


def seal(key, ad, plain, random):
    salt = b2(random + struct.pack(">I", len(ad)) + ad + plain, 16, key)
    return salt + xchacha(key, salt + bytes(8), ad, plain)


def keep(key, ad, head, body):
    tag = b2(ad + head + b2(body), 16, key)
    return tag + _chacha(_subkey(key, tag), 0, bytes(12), head + body)


def pad32(b):
    return b + b"\x80" + bytes(-(len(b) + 1) % 32)


# ----------------------------------------------------------- X25519 and Ed25519

_P = (1 << 255) - 19


def x25519(secret, point=(9).to_bytes(32, "little")):
    k = bytearray(secret)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k = int.from_bytes(k, "little")
    x1 = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b = x2 + z2, x2 - z2
        c, d = x3 + z3, x3 - z3
        da, cb = d * a % _P, c * b % _P
        x3, z3 = (da + cb) ** 2 % _P, x1 * (da - cb) ** 2 % _P
        aa, bb = a * a % _P, b * b % _P
        e = aa - bb
        x2, z2 = aa * bb % _P, e * (aa + 121665 * e) % _P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, _P - 2, _P) % _P).to_bytes(32, "little")


def box_keys(seed):
    """crypto_box_seed_keypair: (public, secret)."""
    secret = hashlib.sha512(seed).digest()[:32]
    return x25519(secret), secret


_L = (1 << 252) + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_BY = 4 * pow(5, _P - 2, _P) % _P


def _x_of(y):
    xx = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(xx, (_P + 3) // 8, _P)
    if (x * x - xx) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    return _P - x if x & 1 else x


_B = (_x_of(_BY), _BY, 1, _x_of(_BY) * _BY % _P)


def _add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = _add(q, p)
        p = _add(p, p)
        n >>= 1
    return q


def _point(p):
    z = pow(p[2], _P - 2, _P)
    return (p[1] * z % _P | (p[0] * z % _P & 1) << 255).to_bytes(32, "little")


def _scalar(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little")
    return a & (1 << 254) - 8 | 1 << 254, h[32:]


def sign_public(seed):
    return _point(_times(_scalar(seed)[0], _B))


def sign(seed, domain, message):
    """td_sign: Ed25519 over domain 16 || BLAKE2b-256(message)."""
    signed = domain.encode().ljust(16, b"\0") + b2(message)
    a, prefix = _scalar(seed)
    public = _point(_times(a, _B))
    r = int.from_bytes(hashlib.sha512(prefix + signed).digest(), "little") % _L
    big_r = _point(_times(r, _B))
    h = hashlib.sha512(big_r + public + signed).digest()
    s = (r + int.from_bytes(h, "little") * a) % _L
    return big_r + s.to_bytes(32, "little")


class Device:
    """Three key pairs of three seeds, as td_device_keys_new makes them."""

    def __init__(self, seeds):
        self.seed = seeds[:32]
        self.sign = sign_public(seeds[:32])
        self.sign_secret = seeds[:32] + self.sign
        self.box, self.box_secret = box_keys(seeds[32:64])
        self.curve, self.curve_secret = box_keys(seeds[64:96])


def show(what, by, vectors):
    print("# SPDX-License-Identifier: Apache-2.0")
    print(f"# Known answers for {what}; made by {by}, which says what of.")
    for name, value in vectors.items():
        print(name, value.hex())
