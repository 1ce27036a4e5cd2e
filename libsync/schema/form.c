// SPDX-License-Identifier: Apache-2.0
// form.c - does a string have the form? See form.h.
#include "schema/form.h"

#include <string.h>

enum { SIGNS_MAX = 63, LAT_MAX = 90, LON_MAX = 180, DECIMALS_MAX = 5 };

struct sign {
    char is;   // what it takes
    bool self; // only itself: no class
    bool many; // '+'
    bool none; // '?'
};

struct signs {
    struct sign at[SIGNS_MAX];
    size_t count;
};

// The signs up to '|' or the end. false: the pattern cannot be read.
static bool
read_signs(const char **match, struct signs *out)
{
    const char *m = *match;

    out->count = 0;
    for (; *m != '\0' && *m != '|'; m++) {
        struct sign *s = &out->at[out->count];

        if (*m == '+' || *m == '?') {
            if (out->count == 0 || s[-1].many || s[-1].none) {
                return false;
            }
            s[-1].many = *m == '+';
            s[-1].none = *m == '?';
            continue;
        }
        if (out->count == SIGNS_MAX) {
            return false;
        }
        *s = (struct sign){.self = *m == '\\'};
        m += s->self;
        if (*m == '\0') {
            return false;
        }
        s->is = *m;
        out->count++;
    }
    *match = m;
    return out->count > 0;
}

static bool
letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
takes(const struct sign *s, char c)
{
    if (s->self) {
        return c == s->is;
    }
    switch (s->is) {
    case '9':
        return digit(c);
    case 'A':
        return c >= 'A' && c <= 'Z';
    case 'a':
        return c >= 'a' && c <= 'z';
    case 'X':
        return letter(c) || digit(c);
    case 'w':
        return letter(c) || digit(c) || c == '-' || c == '_';
    case '.':
        return c != ' ';
    default:
        return c == s->is;
    }
}

// Bit i: the signs before i are used up. Those that may be left out are.
static uint64_t
reached(const struct signs *p, uint64_t at)
{
    for (size_t i = 0; i < p->count; i++) {
        if ((at >> i & 1) != 0 && p->at[i].none) {
            at |= (uint64_t)1 << (i + 1);
        }
    }
    return at;
}

static bool
fits_signs(const struct signs *p, tandem_slice s)
{
    uint64_t at = reached(p, 1);

    for (size_t k = 0; k < s.len && at != 0; k++) {
        uint64_t next = 0;

        for (size_t i = 0; i < p->count; i++) {
            if ((at >> i & 1) != 0 && takes(&p->at[i], (char)s.ptr[k])) {
                next |= (uint64_t)(p->at[i].many ? 3 : 2) << i;
            }
        }
        at = reached(p, next);
    }
    return (at >> p->count & 1) != 0;
}

bool
td_form_valid(const char *match)
{
    struct signs p;

    for (;;) {
        if (!read_signs(&match, &p)) {
            return false;
        }
        if (*match == '\0') {
            return true;
        }
        match++;
    }
}

static bool
fits_pattern(const char *match, tandem_slice s)
{
    struct signs p;

    for (;;) {
        if (!read_signs(&match, &p)) {
            return false;
        }
        if (fits_signs(&p, s)) {
            return true;
        }
        if (*match == '\0') {
            return false;
        }
        match++;
    }
}

/* ------------------------------------------------------------------ places */

// "-3.06000": at most `most` before the point and five digits after it.
static bool
read_degrees(tandem_slice s, size_t *at, unsigned most)
{
    unsigned whole = 0;
    size_t from;
    bool more = false; // something but zeros after the point

    *at += *at < s.len && s.ptr[*at] == '-';
    for (from = *at; *at < s.len && digit((char)s.ptr[*at]); (*at)++) {
        if (*at - from >= 3) {
            return false;
        }
        whole = whole * 10 + (unsigned)(s.ptr[*at] - '0');
    }
    if (*at == from) {
        return false;
    }
    if (*at < s.len && s.ptr[*at] == '.') {
        for (from = ++*at; *at < s.len && digit((char)s.ptr[*at]); (*at)++) {
            more = more || s.ptr[*at] != '0';
        }
        if (*at == from || *at - from > DECIMALS_MAX) {
            return false;
        }
    }
    return whole < most || (whole == most && !more);
}

// "50.63,3.06 50.64,3.07": so many places at least, one space between.
static bool
fits_places(size_t least, tandem_slice s)
{
    size_t at = 0;
    size_t count = 0;

    for (;;) {
        if (!read_degrees(s, &at, LAT_MAX) || at >= s.len ||
            s.ptr[at++] != ',' || !read_degrees(s, &at, LON_MAX)) {
            return false;
        }
        count++;
        if (at == s.len) {
            return count >= least;
        }
        if (s.ptr[at++] != ' ') {
            return false;
        }
    }
}

bool
td_form_fits(const tandem_check_info *form, tandem_slice s)
{
    return form->places > 0 ? fits_places(form->places, s)
                            : fits_pattern(form->match, s);
}
