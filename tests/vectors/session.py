#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes session.txt: known answers for libsync/session: one of each message,
and what is signed and marked in them, from the layouts of session.h, fin.c and
view.c alone.

Usage: python3 session.py > session.txt
"""
import struct

from layout import (FALSE, NIL, TRUE, Device, arr, b2, bin_, sign, show, uint)

a, b = Device(b"\x11" * 96), Device(b"\x22" * 96)  # initiator, the other
store, session_a, session_b = b"\x31" * 16, b"\x32" * 8, b"\x33" * 8
control_root, data_root = b"\x41" * 16, b"\x42" * 16
sectors = [bytes(15) + b"\x01", b"\x22" * 16]
logs = [b"\x51" * 16, b"\x52" * 16]

sectors_mark = b2(b"".join(sectors), 16)
mark = b2(store + sectors_mark, 16)[:8]
hello = arr(uint(1), uint(1), uint(1), bin_(store), bin_(session_a),
            uint(6 << 20), bin_(control_root), bin_(data_root), uint(70000),
            bin_(mark), FALSE)
hello_new = arr(uint(1), uint(1), uint(1), bin_(store), bin_(session_a),
                uint(6 << 20), bin_(bytes(16)), bin_(data_root), uint(0), NIL, TRUE)
messages = {
    "hello": hello, "hello_new": hello_new,
    "status": arr(uint(2), TRUE, arr(*[
        arr(bin_(s), bin_(bytes([0x61 + i]) * 16))
        for i, s in enumerate(sectors)])),
    "advert": arr(uint(3), TRUE, arr(*[
        arr(bin_(x), uint(255 + i), bin_(bytes([0x71 + i]) * 16))
        for i, x in enumerate(logs)])),
    "want": arr(uint(4), FALSE, arr(
        arr(uint(0)),
        arr(uint(300), uint(12), bin_(b"\x73" * 16)))),
    "head": arr(uint(5), uint(300), NIL, bin_(b"\x75" * 64), uint(70000),
                uint(0)),
    "head_between": arr(uint(5), uint(300), uint(255), bin_(b"\x75" * 64),
                        uint(70000), uint(32768)),
    "want_staged": arr(uint(4), TRUE, arr(
        arr(uint(0), NIL, NIL, uint(255), uint(32768), bin_(b"\x78" * 16)))),
    "node": arr(uint(12), FALSE, arr(
        arr(uint(1), uint(5), bin_(b"\x81" * 16 + b"\x82" * 16)))),
    "leaf": arr(uint(13), TRUE, arr(
        arr(uint(3), arr()),
        arr(uint(67), arr(arr(bin_(logs[0]), uint(255),
                              bin_(b"\x71" * 16)))))),
    "apart": arr(uint(14), uint(300)),
    "locate": arr(uint(15), uint(300), arr(
        arr(uint(9), bin_(b"\x76" * 16)), arr(uint(0), bin_(b"\x77" * 16)))),
    "found": arr(uint(16), uint(300), arr(uint(9), bin_(b"\x76" * 16))),
    "found_none": arr(uint(16), uint(300), NIL),
    "wantpayload": arr(uint(17), arr(
        arr(bin_(logs[0]), uint(255), bin_(b"\x74" * 16), uint(2)))),
    "payload": arr(uint(18), uint(3), uint(70000), bin_(b"sealed")),
    "payload_none": arr(uint(18), uint(3), uint(0), bin_(b"")),
    "wantepoch": arr(uint(19), arr(bin_(b"\x79" * 16), bin_(b"\x7a" * 16))),
    "epoch": arr(uint(20), arr(NIL, bin_(b"\x7b" * 80))),
    "data": arr(uint(6), uint(32768), bin_(b"wire commits")),
    "credit": arr(uint(7), uint(12 << 20)),
    "ack": arr(uint(8), arr(arr(bin_(logs[0]), uint(255),
                                bin_(b"\x74" * 16)))),
    "sent": arr(uint(9)),
    "bye": arr(uint(11), uint(20)),
}
# The initiator's FIN: 3 commits of the other's are durable here, 1 payload of
# what is held is missing, 2 logs are set apart.
lsn, missing, moved, apart = 70012, 1, 3, 2
receipt = (session_a + session_b + a.sign + b.sign + data_root + control_root +
           struct.pack(">QQQQ", lsn, missing, moved, apart))
signature = sign(a.seed, "td.receipt.v1", receipt)
messages["fin"] = arr(uint(10), bin_(session_b), bin_(data_root),
                      bin_(control_root), uint(lsn), uint(missing),
                      arr(uint(moved), uint(apart)), bin_(signature))
messages["fin_same"] = arr(uint(10), bin_(session_b), NIL, NIL, uint(lsn),
                           uint(0), uint(0), NIL)
show("libsync/session", "session.py", {
    "sectors_mark": sectors_mark, "mark": mark, "receipt_message": receipt,
    "receipt": signature, **messages})
