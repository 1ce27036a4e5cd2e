#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes replica.txt: known answers for libsync/replica: a payload and its
seal, a RECORDS row and its key, the built-in pack and what is derived from
names, from the layouts of payload.h, row.h, names.h and packs.h alone.

Usage: python3 replica.py > replica.txt
"""
import struct

from layout import arr, b2, bin_, map_, pad32, seal, show, str_, uint

workspace, sector = b"\x11" * 32, b"\x22" * 16
log, prev, epoch = b"\x44" * 16, b"\x55" * 16, b"\x66" * 16
epoch_key, random = bytes(range(32)), b"\xa5" * 16
body = b"body of a change"

ad = arr(uint(1), bin_(workspace), bin_(sector), bin_(log), uint(300), uint(2),
         bin_(prev), bin_(epoch))
log_key = b2(b"td.seal" + log, 32, epoch_key)
plain = pad32(body)
sealed = seal(log_key, ad, plain, random)

pack, kind, record = b2(b"tandem")[:8], 2, b"\xaa" * 16
key = record + b2(sector + pack + struct.pack(">Q", kind))[:8]


def row(changes, state):
    return arr(uint(1), bin_(sector), bin_(pack), uint(kind), changes, state)


pointer = b"\xc1" + struct.pack(">IQH", 3, 300, 2)
whole = row(arr(arr(uint(3), uint(300), uint(2), uint(0), uint(5), uint(7),
                    uint(0)),
                arr(uint(9), uint(1), uint(0))), bin_(b"state"))


def field(n, id_, fr, en, type_, merge):
    return map_({str_("n"): uint(n), str_("id"): str_(id_),
                 str_("fr"): str_(fr), str_("en"): str_(en),
                 str_("type"): str_(type_), str_("merge"): str_(merge)})


def kind_of(n, id_, fr, en, fields):
    return map_({str_("n"): uint(n), str_("id"): str_(id_),
                 str_("fr"): str_(fr), str_("en"): str_(en),
                 str_("title"): arr(str_("label")),
                 str_("fields"): arr(*fields)})


built_in = arr(uint(1), map_({
    str_("pack"): str_("tandem"), str_("version"): uint(1),
    str_("kinds"): arr(
        kind_of(1, "name_of", "Nom donné", "Given name", [
            field(1, "thing", "Chose", "Thing", "str:64", "once"),
            field(2, "label", "Nom", "Name", "str:80", "vis")]),
        kind_of(2, "person", "Personne", "Person", [
            field(1, "label", "Nom", "Name", "str:80", "vis")]))}))


def uuid8(b):
    b = bytearray(b[:16])
    b[6] = b[6] & 0x0f | 0x80
    b[8] = b[8] & 0x3f | 0x80
    return bytes(b)


name_of_workspace = uuid8(b2(b"\x6e" + workspace + workspace))
name_of_sector = uuid8(b2(b"\x6e" + workspace + sector))

show("libsync/replica", "replica.py", {
    "payload_ad": ad, "payload": sealed,
    "pack_tag": pack, "row_key": key, "row_pointer": pointer,
    "row_state": whole, "built_in_pack": built_in,
    "built_in_hash": b2(built_in), "name_of_workspace": name_of_workspace,
    "name_of_sector": name_of_sector})
