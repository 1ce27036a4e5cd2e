// SPDX-License-Identifier: Apache-2.0
// text.h - a text two people write in at once: FugueMax by the tree rule.
//
// The rule (Weidner & Kleppmann, "The Art of the Fugue", 2023): an insertion
// names its left and right neighbour at the time of typing. Its parent is the
// left neighbour (side R) unless the right neighbour is a descendant of the
// left one, then the right neighbour (side L). Left siblings stand in id
// order; right siblings in reverse order of their right origin (null = the
// end of the text), then id order. Document order is the in-order walk.
//
// A run of n code points is n nodes: the first as named, each later one with
// left = the one before and right = the run's right.
//
// State is a pure function of the set of applied operations; encode() gives
// equal bytes for equal sets. Neighbours and targets must have been applied
// before (the caller waits for them) or be declared gone.
#ifndef TD_CRDT_TEXT_H
#define TD_CRDT_TEXT_H

#include "base/buf.h"
#include "crdt/dot.h"

struct td_text;

tandem_err td_text_new(const tandem_sys *sys, struct td_text **out);
void td_text_free(struct td_text *t);
tandem_err td_text_dup(const struct td_text *t, struct td_text **out);

// The state's bytes: canonical MessagePack, see text_blob.h and docs/format.md.
// Live text first and contiguous, so that reading needs no merge code.
void td_text_encode(const struct td_text *t, struct td_buf *out);
// ECORRUPT for anything that encode() does not produce.
tandem_err td_text_decode(
    const tandem_sys *sys, tandem_slice in, struct td_text **out);
// The live text of an encoded state, borrowed from `in`.
tandem_err td_text_peek(tandem_slice in, tandem_slice *text);

// Apply an insertion. `left`/`right` NULL = the text's begin/end. `utf8` valid,
// 1..TD_TEXT_BYTES_MAX bytes. An op applied already is no error, no change.
// An unknown neighbour (erased, gone): the run hangs at the text's end and is
// flagged (td_text_adrift). EVALUE: empty, invalid UTF-8, names itself or a
// later id of its own log, offsets beyond the named run.
// `hidden`: held in quarantine; its characters stand as deleted ones.
tandem_err td_text_insert(struct td_text *t, const struct td_dot *op,
    const struct td_char *left, const struct td_char *right, tandem_slice utf8,
    bool hidden);
// Idempotent. Unknown targets are skipped. EVALUE: empty or overflowing range.
tandem_err td_text_delete(
    struct td_text *t, const struct td_char_range *r, size_t count);

// What typing at code point `at` (0..count) would name. has_* false = null.
// The neighbours are adjacent including deleted characters.
tandem_err td_text_neighbours(const struct td_text *t, size_t at,
    bool *has_left, struct td_char *left, bool *has_right,
    struct td_char *right);
// What deleting `n` code points from `at` would name: appended to `out`
// (array of struct td_char_range in a td_buf). EVALUE out of bounds.
tandem_err td_text_ranges(
    const struct td_text *t, size_t at, size_t n, struct td_buf *out);

size_t td_text_count(const struct td_text *t); // live code points
tandem_err td_text_read(const struct td_text *t, struct td_buf *out); // UTF-8
bool td_text_adrift(const struct td_text *t); // some run hangs at the end
// The ids in document order, deleted ones included; for tests.
tandem_err td_text_order(const struct td_text *t, struct td_buf *out);
// Who wrote the live text: consecutive (dot.log, count) passages, appended as
// struct td_char_range to `out`; a passage's ids are consecutive.
tandem_err td_text_passages(const struct td_text *t, struct td_buf *out);

// The smallest edit from `was` to `now` (both valid UTF-8): a script of
// {at, remove, insert} steps in code points, positions in the text as it is
// after the steps before. Myers' O(ND) difference on code points, bounded;
// beyond the bound, one replacement between common prefix and suffix. A step
// never splits a grapheme's combining sequence needlessly.
struct td_text_step {
    size_t at, remove;
    tandem_slice insert; // borrowed from `now`
};
tandem_err td_text_diff(const tandem_sys *sys, tandem_slice was,
    tandem_slice now, struct td_buf *steps); // array of td_text_step

#endif
