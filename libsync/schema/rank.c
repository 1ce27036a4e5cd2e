// SPDX-License-Identifier: Apache-2.0
// rank.c - which of the values that stand side by side count. See rank.h.
#include "schema/rank.h"

#include "base/fail.h"
#include "base/limits.h"

// Words, by their places in the list.
struct places {
    bool has[TD_ENUM_VALUES_MAX];
};

enum { NO_PLACE = TD_ENUM_VALUES_MAX };

// NO_PLACE: a word that this pack does not have.
static size_t
place_of(const tandem_enum_info *e, int64_t n)
{
    size_t i = 0;

    while (e != NULL && i < e->word_count && e->words[i].n != n) {
        i++;
    }
    return e != NULL && i < e->word_count ? i : NO_PLACE;
}

// All that comes before one of `some`. A word follows only words that stand
// before it in the list, so one walk from the end meets them all.
static void
all_before(
    const tandem_enum_info *e, const struct places *some, struct places *before)
{
    *before = (struct places){{false}};
    for (size_t i = e->word_count; i > 0; i--) {
        const tandem_word *w = &e->words[i - 1];
        bool reached = some->has[i - 1] || before->has[i - 1];

        for (size_t k = 0; reached && k < w->after_count; k++) {
            before->has[w->after[k]] = true;
        }
    }
}

bool
tandem_enum_before(const tandem_enum_info *e, int64_t a, int64_t b)
{
    struct places only = {{false}};
    struct places before;
    size_t from = place_of(e, a);
    size_t to = place_of(e, b);

    if (from == NO_PLACE || to == NO_PLACE) {
        return false;
    }
    only.has[to] = true;
    all_before(e, &only, &before);
    return before.has[from];
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

bool
td_field_ranked(const tandem_field_info *f)
{
    const tandem_enum_info *e = f->value.words;

    if (f->merge == TANDEM_MERGE_STATE) {
        return true;
    }
    for (size_t i = 0;
         e != NULL && f->merge != TANDEM_MERGE_ONCE && i < e->word_count; i++) {
        if (e->words[i].stop) {
            return true;
        }
    }
    return false;
}

static size_t
word_place(const tandem_enum_info *e, const tandem_value *v)
{
    return v->type == TANDEM_ENUM ? place_of(e, v->u.i) : NO_PLACE;
}

// Of the values that are not beaten yet: those that a further one beats.
static void
rank_states(const tandem_field_info *f, const tandem_value *values, size_t n,
    bool *beaten)
{
    const tandem_enum_info *e = f->value.words;
    struct places live = {{false}};
    struct places before = {{false}};
    bool any = false;
    bool yes = false;

    for (size_t i = 0; i < n; i++) {
        size_t at = word_place(e, &values[i]);

        if (beaten[i] || values[i].type == TANDEM_NONE) {
            continue;
        }
        any = true;
        yes = yes || (values[i].type == TANDEM_BOOL && values[i].u.i == 1);
        if (at != NO_PLACE) {
            live.has[at] = true;
        }
    }
    if (e != NULL) {
        all_before(e, &live, &before);
    }
    for (size_t i = 0; i < n; i++) {
        const tandem_value *v = &values[i];
        size_t at = word_place(e, v);

        beaten[i] = beaten[i] || (v->type == TANDEM_NONE && any) ||
                    (v->type == TANDEM_BOOL && v->u.i == 0 && yes) ||
                    (at != NO_PLACE && before.has[at]);
    }
}

void
td_rank(const tandem_field_info *f, const tandem_value *values, size_t n,
    bool *beaten)
{
    bool stop = false;

    for (size_t i = 0; i < n; i++) {
        stop = stop || is_stop(f, &values[i]);
    }
    for (size_t i = 0; i < n; i++) {
        beaten[i] = stop && !is_stop(f, &values[i]);
    }
    if (f->merge == TANDEM_MERGE_STATE) {
        rank_states(f, values, n, beaten);
    }
}

bool
tandem_value_beats(
    const tandem_field_info *f, const tandem_value *a, const tandem_value *b)
{
    bool beaten[2];

    if (f == NULL || a == NULL || b == NULL) {
        return false;
    }
    td_rank(f, (tandem_value[]){*a, *b}, 2, beaten);
    return beaten[1];
}

bool
tandem_value_forward(const tandem_field_info *f, const tandem_value *from,
    const tandem_value *to)
{
    if (f == NULL || from == NULL || to == NULL ||
        tandem_value_equal(from, to)) {
        return true;
    }
    if (f->merge == TANDEM_MERGE_STATE) {
        return tandem_value_beats(f, to, from);
    }
    return !is_stop(f, from) || is_stop(f, to);
}
