// SPDX-License-Identifier: Apache-2.0
// view.c - facts as figures look at them.
#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "links.h"

// --------------------------------------------------------------------- days

// Which column says when a kind's fact happened; of the others the moment
// their author wrote them down counts.
struct when {
    enum fact_kind kind;
    int column;
    bool is_day;
};

static const struct when whens[] = {
    {FACT_CHECKPOINT, CHECKPOINT_HELD_AT, false},
    {FACT_LAUNCH, LAUNCH_DONE_ON, true},
    {FACT_PAIR, PAIR_DAY, true},
    {FACT_SHIFT, SHIFT_DAY, true},
    {FACT_LOAN, LOAN_FROM, false},
    {FACT_SESSION, SESSION_STARTS_ON, true},
    {FACT_PURCHASE, PURCHASE_BOUGHT_ON, true},
    {FACT_TOUR, TOUR_DAY, true},
    {FACT_MARKET, MARKET_DAY, true},
    {FACT_ENCOUNTER, ENCOUNTER_AT, false},
    {FACT_NOTICE, NOTICE_LEFT_AT, false},
    {FACT_REQUEST, REQUEST_AT, false},
    {FACT_VISIT, VISIT_STARTED_AT, false},
    {FACT_DOSSIER, DOSSIER_OPENED_ON, true},
    {FACT_FOLLOW_UP, FOLLOW_UP_DUE_ON, true},
    {FACT_JOURNAL, JOURNAL_DAY, true},
    {FACT_ATTENDANCE, ATTENDANCE_DAY, true},
    {FACT_MEETING, MEETING_STARTS_AT, false},
};

// What happens within another happens on its day.
static const struct {
    enum fact_kind kind;
    int column;
    enum fact_kind within;
} withins[] = {
    {FACT_CONTACT, CONTACT_MET_IN, FACT_ENCOUNTER},
    {FACT_FINDING, FINDING_VISIT, FACT_VISIT},
    {FACT_FITTED, FITTED_VISIT, FACT_VISIT},
    {FACT_REFERRAL, REFERRAL_ENCOUNTER, FACT_ENCOUNTER},
    {FACT_REFERRAL, REFERRAL_VISIT, FACT_VISIT}, // rather than the encounter
};

static void
days_said(struct view *v, const struct when *w)
{
    struct calendar_year year = {0, 0, 0, 0};

    for (size_t i = 0; i < v->of[w->kind].count; i++) {
        const uint32_t h = v->of[w->kind].at[i];
        const int64_t at = view_get(v, h, w->column);

        if (at != FACT_NONE) {
            v->day[h] = w->is_day ? calendar_day_or_none(at)
                                  : calendar_day_near(&year, at);
        }
    }
}

// An appointment was taken when it was written down, and before it began.
static void
days_taken(struct view *v)
{
    const struct handles *all = &v->of[FACT_APPOINTMENT];

    for (size_t i = 0; i < all->count; i++) {
        const uint32_t h = all->at[i];
        const int64_t at = view_get(v, h, APPOINTMENT_STARTS_AT);
        const int32_t day = at != FACT_NONE ? calendar_day_of(at) : NO_DAY;

        if (day != NO_DAY && day < v->day[h]) {
            v->day[h] = day;
        }
    }
}

static void
find_days(struct view *v)
{
    struct calendar_year year = {0, 0, 0, 0};

    for (size_t h = 1; h < v->f->count; h++) {
        v->day[h] = calendar_day_near(&year, v->f->at[h].created_ms);
    }
    for (size_t i = 0; i < sizeof(whens) / sizeof(*whens); i++) {
        days_said(v, &whens[i]);
    }
    days_taken(v);
    for (size_t k = 0; k < sizeof(withins) / sizeof(*withins); k++) {
        const struct handles *all = &v->of[withins[k].kind];

        for (size_t i = 0; i < all->count; i++) {
            const uint32_t in =
                view_link(v, all->at[i], withins[k].column, withins[k].within);

            if (in != 0) {
                v->day[all->at[i]] = v->day[in];
            }
        }
    }
}

// -------------------------------------------------------------------- opening

static tandem_err
sort_out(struct view *v)
{
    size_t counts[FACT_KINDS] = {0};

    for (size_t h = 0; h < v->f->count; h++) {
        const struct fact *fact = &v->f->at[h];

        v->live[h] = fact->trashed ? FACT_NOTHING : fact->kind;
        counts[v->live[h]]++;
    }
    for (int k = 1; k < FACT_KINDS; k++) {
        if (counts[k] > 0) {
            v->of[k].at = malloc(counts[k] * sizeof(uint32_t));
            if (v->of[k].at == NULL) {
                return TANDEM_ENOMEM;
            }
        }
    }
    for (uint32_t h = 1; h < v->f->count; h++) {
        struct handles *of = &v->of[v->live[h]];

        if (v->live[h] != FACT_NOTHING) {
            of->at[of->count++] = h;
        }
    }
    return TANDEM_OK;
}

tandem_err
view_open(const struct facts *f, int64_t now_ms, struct view **out)
{
    struct view *v = calloc(1, sizeof(*v));
    tandem_err err = TANDEM_ENOMEM;

    if (v == NULL) {
        return TANDEM_ENOMEM;
    }
    v->f = f;
    v->now_ms = now_ms;
    v->today = calendar_day_of(now_ms);
    v->filter = (struct filter){.from = NO_DAY, .to = NO_DAY};
    v->live = malloc(f->count);
    v->day = malloc(f->count * sizeof(*v->day));
    v->next = malloc(f->count * sizeof(*v->next));
    v->kept = malloc(f->count * sizeof(*v->kept));
    if (v->live != NULL && v->day != NULL && v->next != NULL &&
        v->kept != NULL) {
        for (uint32_t h = 0; h < f->count; h++) {
            v->next[h] = v->kept[h] = h;
        }
        err = sort_out(v);
    }
    if (err == TANDEM_OK) {
        err = links_join(v);
    }
    if (err != TANDEM_OK) {
        view_free(v);
        return err;
    }
    find_days(v);
    *out = v;
    return TANDEM_OK;
}

void
view_free(struct view *v)
{
    if (v == NULL) {
        return;
    }
    for (int k = 1; k < FACT_KINDS; k++) {
        free(v->of[k].at);
    }
    free(v->live);
    free(v->day);
    free(v->next);
    free(v->kept);
    free(v);
}

// -------------------------------------------------------------------- looking

uint32_t
view_link(
    const struct view *v, uint32_t handle, int column, enum fact_kind kind)
{
    const uint32_t to = (uint32_t)view_get(v, handle, column);

    return v->live[to] == kind && kind != FACT_NOTHING ? v->kept[to] : 0;
}

void
view_in(struct view *v, tandem_id sector)
{
    v->filter.one_sector = true;
    v->filter.id = sector;
    v->filter.sector = UINT16_MAX;
    for (size_t i = 0; i < v->f->sector_count; i++) {
        if (tandem_id_equal(v->f->sectors[i], sector)) {
            v->filter.sector = (uint16_t)i;
        }
    }
}

bool
view_on(const struct view *v, int32_t day)
{
    const struct filter *f = &v->filter;

    if (f->from == NO_DAY && f->to == NO_DAY) {
        return true;
    }
    return day != NO_DAY && (f->from == NO_DAY || day >= f->from) &&
           (f->to == NO_DAY || day <= f->to);
}

bool
view_passes(const struct view *v, uint32_t handle)
{
    return v->live[handle] != FACT_NOTHING &&
           (!v->filter.one_sector ||
               v->f->at[handle].sector == v->filter.sector) &&
           view_on(v, v->day[handle]);
}

bool
view_counts(const struct view *v, uint32_t handle)
{
    if (!view_passes(v, handle)) {
        return false;
    }
    for (uint32_t at = v->next[handle]; at != handle; at = v->next[at]) {
        if (view_passes(v, at) &&
            (at == v->kept[handle] ||
                (handle != v->kept[handle] &&
                    memcmp(v->f->ids[at].b, v->f->ids[handle].b,
                        sizeof(tandem_id)) < 0))) {
            return false;
        }
    }
    return true;
}
