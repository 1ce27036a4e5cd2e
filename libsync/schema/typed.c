// SPDX-License-Identifier: Apache-2.0
// typed.c - the pieces of what a person typed.
#include "schema/typed.h"

#include <string.h>

#include "schema/type.h"

static bool
is_space(const char *p)
{
    return *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r';
}

struct td_typed
td_typed_trim(const char *s)
{
    struct td_typed t = {s, strlen(s)};

    while (t.left > 0 && is_space(t.at)) {
        t.at++;
        t.left--;
    }
    while (t.left > 0 && is_space(t.at + t.left - 1)) {
        t.left--;
    }
    return t;
}

bool
td_typed_eat(struct td_typed *t, char c)
{
    if (t->left == 0 || *t->at != c) {
        return false;
    }
    t->at++;
    t->left--;
    return true;
}

bool
td_typed_digit(const struct td_typed *t)
{
    return t->left > 0 && *t->at >= '0' && *t->at <= '9';
}

bool
td_typed_digits(struct td_typed *t, int least, int most, int32_t *out)
{
    int32_t n = 0;
    int count = 0;

    while (count < most && td_typed_digit(t)) {
        n = n * 10 + (*t->at - '0');
        t->at++;
        t->left--;
        count++;
    }
    *out = n;
    return count >= least;
}

bool
td_typed_same(struct td_typed t, const char *word)
{
    return td_term_same(t.at, t.left, word);
}

bool
td_typed_one_of(struct td_typed t, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (td_typed_same(t, *words)) {
            return true;
        }
    }
    return false;
}

bool
td_typed_decimal(struct td_typed *t, int places, int64_t *out)
{
    static const char minus_sign[] = "\xe2\x88\x92";
    bool negative = false;
    int64_t n = 0;
    int after = -1; // digits after the point; -1 before it
    int count = 0;

    if (t->left >= 3 && memcmp(t->at, minus_sign, 3) == 0) {
        t->at += 3;
        t->left -= 3;
        negative = true;
    } else if (td_typed_eat(t, '-')) {
        negative = true;
    } else {
        (void)td_typed_eat(t, '+');
    }
    for (; t->left > 0; t->at++, t->left--) {
        if (td_typed_digit(t)) {
            // Downwards: INT64_MIN has no positive twin.
            if (after == places || __builtin_mul_overflow(n, 10, &n) ||
                __builtin_sub_overflow(n, *t->at - '0', &n)) {
                return false;
            }
            count++;
            after += after >= 0 ? 1 : 0;
        } else if ((*t->at == '.' || *t->at == ',') && after < 0 &&
                   places > 0 && count > 0) {
            after = 0;
        } else {
            break;
        }
    }
    for (int i = after < 0 ? 0 : after; i < places; i++) {
        if (__builtin_mul_overflow(n, 10, &n)) {
            return false;
        }
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, n, &n)) {
        return false;
    }
    *out = n;
    return count > 0 && after != 0;
}
