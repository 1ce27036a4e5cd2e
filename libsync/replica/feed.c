// SPDX-License-Identifier: Apache-2.0
// feed.c - what changed since: the feed's rows with words for people.
#include <stdio.h>
#include <string.h>

#include "replica/work.h"

static void
kind_text(
    const struct td_replica *r, const struct td_feed_item *item, char out[64])
{
    const tandem_kind_info *kind = item->kind > UINT32_MAX
                                       ? NULL
                                       : td_schema_kind_by_tag(r->schema,
                                             item->pack, (uint32_t)item->kind);

    out[0] = '\0';
    if (kind != NULL) {
        int n = snprintf(out, 64, "%s/%s", kind->pack, kind->id);

        if (n < 0 || n >= 64) {
            (void)snprintf(out, 64, "%.63s", kind->id);
        }
    }
}

static tandem_err
device_of(
    struct td_work *w, const struct td_feed_row *row, tandem_device_id *out)
{
    const struct td_log_info *log;

    memset(out, 0, sizeof(*out));
    if (row->number == 0) {
        return TANDEM_OK;
    }
    TD_TRY(td_work_log(w, row->number, &log));
    *out = log->device;
    return TANDEM_OK;
}

// The items of one row beyond `after`, as many as there is room for.
static tandem_err
give_row(struct td_work *w, const struct td_feed_row *row, uint64_t after,
    tandem_change *out, size_t max, size_t *n)
{
    tandem_device_id device;

    TD_TRY(device_of(w, row, &device));
    for (size_t i = 0; i < row->count && *n < max; i++) {
        const uint64_t number = row->lsn * 128 + i;
        tandem_change *c = &out[*n];

        if (number <= after) {
            continue;
        }
        *c = (tandem_change){.number = number,
            .record = row->items[i].record,
            .sector = row->items[i].sector,
            .device = device,
            .local = row->local};
        kind_text(w->r, &row->items[i], c->kind);
        (*n)++;
    }
    return TANDEM_OK;
}

tandem_err
td_replica_feed(struct td_replica *r, uint64_t after, tandem_change *out,
    size_t max, size_t *n)
{
    // The row of `after` itself may have more items behind it.
    uint64_t lsn = after / 128 > 0 ? after / 128 - 1 : 0;
    struct td_feed_row row = {0};
    struct td_feed feed;
    struct td_work *w;
    size_t count = 0;
    tandem_err err = TANDEM_OK;

    TD_TRY(td_work_read(r, &w));
    td_feed_init(&feed, w->t);
    while (count < max && err == TANDEM_OK) {
        err = td_feed_after(&feed, lsn, &row);
        if (err == TANDEM_OK) {
            err = give_row(w, &row, after, out, max, &count);
        }
        if (err == TANDEM_ECORRUPT) {
            err = TANDEM_OK; // verify names it; the others go on
        }
        lsn = row.lsn;
    }
    td_feed_deinit(&feed);
    td_work_read_end(w);
    if (err == TANDEM_ENOTFOUND) {
        err = TANDEM_OK;
    }
    if (err == TANDEM_OK) {
        *n = count;
    }
    return err;
}
