// SPDX-License-Identifier: Apache-2.0
// rank.c - which of the values that stand side by side counts. See rank.h.
#include "schema/rank.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"

static size_t
place_of(const tandem_enum_info *e, int64_t n)
{
    size_t i = 0;

    while (i < e->word_count && e->words[i].n != n) {
        i++;
    }
    return i;
}

// A word follows only words that stand before it in the list, so one walk
// from `b` down to `a` meets all that `b` follows.
bool
tandem_enum_before(const tandem_enum_info *e, int64_t a, int64_t b)
{
    bool below[TD_ENUM_VALUES_MAX] = {false};
    size_t from;
    size_t to;

    if (e == NULL) {
        return false;
    }
    from = place_of(e, a);
    to = place_of(e, b);
    if (to >= e->word_count || from >= to) {
        return false;
    }
    below[to] = true;
    for (size_t i = to; i > from; i--) {
        const tandem_word *w = &e->words[i];

        for (size_t k = 0; below[i] && k < w->after_count; k++) {
            below[w->after[k]] = true;
        }
    }
    return below[from];
}

static bool
is_stop(const tandem_field_info *f, const tandem_value *v)
{
    const tandem_word *w;

    if (v->type == TANDEM_BOOL) {
        return (f->flags & TANDEM_FIELD_STOP) != 0 && v->u.i == 1;
    }
    if (v->type != TANDEM_ENUM || f->merge == TANDEM_MERGE_ONCE) {
        return false;
    }
    w = tandem_enum_word(f->value.words, v->u.i);
    return w != NULL && w->stop;
}

// In the order of a state.
static bool
before(const tandem_field_info *f, const tandem_value *a, const tandem_value *b)
{
    if (f->merge != TANDEM_MERGE_STATE) {
        return false;
    }
    if (a->type != b->type) {
        return a->type == TANDEM_NONE;
    }
    if (a->type == TANDEM_BOOL) {
        return a->u.i < b->u.i;
    }
    return a->type == TANDEM_ENUM &&
           tandem_enum_before(f->value.words, a->u.i, b->u.i);
}

static bool
same(const tandem_value *a, const tandem_value *b)
{
    return a->type == b->type &&
           (a->type == TANDEM_NONE ||
               ((a->type == TANDEM_BOOL || a->type == TANDEM_ENUM) &&
                   a->u.i == b->u.i));
}

bool
td_field_ranked(const tandem_field_info *f)
{
    if (f->merge == TANDEM_MERGE_STATE) {
        return true;
    }
    for (size_t i = 0;
         f->value.words != NULL && f->merge != TANDEM_MERGE_ONCE &&
         i < f->value.words->word_count;
         i++) {
        if (f->value.words->words[i].stop) {
            return true;
        }
    }
    return false;
}

bool
tandem_value_beats(
    const tandem_field_info *f, const tandem_value *a, const tandem_value *b)
{
    if (f == NULL || a == NULL || b == NULL) {
        return false;
    }
    if (is_stop(f, a) != is_stop(f, b)) {
        return is_stop(f, a);
    }
    return before(f, b, a);
}

bool
tandem_value_forward(const tandem_field_info *f, const tandem_value *from,
    const tandem_value *to)
{
    if (f == NULL || from == NULL || to == NULL || same(from, to)) {
        return true;
    }
    if (is_stop(f, from)) {
        return is_stop(f, to) && before(f, from, to);
    }
    return is_stop(f, to) || f->merge != TANDEM_MERGE_STATE ||
           before(f, from, to);
}
