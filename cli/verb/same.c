// SPDX-License-Identifier: Apache-2.0
// same.c - duplicates: sheets that may be the same; same: say that two
// records are, or are not, or take it back. No record is changed or lost: a
// link between them says it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures/doubles.h"
#include "figures/words.h"
#include "record/record.h"
#include "report/day.h"
#include "words/verbs.h"

// ------------------------------------------------------------------ duplicates

static tandem_record *
record_at(const struct cli *c, const struct day *d, uint32_t handle)
{
    tandem_record *r = NULL;

    return tandem_record_open(c->store, d->facts->ids[handle], &r, NULL) ==
                   TANDEM_OK
               ? r
               : NULL;
}

static void
show_pair(const struct cli *c, const struct day *d, const struct doubled *x)
{
    tandem_record *a = record_at(c, d, x->a), *b = record_at(c, d, x->b);

    if (a != NULL && b != NULL && c->json) {
        json_t *line = json_pack("{s:s}", "why", x->named ? "name" : "phone");

        (void)json_object_set_new(line, "keep", record_answer(c, a));
        (void)json_object_set_new(line, "other", record_answer(c, b));
        cli_json_line(line);
    } else if (a != NULL && b != NULL) {
        cli_print("%s\n", x->named ? _("The same name in one dwelling:")
                                   : _("A phone in common:"));
        cli_print("  ");
        record_print_line(c, a);
        cli_print("  ");
        record_print_line(c, b);
    }
    tandem_record_free(a);
    tandem_record_free(b);
}

// A pair that shares two hints is shown once.
static bool
is_shown(const struct doubles *all, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (all->at[k].a == all->at[i].a && all->at[k].b == all->at[i].b) {
            return true;
        }
    }
    return false;
}

int
verb_duplicates(struct cli *c)
{
    struct doubles all;
    struct day d;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc == CLI_DONE) {
        rc = day_open(c, NO_DAY, NULL, &d);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    if (doubles_find(d.view, &all) != TANDEM_OK) {
        day_close(&d);
        return cli_fail_with(c, TANDEM_ENOMEM, "%s", _("out of memory"));
    }
    for (size_t i = 0; i < all.count; i++) {
        if (!is_shown(&all, i)) {
            show_pair(c, &d, &all.at[i]);
        }
    }
    if (all.count > 0 && !c->json) {
        cli_say("%s", _("tandem same A B joins two, with --not they stay "
                        "two for good."));
    }
    c->nothing = all.count == 0;
    if (c->nothing && !c->json) {
        cli_say("%s", _("Nothing looks like the same twice."));
    }
    c->look = all.count > 0;
    doubles_free(&all);
    day_close(&d);
    return cli_done(c);
}

// ------------------------------------------------------------------------ same

struct same {
    struct cli *c;
    tandem_record *a, *b;
    int64_t decided; // what the link is to say; 0: nothing any more
    tandem_txn *t;
    size_t links; // found between the two
    tandem_edit *last;
};

static bool
is_between(const tandem_record *link, tandem_id other)
{
    tandem_value v;

    return tandem_record_get(link, "other", &v) == TANDEM_OK &&
           v.type == TANDEM_REF && tandem_id_equal(v.u.id, other);
}

// A link that is there says it from now on, or goes to the bin.
static tandem_err
change_link(struct same *x, const tandem_record *link)
{
    tandem_edit *d = NULL;
    tandem_err err = tandem_txn_edit(x->t, link, &d);

    if (err == TANDEM_OK) {
        err = x->decided == 0
                  ? tandem_edit_delete(d, true)
                  : tandem_edit_set(d, "decided", tandem_enum(x->decided));
    }
    x->links++;
    x->last = d;
    return err;
}

static tandem_err
change_links(struct same *x, tandem_id keep, tandem_id other, tandem_error *e)
{
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_page *page = NULL;
    tandem_err err;

    q.kind = "fr.terrain/merge_link";
    q.field = "keep";
    q.value = tandem_ref(keep);
    q.limit = 1000;
    err = tandem_find(x->c->store, &q, &page, e);
    for (size_t i = 0; err == TANDEM_OK && i < tandem_page_count(page); i++) {
        if (is_between(tandem_page_record(page, i), other)) {
            err = change_link(x, tandem_page_record(page, i));
        }
    }
    tandem_page_free(page);
    return err;
}

static tandem_err
make_link(struct same *x)
{
    tandem_err err = tandem_txn_create(
        x->t, "fr.terrain/merge_link", tandem_record_sector(x->a), &x->last);

    if (err == TANDEM_OK) {
        err = tandem_edit_set(
            x->last, "keep", tandem_ref(tandem_record_id(x->a)));
    }
    if (err == TANDEM_OK) {
        err = tandem_edit_set(
            x->last, "other", tandem_ref(tandem_record_id(x->b)));
    }
    if (err == TANDEM_OK) {
        err = tandem_edit_set(x->last, "decided", tandem_enum(x->decided));
    }
    return err;
}

// What holds of the two from now on, and how it is taken back.
static void
say_what_holds(const struct same *x)
{
    const struct cli *c = x->c;
    char a[RECORD_NAME], b[RECORD_NAME];

    record_name(c, x->a, a);
    record_name(c, x->b, b);
    cli_say(x->decided == DECIDED_SAME
                ? _("One from now on, counted once: %s | %s. Both stay; to "
                    "take it back: --undo")
            : x->decided == DECIDED_NOT_SAME
                ? _("Two from now on, not hinted at any more: %s | %s. To "
                    "take it back: --undo")
                : _("Nothing is said of the two any more: %s | %s"),
        a[0] != '\0' ? a : c->args.words[0],
        b[0] != '\0' ? b : c->args.words[1]);
}

static int
answer(struct same *x, tandem_error *e)
{
    tandem_record *r = NULL;
    char id[37];

    if (x->last == NULL) {
        x->c->nothing = true;
        if (!x->c->json) {
            cli_say("%s", _("nothing said that they are the same"));
        }
        return cli_done(x->c);
    }
    if (tandem_edit_record(x->last, &r, e) != TANDEM_OK) {
        return cli_fail(x->c, e);
    }
    if (x->c->json) {
        cli_json_line(record_answer(x->c, r));
    } else {
        tandem_id_text(tandem_record_id(r), id);
        cli_print("%s\n", id);
        say_what_holds(x);
    }
    tandem_record_free(r);
    return cli_done(x->c);
}

static int
say(struct same *x)
{
    const tandem_id a = tandem_record_id(x->a), b = tandem_record_id(x->b);
    tandem_error e = cli_no_error(x->c);
    tandem_err err = tandem_txn_new(x->c->store, x->c->person, &x->t, &e);

    if (err == TANDEM_OK) {
        err = change_links(x, a, b, &e);
    }
    if (err == TANDEM_OK) {
        err = change_links(x, b, a, &e);
    }
    if (err == TANDEM_OK && x->links == 0 && x->decided != 0) {
        err = make_link(x);
    }
    if (err == TANDEM_OK) {
        err = tandem_txn_commit(x->t, &e);
    } else {
        (void)tandem_txn_failed(x->t, &e);
    }
    return err != TANDEM_OK ? cli_fail(x->c, &e) : answer(x, &e);
}

static int
open_both(struct same *x)
{
    struct cli *c = x->c;
    int rc = cli_record_open(c, c->args.words[0], &x->a);

    if (rc == CLI_DONE) {
        rc = cli_kind_known(c, x->a);
    }
    if (rc == CLI_DONE) {
        tandem_error e = cli_no_error(c);
        tandem_id id;

        rc = cli_record(c, c->args.words[1], &id);
        if (rc == CLI_DONE &&
            tandem_record_open(c->store, id, &x->b, &e) != TANDEM_OK) {
            rc = cli_fail(c, &e);
        }
    }
    if (rc == CLI_DONE &&
        (tandem_record_kind(x->a) != tandem_record_kind(x->b) &&
            (tandem_record_kind(x->b) == NULL ||
                strcmp(tandem_record_kind(x->a)->id,
                    tandem_record_kind(x->b)->id) != 0))) {
        rc = cli_fail_with(c, TANDEM_EVALUE, "%s",
            _("only records of one kind can be the same"));
    }
    if (rc == CLI_DONE &&
        tandem_id_equal(tandem_record_id(x->a), tandem_record_id(x->b))) {
        rc = cli_fail_with(c, TANDEM_EVALUE, "%s", _("that is one record"));
    }
    return rc;
}

int
verb_same(struct cli *c)
{
    const bool undo = args_has(&c->args, "undo"),
               not_same = args_has(&c->args, "not");
    struct same x = {.c = c,
        .decided = undo       ? 0
                   : not_same ? DECIDED_NOT_SAME
                              : DECIDED_SAME};
    int rc = undo && not_same ? cli_bad_use(c, _("either --undo or --not"))
                              : open_both(&x);

    if (rc == CLI_DONE) {
        rc = say(&x);
    }
    tandem_txn_free(x.t);
    tandem_record_free(x.a);
    tandem_record_free(x.b);
    return rc;
}
