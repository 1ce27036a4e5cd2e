// SPDX-License-Identifier: Apache-2.0
// print_tour.c - tours on paper: one that was walked or planned, and all homes
// of a sector, street by street.
#include "export/print_tour.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "export/print_record.h"
#include "figures/calendar.h"
#include "record/record.h"
#include "report/day.h"
#include "report/report.h"

enum { EMPTY_ROWS = 12 }; // to be filled in by hand

static const char *const door_fields[] = {
    "at", "dwelling", "outcome", "notice"};
enum { DOOR_FIELDS = sizeof(door_fields) / sizeof(*door_fields) };

static void
put_door(const struct cli *c, struct html *h, const tandem_record *r)
{
    html_put(h, "<tr>");
    for (size_t i = 0; i < DOOR_FIELDS; i++) {
        html_put(h, i == 0 ? "<th scope=\"row\">" : "<td dir=\"auto\">");
        print_value(c, h, r, door_fields[i]);
        html_put(h, i == 0 ? "</th>" : "</td>");
    }
    html_put(h, "<td></td></tr>\n");
}

// Page by page; `add` says false where memory ends.
static tandem_err
each_found(const struct cli *c, tandem_query *q,
    bool (*add)(void *ctx, const tandem_record *r), void *ctx, tandem_error *e)
{
    tandem_page *page = NULL, *next = NULL; // q->after is of the one before
    tandem_err err;

    do {
        err = tandem_find(c->store, q, &next, e);
        tandem_page_free(page);
        page = err == TANDEM_OK ? next : NULL;
        for (size_t i = 0; err == TANDEM_OK && i < tandem_page_count(page);
             i++) {
            if (!add(ctx, tandem_page_record(page, i))) {
                err = cli_error(e, TANDEM_ENOMEM, _("out of memory"));
            }
        }
        q->after = tandem_page_next(page);
    } while (err == TANDEM_OK && q->after.len > 0);
    tandem_page_free(page);
    return err;
}

// An encounter, and when it was.
struct knock {
    int64_t at_ms;
    tandem_id id;
};

struct knocks {
    struct knock *at;
    size_t count, cap;
};

static int
compare_knocks(const void *a, const void *b)
{
    const struct knock *x = a, *y = b;

    return x->at_ms != y->at_ms ? (x->at_ms < y->at_ms ? -1 : 1)
                                : memcmp(&x->id, &y->id, sizeof(x->id));
}

static bool
add_knock(void *ctx, const tandem_record *r)
{
    struct knocks *all = ctx;
    tandem_value v;

    if (all->count == all->cap) {
        size_t cap = all->cap > 0 ? 2 * all->cap : 64;
        struct knock *grown = realloc(all->at, cap * sizeof(*grown));

        if (grown == NULL) {
            return false;
        }
        all->at = grown;
        all->cap = cap;
    }
    all->at[all->count++] = (struct knock){
        tandem_record_get(r, "at", &v) == TANDEM_OK && v.type == TANDEM_TIME
            ? v.u.dt.ms
            : INT64_MAX,
        tandem_record_id(r)};
    return true;
}

// The tour's encounters, as they followed each other.
static tandem_err
read_knocks(const struct cli *c, const tandem_record *r, struct knocks *all,
    tandem_error *e)
{
    const tandem_id sector = tandem_record_sector(r);
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_err err;

    q.kind = "fr.terrain/encounter";
    q.sector = &sector;
    q.field = "tour";
    q.value.type = TANDEM_REF;
    q.value.u.id = tandem_record_id(r);
    err = each_found(c, &q, add_knock, all, e);
    if (err == TANDEM_OK && all->count > 1) {
        qsort(all->at, all->count, sizeof(*all->at), compare_knocks);
    }
    return err;
}

static tandem_err
put_doors_of(const struct cli *c, struct html *h, const tandem_record *r,
    tandem_error *e)
{
    struct knocks all = {NULL, 0, 0};
    tandem_err err = read_knocks(c, r, &all, e);

    for (size_t i = 0; err == TANDEM_OK && i < all.count; i++) {
        tandem_record *knock = NULL;

        err = tandem_record_open(c->store, all.at[i].id, &knock, e);
        if (err == TANDEM_OK) {
            put_door(c, h, knock);
        }
        tandem_record_free(knock);
    }
    free(all.at);
    return err;
}

static int
put_doors(const struct cli *c, struct html *h, const tandem_record *r)
{
    const tandem_kind_info *k =
        tandem_schema_kind_find(c->schema, "fr.terrain/encounter");
    const char *heads[DOOR_FIELDS + 2] = {NULL};
    tandem_error e = cli_no_error(c);
    tandem_err err;

    for (size_t i = 0; k != NULL && i < DOOR_FIELDS; i++) {
        const tandem_field_info *f = tandem_kind_field(k, door_fields[i]);

        heads[i] = f != NULL ? term_of(c, f->fr, f->en) : door_fields[i];
    }
    heads[DOOR_FIELDS] = _("by hand");
    html_table(h, _("Doors of this tour"), heads);
    err = put_doors_of(c, h, r, &e);
    for (int i = 0; i < EMPTY_ROWS; i++) {
        html_put(h, "<tr><th scope=\"row\">&nbsp;</th><td></td><td></td>"
                    "<td></td><td></td></tr>\n");
    }
    html_table_end(h);
    return err != TANDEM_OK ? cli_fail(c, &e) : CLI_DONE;
}

static void
put_dues(const struct cli *c, struct html *h, const struct day *d)
{
    const char *const heads[] = {_("when"), _("what"), _("who"), NULL};
    char when[40], who[RECORD_NAME];

    html_table(h, _("What is due in the sector"), heads);
    for (size_t i = 0; i < d->dues.count; i++) {
        const struct due *x = &d->dues.at[i];
        const struct due_name *name = due_name(x->kind);

        if (x->day <= d->view->today && !x->stopped) {
            day_words(c, d, x, when, who);
            html_row(h, when);
            html_element(h, "td", term_of(c, name->fr, name->en));
            html_element(h, "td", who);
            html_put(h, "</tr>\n");
        }
    }
    html_table_end(h);
}

static void
put_sector(const struct cli *c, struct html *h, tandem_id id)
{
    char sector[256];

    html_put(h, "<p>");
    html_say(h, _("Sector: %s"), cli_sector_name(c, id, sector));
    html_put(h, "</p>\n");
}

int
print_tour(struct cli *c, struct html *h, const tandem_record *r)
{
    const tandem_kind_info *k = tandem_record_kind(r);
    const tandem_id sector = tandem_record_sector(r);
    struct day d;
    int rc;

    html_put(h, "<h1>");
    html_say(h, "%s, ", term_of(c, k->fr, k->en));
    print_value(c, h, r, "day");
    html_put(h, "</h1>\n");
    print_warning(h);
    put_sector(c, h, sector);
    html_put(h, "<p dir=\"auto\">");
    print_value(c, h, r, "streets");
    html_put(h, "</p>\n");
    rc = put_doors(c, h, r);
    if (rc == CLI_DONE) {
        rc = day_open(c, NO_DAY, &sector, &d);
    }
    if (rc == CLI_DONE) {
        put_dues(c, h, &d);
        day_close(&d);
    }
    return rc;
}

// ------------------------------------------------------------ a sector's homes

// A home to be walked to. No name stands in the list: who loses it loses
// addresses, not people.
struct home {
    char *street, *number, *door, *address; // "" where there is none
    tandem_id id;
};

struct homes {
    struct home *at;
    size_t count, cap;
};

static char *
text_of(const tandem_record *r, const char *field)
{
    tandem_value v;

    if (tandem_record_get(r, field, &v) != TANDEM_OK || v.type != TANDEM_STR) {
        return strdup("");
    }
    return strndup((const char *)v.u.s.ptr, v.u.s.len);
}

static bool
add_home(void *ctx, const tandem_record *r)
{
    struct homes *all = ctx;
    struct home *x;

    if (all->count == all->cap) {
        size_t cap = all->cap > 0 ? 2 * all->cap : 256;
        struct home *grown = realloc(all->at, cap * sizeof(*grown));

        if (grown == NULL) {
            return false;
        }
        all->at = grown;
        all->cap = cap;
    }
    x = &all->at[all->count++];
    *x = (struct home){text_of(r, "street"), text_of(r, "house_number"),
        text_of(r, "door"), text_of(r, "address"), tandem_record_id(r)};
    return x->street != NULL && x->number != NULL && x->door != NULL &&
           x->address != NULL;
}

static void
free_homes(struct homes *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->at[i].street);
        free(all->at[i].number);
        free(all->at[i].door);
        free(all->at[i].address);
    }
    free(all->at);
}

// By street, then as the numbers are met on each side of it: 2, 2 bis, 4; the
// odd ones before the even ones.
static int
compare_homes(const void *a, const void *b)
{
    const struct home *x = a;
    const struct home *y = b;
    const unsigned long m = strtoul(x->number, NULL, 10);
    const unsigned long n = strtoul(y->number, NULL, 10);
    int order = strcasecmp(x->street, y->street);

    if (order == 0 && m % 2 != n % 2) {
        order = m % 2 != 0 ? -1 : 1;
    }
    if (order == 0 && m != n) {
        order = m < n ? -1 : 1;
    }
    order = order != 0 ? order : strcasecmp(x->number, y->number);
    order = order != 0 ? order : strcasecmp(x->address, y->address);
    order = order != 0 ? order : strcasecmp(x->door, y->door);
    return order != 0 ? order : memcmp(&x->id, &y->id, sizeof(x->id));
}

static tandem_err
read_homes(
    const struct cli *c, tandem_id sector, struct homes *all, tandem_error *e)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_err err;

    q.kind = "fr.terrain/dwelling";
    q.sector = &sector;
    q.limit = 200;
    err = each_found(c, &q, add_home, all, e);
    if (err == TANDEM_OK && all->count > 1) {
        qsort(all->at, all->count, sizeof(*all->at), compare_homes);
    }
    return err;
}

static bool
same_street(const struct home *a, const struct home *b)
{
    return strcasecmp(a->street, b->street) == 0;
}

// Where the home stands, and since when.
static void
put_stand(
    const struct cli *c, struct html *h, const struct day *d, tandem_id home)
{
    const struct stand *s = NULL;
    const struct way_name *name;
    char when[40] = "";
    uint32_t handle;

    if (facts_find(d->facts, home, &handle) == TANDEM_OK && handle != 0) {
        s = ways_at(&d->ways, handle);
    }
    name = way_name(s != NULL ? s->way : WAY_UNKNOWN);
    html_element(h, "td", term_of(c, name->fr, name->en));
    if (s != NULL && s->since_ms != FACT_NONE) {
        report_day(c, calendar_day_of(s->since_ms), when);
    }
    html_element(h, "td", when);
    html_put(h, "<td class=\"n\">");
    if (s != NULL && s->knocks > 0) {
        html_mark(h, "%d", (int)s->knocks);
    }
    html_put(h, "</td><td></td>");
}

static void
put_street(const struct cli *c, struct html *h, const struct day *d,
    const struct home *at, size_t count)
{
    const char *const heads[] = {_("address"), _("door"), _("where it stands"),
        _("since"), _("knocks in vain"), _("by hand"), NULL};

    html_table(
        h, at->street[0] != '\0' ? at->street : _("Without a street"), heads);
    for (size_t i = 0; i < count; i++) {
        html_put(h, "<tr><th scope=\"row\" dir=\"auto\">");
        html_text(h, at[i].number[0] != '\0' && at[i].street[0] != '\0'
                         ? at[i].number
                         : at[i].address);
        html_put(h, "</th><td dir=\"auto\">");
        html_text(h, at[i].door);
        html_put(h, "</td>");
        put_stand(c, h, d, at[i].id);
        html_put(h, "</tr>\n");
    }
    html_table_end(h);
}

static void
put_homes(const struct cli *c, struct html *h, const struct day *d,
    const struct homes *all)
{
    for (size_t i = 0; i < all->count;) {
        size_t to = i + 1;

        while (to < all->count && same_street(&all->at[i], &all->at[to])) {
            to++;
        }
        put_street(c, h, d, &all->at[i], to - i);
        i = to;
    }
    if (all->count == 0) {
        html_element(h, "p", _("No home is known in this sector yet."));
    }
}

int
print_sector_tour(struct cli *c, struct html *h, tandem_id sector)
{
    tandem_error e = cli_no_error(c);
    struct homes all = {NULL, 0, 0};
    struct day d;
    int rc = day_open(c, NO_DAY, &sector, &d);

    if (rc != CLI_DONE) {
        return rc;
    }
    if (read_homes(c, sector, &all, &e) != TANDEM_OK) {
        rc = cli_fail(c, &e);
    } else {
        html_element(h, "h1", _("Homes to be visited"));
        print_warning(h);
        put_sector(c, h, sector);
        put_homes(c, h, &d, &all);
        put_dues(c, h, &d);
    }
    free_homes(&all);
    day_close(&d);
    return rc;
}
