// SPDX-License-Identifier: Apache-2.0
// derived.c - what is computed of a record when it is shown.
#include "report/derived.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures/derived.h"
#include "figures/keep.h"
#include "record/record.h"
#include "report/day.h"
#include "report/report.h"

// Only these are worth reading all facts.
static bool
has_any(const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);

    for (size_t i = 0; k != NULL && i < k->field_count; i++) {
        if (k->fields[i].merge == TANDEM_MERGE_DERIVED) {
            return true;
        }
    }
    // A dwelling has a household's way, and no field for it.
    return k != NULL && strcmp(k->pack, "fr.terrain") == 0 &&
           strcmp(k->id, "dwelling") == 0;
}

// The record among the facts; 0: it is in the bin, or not there.
static uint32_t
handle_of(const struct day *d, const tandem_record *r)
{
    uint32_t h = 0;

    return facts_find(d->facts, tandem_record_id(r), &h) == TANDEM_OK &&
                   d->facts->at[h].kind != FACT_NOTHING &&
                   !d->facts->at[h].trashed
               ? h
               : 0;
}

static const struct way_name *
way_at(const struct day *d, uint32_t h)
{
    const struct stand *s = ways_at(&d->ways, h);

    return s != NULL ? way_name(s->way) : NULL;
}

static bool
derived_at(const struct day *d, uint32_t h, const tandem_field_info *f,
    tandem_value *v)
{
    return f->merge == TANDEM_MERGE_DERIVED &&
           derived_get(d->view, &d->ways, &d->charter, h, f->id, v);
}

// The last day that its class keeps it; NO_DAY: no end is known.
static int32_t
kept_until(const struct day *d, uint32_t h, const char **retention)
{
    struct keep k;
    int32_t day;

    if (keep_open(d->view, &d->ways, &k) != TANDEM_OK) {
        return NO_DAY;
    }
    day = keep_until(&k, h, retention);
    keep_close(&k);
    return day;
}

static uint32_t
begin(struct cli *c, const tandem_record *r, struct day *d)
{
    uint32_t h;

    if (!has_any(r) || day_open_ways(c, d) != CLI_DONE) {
        return 0;
    }
    h = handle_of(d, r);
    if (h == 0) {
        day_close(d);
    }
    return h;
}

void
derived_print(struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    struct day d;
    const uint32_t h = begin(c, r, &d);
    const struct way_name *way;
    const char *retention;
    tandem_value v;
    int32_t until;
    char day[40];

    if (h == 0) {
        return;
    }
    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if (derived_at(&d, h, f, &v)) {
            char *text = record_value_text(c, &f->value, &v);

            cli_print(_("  %s (computed): "), term_of(c, f->fr, f->en));
            page_flat(PAGE_OUT, text);
            cli_print("\n");
            free(text);
        }
    }
    way = way_at(&d, h);
    if (way != NULL) {
        cli_print(_("  The household's way (computed): %s %s\n"), way->code,
            term_of(c, way->fr, way->en));
    }
    until = kept_until(&d, h, &retention);
    if (until != NO_DAY) {
        report_day(c, until, day);
        cli_print(_("  Kept until (computed, %s): %s\n"), retention, day);
    }
    day_close(&d);
}

json_t *
derived_json(struct cli *c, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    struct day d;
    const uint32_t h = begin(c, r, &d);
    const struct way_name *way;
    const char *retention;
    json_t *o;
    tandem_value v;
    int32_t until;

    if (h == 0) {
        return NULL;
    }
    o = json_object();
    for (size_t i = 0; i < k->field_count; i++) {
        if (derived_at(&d, h, &k->fields[i], &v)) {
            (void)json_object_set_new(
                o, k->fields[i].id, value_json(&k->fields[i].value, &v));
        }
    }
    way = way_at(&d, h);
    if (way != NULL) {
        (void)json_object_set_new(o, "way", json_string(way->code));
    }
    until = kept_until(&d, h, &retention);
    if (until != NO_DAY) {
        (void)json_object_set_new(o, "kept_until", day_date_json(until));
    }
    day_close(&d);
    return o;
}
