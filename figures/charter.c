// SPDX-License-Identifier: Apache-2.0
// charter.c - what the charter allows the service.
#include "charter.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

#define MAX_PER_MONTH 2 // where no charter says it
#define MIN_DAYS      10

static bool
is_later(const struct view *v, uint32_t a, uint32_t b)
{
    const struct fact *x = view_fact(v, a), *y = view_fact(v, b);

    if (x->changed_ms != y->changed_ms) {
        return x->changed_ms > y->changed_ms;
    }
    return memcmp(v->f->ids[a].b, v->f->ids[b].b, sizeof(tandem_id)) > 0;
}

static void
read_limits(const struct view *v, struct charter *out)
{
    const struct handles *all = &v->of[FACT_CHARTER];
    uint32_t last = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (view_get(v, all->at[i], CHARTER_SIDE) ==
                SIDE_SERVICE_TO_HOUSEHOLD &&
            (last == 0 || is_later(v, all->at[i], last))) {
            last = all->at[i];
        }
    }
    out->max_per_month = MAX_PER_MONTH;
    out->min_days = MIN_DAYS;
    if (last != 0) {
        const int64_t month = view_get(v, last, CHARTER_MAX_PER_MONTH);
        const int64_t days = view_get(v, last, CHARTER_MIN_DAYS);

        out->max_per_month = month != FACT_NONE ? month : MAX_PER_MONTH;
        out->min_days = days != FACT_NONE ? days : MIN_DAYS;
    }
}

static int
by_sheet(const void *a, const void *b)
{
    const struct dated *x = a, *y = b;

    if (x->sheet != y->sheet) {
        return x->sheet < y->sheet ? -1 : 1;
    }
    return (x->day > y->day) - (x->day < y->day);
}

tandem_err
charter_read(const struct view *v, struct charter *out)
{
    const tandem_err err =
        meets_find(v, FACT_FOLLOW_UP, FOLLOW_UP_CONTACT, &out->done);
    size_t n = 0;

    if (err != TANDEM_OK) {
        return err;
    }
    read_limits(v, out);
    for (size_t i = 0; i < out->done.count; i++) { // by the day they were done
        struct dated d = out->done.at[i];
        const int64_t at = view_get(v, d.handle, FOLLOW_UP_DONE_AT);

        if (at != FACT_NONE && v->kept[d.handle] == d.handle) {
            d.day = calendar_day_of(at);
            out->done.at[n++] = d;
        }
    }
    out->done.count = n;
    if (n > 0) {
        qsort(out->done.at, n, sizeof(*out->done.at), by_sheet);
    }
    return TANDEM_OK;
}

void
charter_free(struct charter *c)
{
    meets_free(&c->done);
}

static bool
wants_no_contact(const struct view *v, uint32_t sheet)
{
    const int64_t again =
        view_get(v, sheet, CONTACT_CONSENTS) >> 4 * SCOPE_CONTACT_AGAIN & 15;

    return again == CONSENT_REFUSED || again == CONSENT_WITHDRAWN;
}

bool
charter_allows(const struct view *v, const struct charter *c, uint32_t h)
{
    const uint32_t sheet = view_link(v, h, FOLLOW_UP_CONTACT, FACT_CONTACT);
    const int32_t day = v->day[h];
    const struct dated *at;
    int64_t in_month = 0;

    if (sheet == 0 || day == NO_DAY) {
        return true;
    }
    if (wants_no_contact(v, sheet)) {
        return false;
    }
    at = meets_first(&c->done, sheet, INT32_MIN + 1, day);
    for (; at != NULL && at < c->done.at + c->done.count &&
           at->sheet == sheet && at->day <= day;
         at++) {
        if (day - (int64_t)at->day < c->min_days) {
            return false;
        }
        in_month += calendar_month(at->day) == calendar_month(day);
    }
    return in_month < c->max_per_month;
}
