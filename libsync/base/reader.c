// SPDX-License-Identifier: Apache-2.0
// reader.c - bounded reading of outside bytes; failure is sticky.
#include "base/reader.h"

#include <string.h>

#include "base/buf.h"
#include "base/fail.h"

void
td_reader_init(struct td_reader *r, tandem_slice in)
{
    TD_ASSERT(in.ptr != NULL || in.len == 0);
    *r = (struct td_reader){in.ptr, in.len, false};
}

// The next `n` bytes, or NULL once failed. `n` > 0.
static const uint8_t *
take(struct td_reader *r, size_t n)
{
    const uint8_t *p = r->ptr;

    if (r->failed || n > r->left) {
        r->failed = true;
        return NULL;
    }
    r->ptr += n;
    r->left -= n;
    return p;
}

uint8_t
td_read_u8(struct td_reader *r)
{
    const uint8_t *p = take(r, 1);

    return p != NULL ? p[0] : 0;
}

uint16_t
td_read_be16(struct td_reader *r)
{
    const uint8_t *p = take(r, 2);

    if (p == NULL) {
        return 0;
    }
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
td_read_be32(struct td_reader *r)
{
    const uint8_t *p = take(r, 4);

    return p != NULL ? td_be32(p) : 0;
}

uint64_t
td_read_be64(struct td_reader *r)
{
    const uint8_t *p = take(r, 8);

    return p != NULL ? td_be64(p) : 0;
}

tandem_slice
td_read_bytes(struct td_reader *r, size_t n)
{
    const uint8_t *p;

    if (n == 0) {
        return (tandem_slice){r->failed ? NULL : r->ptr, 0};
    }
    p = take(r, n);
    return (tandem_slice){p, p != NULL ? n : 0};
}

void
td_read_copy(struct td_reader *r, void *out, size_t n)
{
    const uint8_t *p;

    if (n == 0) {
        return;
    }
    p = take(r, n);
    if (p != NULL) {
        memcpy(out, p, n);
    } else {
        memset(out, 0, n);
    }
}

void
td_reader_fail(struct td_reader *r)
{
    r->failed = true;
}

bool
td_reader_done(const struct td_reader *r)
{
    return !r->failed && r->left == 0;
}
