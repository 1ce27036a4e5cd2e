// SPDX-License-Identifier: Apache-2.0
// text_blob.h - the bytes of a text's state: what writer and reader share.
//
// A text's state is canonical MessagePack, an array of five:
//
//   [1, text, authors, insertions, items]
//
//   1           uint  version
//   text        str   the live text, UTF-8: reading needs nothing else
//   authors     bin   the log ids of all insertions, 16 bytes each, rising
//   insertions  bin   per author, in the same order: their number, then each
//                     insertion in order of id
//   items       bin   the characters in document order, deleted ones too
//
// Inside the two last, numbers are unsigned LEB128 varints in their shortest
// form.
//
// An insertion (the first of an author is compared with seq 0):
//
//   head    varint  step << 2 | named << 1 | long, where step is seq less the
//                   seq before; a step of 2^62 - 1 or more is written as
//                   2^62 - 1 and
//   step    varint  stands here
//   change  varint  if named: change number
//   op      varint  if named: operation number (both 0 if not named)
//   len     varint  if long: code points (1 if not)
//
// named is set exactly if change or op is not 0, long exactly if len is not 1.
// Ids rise strictly.
//
// An item is a run of one author's code points that stand together, all live
// or all deleted, and that each hang at the one before: from (rank, offset)
// on through insertions of successive rank, rank being an insertion's place
// in its author's list.
//
//   flags   1 byte   bit 0  deleted
//                    bit 1  same author as the item before
//                    bit 2  begins inside an insertion
//                    bit 3  0
//                    bits 4-7  origin (0 if bit 2 is set)
//   author  varint   if not bit 1: place in `authors`
//   rank    varint   same author: zigzag(rank - last rank of the item before),
//                    else the rank itself
//   offset  varint   if bit 2, 1 or more
//   len     varint   code points
//   names            as the origin says, each: author, rank, offset (varints)
//
//   origin              parent and side            right origin   names
//   0  FOLLOWS          last code point of rank-1  that one's     -
//   1  ROOT             the text's begin, right    the end        -
//   2  ADRIFT           neighbours gone            the end        -
//   3  BEFORE_NEXT      next item, left            the parent     -
//   4  BEFORE           named, left                the parent     parent
//   5  PREV_END         item before, right         the end        -
//   6  PREV_NEXT        item before, right         next item      -
//   7  PREV_NAMED       item before, right         named          right
//   8  NAMED_END        named, right               the end        parent
//   9  NAMED_NEXT       named, right               next item      parent
//  10  NAMED_NAMED      named, right               named          parent, right
//
// "Item before" means its last code point, "next item" its first. The first
// origin of the list that says the truth is the one written, and an item is
// as long as it can be; so equal sets of operations give equal bytes. An item
// that begins inside an insertion hangs at the code point before it there.
#ifndef TD_CRDT_TEXT_BLOB_H
#define TD_CRDT_TEXT_BLOB_H

#include <stdint.h>

#define TD_TEXT_VERSION   1
#define TD_TEXT_LONG_STEP ((UINT64_C(1) << 62) - 1)

enum td_text_flag {
    TD_TEXT_F_DELETED = 1,
    TD_TEXT_F_SAME = 2,
    TD_TEXT_F_INSIDE = 4,
    TD_TEXT_F_ZERO = 8
};

enum td_text_origin {
    TD_TEXT_O_FOLLOWS,
    TD_TEXT_O_ROOT,
    TD_TEXT_O_ADRIFT,
    TD_TEXT_O_BEFORE_NEXT,
    TD_TEXT_O_BEFORE,
    TD_TEXT_O_PREV_END,
    TD_TEXT_O_PREV_NEXT,
    TD_TEXT_O_PREV_NAMED,
    TD_TEXT_O_NAMED_END,
    TD_TEXT_O_NAMED_NEXT,
    TD_TEXT_O_NAMED_NAMED,
    TD_TEXT_O_COUNT
};

#endif
