// SPDX-License-Identifier: Apache-2.0
// head.c - type and number of a value, from its first bytes.
//
// Byte layout: the MessagePack specification, without float, ext and 0xc1.
#include "codec/head.h"

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
negative(struct td_reader *r, unsigned log2_size, struct td_mp_head *h)
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
body(struct td_reader *r, struct td_mp_head *h)
{
    const size_t n = (size_t)h->n;

    if (h->n > r->left) {
        return TD_MP_SHORT;
    }
    h->bytes = (tandem_slice){r->ptr, n};
    r->ptr += n;
    r->left -= n;
    return TD_MP_FINE;
}

// An element takes at least one byte.
static enum td_mp_fault
count(const struct td_reader *r, const struct td_mp_head *h)
{
    uint64_t most = h->type == TD_MP_MAP ? r->left / 2 : r->left;

    return h->n > most ? TD_MP_SHORT : TD_MP_FINE;
}

// The one-byte forms; false when `first` is none of them.
static bool
fixed(uint8_t first, struct td_mp_head *h)
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
sized(struct td_reader *r, uint8_t first, struct td_mp_head *h)
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

enum td_mp_fault
td_mp_head_read(struct td_reader *r, struct td_mp_head *h)
{
    enum td_mp_fault fault = TD_MP_FINE;
    uint8_t first;

    *h = (struct td_mp_head){.type = TD_MP_NONE};
    if (r->failed || r->left == 0) {
        return TD_MP_SHORT;
    }
    // Every value passes here more than once: no call for a byte.
    first = *r->ptr++;
    r->left--;
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
