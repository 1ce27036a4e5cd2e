// SPDX-License-Identifier: Apache-2.0
// standing.c - what a report stands on.
#include "standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_RECORDS    256
#define ENTRIES_AT_ONCE 256
#define SHORT_DIGITS    16
#define ENROLLING_MS    (10 * 60 * 1000)

// -------------------------------------------------------------------- devices

// Enrolling ends with a meeting, at which nothing of the field is told.
static bool
was_met(const tandem_device *d)
{
    return d->last_sync_ms > d->enrolled_ms + ENROLLING_MS;
}

static bool
was_heard(const struct facts *f, const tandem_device *d)
{
    if (d->self || was_met(d)) {
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
is_expected(const struct view *v, const tandem_device *d)
{
    return (v->filter.one_sector
                   ? tandem_device_right(v->f->store, d->id, v->filter.id)
                   : d->right) >= TANDEM_RIGHT_AGENT;
}

static tandem_err
add_silent(struct standing *s, const tandem_device *d)
{
    tandem_device *more =
        realloc(s->silent, (s->silent_count + 1) * sizeof(*more));

    if (more == NULL) {
        return TANDEM_ENOMEM;
    }
    s->silent = more;
    more[s->silent_count] = *d;
    if (d->name[0] == '\0') { // it tells its name when it is met
        char text[65];

        tandem_device_text(d->id, text);
        (void)snprintf(more[s->silent_count].name, sizeof(d->name), "%.*s",
            SHORT_DIGITS, text);
    }
    s->silent_count++;
    return TANDEM_OK;
}

static int
by_name(const void *a, const void *b)
{
    const tandem_device *x = a, *y = b;
    const int c = strcmp(x->name, y->name);

    return c != 0 ? c : memcmp(x->id.b, y->id.b, sizeof(x->id.b));
}

static tandem_err
look_at_devices(const struct view *v, struct standing *s, tandem_error *e)
{
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK; i++) {
        tandem_device d;

        err = tandem_device_at(v->f->store, i, &d, e);
        if (err != TANDEM_OK) {
            break;
        }
        s->met_ms = d.last_sync_ms > s->met_ms ? d.last_sync_ms : s->met_ms;
        if (!is_expected(v, &d)) {
            continue;
        }
        s->devices++;
        if (was_heard(v->f, &d)) {
            s->heard++;
        } else {
            err = add_silent(s, &d);
        }
    }
    if (s->silent_count > 1) {
        qsort(s->silent, s->silent_count, sizeof(*s->silent), by_name);
    }
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

// ------------------------------------------------------------- of one sector

static uint64_t
conflicts_in(const tandem_record *r)
{
    tandem_conflict c;
    uint64_t n = 0;

    while (tandem_record_conflict(r, n, &c) == TANDEM_OK) {
        n++;
    }
    return n;
}

static tandem_err
count_conflicts(const struct view *v, struct standing *s, tandem_error *e)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *page = NULL, *next = NULL; // q.after is of the one before
    tandem_err err;

    q.sector = &v->filter.id;
    q.flags = TANDEM_QUERY_CONFLICTS | TANDEM_QUERY_TRASHED;
    q.limit = PAGE_RECORDS;
    do {
        err = tandem_find(v->f->store, &q, &next, e);
        tandem_page_free(page);
        page = err == TANDEM_OK ? next : NULL;
        for (size_t i = 0; err == TANDEM_OK && i < tandem_page_count(page);
             i++) {
            s->conflicts += conflicts_in(tandem_page_record(page, i));
        }
        q.after = tandem_page_next(page);
    } while (err == TANDEM_OK && q.after.len > 0);
    tandem_page_free(page);
    return err;
}

static tandem_err
count_waiting(const struct view *v, struct standing *s, tandem_error *e)
{
    tandem_waiting_entry some[ENTRIES_AT_ONCE];
    uint64_t at = 0;
    size_t n = 0;

    do {
        const tandem_err err =
            tandem_waiting(v->f->store, &at, some, ENTRIES_AT_ONCE, &n, e);

        if (err != TANDEM_OK) {
            return err;
        }
        for (size_t i = 0; i < n; i++) {
            if (!tandem_id_equal(some[i].sector, v->filter.id)) {
                continue;
            }
            s->quarantined += some[i].reason == TANDEM_WAIT_RIGHT;
            s->waiting += some[i].reason != TANDEM_WAIT_RIGHT;
        }
    } while (n > 0);
    return TANDEM_OK;
}

// ------------------------------------------------------------------- all of it

static tandem_err
look_at_store(const struct view *v, struct standing *s, tandem_error *e)
{
    tandem_stats stats;
    const tandem_err err = tandem_store_stats(v->f->store, &stats, e);

    if (err != TANDEM_OK) {
        return err;
    }
    if (!v->filter.one_sector) {
        s->conflicts = stats.conflicts;
        s->waiting = (int64_t)stats.waiting;
        s->missing = (int64_t)stats.missing;
        s->quarantined = (int64_t)stats.quarantined;
        return TANDEM_OK;
    }
    s->missing = -1;
    // Most stores have none of either: then nothing is walked through.
    if (stats.conflicts > 0) {
        const tandem_err failed = count_conflicts(v, s, e);

        if (failed != TANDEM_OK) {
            return failed;
        }
    }
    return stats.waiting + stats.quarantined > 0 ? count_waiting(v, s, e)
                                                 : TANDEM_OK;
}

tandem_err
standing_make(const struct view *v, struct standing *out, tandem_error *e)
{
    tandem_err err;

    memset(out, 0, sizeof(*out));
    err = look_at_store(v, out, e);
    if (err == TANDEM_OK) {
        err = look_at_devices(v, out, e);
    }
    if (err != TANDEM_OK) {
        standing_free(out);
    }
    return err;
}

void
standing_free(struct standing *s)
{
    free(s->silent);
    memset(s, 0, sizeof(*s));
}
