// SPDX-License-Identifier: Apache-2.0
// ready.c - ready: the lists that the service begins with (objectives,
// situations, questions, kit, charter), made into records.
//
// Each has an import key, so that making them twice, or on two devices, gives
// the same records; what people changed in them since stays.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fr.terrain.ready.h"
#include "record/change.h"
#include "words/verbs.h"

enum { KEY_MAX = 128, STATE_WIDTH = 8 };

struct ready {
    struct cli *c;
    const char *pack;
    tandem_id sector;
    bool add;
    size_t made, there;
};

// A text, or one for each language.
static const char *
text_of(const struct cli *c, json_t *v, char today[16])
{
    time_t now = time(NULL);
    struct tm tm;

    if (json_is_object(v)) {
        v = json_object_get(v, c->lang == TANDEM_FR ? "fr" : "en");
    }
    if (json_is_string(v) && strcmp(json_string_value(v), "today") == 0 &&
        localtime_r(&now, &tm) != NULL &&
        strftime(today, 16, "%Y-%m-%d", &tm) > 0) {
        return today;
    }
    return json_string_value(v);
}

static tandem_err
fill_field(const struct ready *a, const tandem_kind_info *k, const char *name,
    json_t *value, tandem_txn *t, tandem_edit *d, tandem_error *e)
{
    struct value_place place = {.c = a->c, .sector = a->sector};
    struct change x;
    char today[16];
    tandem_err err = change_target(&place, k, name, strlen(name), &x, e);

    x.text = text_of(a->c, value, today);
    if (err == TANDEM_OK && x.text == NULL) {
        err = TANDEM_EMISUSE;
    }
    if (err == TANDEM_OK) {
        err = change_apply(&place, &x, t, d, NULL, e);
    }
    change_free(&x);
    return err;
}

static tandem_err
fill(const struct ready *a, json_t *record, tandem_txn *t, tandem_edit *d,
    tandem_error *e)
{
    tandem_schema *s = NULL;
    const char *name;
    json_t *value;
    const tandem_kind_info *k;
    tandem_err err = tandem_store_schema(a->c->store, &s);

    if (err != TANDEM_OK) {
        return err;
    }
    k = tandem_schema_kind_find(
        s, json_string_value(json_object_get(record, "kind")));
    json_object_foreach(json_object_get(record, "fields"), name, value)
    {
        if (err == TANDEM_OK) {
            err = fill_field(a, k, name, value, t, d, e);
        }
    }
    tandem_schema_free(s);
    return err;
}

static void
say(struct ready *a, json_t *record, bool there)
{
    json_t *fields = json_object_get(record, "fields");
    const char *key = json_string_value(json_object_get(record, "key"));
    json_t *line;

    a->made += there ? 0 : 1;
    a->there += there ? 1 : 0;
    if (!a->c->json) {
        page_cell(there    ? _("there")
                  : a->add ? _("made")
                           : _("to make"),
            STATE_WIDTH);
        cli_print(" %s\n", key);
        return;
    }
    line = json_pack("{s:s,s:O,s:b,s:O}", "key", key, "kind",
        json_object_get(record, "kind"), "there", (int)there, "fields", fields);
    cli_json_line(line);
}

// EEXIST: it is there already, and stays as it is.
static tandem_err
make(struct ready *a, json_t *record, tandem_error *e)
{
    char key[KEY_MAX], kind[KEY_MAX];
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    tandem_id id;
    tandem_err err;

    (void)snprintf(key, sizeof(key), "ready:%s",
        json_string_value(json_object_get(record, "key")));
    (void)snprintf(kind, sizeof(kind), "%s/%s", a->pack,
        json_string_value(json_object_get(record, "kind")));
    err = tandem_txn_new(a->c->store, a->c->person, &t, e);
    if (err != TANDEM_OK) {
        return err;
    }
    err = tandem_txn_create_keyed(
        t, kind, a->sector, tandem_bytes(key, strlen(key)), &d, &id);
    if (err == TANDEM_OK && a->add) {
        err = fill(a, record, t, d, e);
        if (err == TANDEM_OK) {
            err = tandem_txn_commit(t, e);
        }
    }
    if (err != TANDEM_OK && err != TANDEM_EEXIST && e->msg[0] == '\0') {
        (void)tandem_txn_failed(t, e);
    }
    tandem_txn_free(t);
    return err;
}

static int
each(struct ready *a, json_t *list)
{
    tandem_error e = cli_no_error(a->c);
    size_t i;
    json_t *record;

    json_array_foreach(list, i, record)
    {
        tandem_err err = make(a, record, &e);

        if (err != TANDEM_OK && err != TANDEM_EEXIST) {
            return cli_fail(a->c, &e);
        }
        say(a, record, err == TANDEM_EEXIST);
    }
    if (!a->c->json && a->add) {
        cli_say(_("%zu made, %zu there already."), a->made, a->there);
    } else if (!a->c->json && a->made > 0) {
        cli_say(_("Next: tandem ready add"));
    }
    return cli_done(a->c);
}

int
verb_ready(struct cli *c)
{
    struct ready a = {.c = c, .add = c->args.word_count > 0};
    json_error_t je;
    json_t *root;
    int rc;

    if (a.add && strcmp(c->args.words[0], "add") != 0) {
        return cli_bad_use(c, _("usage: tandem %s %s"), "ready", "[add]");
    }
    rc = cli_open(c, CLI_EXISTING);
    if (rc == CLI_DONE) {
        rc = cli_sector_option(c, &a.sector);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    root = json_loadb(
        (const char *)ready_fr_terrain, sizeof(ready_fr_terrain), 0, &je);
    if (root == NULL) {
        return cli_fail_with(c, TANDEM_ENOMEM, "%s", _("out of memory"));
    }
    a.pack = json_string_value(json_object_get(root, "pack"));
    rc = each(&a, json_object_get(root, "records"));
    json_decref(root);
    return rc;
}
