// SPDX-License-Identifier: Apache-2.0
// charter.c - what the charter allows the service.
#include "charter.h"

#include <stdlib.h>
#include <string.h>

#include "quiet.h"
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
    out->quiet = 0;
    out->in_force = last;
    if (last != 0) {
        const int64_t month = view_get(v, last, CHARTER_MAX_PER_MONTH);
        const int64_t days = view_get(v, last, CHARTER_MIN_DAYS);

        out->max_per_month = month != FACT_NONE ? month : MAX_PER_MONTH;
        out->min_days = days != FACT_NONE ? days : MIN_DAYS;
        out->quiet = view_get(v, last, CHARTER_QUIET);
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

int64_t
charter_consent(const struct view *v, uint32_t sheet)
{
    uint32_t at = sheet;
    int64_t strongest = 0;

    do { // not asked, given, refused, withdrawn: in this order
        const int64_t again =
            view_get(v, at, CONTACT_CONSENTS) >> 4 * SCOPE_CONTACT_AGAIN & 15;

        strongest = again > strongest ? again : strongest;
        at = v->next[at];
    } while (at != sheet);
    return strongest;
}

// What was done for the sheet until that day, but for one follow-up.
struct contacts {
    int32_t last; // NO_DAY: none
    int64_t in_month;
};

static struct contacts
contacts_until(
    const struct charter *c, uint32_t sheet, int32_t day, uint32_t but)
{
    struct contacts out = {NO_DAY, 0};
    const struct dated *at = meets_first(&c->done, sheet, INT32_MIN + 1, day);

    for (; at != NULL && at < c->done.at + c->done.count &&
           at->sheet == sheet && at->day <= day;
         at++) {
        if (at->handle != but) {
            out.last = at->day;
            out.in_month += calendar_month(at->day) == calendar_month(day);
        }
    }
    return out;
}

static bool
wants_no_contact(const struct view *v, uint32_t sheet)
{
    return charter_consent(v, sheet) >= CONSENT_REFUSED;
}

bool
charter_allows(const struct view *v, const struct charter *c, uint32_t h)
{
    const uint32_t sheet = view_link(v, h, FOLLOW_UP_CONTACT, FACT_CONTACT);
    const int64_t done = view_get(v, h, FOLLOW_UP_DONE_AT);
    const int32_t day = done != FACT_NONE ? calendar_day_of(done) : v->day[h];
    struct contacts before;

    if (sheet == 0 || day == NO_DAY) {
        return true;
    }
    before = contacts_until(c, sheet, day, h);
    return !wants_no_contact(v, sheet) &&
           (done == FACT_NONE || !quiet_at(c->quiet, done)) &&
           (before.last == NO_DAY ||
               day - (int64_t)before.last >= c->min_days) &&
           before.in_month < c->max_per_month;
}

int32_t
charter_next(
    const struct view *v, const struct charter *c, uint32_t sheet, int32_t day)
{
    if (wants_no_contact(v, sheet) || c->max_per_month <= 0) {
        return NO_DAY;
    }
    for (int i = 0; i < 8; i++) { // each step passes one contact or one month
        const struct contacts before = contacts_until(c, sheet, day, 0);

        if (before.in_month >= c->max_per_month) {
            day = calendar_month_begin(calendar_month(day) + 1);
        } else if (before.last != NO_DAY &&
                   day - (int64_t)before.last < c->min_days) {
            day = before.last + (int32_t)c->min_days;
        } else {
            return day;
        }
    }
    return NO_DAY;
}

int64_t
charter_left(
    const struct view *v, const struct charter *c, uint32_t sheet, int32_t day)
{
    const int32_t last = calendar_month_begin(calendar_month(day) + 1) - 1;
    const struct contacts done = contacts_until(c, sheet, last, 0);

    return wants_no_contact(v, sheet) || done.in_month >= c->max_per_month
               ? 0
               : c->max_per_month - done.in_month;
}
