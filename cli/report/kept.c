// SPDX-License-Identifier: Apache-2.0
// kept.c - records past the time that their class keeps them. They are named
// to who sees to it; nothing is erased by itself.
#include "report/kept.h"

#include <stdio.h>

#include "record/record.h"
#include "report/report.h"

enum {
    ROWS_SHOWN = 20, // the rest is counted
    DAY_WIDTH = 11,
    KIND_WIDTH = 32
};

int
kept_find(const struct cli *c, const struct day *d, struct pasts *out)
{
    tandem_error e = cli_no_error(c);
    struct keep k;
    tandem_err err = keep_open(d->view, &d->ways, &k);

    if (err == TANDEM_OK) {
        err = keep_past(&k, out);
        keep_close(&k);
    }
    if (err != TANDEM_OK) {
        e.code = err;
        return cli_fail(c, &e);
    }
    return CLI_DONE;
}

static void
print_row(const struct cli *c, const struct day *d, const struct past *x,
    const tandem_record *r)
{
    const tandem_kind_info *k = r != NULL ? tandem_record_kind(r) : NULL;
    char day[40], what[160], who[RECORD_NAME], id[37];

    report_day(c, x->until, day);
    (void)snprintf(what, sizeof(what), "%s (%s)",
        k != NULL ? term_of(c, k->fr, k->en) : "", x->retention);
    record_name(c, r, who);
    cli_print("  ");
    page_cell(day, DAY_WIDTH);
    page_cell(what, KIND_WIDTH);
    cli_print(" ");
    page_cut(who, page_left());
    record_short_id(c, d->facts->ids[x->record], id);
    cli_print("\n  %*s%s\n", DAY_WIDTH, "", id);
}

void
kept_print(const struct cli *c, const struct day *d, const struct pasts *p)
{
    const size_t n = p->count < ROWS_SHOWN ? p->count : ROWS_SHOWN;
    tandem_id ids[ROWS_SHOWN];
    tandem_page *page = NULL;

    if (n == 0) {
        return;
    }
    cli_print("\n%s\n",
        _("Past the time they are kept (nothing is erased by itself)"));
    for (size_t i = 0; i < n; i++) {
        ids[i] = d->facts->ids[p->at[i].record];
    }
    if (tandem_open_some(c->store, ids, n, &page, NULL) != TANDEM_OK) {
        page = NULL; // the rows say the rest
    }
    for (size_t i = 0; i < n; i++) {
        print_row(c, d, &p->at[i], tandem_page_record(page, i));
    }
    tandem_page_free(page);
    if (p->count > n) {
        cli_print(_("  ... and %zu more: tandem due --json names them all\n"),
            p->count - n);
    }
}

json_t *
kept_json(const struct cli *c, const struct day *d, const struct pasts *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->count; i++) {
        const struct past *x = &p->at[i];

        (void)json_array_append_new(list,
            json_pack("{s:o,s:s,s:s,s:o}", "record",
                cli_json_id(d->facts->ids[x->record]), "kind",
                cli_kind_id(
                    c, fact_table(
                           (enum fact_kind)view_fact(d->view, x->record)->kind)
                           ->name),
                "retention", x->retention, "until", day_date_json(x->until)));
    }
    return list;
}
