// SPDX-License-Identifier: Apache-2.0
// utf8.c - characters out of bytes.
#include "page/utf8.h"

#include <string.h>

enum { MOST = 4 };

size_t
utf8_take(const void *s, size_t n, uint32_t *code)
{
    // Of so many bytes: what is less would do with fewer.
    static const uint32_t least[MOST + 1] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *u = s;
    size_t len;
    uint32_t c;

    if (n == 0) {
        return 0;
    }
    if (u[0] < 0x80) {
        *code = u[0];
        return 1;
    }
    len = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
    if (u[0] < 0xc0 || u[0] >= 0xf8 || len > n) {
        return 0;
    }
    c = u[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((u[i] & 0xc0u) != 0x80u) {
            return 0;
        }
        c = c << 6 | (u[i] & 0x3fu);
    }
    if (c < least[len] || c > 0x10ffff || c >> 11 == 0x1b) {
        return 0;
    }
    *code = c;
    return len;
}

size_t
utf8_next(const char *s, uint32_t *code)
{
    // The zero goes on with no character: nothing behind it is looked at.
    return utf8_take(s, *s != '\0' ? MOST : 0, code);
}

void
utf8_cut(char *s, size_t bytes_max)
{
    size_t cut = bytes_max;

    if (strlen(s) > bytes_max) {
        while (cut > 0 && ((unsigned char)s[cut] & 0xc0u) == 0x80u) {
            cut--;
        }
        s[cut] = '\0';
    }
}
