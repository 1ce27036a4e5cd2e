// SPDX-License-Identifier: Apache-2.0
// write.c - new, set, delete, restore.
#include <stdio.h>
#include <string.h>

#include "record/change.h"
#include "record/fill.h"
#include "record/guide.h"
#include "record/notice.h"
#include "record/one_per.h"
#include "record/record.h"
#include "words/verbs.h"

static tandem_err
change_word(const struct value_place *p, const tandem_kind_info *k,
    const char *word, tandem_txn *t, tandem_edit *d, const tandem_record *seen,
    tandem_error *e)
{
    struct change x;
    tandem_err err = change_read(p, k, word, &x, e);

    if (err == TANDEM_OK) {
        err = change_apply(p, &x, t, d, seen, e);
    }
    change_free(&x);
    return err;
}

// A word that is no assignment is bad use; anything else is the record's.
static int
refuse(const struct cli *c, const tandem_error *e)
{
    return e->code == TANDEM_EMISUSE ? cli_bad_use(c, "%s", e->msg)
                                     : cli_fail(c, e);
}

// What is typed of a record to be.
struct words {
    const struct value_place *place;
    const tandem_kind_info *kind;
};

// The length of the name in a plain "field=value", else 0.
static size_t
plain_name(const char *word)
{
    const char *at = strchr(word, '=');

    return at == NULL || at == word || at[-1] == '+' || at[-1] == '-'
               ? 0
               : (size_t)(at - word);
}

// One of two values for the same field would be lost without a word.
static int
refuse_twice(const struct cli *c)
{
    const char *const *words = c->args.words;

    for (size_t i = 1; i < c->args.word_count; i++) {
        size_t len = plain_name(words[i]);

        for (size_t k = 1; len > 0 && k < i; k++) {
            if (plain_name(words[k]) == len &&
                strncmp(words[i], words[k], len) == 0) {
                return cli_bad_use(
                    c, _("'%.*s' is given twice"), (int)len, words[i]);
            }
        }
    }
    return CLI_DONE;
}

// The plain "field=value" among the words.
static const char *
typed(void *ctx, const tandem_field_info *f)
{
    struct words *w = ctx;
    tandem_error e = cli_no_error(w->place->c);

    for (size_t i = 1; i < w->place->c->args.word_count; i++) {
        const char *word = w->place->c->args.words[i];
        struct change x;
        bool here = change_read(w->place, w->kind, word, &x, &e) == TANDEM_OK &&
                    x.field == f && x.how == CHANGE_SET;

        change_free(&x);
        if (here) {
            return x.text;
        }
    }
    return NULL;
}

// What nobody typed and the program knows.
static tandem_err
fill_in(const struct value_place *p, const tandem_kind_info *k,
    const tandem_record *seen, tandem_txn *t, tandem_edit *d, tandem_error *e)
{
    struct words w = {p, k};
    const struct fill x = {p, k, typed, &w};
    tandem_err err = fill_door(&x, seen, d);

    if (err == TANDEM_OK && seen == NULL) {
        err = fill_call_back(&x, d);
    }
    if (err != TANDEM_OK) {
        (void)tandem_txn_failed(t, e);
    }
    return err;
}

// One that is there already is named, and left as it is.
static tandem_err
create(const struct value_place *p, const tandem_kind_info *k, tandem_txn *t,
    tandem_edit **d, tandem_error *e)
{
    struct words w = {p, k};
    struct one_per key;
    char kind[192], there[37];
    tandem_id id;
    tandem_err err = one_per_read(p, k, typed, &w, &key, e);

    if (err != TANDEM_OK) {
        return err;
    }
    (void)snprintf(kind, sizeof(kind), "%s/%s", k->pack, k->id);
    err = key.len == 0 ? tandem_txn_create(t, kind, p->sector, d)
                       : tandem_txn_create_keyed(t, kind, p->sector,
                             tandem_bytes(key.bytes, key.len), d, &id);
    if (err == TANDEM_EEXIST) {
        tandem_id_text(id, there);
        (void)cli_error(e, err,
            _("there is one for these already: %s; change it with `tandem "
              "set`"),
            there);
        e->record = id;
    } else if (err != TANDEM_OK) {
        (void)tandem_txn_failed(t, e);
    }
    return err;
}

int
verb_new(struct cli *c)
{
    struct value_place place = {.c = c};
    tandem_error e = cli_no_error(c);
    const tandem_kind_info *k;
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    tandem_err err;
    int rc = refuse_twice(c);

    if (rc == CLI_DONE) {
        rc = cli_open(c, CLI_EXISTING);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = cli_kind(c, c->args.words[0], &k);
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = cli_sector_option(c, &place.sector);
    if (rc != CLI_DONE) {
        return rc;
    }
    if (tandem_txn_new(c->store, c->person, &t, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    err = create(&place, k, t, &d, &e);
    for (size_t i = 1; err == TANDEM_OK && i < c->args.word_count; i++) {
        err = change_word(&place, k, c->args.words[i], t, d, NULL, &e);
    }
    if (err == TANDEM_OK) {
        err = fill_in(&place, k, NULL, t, d, &e);
    }
    if (err != TANDEM_OK) {
        rc = refuse(c, &e);
    } else {
        rc = tandem_txn_commit(t, &e) == TANDEM_OK ? notice_answer(c, d, NULL)
                                                   : cli_fail(c, &e);
    }
    tandem_txn_free(t);
    return rc;
}

// ---------------------------------------------------------------------- set

// Without a token nobody can have chosen between values side by side.
static bool
in_conflict(const struct cli *c, const struct change *x, const tandem_record *r,
    tandem_error *e)
{
    if (!change_disputed(x, r)) {
        return false;
    }
    (void)cli_error(e, TANDEM_ECONFLICT,
        _("%s holds several values side by side; choose with `tandem "
          "resolve`, or give the --seen token of what you saw"),
        x->field->id);
    e->record = tandem_record_id(r);
    (void)snprintf(e->field, sizeof(e->field), "%s", x->field->id);
    if (!c->json) {
        record_print_versions(
            c, r, x->field, x->keyed ? &x->key : NULL, 0, true);
    }
    return true;
}

// A field that is written once in a record's life: another value stands there
// for a reason, or by mistake.
static bool
written_once(
    const struct change *x, const tandem_record *r, bool why, tandem_error *e)
{
    tandem_value stands;

    if (why || x->field->merge != TANDEM_MERGE_ONCE ||
        tandem_record_get(r, x->field->id, &stands) != TANDEM_OK ||
        stands.type == TANDEM_NONE) {
        return false;
    }
    (void)cli_error(e, TANDEM_EEXIST,
        _("%s is written once and stands already; give a reason (--why) to "
          "change it"),
        x->field->id);
    e->record = tandem_record_id(r);
    (void)snprintf(e->field, sizeof(e->field), "%s", x->field->id);
    return true;
}

// A step back in a state asks for a reason: where it is given.
static void
say_where_a_reason_goes(const struct value_place *p, const struct change *x,
    const tandem_record *r, tandem_error *e)
{
    const tandem_field_info *f = x->field;
    const size_t len = strlen(e->msg);
    tandem_error none = cli_no_error(p->c);
    char room[TANDEM_PARSE_ROOM];
    tandem_value from, to;

    if (e->code == TANDEM_EVALUE && x->how == CHANGE_SET &&
        !args_has(&p->c->args, "why") && f->merge == TANDEM_MERGE_STATE &&
        tandem_record_get(r, f->id, &from) == TANDEM_OK &&
        value_read(p, &f->value, x->text, room, &to, &none) == TANDEM_OK &&
        !tandem_value_forward(f, &from, &to)) {
        (void)snprintf(
            e->msg + len, sizeof(e->msg) - len, "%s", _(": --why TEXT"));
    }
}

static tandem_err
set_word(const struct value_place *p, const tandem_record *r, const char *word,
    bool chosen, struct guide *g, tandem_txn *t, tandem_edit *d,
    tandem_error *e)
{
    struct change x;
    tandem_err err = change_read(p, tandem_record_kind(r), word, &x, e);

    if (err == TANDEM_OK && !chosen && in_conflict(p->c, &x, r, e)) {
        err = TANDEM_ECONFLICT;
    }
    if (err == TANDEM_OK) {
        err = change_apply(p, &x, t, d, r, e);
        say_where_a_reason_goes(p, &x, r, e);
    }
    if (err == TANDEM_OK &&
        written_once(&x, r, args_has(&p->c->args, "why"), e)) {
        err = TANDEM_EEXIST;
    }
    if (err == TANDEM_OK) {
        guide_hear(g, p, tandem_record_kind(r), &x);
    }
    change_free(&x);
    return err;
}

static int
set_all(struct cli *c, const tandem_record *r)
{
    struct value_place place = {.c = c, .sector = tandem_record_sector(r)};
    const char *why = args_option(&c->args, "why");
    bool chosen = args_has(&c->args, "seen");
    struct guide g = {.closes = false};
    tandem_error e = cli_no_error(c);
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    tandem_err err;
    int rc;

    if (tandem_txn_new(c->store, c->person, &t, &e) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    err = tandem_txn_edit(t, r, &d);
    if (err != TANDEM_OK) {
        (void)tandem_txn_failed(t, &e);
    }
    // The reason first: a step back in a state asks for it.
    if (err == TANDEM_OK && why != NULL) {
        err = tandem_edit_why(d, why);
        if (err != TANDEM_OK) {
            (void)tandem_txn_failed(t, &e);
        }
    }
    for (size_t i = 1; err == TANDEM_OK && i < c->args.word_count; i++) {
        err = set_word(&place, r, c->args.words[i], chosen, &g, t, d, &e);
    }
    if (err == TANDEM_OK) {
        err = fill_in(&place, tandem_record_kind(r), r, t, d, &e);
    }
    if (err == TANDEM_OK) {
        err = guide_ask(c, &g, r, d);
        (void)tandem_txn_failed(t, &e);
    }
    if (err != TANDEM_OK) {
        rc = refuse(c, &e);
    } else {
        rc = tandem_txn_commit(t, &e) == TANDEM_OK ? notice_answer(c, d, r)
                                                   : cli_fail(c, &e);
    }
    tandem_txn_free(t);
    return rc;
}

int
cli_record_open(struct cli *c, const char *text, tandem_record **out)
{
    const char *seen = args_option(&c->args, "seen");
    tandem_error e = cli_no_error(c);
    tandem_err err;
    tandem_id id;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc == CLI_DONE) {
        rc = cli_record(c, text, &id);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    err = seen != NULL ? tandem_record_open_seen(c->store, id, seen, out, &e)
                       : tandem_record_open(c->store, id, out, &e);
    return err != TANDEM_OK ? cli_fail(c, &e) : CLI_DONE;
}

const char *
cli_kind_unknown(void)
{
    return _("this device does not know the kind of that record yet: the "
             "pack that describes it has not arrived");
}

int
cli_kind_known(const struct cli *c, const tandem_record *r)
{
    return tandem_record_kind(r) != NULL
               ? CLI_DONE
               : cli_fail_with(c, TANDEM_EKIND, "%s", cli_kind_unknown());
}

int
verb_set(struct cli *c)
{
    tandem_record *r = NULL;
    int rc = refuse_twice(c);

    if (rc == CLI_DONE) {
        rc = cli_record_open(c, c->args.words[0], &r);
    }
    if (rc == CLI_DONE) {
        rc = cli_kind_known(c, r);
    }
    if (rc == CLI_DONE) {
        rc = set_all(c, r);
    }
    tandem_record_free(r);
    return rc;
}

// ---------------------------------------------------------- delete, restore

static int
mark(struct cli *c, bool deleted)
{
    const char *why = args_option(&c->args, "why");
    tandem_error e = cli_no_error(c);
    tandem_record *r = NULL;
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    int rc = cli_record_open(c, c->args.words[0], &r);

    if (rc != CLI_DONE) {
        return rc;
    }
    if (tandem_txn_new(c->store, c->person, &t, &e) != TANDEM_OK) {
        tandem_record_free(r);
        return cli_fail(c, &e);
    }
    if (tandem_txn_edit(t, r, &d) != TANDEM_OK ||
        tandem_edit_delete(d, deleted) != TANDEM_OK ||
        (why != NULL && tandem_edit_why(d, why) != TANDEM_OK)) {
        (void)tandem_txn_failed(t, &e);
        rc = cli_fail(c, &e);
    } else {
        rc = tandem_txn_commit(t, &e) == TANDEM_OK ? notice_answer(c, d, r)
                                                   : cli_fail(c, &e);
    }
    tandem_txn_free(t);
    tandem_record_free(r);
    return rc;
}

int
verb_delete(struct cli *c)
{
    return mark(c, true);
}

int
verb_restore(struct cli *c)
{
    return mark(c, false);
}
