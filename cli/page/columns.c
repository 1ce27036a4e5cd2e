// SPDX-License-Identifier: Apache-2.0
// columns.c - how much room a text takes on a page.
#include "page/columns.h"

#include <stdbool.h>

#include "page/utf8.h"

struct range {
    uint32_t first, last;
};

// Blocks with characters of two columns; in some of them others have one.
static const struct range wide[] = {{0x1100, 0x115f}, {0x231a, 0x23ff},
    {0x25fd, 0x27bf}, {0x2b1b, 0x2b55}, {0x2e80, 0xa4cf}, {0xa960, 0xa97f},
    {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe10, 0xfe19}, {0xfe30, 0xfe6f},
    {0xff01, 0xff60}, {0xffe0, 0xffe6}, {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff},
    {0x1d300, 0x1d3ff}, {0x1f000, 0x1faff}, {0x20000, 0x3ffff}};

// Marks that stand on the character before them.
static const struct range marks[] = {{0x300, 0x36f}, {0x1ab0, 0x1ace},
    {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20f0}, {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}};

static bool
is_in(const struct range *list, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n && c >= list[i].first; i++) {
        if (c <= list[i].last) {
            return true;
        }
    }
    return false;
}

static size_t
columns_of_one(uint32_t c)
{
    if (is_in(marks, sizeof(marks) / sizeof(*marks), c)) {
        return 0;
    }
    return is_in(wide, sizeof(wide) / sizeof(*wide), c) ? 2 : 1;
}

size_t
columns_take(const char *s, size_t *columns)
{
    uint32_t code;
    const size_t len = utf8_next(s, &code);

    *columns = len > 0 ? columns_of_one(code) : 1;
    return len > 0 ? len : 1;
}

size_t
columns_of(const char *text)
{
    size_t all = 0, columns;

    while (*text != '\0') {
        text += columns_take(text, &columns);
        all += columns;
    }
    return all;
}

size_t
columns_fit(const char *text, size_t width, size_t *took)
{
    size_t at = 0, columns;

    *took = 0;
    while (text[at] != '\0') {
        const size_t n = columns_take(text + at, &columns);

        if (*took + columns > width) {
            break;
        }
        *took += columns;
        at += n;
    }
    return at;
}
