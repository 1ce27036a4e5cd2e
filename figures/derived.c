// SPDX-License-Identifier: Apache-2.0
// derived.c - fields that are computed when they are read.
#include "derived.h"

#include <string.h>

#include "votes.h"

#define TRI_NO      0
#define TRI_YES     1
#define TRI_UNKNOWN 2

size_t
derived_degree(const struct view *v, uint32_t sheet)
{
    size_t degree = 0;

    sheet = v->kept[sheet];
    while (degree < DERIVED_DEGREE_MOST) {
        sheet = view_link(v, sheet, CONTACT_BROUGHT_BY, FACT_CONTACT);
        if (sheet == 0) {
            break;
        }
        degree++;
    }
    return degree;
}

// ------------------------------------------------------------------- situation

static uint32_t
last_visit(const struct view *v, const struct ways *w, uint32_t sheet)
{
    const struct handles *all = &v->of[FACT_VISIT];
    uint32_t last = 0;
    int64_t last_ms = 0;

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t ms = view_get(v, h, VISIT_STARTED_AT);

        if (w->of.of[h] == sheet && ms != FACT_NONE &&
            (last == 0 || ms > last_ms ||
                (ms == last_ms && memcmp(v->f->ids[h].b, v->f->ids[last].b,
                                      sizeof(tandem_id)) > 0))) {
            last = h;
            last_ms = ms;
        }
    }
    return last;
}

// Something of a kind after that moment, for that sheet.
static bool
is_any_after(const struct view *v, const struct ways *w, enum fact_kind kind,
    uint32_t sheet, int64_t ms)
{
    const struct handles *all = &v->of[kind];

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t at = kind == FACT_FOLLOW_UP
                               ? view_get(v, h, FOLLOW_UP_DONE_AT)
                               : view_fact(v, h)->changed_ms;

        if (w->of.of[h] == sheet && at != FACT_NONE && at > ms) {
            return true;
        }
    }
    return false;
}

static int
situation(const struct view *v, const struct ways *w, uint32_t sheet)
{
    const uint32_t visit = last_visit(v, w, sheet);
    int64_t ms;

    if (visit == 0) {
        return TRI_UNKNOWN;
    }
    ms = view_get(v, visit, VISIT_STARTED_AT);
    return view_get(v, visit, VISIT_MOVED) == 1 ||
                   is_any_after(v, w, FACT_FOLLOW_UP, sheet, ms) ||
                   is_any_after(v, w, FACT_REFERRAL, sheet, ms) ||
                   is_any_after(v, w, FACT_DOSSIER, sheet, ms)
               ? TRI_YES
               : TRI_NO;
}

// -------------------------------------------------------------------- score

static bool
score(const struct view *v, uint32_t idea, tandem_value *out)
{
    struct votes votes;

    if (votes_open(v, &votes) != TANDEM_OK) {
        return false;
    }
    *out = tandem_int(votes.points[v->kept[idea]]);
    votes_close(&votes);
    return true;
}

bool
derived_get(const struct view *v, const struct ways *w, const struct charter *c,
    uint32_t record, const char *field, tandem_value *out)
{
    const enum fact_kind kind = (enum fact_kind)view_fact(v, record)->kind;
    const uint32_t sheet = v->kept[record];

    if (kind == FACT_FOLLOW_UP && strcmp(field, "charter_check") == 0) {
        *out = tandem_tri(charter_allows(v, c, record) ? TRI_YES : TRI_NO);
    } else if (kind == FACT_CONTACT && strcmp(field, "degree") == 0) {
        *out = tandem_int((int64_t)derived_degree(v, sheet));
    } else if (kind == FACT_CONTACT && strcmp(field, "contact_cap") == 0) {
        *out = tandem_int(charter_left(v, c, sheet, v->today));
    } else if (kind == FACT_CONTACT && strcmp(field, "situation") == 0) {
        *out = tandem_tri(situation(v, w, sheet));
    } else if (kind == FACT_IDEA && strcmp(field, "score") == 0) {
        return score(v, record, out);
    } else {
        return false;
    }
    return true;
}
