// SPDX-License-Identifier: Apache-2.0
// buf.c - owned, growing bytes.
//
// (1) len <= cap; len <= max. (2) Once `err` is set nothing is appended until
// reset, so a buffer never holds a value with a hole in it.
#include "base/buf.h"

#include <string.h>

#include "base/fail.h"

#define BUF_FIRST 64

void
td_buf_init(struct td_buf *b, const tandem_sys *sys, size_t max)
{
    TD_ASSERT(b != NULL);
    *b = (struct td_buf){.max = max, .sys = sys};
}

void
td_buf_over(struct td_buf *b, void *room, size_t n)
{
    TD_ASSERT(room != NULL && n > 0);
    *b = (struct td_buf){.ptr = room, .cap = n, .max = n};
}

void
td_buf_deinit(struct td_buf *b)
{
    if (b == NULL) {
        return;
    }
    td_free(b->sys, b->ptr, b->cap);
    b->ptr = NULL;
    b->len = 0;
    b->cap = 0;
    b->err = TANDEM_OK;
}

void
td_buf_reset(struct td_buf *b)
{
    b->len = 0;
    b->err = TANDEM_OK;
}

// Make room for `n` more bytes. On failure `err` says why.
static bool
reserve(struct td_buf *b, size_t n)
{
    size_t need;
    size_t cap;
    uint8_t *ptr;

    TD_ASSERT(b->len <= b->cap);
    if (b->err != TANDEM_OK) {
        return false;
    }
    if (b->len > b->max || n > b->max - b->len) {
        b->err = TANDEM_ELIMIT;
        return false;
    }
    need = b->len + n;
    if (b->ptr != NULL && need <= b->cap) {
        return true;
    }
    cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
    if (cap < BUF_FIRST) {
        cap = BUF_FIRST < b->max ? BUF_FIRST : b->max;
    }
    if (cap < need) {
        cap = need;
    }
    if (cap == 0) {
        cap = 1; // an empty room still has an address
    }
    ptr = td_grow(b->sys, b->ptr, b->cap, cap);
    if (ptr == NULL) {
        b->err = TANDEM_ENOMEM;
        return false;
    }
    b->ptr = ptr;
    b->cap = cap;
    return true;
}

uint8_t *
td_buf_room(struct td_buf *b, size_t n)
{
    uint8_t *at;

    if (!reserve(b, n)) {
        return NULL;
    }
    at = b->ptr + b->len;
    b->len += n;
    return at;
}

void
td_buf_put(struct td_buf *b, const void *p, size_t n)
{
    uint8_t *at;

    TD_ASSERT(p != NULL || n == 0);
    if (n == 0) {
        return;
    }
    at = td_buf_room(b, n);
    if (at != NULL) {
        memcpy(at, p, n);
    }
}

void
td_buf_put_slice(struct td_buf *b, tandem_slice s)
{
    td_buf_put(b, s.ptr, s.len);
}

void
td_buf_put_u8(struct td_buf *b, uint8_t v)
{
    td_buf_put(b, &v, 1);
}

void
td_buf_put_be32(struct td_buf *b, uint32_t v)
{
    uint8_t bytes[4];

    td_put_be32(bytes, v);
    td_buf_put(b, bytes, sizeof(bytes));
}

void
td_buf_put_be64(struct td_buf *b, uint64_t v)
{
    uint8_t bytes[8];

    td_put_be64(bytes, v);
    td_buf_put(b, bytes, sizeof(bytes));
}

tandem_slice
td_buf_slice(const struct td_buf *b)
{
    return (tandem_slice){b->ptr, b->len};
}

void
td_buf_wipe(struct td_buf *b)
{
    // volatile: the compiler may not drop writes to memory that nobody reads.
    volatile uint8_t *p = b->ptr;
    size_t i;

    for (i = 0; i < b->cap; i++) {
        p[i] = 0;
    }
    td_buf_reset(b);
}

uint32_t
td_be32(const uint8_t p[4])
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           (uint32_t)p[3];
}

uint64_t
td_be64(const uint8_t p[8])
{
    return (uint64_t)td_be32(p) << 32 | td_be32(p + 4);
}

void
td_put_be32(uint8_t p[4], uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

void
td_put_be64(uint8_t p[8], uint64_t v)
{
    td_put_be32(p, (uint32_t)(v >> 32));
    td_put_be32(p + 4, (uint32_t)v);
}
