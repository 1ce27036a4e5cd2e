#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes change.txt: known answers for libsync/crdt: bodies of changes, states
of records and of texts, from the layouts of change.h, record_encode.c and
text_blob.h alone. No merge code here: what the changes come to is written
down by hand.

Usage: python3 change.py > change.txt
"""
from layout import (FALSE, NIL, TRUE, arr, bin_, int_, pad32, show, str_, uint,
                    varint)

A, B, C = b"\x11" * 16, b"\x22" * 16, b"\x33" * 16
HASH = {"a1": b"\xa1" * 16, "b7": b"\xb7" * 16, "a5": b"\xa5" * 16,
        "c9": b"\xc9" * 16}
record, pack, kind = b"\xaa" * 16, bytes(range(1, 9)), 4
ann, ben = b"\x77" * 16, b"\x78" * 16
CLOCK1, CLOCK2, CLOCK3 = 1785542400000 << 16, (1785542460000 << 16) + 3, 5 << 16


def body(person, clock, prev, context, ops, refs):
    return arr(uint(1), bin_(record), bin_(pack), uint(kind), bin_(person),
               uint(clock), prev, arr(*context), arr(*ops), arr(*refs))


def path(log, seq, hash16):
    return arr(bin_(log), uint(seq), bin_(hash16))


# Log A, seq 1: nothing was seen.
first = body(ann, CLOCK1, NIL, [], [
    arr(uint(1), uint(1), str_("Mme L."), NIL),
    arr(uint(2), uint(2), uint(3)),
    arr(uint(4), uint(3), uint(1), TRUE, str_("asked")),
    arr(uint(6), uint(4), int_(40)),
    arr(uint(7), uint(5), NIL, NIL, str_("Bonjour é")),
    arr(uint(10), uint(0), str_("first visit"))], [])
# Log B, seq 7: saw A up to 1. Characters of A's operation 4, and of its own.
second = body(ben, CLOCK2, NIL, [
    arr(bin_(A), uint(1), bin_(HASH["a1"]), arr())], [
    arr(uint(1), uint(1), str_("Mme Lé."), NIL),
    arr(uint(3), uint(2), uint(3)),
    arr(uint(5), uint(3), uint(1)),
    arr(uint(6), uint(4), int_(-300)),
    arr(uint(7), uint(5), arr(uint(0), uint(1), uint(0), uint(4), uint(6)),
        arr(uint(0), uint(1), uint(0), uint(4), uint(7)), str_("!")),
    arr(uint(7), uint(5), arr(uint(4), uint(0)),
        arr(uint(0), uint(1), uint(0), uint(4), uint(7)), str_("?")),
    arr(uint(8), uint(5), arr(
        arr(arr(uint(0), uint(1), uint(0), uint(4), uint(7)), uint(2)),
        arr(arr(uint(5), uint(0)), uint(1)))),
    arr(uint(9), uint(0), TRUE)], [path(A, 1, HASH["a1"])])
# Log A, seq 5, from a snapshot without A's own 1: B seen to 7, 6 skipped.
third = body(ann, CLOCK3, uint(1), [
    arr(bin_(A), NIL, NIL, arr()),
    arr(bin_(B), uint(7), bin_(HASH["b7"]), arr(uint(6)))], [
    arr(uint(1), uint(1), NIL, NIL)], [])
# B written twice: what another branch of it did from seq 8 on has a log of its
# own, C, in the state. Its seq 9 has B's 7 as prev, and its own log is B's name.
branch = body(ben, CLOCK3, uint(7), [], [arr(uint(6), uint(4), int_(1))], [])
# A state: moved to 2, then on to 4 with a reason.
moved = body(ann, CLOCK1, NIL, [], [
    arr(uint(11), uint(6), uint(2), NIL),
    arr(uint(11), uint(6), uint(4), str_("seen"))], [])
# A log of two lines, with one reason.
logged = body(ann, CLOCK1, NIL, [], [
    arr(uint(12), uint(7), str_("appelé")),
    arr(uint(12), uint(7), str_("rappelé")),
    arr(uint(10), uint(0), str_("tour"))], [])
# A list: "a", "b" behind it, "a" moved behind "b", "c" behind that and gone.


def own(op):
    return arr(uint(op), uint(0))


listed = body(ann, CLOCK1, NIL, [], [
    arr(uint(13), uint(8), NIL, NIL, NIL, str_("a")),
    arr(uint(13), uint(8), NIL, own(0), NIL, str_("b")),
    arr(uint(13), uint(8), own(0), own(1), NIL, str_("a")),
    arr(uint(13), uint(8), NIL, own(2), NIL, str_("c")),
    arr(uint(14), uint(8), own(3))], [])
# An operation of a newer version: kept, without effect.
unknown = body(ann, CLOCK1, NIL, [], [arr(uint(99), uint(7), str_("later"))],
               [])


# ---------------------------------------------------------------------- texts

def text(live, authors, insertions, items):
    return arr(uint(1), str_(live), bin_(b"".join(authors)), bin_(insertions),
               bin_(items))


def head(step, named, long):
    return varint(step << 2 | named << 1 | long)


A_INSERTS = varint(1) + head(1, 1, 1) + varint(0) + varint(4) + varint(9)
text_first = text("Bonjour é", [A], A_INSERTS, bytes([0x10, 0, 0, 9]))
# B: A's char 7 descends from char 6, so "!" is its left child; char 7 does not
# descend from "!", so "?" is the right child of that. In order: Bonjour, !, ?,
# and the two deleted.
B_INSERTS = (varint(2) + head(7, 1, 0) + varint(0) + varint(4) +
             head(0, 1, 0) + varint(0) + varint(5))
text_second = text(
    "Bonjour!", [A, B], A_INSERTS + B_INSERTS,
    bytes([0x10, 0, 0, 7]) +            # ROOT, author 0, rank 0, 7 long
    bytes([0x40, 1, 0, 1, 0, 0, 7]) +   # BEFORE, parent A 0 offset 7
    bytes([0x03, 2, 1]) +               # deleted, same, FOLLOWS, rank +1
    bytes([0x05, 0, 0, 7, 2]))          # deleted, inside, offset 7, 2 long
# One author: "ab" (seq 1), then "cd" (seq 2) behind it: one item of four.
text_joined = text("abcd", [A],
                   varint(2) + head(1, 0, 1) + varint(2) +
                   head(1, 0, 1) + varint(2), bytes([0x10, 0, 0, 4]))

# --------------------------------------------------------------------- states


def origin(person, log, seq, clock):
    return arr(bin_(person), uint(log), uint(seq), uint(0), uint(clock))


def past(*pairs):
    return arr(arr(*[uint(n) for pair in pairs for n in pair]), arr())


def state(changes, origins, logs, sources, fields, marks, links=()):
    return arr(uint(1), bin_(record), bin_(pack), uint(kind), FALSE,
               uint(changes), arr(*origins), arr(*logs), arr(*sources),
               arr(*fields), arr(*marks), arr(*links))


A1 = arr(bin_(A), uint(1), uint(0), bin_(HASH["a1"]), uint(1), arr(), past())
state_first = state(1, [origin(ann, 0, 1, CLOCK1)] * 2, [A1], [
    arr(uint(0), uint(1), uint(0), bin_(ann), uint(CLOCK1),
        str_("first visit"))], [
    arr(uint(1), uint(1),
        arr(arr(uint(0), uint(0), str_("Mme L."), NIL))),
    arr(uint(2), uint(2),
        arr(arr(uint(3), arr(uint(0), uint(1), uint(0), uint(1))))),
    arr(uint(3), uint(4),
        arr(arr(uint(1), arr(arr(uint(0), uint(2), TRUE, str_("asked")))))),
    arr(uint(4), uint(6), arr(uint(0), uint(40))),
    arr(uint(5), uint(7), bin_(text_first))], [])
state_second = state(
    2, [origin(ann, 0, 1, CLOCK1), origin(ben, 1, 7, CLOCK2)],
    [A1, arr(bin_(B), uint(7), uint(0), bin_(HASH["b7"]), NIL, arr(),
             past((0, 1)))],
    [arr(uint(1), uint(7), uint(0), bin_(ben), uint(CLOCK2), NIL)], [
        arr(uint(1), uint(1),
            arr(arr(uint(0), uint(0), str_("Mme Lé."), NIL))),
        arr(uint(4), uint(6), arr(uint((1 << 64) - 1), uint((1 << 64) - 260))),
        arr(uint(5), uint(7), bin_(text_second))],
    [arr(uint(0), uint(7), TRUE, NIL, past((0, 1)))])
# A's second change in quarantine: its place and context count, no more.
state_held = state(
    2, [origin(ann, 0, 1, CLOCK1), origin(ben, 1, 7, CLOCK2)],
    [arr(bin_(A), uint(5), uint(0), bin_(HASH["a5"]), uint(1), arr(uint(5)),
         arr(arr(uint(1), uint(7)), arr(arr(uint(1), uint(6))))),
     arr(bin_(B), uint(7), uint(0), bin_(HASH["b7"]), NIL, arr(),
         past((0, 1)))],
    [arr(uint(1), uint(7), uint(0), bin_(ben), uint(CLOCK2), NIL)], [
        arr(uint(1), uint(1),
            arr(arr(uint(0), uint(0), str_("Mme Lé."), NIL))),
        arr(uint(4), uint(6), arr(uint((1 << 64) - 1), uint((1 << 64) - 260))),
        arr(uint(5), uint(7), bin_(text_second))],
    [arr(uint(0), uint(7), TRUE, NIL, past((0, 1)))])

state_moved = state(1, [origin(ann, 0, 1, CLOCK1)] * 2, [A1], [
    arr(uint(0), uint(1), uint(0), bin_(ann), uint(CLOCK1), NIL)], [
    arr(uint(6), uint(11),
        arr(arr(uint(0), uint(1), uint(4), str_("seen"))))], [])

state_logged = state(1, [origin(ann, 0, 1, CLOCK1)] * 2, [A1], [
    arr(uint(0), uint(1), uint(0), bin_(ann), uint(CLOCK1), str_("tour"))], [
    arr(uint(7), uint(12),
        arr(arr(uint(0), uint(0), str_("appelé"), NIL),
            arr(uint(0), uint(1), str_("rappelé"), NIL)))], [])
# Four places of one author, each the right child of the one before; those of
# operations 1 and 2 are live.
text_listed = text(
    "..", [A], varint(4) + head(1, 0, 0) + b"".join(
        head(0, 1, 0) + varint(0) + varint(op) for op in (1, 2, 3)),
    bytes([0x11, 0, 0, 1]) +    # deleted, ROOT, author 0, rank 0, 1 long
    bytes([0x02, 2, 2]) +       # same, FOLLOWS, rank +1, 2 long
    bytes([0x03, 2, 1]))        # deleted, same, FOLLOWS, rank +1
state_listed = state(1, [origin(ann, 0, 1, CLOCK1)] * 2, [A1], [
    arr(uint(0), uint(1), uint(0), bin_(ann), uint(CLOCK1), NIL)], [
    arr(uint(8), uint(13), arr(bin_(text_listed), arr(
        arr(uint(0), uint(1), uint(0), uint(0),
            arr(arr(uint(0), uint(2), str_("a"), NIL))),
        arr(uint(0), uint(1), uint(0), uint(1),
            arr(arr(uint(0), uint(1), str_("b"), NIL))))))], [])

# C continues B: its first change has its prev there, and saw what that saw.
state_branch = state(
    3, [origin(ben, 2, 9, CLOCK3), origin(ben, 1, 7, CLOCK2)],
    [A1, arr(bin_(B), uint(7), uint(0), bin_(HASH["b7"]), NIL, arr(),
             past((0, 1))),
     arr(bin_(C), uint(9), uint(0), bin_(HASH["c9"]), uint(9), arr(),
         past((0, 1), (1, 7)))],
    [arr(uint(1), uint(7), uint(0), bin_(ben), uint(CLOCK2), NIL)], [
        arr(uint(1), uint(1),
            arr(arr(uint(0), uint(0), str_("Mme Lé."), NIL))),
        arr(uint(4), uint(6), arr(uint((1 << 64) - 1), uint((1 << 64) - 259))),
        arr(uint(5), uint(7), bin_(text_second))],
    [arr(uint(0), uint(7), TRUE, NIL, past((0, 1)))],
    [arr(uint(2), uint(1), uint(7))])

show("libsync/crdt", "change.py", {
    "body_first": first, "body_first_padded": pad32(first),
    "body_second": second, "body_third": third, "body_unknown": unknown,
    "text_first": text_first, "text_second": text_second,
    "text_joined": text_joined, "state_first": state_first,
    "state_second": state_second, "state_held": state_held,
    "body_branch": branch, "state_branch": state_branch,
    "body_moved": moved, "state_moved": state_moved,
    "body_logged": logged, "state_logged": state_logged,
    "body_listed": listed, "state_listed": state_listed})
