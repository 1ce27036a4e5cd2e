// SPDX-License-Identifier: Apache-2.0
// pack.c - kinds; pack build, check, publish.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "pack/pack_build.h"
#include "record/record.h"
#include "words/verbs.h"

// -------------------------------------------------------------------- kinds

static json_t *
words_json(const struct cli *c, const tandem_value_type *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->words->word_count; i++) {
        const tandem_word *w = &t->words->words[i];
        json_t *after = json_array();

        for (size_t k = 0; k < w->after_count; k++) {
            (void)json_array_append_new(
                after, json_string(t->words->words[w->after[k]].id));
        }
        (void)json_array_append_new(
            list, json_pack("{s:s,s:s,s:o,s:b,s:b}", "id", w->id, "term",
                      term_of(c, w->fr, w->en), "after", after, "stop",
                      (int)w->stop, "retired", (int)w->retired));
    }
    return list;
}

static json_t *
field_json(const struct cli *c, const tandem_field_info *f)
{
    json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:b,s:b}", "field", f->id,
        "term", term_of(c, f->fr, f->en), "type", f->type, "merge",
        tandem_merge_name(f->merge), "required",
        (int)((f->flags & TANDEM_FIELD_REQUIRED) != 0), "indexed",
        (int)((f->flags & TANDEM_FIELD_INDEXED) != 0), "stop",
        (int)((f->flags & TANDEM_FIELD_STOP) != 0), "supported",
        (int)((f->flags & TANDEM_FIELD_UNSUPPORTED) == 0));

    if (f->key.words != NULL) {
        (void)json_object_set_new(o, "keys", words_json(c, &f->key));
    }
    if (f->value.words != NULL) {
        (void)json_object_set_new(o, "values", words_json(c, &f->value));
    }
    return o;
}

static json_t *
kind_json(const struct cli *c, const tandem_kind_info *k)
{
    json_t *fields = json_array();

    for (size_t i = 0; i < k->field_count; i++) {
        (void)json_array_append_new(fields, field_json(c, &k->fields[i]));
    }
    return json_pack("{s:s,s:s,s:I,s:s,s:o}", "kind", k->id, "pack", k->pack,
        "version", (json_int_t)k->pack_version, "term",
        term_of(c, k->fr, k->en), "fields", fields);
}

static void
print_words(const struct cli *c, const tandem_value_type *t)
{
    for (size_t i = 0; i < t->words->word_count; i++) {
        const tandem_word *w = &t->words->words[i];

        if (!w->retired) {
            cli_print("      %s  %s\n", w->id, term_of(c, w->fr, w->en));
        }
    }
}

// What somebody who fills in the field has to know of it.
static const char *
asked(const tandem_field_info *f)
{
    // A computed field is one that no version takes: that is said of it.
    return f->merge == TANDEM_MERGE_DERIVED ? _("  computed")
           : (f->flags & TANDEM_FIELD_UNSUPPORTED) != 0
               ? _("  needs a newer version")
           : (f->flags & TANDEM_FIELD_CODE) != 0 ? _("  made where not given")
           : (f->flags & TANDEM_FIELD_REQUIRED) != 0 ? _("  required")
                                                     : "";
}

static void
print_kind(const struct cli *c, const tandem_kind_info *k)
{
    cli_print("%s/%s  %s\n", k->pack, k->id, term_of(c, k->fr, k->en));
    for (size_t i = 0; i < k->field_count; i++) {
        const tandem_field_info *f = &k->fields[i];

        if ((f->flags & TANDEM_FIELD_RETIRED) != 0) {
            continue;
        }
        cli_print("  %s  %s  (%s)%s\n", f->id, term_of(c, f->fr, f->en),
            f->type, asked(f));
        if (f->key.words != NULL) {
            print_words(c, &f->key);
        }
        if (f->value.words != NULL) {
            print_words(c, &f->value);
        }
    }
}

// One of a list: with its pack where that tells it from another's.
static void
print_listed(const struct cli *c, const tandem_kind_info *k)
{
    char name[160];

    (void)snprintf(name, sizeof(name), "%s/%s", k->pack, k->id);
    cli_print("%-18s ", cli_kind_alone(c, k) ? k->id : name);
    page_hang(19);
    cli_print("%s\n", term_of(c, k->fr, k->en));
}

int
verb_kinds(struct cli *c)
{
    const char *name = c->args.word_count > 0 ? c->args.words[0] : NULL;
    const tandem_kind_info *k;
    int rc = cli_open(c, CLI_EXISTING);

    if (rc != CLI_DONE) {
        return rc;
    }
    if (name != NULL) {
        rc = cli_kind(c, name, &k);
        if (rc != CLI_DONE) {
            return rc;
        }
        if (c->json) {
            cli_json_line(kind_json(c, k));
        } else {
            print_kind(c, k);
        }
        return CLI_DONE;
    }
    for (size_t i = 0; i < tandem_schema_kind_count(c->schema); i++) {
        k = tandem_schema_kind_at(c->schema, i);
        if (c->json) {
            cli_json_line(kind_json(c, k));
        } else {
            print_listed(c, k);
        }
    }
    return CLI_DONE;
}

// --------------------------------------------------------------------- pack

static bool
is_json(const char *path)
{
    size_t len = strlen(path);

    return len > 5 && strcmp(path + len - 5, ".json") == 0;
}

static tandem_err
load(const char *path, tandem_pack **out, tandem_error *e)
{
    return is_json(path) ? pack_build(path, out, e)
                         : tandem_pack_load(path, out, e);
}

static void
print_pack(
    const struct cli *c, const tandem_pack *p, size_t kinds, const char *file)
{
    tandem_slice bytes = tandem_pack_bytes(p);

    if (c->json) {
        json_t *line = json_pack("{s:s,s:i,s:I,s:I}", "pack",
            tandem_pack_name(p), "version", (int)tandem_pack_version(p),
            "kinds", (json_int_t)kinds, "bytes", (json_int_t)bytes.len);

        if (file != NULL) {
            (void)json_object_set_new(line, "file", cli_json_text(file));
        }
        cli_json_line(line);
    } else {
        cli_print(_("%s version %u: %zu kinds, %zu bytes%s%s\n"),
            tandem_pack_name(p), (unsigned)tandem_pack_version(p), kinds,
            bytes.len, file != NULL ? ", " : "", file != NULL ? file : "");
    }
}

// FILE.json gives FILE.pack unless --out says otherwise.
static int
build_file(
    const struct cli *c, const char *path, const tandem_pack *p, size_t kinds)
{
    const char *out = args_option(&c->args, "out");
    char beside[4096];
    size_t len = strlen(path);
    int rc;

    if (out == NULL) {
        size_t stem = is_json(path) ? len - 5 : len;

        if (snprintf(beside, sizeof(beside), "%.*s.pack", (int)stem, path) >=
            (int)sizeof(beside)) {
            return cli_bad_use(c, _("that file name is too long"));
        }
        out = beside;
    }
    rc = file_write(c, out, tandem_pack_bytes(p), 0666);
    if (rc == CLI_DONE && !file_is_stdout(out)) {
        print_pack(c, p, kinds, out);
    }
    return rc;
}

static int
check_against(const struct cli *c, const tandem_pack *p)
{
    const char *path = args_option(&c->args, "against");
    tandem_error e = cli_no_error(c);
    tandem_pack *old = NULL;
    tandem_err err;

    if (path == NULL) {
        return CLI_DONE;
    }
    err = load(path, &old, &e);
    if (err == TANDEM_OK) {
        err = tandem_pack_follows(old, p, &e);
    }
    tandem_pack_free(old);
    return err != TANDEM_OK ? cli_fail(c, &e) : CLI_DONE;
}

static int
publish(struct cli *c, const tandem_pack *p)
{
    tandem_error e = cli_no_error(c);
    int rc = cli_open(c, CLI_EXISTING);

    if (rc == CLI_DONE && tandem_pack_publish(c->store, p, &e) != TANDEM_OK) {
        rc = cli_fail(c, &e);
    }
    return rc;
}

int
verb_pack(struct cli *c)
{
    const char *what = c->args.words[0], *path = c->args.words[1];
    bool build = strcmp(what, "build") == 0;
    bool check = strcmp(what, "check") == 0;
    tandem_error e = cli_no_error(c);
    tandem_schema *s = NULL;
    tandem_pack *p = NULL;
    size_t kinds;
    int rc;

    if (!build && !check && strcmp(what, "publish") != 0) {
        return cli_bad_use(
            c, _("usage: tandem %s %s"), "pack", "build|check|publish FILE");
    }
    if ((build ? pack_build(path, &p, &e) : load(path, &p, &e)) != TANDEM_OK) {
        return cli_fail(c, &e);
    }
    if (tandem_pack_schema(p, &s) != TANDEM_OK) {
        tandem_pack_free(p);
        return cli_fail_with(c, TANDEM_ENOMEM, _("out of memory"));
    }
    kinds = tandem_schema_kind_count(s);
    tandem_schema_free(s);
    if (build) {
        rc = build_file(c, path, p, kinds);
    } else {
        rc = check ? check_against(c, p) : publish(c, p);
        if (rc == CLI_DONE) {
            print_pack(c, p, kinds, NULL);
        }
    }
    tandem_pack_free(p);
    return rc;
}
