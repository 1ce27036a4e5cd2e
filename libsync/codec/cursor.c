// SPDX-License-Identifier: Apache-2.0
// cursor.c - strict reading of canonical MessagePack.
//
// Byte layout: the MessagePack specification, without float, ext and 0xc1.
// One function, head(), turns the first bytes of a value into type and number
// and holds every rule that reading needs too: shortest form, length or count
// within what is left. td_mp_check() adds what need be looked at only once:
// UTF-8, nesting, order of keys, end. Nothing here allocates or recurses.
#include "codec/cursor.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"

struct head {
    enum td_mp_type type;
    uint64_t n;         // TD_MP_INT: two's complement; BOOL: 0 or 1
    tandem_slice bytes; // TD_MP_STR, TD_MP_BIN
};

// A big-endian number of `size` bytes that must not be below `least`, else a
// shorter form existed.
static enum td_mp_fault
number(struct td_reader *r, size_t size, uint64_t least, uint64_t *out)
{
    uint64_t n = 0;
    size_t i;

    if (size > r->left) {
        return TD_MP_SHORT;
    }
    for (i = 0; i < size; i++) {
        n = n << 8 | r->ptr[i];
    }
    r->ptr += size;
    r->left -= size;
    *out = n;
    return n < least ? TD_MP_LONG_FORM : TD_MP_FINE;
}

// int 8..64: only what is below the range of the next shorter form.
static enum td_mp_fault
negative(struct td_reader *r, unsigned log2_size, struct head *h)
{
    static const int64_t below[] = {-32, INT8_MIN, INT16_MIN, INT32_MIN};
    size_t size = (size_t)1 << log2_size;
    unsigned shift = 64 - 8 * (unsigned)size;
    enum td_mp_fault fault;
    uint64_t sign;

    h->type = TD_MP_INT;
    fault = number(r, size, 0, &h->n);
    if (fault != TD_MP_FINE) {
        return fault;
    }
    sign = h->n >> (63 - shift) & 1;
    if (sign != 0 && shift > 0) {
        h->n |= ~UINT64_C(0) << (64 - shift);
    }
    // In two's complement a negative number is short when it is not below.
    if (sign == 0 || h->n >= (uint64_t)below[log2_size]) {
        return TD_MP_LONG_FORM;
    }
    return TD_MP_FINE;
}

// The body of a str or bin of h->n bytes.
static enum td_mp_fault
body(struct td_reader *r, struct head *h)
{
    if (h->n > r->left) {
        return TD_MP_SHORT;
    }
    h->bytes = td_read_bytes(r, (size_t)h->n);
    return TD_MP_FINE;
}

// An element takes at least one byte.
static enum td_mp_fault
count(const struct td_reader *r, const struct head *h)
{
    uint64_t most = h->type == TD_MP_MAP ? r->left / 2 : r->left;

    return h->n > most ? TD_MP_SHORT : TD_MP_FINE;
}

// The one-byte forms; false when `first` is none of them.
static bool
fixed(uint8_t first, struct head *h)
{
    if (first < 0x80) {
        h->type = TD_MP_UINT;
        h->n = first;
    } else if (first < 0x90) {
        h->type = TD_MP_MAP;
        h->n = first & 0x0f;
    } else if (first < 0xa0) {
        h->type = TD_MP_ARRAY;
        h->n = first & 0x0f;
    } else if (first < 0xc0) {
        h->type = TD_MP_STR;
        h->n = first & 0x1f;
    } else if (first >= 0xe0) {
        h->type = TD_MP_INT;
        h->n = (uint64_t)(int64_t)(first - 256);
    } else if (first == 0xc0) {
        h->type = TD_MP_NIL;
    } else if (first == 0xc2 || first == 0xc3) {
        h->type = TD_MP_BOOL;
        h->n = first & 1;
    } else {
        return false;
    }
    return true;
}

// The forms with a number after the first byte.
static enum td_mp_fault
sized(struct td_reader *r, uint8_t first, struct head *h)
{
    switch (first) {
    case 0xcc:
        h->type = TD_MP_UINT;
        return number(r, 1, 0x80, &h->n);
    case 0xcd:
        h->type = TD_MP_UINT;
        return number(r, 2, 0x100, &h->n);
    case 0xce:
        h->type = TD_MP_UINT;
        return number(r, 4, 0x10000, &h->n);
    case 0xcf:
        h->type = TD_MP_UINT;
        return number(r, 8, UINT64_C(0x100000000), &h->n);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return negative(r, first - 0xd0u, h);
    case 0xc4:
        h->type = TD_MP_BIN;
        return number(r, 1, 0, &h->n);
    case 0xc5:
        h->type = TD_MP_BIN;
        return number(r, 2, 0x100, &h->n);
    case 0xc6:
        h->type = TD_MP_BIN;
        return number(r, 4, 0x10000, &h->n);
    case 0xd9:
        h->type = TD_MP_STR;
        return number(r, 1, 32, &h->n);
    case 0xda:
        h->type = TD_MP_STR;
        return number(r, 2, 0x100, &h->n);
    case 0xdb:
        h->type = TD_MP_STR;
        return number(r, 4, 0x10000, &h->n);
    case 0xdc:
        h->type = TD_MP_ARRAY;
        return number(r, 2, 16, &h->n);
    case 0xdd:
        h->type = TD_MP_ARRAY;
        return number(r, 4, 0x10000, &h->n);
    case 0xde:
        h->type = TD_MP_MAP;
        return number(r, 2, 16, &h->n);
    case 0xdf:
        h->type = TD_MP_MAP;
        return number(r, 4, 0x10000, &h->n);
    default:
        return TD_MP_TYPE; // 0xc1, ext, float
    }
}

// Consume one value's first bytes (of a str or bin: all of it).
static enum td_mp_fault
head(struct td_reader *r, struct head *h)
{
    enum td_mp_fault fault = TD_MP_FINE;
    uint8_t first;

    *h = (struct head){.type = TD_MP_NONE};
    if (r->failed || r->left == 0) {
        return TD_MP_SHORT;
    }
    first = td_read_u8(r);
    if (!fixed(first, h)) {
        fault = sized(r, first, h);
    }
    if (fault != TD_MP_FINE) {
        return fault;
    }
    if (h->type == TD_MP_STR || h->type == TD_MP_BIN) {
        return body(r, h);
    }
    if (h->type == TD_MP_ARRAY || h->type == TD_MP_MAP) {
        return count(r, h);
    }
    return TD_MP_FINE;
}

// ---------------------------------------------------------------- the check

// One open array or map.
struct level {
    uint64_t left;       // elements still to come (a pair counts two)
    const uint8_t *at;   // where the element being read begins
    tandem_slice before; // the key before
    bool map;
};

// The element that ends at `end` is complete: one less; keys must rise.
static enum td_mp_fault
element_done(struct level *top, const uint8_t *end)
{
    TD_ASSERT(top->left > 0);
    if (top->map && top->left % 2 == 0) {
        tandem_slice key = {top->at, (size_t)(end - top->at)};

        // A first key follows the empty one.
        if (td_slice_cmp(top->before, key) >= 0) {
            return TD_MP_KEYS;
        }
        top->before = key;
    }
    top->left--;
    top->at = end;
    return TD_MP_FINE;
}

enum td_mp_fault
td_mp_check(tandem_slice in)
{
    struct level stack[TD_MP_DEPTH_MAX];
    size_t depth = 0;
    struct td_reader r;

    td_reader_init(&r, in);
    for (;;) {
        struct head h;
        enum td_mp_fault fault = head(&r, &h);

        if (fault != TD_MP_FINE) {
            return fault;
        }
        if (h.type == TD_MP_STR && !td_utf8_valid(h.bytes)) {
            return TD_MP_UTF8;
        }
        if (h.type == TD_MP_ARRAY || h.type == TD_MP_MAP) {
            bool map = h.type == TD_MP_MAP;

            if (depth == TD_MP_DEPTH_MAX) {
                return TD_MP_DEPTH;
            }
            stack[depth++] = (struct level){
                .left = map ? 2 * h.n : h.n, .at = r.ptr, .map = map};
        } else if (depth > 0) {
            fault = element_done(&stack[depth - 1], r.ptr);
        }
        // Close what is full; each closing completes an element above.
        while (fault == TD_MP_FINE && depth > 0 && stack[depth - 1].left == 0) {
            depth--;
            if (depth > 0) {
                fault = element_done(&stack[depth - 1], r.ptr);
            }
        }
        if (fault != TD_MP_FINE) {
            return fault;
        }
        if (depth == 0) {
            return r.left == 0 ? TD_MP_FINE : TD_MP_TRAILING;
        }
    }
}

// --------------------------------------------------------------- the cursor

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
    struct head h;

    if (head(&r, &h) != TD_MP_FINE) {
        return TD_MP_NONE;
    }
    return h.type;
}

// Consume one head of the wanted type; false (and failed) otherwise.
static bool
want(struct td_cur *c, enum td_mp_type type, struct head *h)
{
    if (head(&c->r, h) != TD_MP_FINE || h->type != type) {
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
    struct head h;

    return want(c, TD_MP_BOOL, &h) && h.n != 0;
}

int64_t
td_cur_int(struct td_cur *c)
{
    struct head h;

    if (head(&c->r, &h) == TD_MP_FINE) {
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
    struct head h;

    if (!want(c, TD_MP_UINT, &h)) {
        return 0;
    }
    if (h.n > max) {
        td_reader_fail(&c->r);
        return 0;
    }
    return h.n;
}

static tandem_slice
want_bytes(struct td_cur *c, enum td_mp_type type, size_t max)
{
    struct head h;

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
    struct head h;

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
        struct head h;

        if (head(&c->r, &h) != TD_MP_FINE) {
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
