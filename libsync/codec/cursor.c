// SPDX-License-Identifier: Apache-2.0
// cursor.c - strict reading of canonical MessagePack, value by value. Nothing
// here allocates or recurses.
#include "codec/cursor.h"

#include <string.h>

#include "codec/head.h"

bool
td_cur_open(struct td_cur *c, tandem_slice in)
{
    td_reader_init(&c->r, in);
    if (td_mp_check(in) != TD_MP_FINE) {
        td_reader_fail(&c->r);
    }
    return !c->r.failed;
}

void
td_cur_sub(struct td_cur *c, tandem_slice checked)
{
    td_reader_init(&c->r, checked);
}

enum td_mp_type
td_cur_peek(const struct td_cur *c)
{
    struct td_reader r = c->r;
    struct td_mp_head h;

    if (td_mp_head_read(&r, &h) != TD_MP_FINE) {
        return TD_MP_NONE;
    }
    return h.type;
}

// Consume one head of the wanted type; false (and failed) otherwise.
static bool
want(struct td_cur *c, enum td_mp_type type, struct td_mp_head *h)
{
    if (td_mp_head_read(&c->r, h) != TD_MP_FINE || h->type != type) {
        td_reader_fail(&c->r);
        return false;
    }
    return true;
}

bool
td_cur_nil(struct td_cur *c)
{
    if (c->r.failed || c->r.left == 0 || c->r.ptr[0] != 0xc0) {
        return false;
    }
    (void)td_read_u8(&c->r);
    return true;
}

bool
td_cur_bool(struct td_cur *c)
{
    struct td_mp_head h;

    return want(c, TD_MP_BOOL, &h) && h.n != 0;
}

int64_t
td_cur_int(struct td_cur *c)
{
    struct td_mp_head h;

    if (td_mp_head_read(&c->r, &h) == TD_MP_FINE) {
        if (h.type == TD_MP_UINT && h.n <= INT64_MAX) {
            return (int64_t)h.n;
        }
        if (h.type == TD_MP_INT) {
            return -(int64_t)~h.n - 1; // two's complement, no overflow
        }
    }
    td_reader_fail(&c->r);
    return 0;
}

uint64_t
td_cur_uint(struct td_cur *c)
{
    return td_cur_uint_max(c, UINT64_MAX);
}

uint64_t
td_cur_uint_max(struct td_cur *c, uint64_t max)
{
    struct td_mp_head h;

    if (!want(c, TD_MP_UINT, &h)) {
        return 0;
    }
    if (h.n > max) {
        td_reader_fail(&c->r);
        return 0;
    }
    return h.n;
}

void
td_cur_uint_exact(struct td_cur *c, uint64_t n)
{
    if (td_cur_uint(c) != n) {
        td_cur_fail(c);
    }
}

static tandem_slice
want_bytes(struct td_cur *c, enum td_mp_type type, size_t max)
{
    struct td_mp_head h;

    if (!want(c, type, &h)) {
        return (tandem_slice){NULL, 0};
    }
    if (h.bytes.len > max) {
        td_reader_fail(&c->r);
        return (tandem_slice){NULL, 0};
    }
    return h.bytes;
}

tandem_slice
td_cur_str(struct td_cur *c, size_t max)
{
    return want_bytes(c, TD_MP_STR, max);
}

tandem_slice
td_cur_bin(struct td_cur *c, size_t max)
{
    return want_bytes(c, TD_MP_BIN, max);
}

void
td_cur_bin_exact(struct td_cur *c, void *out, size_t n)
{
    tandem_slice s = want_bytes(c, TD_MP_BIN, n);

    if (s.len != n) {
        td_reader_fail(&c->r);
    }
    if (n == 0) {
        return;
    }
    if (c->r.failed) {
        memset(out, 0, n);
    } else {
        memcpy(out, s.ptr, n);
    }
}

static size_t
want_count(struct td_cur *c, enum td_mp_type type, size_t max)
{
    struct td_mp_head h;

    if (!want(c, type, &h)) {
        return 0;
    }
    if (h.n > max) {
        td_reader_fail(&c->r);
        return 0;
    }
    return (size_t)h.n;
}

size_t
td_cur_array(struct td_cur *c, size_t max)
{
    return want_count(c, TD_MP_ARRAY, max);
}

void
td_cur_array_exact(struct td_cur *c, size_t n)
{
    if (want_count(c, TD_MP_ARRAY, n) != n) {
        td_reader_fail(&c->r);
    }
}

size_t
td_cur_map(struct td_cur *c, size_t max)
{
    return want_count(c, TD_MP_MAP, max);
}

tandem_slice
td_cur_raw(struct td_cur *c)
{
    const uint8_t *from = c->r.ptr;
    uint64_t pending = 1; // each count is within the bytes left: no overflow

    while (pending > 0) {
        struct td_mp_head h;

        if (td_mp_head_read(&c->r, &h) != TD_MP_FINE) {
            td_reader_fail(&c->r);
            return (tandem_slice){NULL, 0};
        }
        pending--;
        if (h.type == TD_MP_ARRAY) {
            pending += h.n;
        } else if (h.type == TD_MP_MAP) {
            pending += 2 * h.n;
        }
        if (pending > c->r.left) {
            td_reader_fail(&c->r);
            return (tandem_slice){NULL, 0};
        }
    }
    return (tandem_slice){from, (size_t)(c->r.ptr - from)};
}

void
td_cur_fail(struct td_cur *c)
{
    td_reader_fail(&c->r);
}

bool
td_cur_failed(const struct td_cur *c)
{
    return c->r.failed;
}

bool
td_cur_done(const struct td_cur *c)
{
    return td_reader_done(&c->r);
}
