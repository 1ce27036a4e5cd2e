#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes enrol.txt: known answers for an enrolment: the code's text, the seven
messages, the digits, from the layouts of code.c and enrol.c alone.

Usage: python3 enrol.py > enrol.txt
"""
from layout import arr, b2, bin_, show, str_, uint

workspace, secret = b"\x11" * 32, b"\x42" * 16
new_random, inv_random = b"\xa5" * 32, b"\x5a" * 32


def keys(n):
    return [bin_(bytes([n + i]) * 32) for i in range(3)]


# ------------------------------------------------------------------- the code
endpoint = b"tcp://192.0.2.7:4711"
code = (b"\x01" + workspace + b"\x99" * 32 + secret +
        bytes([len(endpoint)]) + endpoint)
code += b2(b"\x43" + code)[:4]
bits = "".join(f"{c:08b}" for c in code)
bits += "0" * (-len(bits) % 5)
text = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[i:i + 5], 2)]
               for i in range(0, len(bits), 5))
text = "-".join(text[i:i + 8] for i in range(0, len(text), 8))

# --------------------------------------------------------------- the messages
K = b2(b"\x46" + secret)
name = "Tablette de Léa"
body3 = [uint(3), bin_(new_random), *keys(7), str_(name)]
body4 = [uint(4), bin_(inv_random), *keys(1), uint(2),
         arr(bin_(b"\x22" * 16), bin_(b"\x33" * 16))]
commit1 = arr(uint(1), uint(1), bin_(b2(b"\x45" + arr(*body3))))
commit2 = arr(uint(2), uint(1), bin_(b2(b"\x45" + arr(*body4))))
transcript3 = workspace + commit1 + commit2 + arr(*body3)
transcript4 = transcript3 + arr(*body4)
reveal3 = arr(*body3, bin_(b2(b"td.enrol.mac" + transcript3, 32, K)))
reveal4 = arr(*body4, bin_(b2(b"td.enrol.mac" + transcript4, 32, K)))
number = int.from_bytes(b2(b"td.enrol.digits" + transcript4, 32, K)[:8], "big")
yes = arr(uint(7), bin_(b2(b"td.enrol.yes" + transcript4, 32, K)))
show("an enrolment", "enrol.py", {
    "code_bytes": code, "code_text": text.encode(), "commit_newcomer": commit1,
    "commit_inviter": commit2, "reveal_newcomer": reveal3,
    "reveal_inviter": reveal4, "digits": f"{number % 1000000:06d}".encode(),
    "yes": yes, "welcome": arr(uint(5)), "no_refused": arr(uint(6), uint(26))})
