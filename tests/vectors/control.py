#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes control.txt: known answers for control entries, from the layouts of
libsync/member/control.h alone.

Shares nothing with the library: hashlib's BLAKE2b and an encoder of its own.
Usage: python3 control.py > control.txt; with a folder as argument it also
writes each entry there, as seeds of fuzz_control.
"""
import hashlib
import os
import struct
import sys


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


def device(n):
    return [bin_(bytes([n + i]) * 32) for i in range(3)]


NIL = b"\xc0"
sector, south = b"\x22" * 16, b"\x33" * 16
commitment = b"\x44" * 32
epoch = b2(sector + commitment + b"\x01" * 32, 16)
older = [b"\x51" * 16, b"\x52" * 16]
wrapped = [bytes([0x60 + i]) * 80 for i in range(2)]
genesis = arr(uint(1), uint(1), bin_(b"\x11" * 16),
              arr(arr(*device(1)), arr(*device(4))), uint(1), NIL)
entries = {
    "genesis": genesis,
    "genesis_recovery": arr(
        uint(1), uint(1), bin_(b"\x11" * 16), arr(arr(*device(1))), uint(2),
        bin_(b"\x77" * 32)),
    "sector": arr(uint(1), uint(2), bin_(sector)),
    "enrol": arr(uint(1), uint(3), *device(7), uint(2),
                 arr(bin_(sector), bin_(south)), uint(1785542400000),
                 arr(arr(bin_(older[0]), bin_(wrapped[0])),
                     arr(bin_(older[1]), bin_(wrapped[1])))),
    "grant": arr(uint(1), uint(4), bin_(b"\x07" * 32), bin_(sector), uint(3),
                 arr(arr(bin_(older[0]), bin_(wrapped[0])))),
    "loss": arr(uint(1), uint(5), bin_(b"\x07" * 32), bin_(sector)),
    "epoch": arr(uint(1), uint(6), bin_(sector), bin_(epoch),
                 bin_(commitment), arr(*[bin_(o) for o in older]),
                 arr(arr(bin_(b"\x01" * 32), bin_(wrapped[0])),
                     arr(bin_(b"\x07" * 32), bin_(wrapped[1]))),
                 bin_(b"\x99" * 50)),
    "pack": arr(uint(1), uint(7), bin_(b"built")),
    "share": arr(uint(1), uint(8), bin_(sector),
                 arr(arr(bin_(b"\x01" * 32), bin_(older[0]), bin_(wrapped[0])),
                     arr(bin_(b"\x01" * 32), bin_(older[1]),
                         bin_(wrapped[1])))),
}
print("# SPDX-License-Identifier: Apache-2.0")
print("# Known answers for control entries; made by control.py, which says "
      "what of.")
print("workspace", b2(genesis).hex())
print("epoch_id", epoch.hex())
for name, data in entries.items():
    print(name, data.hex())
if len(sys.argv) > 1:
    more = {"newer_type": arr(uint(1), uint(99), NIL),
            "newer_version": arr(uint(2), uint(1)),
            "unsorted": arr(uint(1), uint(3), *device(7), uint(2),
                            arr(bin_(south), bin_(sector)), uint(0), arr())}
    for name, data in {**entries, **more}.items():
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            f.write(data)
