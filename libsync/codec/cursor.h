// SPDX-License-Identifier: Apache-2.0
// cursor.h - strict reading of canonical MessagePack.
//
// Opening checks the whole input once: canonical form (shortest integers and
// lengths, str valid UTF-8, map keys sorted by their encoded bytes and unique,
// no ext, no float), counts <= bytes left, depth <= TD_MP_DEPTH_MAX, no
// trailing bytes. Reading then only has to match types and sizes; failure is
// sticky, so read all fields and test td_cur_done() once.
#ifndef TD_CODEC_CURSOR_H
#define TD_CODEC_CURSOR_H

#include "base/id.h"
#include "base/reader.h"

enum td_mp_type {
    TD_MP_NIL,
    TD_MP_BOOL,
    TD_MP_INT,  // negative
    TD_MP_UINT, // zero or positive
    TD_MP_STR,
    TD_MP_BIN,
    TD_MP_ARRAY,
    TD_MP_MAP,
    TD_MP_NONE // nothing left, or failed
};

struct td_cur {
    struct td_reader r;
};

// Why an input was refused; for tests and sentences.
enum td_mp_fault {
    TD_MP_FINE,
    TD_MP_SHORT, // ends inside a value, or a count beyond what is left
    TD_MP_DEPTH,
    TD_MP_LONG_FORM, // an integer or length not in its shortest form
    TD_MP_UTF8,
    TD_MP_KEYS, // map keys unsorted or twice
    TD_MP_TYPE, // float, ext, reserved byte
    TD_MP_TRAILING
};

enum td_mp_fault td_mp_check(tandem_slice in); // whole input, one value
// Checks all of `in`. @return false (and a failed cursor) when not canonical.
bool td_cur_open(struct td_cur *c, tandem_slice in);
// A cursor on bytes that td_cur_raw() returned: already checked.
void td_cur_sub(struct td_cur *c, tandem_slice checked);

enum td_mp_type td_cur_peek(const struct td_cur *c);
bool td_cur_nil(struct td_cur *c); // consumes a nil if one is next
bool td_cur_bool(struct td_cur *c);
int64_t td_cur_int(struct td_cur *c);
uint64_t td_cur_uint(struct td_cur *c);
uint64_t td_cur_uint_max(struct td_cur *c, uint64_t max); // fails beyond
void td_cur_uint_exact(struct td_cur *c, uint64_t n);     // a version
tandem_slice td_cur_str(struct td_cur *c, size_t max);    // borrowed
tandem_slice td_cur_bin(struct td_cur *c, size_t max);    // borrowed
void td_cur_bin_exact(struct td_cur *c, void *out, size_t n);
size_t td_cur_array(struct td_cur *c, size_t max); // count
void td_cur_array_exact(struct td_cur *c, size_t n);
size_t td_cur_map(struct td_cur *c, size_t max); // pairs
tandem_slice td_cur_raw(struct td_cur *c); // skip one value, return its bytes
void td_cur_fail(struct td_cur *c);
bool td_cur_failed(const struct td_cur *c);
bool td_cur_done(const struct td_cur *c); // not failed, nothing left

#endif
