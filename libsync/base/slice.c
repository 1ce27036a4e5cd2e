// SPDX-License-Identifier: Apache-2.0
// slice.c - borrowed bytes: comparison, hex, strict UTF-8.
#include "base/slice.h"

#include <string.h>

#include "base/fail.h"

int
td_slice_cmp(tandem_slice a, tandem_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int cmp = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

    if (cmp != 0) {
        return cmp < 0 ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool
td_slice_eq(tandem_slice a, tandem_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

tandem_slice
td_slice_str(const char *text)
{
    return text != NULL ? tandem_bytes(text, strlen(text))
                        : tandem_bytes(NULL, 0);
}

tandem_slice
tandem_bytes(const void *ptr, size_t len)
{
    return (tandem_slice){ptr, len};
}

void
td_hex(tandem_slice in, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < in.len; i++) {
        out[2 * i] = digits[in.ptr[i] >> 4];
        out[2 * i + 1] = digits[in.ptr[i] & 15];
    }
    out[2 * in.len] = '\0';
}

// Value of a hex digit, or -1. Not isxdigit: that one obeys the locale.
static int
digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool
td_unhex(const char *hex, uint8_t *out, size_t len)
{
    size_t i;

    if (hex == NULL) {
        return false;
    }
    // First look, then write: `out` stays as it was on failure. The
    // terminating NUL is no digit, so a short text is never read past.
    for (i = 0; i < 2 * len; i++) {
        if (digit(hex[i]) < 0) {
            return false;
        }
    }
    if (hex[2 * len] != '\0') {
        return false;
    }
    for (i = 0; i < len; i++) {
        out[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    }
    return true;
}

// Bytes of the sequence at `p`, or 0 when it is not strict UTF-8
// (Unicode 15, table 3-7).
static size_t
sequence(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80;
    uint8_t high = 0xbf;
    size_t n;
    size_t i;

    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] < 0xc2 || p[0] > 0xf4) {
        return 0;
    }
    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n > left) {
        return 0;
    }
    if (p[0] == 0xe0) {
        low = 0xa0; // overlong
    } else if (p[0] == 0xed) {
        high = 0x9f; // surrogates
    } else if (p[0] == 0xf0) {
        low = 0x90; // overlong
    } else if (p[0] == 0xf4) {
        high = 0x8f; // beyond U+10FFFF
    }
    if (p[1] < low || p[1] > high) {
        return 0;
    }
    for (i = 2; i < n; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf) {
            return 0;
        }
    }
    return n;
}

bool
td_utf8_valid(tandem_slice s)
{
    size_t at = 0;

    while (at < s.len) {
        uint64_t eight;
        size_t n;

        // Most text is ASCII: eight bytes at a step.
        if (s.len - at >= sizeof(eight)) {
            memcpy(&eight, s.ptr + at, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof(eight);
                continue;
            }
        }
        n = sequence(s.ptr + at, s.len - at);
        if (n == 0) {
            return false;
        }
        at += n;
    }
    return true;
}

size_t
td_utf8_count(tandem_slice s)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < s.len; i++) {
        count += (s.ptr[i] & 0xc0) != 0x80;
    }
    return count;
}

size_t
td_utf8_offset(tandem_slice s, size_t at)
{
    size_t i;

    for (i = 0; i < s.len; i++) {
        if ((s.ptr[i] & 0xc0) != 0x80) {
            if (at == 0) {
                return i;
            }
            at--;
        }
    }
    TD_ASSERT(at == 0);
    return s.len;
}
