#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes beacon.txt: a known answer for the datagram of a beacon, from the
layout in docs/format.md alone.

Inputs: epoch key 00 01 .. 1f, device 32 bytes of 0x11, said at
1,790,000,000,123 ms, port 4711, random bytes 0xa5.
Usage: python3 beacon.py > beacon.txt
"""
from layout import b2, seal, show

epoch = bytes(range(32))
key = b2(b"td.beacon", 32, epoch)
plain = (b"\x11" * 32 + (1_790_000_000_123).to_bytes(8, "big") +
         (4711).to_bytes(2, "big"))
version = b"\x01"
show("the datagram of a beacon", "beacon.py", {
    "key": key, "plain": plain,
    "datagram": version + seal(key, version, plain, b"\xa5" * 16)})
