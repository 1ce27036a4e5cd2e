// SPDX-License-Identifier: Apache-2.0
// text_diff.c - the smallest edit from one text to another, in code points.
//
// Myers' greedy O(ND) difference (1986) on what is left between the common
// beginning and end, at most EDITS_MAX edits; beyond that the rest is one
// replacement. Then each inserted or removed stretch is slid, where the text
// allows it at the same cost, off the inside of a combining sequence.
#include "crdt/text.h"

#include <string.h>

#include "base/fail.h"
#include "base/slice.h"

enum {
    EDITS_MAX = 512 // ~ 0.5 MiB of trace
};

struct side {
    uint32_t *cp;
    uint8_t *odd; // not common to both
    size_t count;
};

struct diff {
    const tandem_sys *sys;
    struct side was, now;
    size_t head, tail;   // common code points
    struct td_buf trace; // row d: d + 1 furthest places, diagonals -d..d
};

static bool
side_init(const tandem_sys *sys, struct side *s, tandem_slice utf8)
{
    size_t i = 0, n = 0;

    s->count = td_utf8_count(utf8);
    s->cp = td_alloc(sys, (s->count + 1) * sizeof *s->cp);
    s->odd = td_alloc(sys, s->count + 1);
    if (s->cp == NULL || s->odd == NULL) {
        return false;
    }
    while (i < utf8.len) {
        uint8_t b = utf8.ptr[i++];
        uint32_t cp = b;
        if (b >= 0xc0) {
            cp = b >= 0xf0 ? b & 0x07u : b >= 0xe0 ? b & 0x0fu : b & 0x1fu;
        }
        while (i < utf8.len && (utf8.ptr[i] & 0xc0) == 0x80) {
            cp = cp << 6 | (utf8.ptr[i++] & 0x3fu);
        }
        s->cp[n++] = cp;
    }
    TD_ASSERT(n == s->count);
    return true;
}

static void
side_deinit(const tandem_sys *sys, struct side *s)
{
    td_free(sys, s->cp, (s->count + 1) * sizeof *s->cp);
    td_free(sys, s->odd, s->count + 1);
}

// The furthest place on diagonal number `i` of row `d` before its snake.
// *down says whether the last edit was an insertion.
static uint32_t
start_of(const uint32_t *before, size_t d, size_t i, bool *down)
{
    *down = i == 0 || (i != d && before[i - 1] < before[i]);
    return *down ? before[i] : before[i - 1] + 1;
}

static const uint32_t *
row_of(const struct diff *f, size_t d)
{
    const void *p = f->trace.ptr + d * (d + 1) / 2 * sizeof(uint32_t);

    return p;
}

// Rows until the end is reached. *edits = row and *at = its diagonal, or
// *edits > EDITS_MAX.
static tandem_err
search(struct diff *f, size_t *edits, size_t *at)
{
    const uint32_t *a = f->was.cp + f->head, *b = f->now.cp + f->head;
    size_t n = f->was.count - f->head - f->tail;
    size_t m = f->now.count - f->head - f->tail;

    if (n == 0 || m == 0) { // all of the one side, and nothing to find
        *edits = EDITS_MAX + 1;
        return TANDEM_OK;
    }
    for (size_t d = 0; d <= EDITS_MAX; d++) {
        uint8_t *room = td_buf_room(&f->trace, (d + 1) * sizeof(uint32_t));
        if (room == NULL) {
            return f->trace.err;
        }
        for (size_t i = 0; i <= d; i++) {
            bool down = false;
            size_t x = d == 0 ? 0 : start_of(row_of(f, d - 1), d, i, &down);
            size_t y = x + d - 2 * i; // diagonal k = 2i - d = x - y
            uint32_t reach;

            while (x < n && y < m && a[x] == b[y]) {
                x++;
                y++;
            }
            reach = (uint32_t)x;
            memcpy(room + i * sizeof reach, &reach, sizeof reach);
            if (x >= n && y >= m) {
                *edits = d;
                *at = i;
                return TANDEM_OK;
            }
        }
    }
    *edits = EDITS_MAX + 1;
    return TANDEM_OK;
}

static void
mark(struct diff *f, size_t edits, size_t at)
{
    size_t n = f->was.count - f->head - f->tail;
    size_t m = f->now.count - f->head - f->tail;

    if (edits > EDITS_MAX) {
        memset(f->was.odd + f->head, 1, n);
        memset(f->now.odd + f->head, 1, m);
        return;
    }
    for (size_t d = edits, i = at; d > 0; d--) {
        bool down;
        size_t x = start_of(row_of(f, d - 1), d, i, &down);
        size_t y = x + d - 2 * i;

        if (down) {
            f->now.odd[f->head + y - 1] = 1;
        } else {
            f->was.odd[f->head + x - 1] = 1;
            i--;
        }
    }
}

// Does the code point belong to the one before it?
static bool
extends(uint32_t c)
{
    static const uint32_t range[][2] = {{0x0300, 0x036f}, {0x0483, 0x0489},
        {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f}, {0x093a, 0x094f},
        {0x0e31, 0x0e3a}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200d, 0x200d},
        {0x20d0, 0x20ff}, {0x302a, 0x302f}, {0x3099, 0x309a}, {0xfe00, 0xfe0f},
        {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}, {0xe0020, 0xe007f},
        {0xe0100, 0xe01ef}};

    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++) {
        if (c >= range[i][0] && c <= range[i][1]) {
            return true;
        }
    }
    return false;
}

static bool
boundary(const struct side *s, size_t at)
{
    return at == 0 || at >= s->count ||
           (!extends(s->cp[at]) && s->cp[at - 1] != 0x200d);
}

// Slides the stretch [from, to) where its ends would cut a sequence. What is
// common stays the same sequence of code points, so the edit stays right.
static void
slide(struct side *s, size_t from, size_t to)
{
    size_t a = from, b = to;

    while (!(boundary(s, a) && boundary(s, b)) && a > 0 && !s->odd[a - 1] &&
           s->cp[a - 1] == s->cp[b - 1]) {
        a--;
        b--;
    }
    if (!(boundary(s, a) && boundary(s, b))) {
        a = from;
        b = to;
        while (!(boundary(s, a) && boundary(s, b)) && b < s->count &&
               !s->odd[b] && s->cp[a] == s->cp[b]) {
            a++;
            b++;
        }
    }
    if (boundary(s, a) && boundary(s, b)) {
        memset(s->odd + from, 0, to - from);
        memset(s->odd + a, 1, b - a);
    }
}

static void
slide_all(struct side *s)
{
    for (size_t i = 0; i < s->count;) {
        size_t end = i;
        while (end < s->count && s->odd[end]) {
            end++;
        }
        if (end > i) {
            slide(s, i, end);
        }
        i = end + 1;
    }
}

static size_t
width(uint32_t c)
{
    if (c < 0x80) {
        return 1;
    }
    if (c < 0x800) {
        return 2;
    }
    return c < 0x10000 ? 3 : 4;
}

static void
put_steps(const struct diff *f, tandem_slice now, struct td_buf *steps)
{
    const struct side *a = &f->was, *b = &f->now;
    size_t i = 0, j = 0, byte = 0;

    while (i < a->count || j < b->count) {
        struct td_text_step step = {.at = j};
        size_t from = j;

        while (i < a->count && a->odd[i]) {
            step.remove++;
            i++;
        }
        while (j < b->count && b->odd[j]) {
            j++;
        }
        step.insert.ptr = now.len > 0 ? now.ptr + byte : NULL;
        for (size_t k = from; k < j; k++) {
            step.insert.len += width(b->cp[k]);
        }
        byte += step.insert.len;
        if (step.remove > 0 || j > from) {
            td_buf_put(steps, &step, sizeof step);
            continue;
        }
        TD_ASSERT(a->cp[i] == b->cp[j]);
        byte += width(b->cp[j]);
        i++;
        j++;
    }
}

static void
trim(struct diff *f)
{
    const struct side *a = &f->was, *b = &f->now;
    size_t least = a->count < b->count ? a->count : b->count;

    while (f->head < least && a->cp[f->head] == b->cp[f->head]) {
        f->head++;
    }
    while (f->tail < least - f->head &&
           a->cp[a->count - 1 - f->tail] == b->cp[b->count - 1 - f->tail]) {
        f->tail++;
    }
}

tandem_err
td_text_diff(const tandem_sys *sys, tandem_slice was, tandem_slice now,
    struct td_buf *steps)
{
    struct diff f = {.sys = sys};
    tandem_err err = TANDEM_ENOMEM;
    size_t edits = 0, at = 0, mark_len = steps->len;
    bool fine;

    if (was.len > UINT32_MAX || now.len > UINT32_MAX) {
        return TANDEM_ELIMIT;
    }
    td_buf_init(&f.trace, sys, SIZE_MAX);
    fine = side_init(sys, &f.was, was); // both, so that both can be freed
    fine = side_init(sys, &f.now, now) && fine;
    if (fine) {
        trim(&f);
        err = search(&f, &edits, &at);
        if (err == TANDEM_OK) {
            mark(&f, edits, at);
            slide_all(&f.was);
            slide_all(&f.now);
            put_steps(&f, now, steps);
            err = steps->err;
        }
    }
    if (err != TANDEM_OK) {
        steps->len = mark_len;
    }
    td_buf_deinit(&f.trace);
    side_deinit(sys, &f.was);
    side_deinit(sys, &f.now);
    return err;
}
