// SPDX-License-Identifier: Apache-2.0
// report.c - what the office asks for, as data.
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "outside.h"

int64_t
report_permille(int64_t n, int64_t of)
{
    return of <= 0 || n < 0 ? -1 : (n * 2000 + of) / (of * 2);
}

static bool
was_heard(const struct facts *f, const tandem_device *d)
{
    if (d->self || d->last_sync_ms != 0) {
        return true;
    }
    for (size_t i = 1; i < f->device_count; i++) {
        if (memcmp(f->devices[i].id.b, d->id.b, sizeof(d->id.b)) == 0) {
            return f->devices[i].number > 0;
        }
    }
    return false;
}

// Does it write where the report looks?
static bool
is_expected(
    const struct facts *f, const struct report *r, const tandem_device *d)
{
    if (r->one_sector) {
        return tandem_device_right(f->store, d->id, r->sector) >=
               TANDEM_RIGHT_AGENT;
    }
    return d->right >= TANDEM_RIGHT_AGENT;
}

static tandem_err
count_devices(const struct facts *f, struct report *r, tandem_error *e)
{
    tandem_device d;
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK; i++) {
        err = tandem_device_at(f->store, i, &d, e);
        if (err == TANDEM_OK && is_expected(f, r, &d)) {
            r->devices++;
            r->heard += was_heard(f, &d);
        }
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
say_what_it_is_of(const struct view *v, struct report *r, tandem_error *e)
{
    tandem_stats stats;
    struct figure none;
    tandem_err err = tandem_store_stats(v->f->store, &stats, e);

    if (err != TANDEM_OK) {
        return err;
    }
    figure_begin(v, &none);
    r->checkpoint = none.held;
    r->today = v->today;
    r->conflicts = stats.conflicts;
    for (int k = 1; k < FACT_KINDS; k++) {
        r->records += v->of[k].count;
    }
    return count_devices(v->f, r, e);
}

static void
set_filter(struct view *v, const struct report *r)
{
    v->filter.from = r->ask.from;
    v->filter.to = r->ask.to;
    v->filter.one_sector = r->one_sector;
    v->filter.sector = UINT16_MAX; // one that nothing is held of
    for (size_t i = 0; r->one_sector && i < v->f->sector_count; i++) {
        if (tandem_id_equal(v->f->sectors[i], r->sector)) {
            v->filter.sector = (uint16_t)i;
        }
    }
}

static tandem_err
make_figures(
    const struct view *v, const struct report_ask *ask, struct report *r)
{
    const size_t n = ask->figures != NULL ? ask->figure_count : figure_count();
    tandem_err err = TANDEM_OK;

    r->figures = calloc(n + 1, sizeof(*r->figures));
    if (r->figures == NULL) {
        return TANDEM_ENOMEM;
    }
    for (size_t i = 0; err == TANDEM_OK && i < n; i++) {
        err = figure_make(v,
            ask->figures != NULL ? ask->figures[i] : figure_at(i),
            &r->figures[i]);
        if (err == TANDEM_OK) {
            r->figure_count++;
            if (ask->outside) {
                outside_figure(&r->figures[i]);
            }
        }
    }
    return err;
}

static tandem_err
make_parts(const struct view *v, const struct report_ask *ask, struct report *r)
{
    tandem_err err = TANDEM_OK;

    if ((ask->parts & REPORT_FUNNEL) != 0) {
        err = funnel_make(v, &r->funnel);
        if (err == TANDEM_OK && ask->outside) {
            outside_funnel(&r->funnel);
        }
    }
    if (err == TANDEM_OK && (ask->parts & REPORT_FIGURES) != 0) {
        err = make_figures(v, ask, r);
    }
    return err;
}

tandem_err
report_make(const struct facts *f, const struct report_ask *ask,
    struct report **out, tandem_error *e)
{
    struct report *r = calloc(1, sizeof(*r));
    struct view *v = NULL;
    tandem_err err = r != NULL ? view_open(f, ask->now_ms, &v) : TANDEM_ENOMEM;

    if (err == TANDEM_OK) {
        r->ask = *ask;
        r->ask.figures = NULL;
        r->ask.sector = NULL;
        r->one_sector = ask->sector != NULL;
        if (r->one_sector) {
            r->sector = *ask->sector;
        }
        set_filter(v, r);
        err = say_what_it_is_of(v, r, e);
    }
    if (err == TANDEM_OK) {
        err = make_parts(v, ask, r);
    }
    view_free(v);
    if (err != TANDEM_OK) {
        report_free(r);
        return err;
    }
    *out = r;
    return TANDEM_OK;
}

void
report_free(struct report *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < r->figure_count; i++) {
        figure_free(&r->figures[i]);
    }
    free(r->figures);
    free(r);
}
