#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes store.txt: known answers for libsync/store: the key file, the kdf
file, one sealed row, one kept row, from the layouts of keyfile.c, kdf.c and row.c alone.

All random bytes are 0xa5, so every class key is too. Usage:
python3 store.py > store.txt
"""
import struct

from layout import Device, b2, keep, seal, show

RANDOM, KEY = b"\xa5" * 16, b"\xa5" * 32
master = bytes(range(32))

# --------------------------------------------------------------- the key file
head = b"TDKEYS\r\n" + struct.pack(">I", 1) + RANDOM
head += b2(b"td.keys.check" + RANDOM, 16, master)
d = Device(b"\xa5" * 96)
classes = [*range(1024), 0xfffe, 0xffff]
plain = (b"\xa5" * 16 + d.sign + d.sign_secret + d.box + d.box_secret +
         d.curve + d.curve_secret + struct.pack(">I", len(classes)))
for c in classes:
    plain += struct.pack(">HI", c, 1) + KEY
sealed = seal(b2(b"td.keys.seal" + RANDOM, 32, master), head, plain, RANDOM)
keyfile = head + struct.pack(">I", len(sealed)) + sealed
keyfile += b2(keyfile)

# --------------------------------------------------------------- the kdf file
kdf = b"TDKDF\r\n\0" + struct.pack(">I", 1) + RANDOM
kdf += struct.pack(">II", 65536, 2)
kdf += b2(kdf)

# --------------------------------------------------------------------- a row
row_head = struct.pack(">HI", 517, 1)


def ad_of(table, key):
    return b"td.row" + struct.pack(">H", table) + row_head + key


ad = ad_of(5, b"\xaa" * 14 + struct.pack(">H", 517) + b"\xbb" * 8)
row = row_head + seal(KEY, ad, b"value", RANDOM)

# --------------------------------------------------------- a row of a payload
kept = row_head + keep(KEY, ad_of(3, struct.pack(">IQH", 1, 7, 2)),
                       b"\x11" * 16 + b"\x22" * 16 + b"\x33" * 16, b"sealed")
# Longer than the keystream is made in one piece.
kept_long = row_head + keep(KEY, ad_of(3, struct.pack(">IQH", 1, 7, 2)),
                            b"\x11" * 16 + b"\x22" * 16 + b"\x33" * 16,
                            bytes(i % 251 for i in range(1100)))

# The bucket of a record.
record = b"\xaa" * 16
bucket = struct.pack(">H", (record[14] << 8 | record[15]) % 1024)

# The row "format" of LMDB's table "store".
form = struct.pack(">I", 1) + b"\xa5" * 16
form += b2(form)[:16]

show("libsync/store", "store.py", {
    "keyfile_head": keyfile[:48], "keyfile_hash": b2(keyfile),
    "keyfile_length": struct.pack(">I", len(keyfile)), "kdf": kdf,
    "row_ad": ad, "row": row, "kept": kept,
    "kept_long_hash": b2(kept_long), "bucket": bucket, "format": form})
