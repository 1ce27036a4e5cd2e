// SPDX-License-Identifier: Apache-2.0
// past.c - one change of a record shown. See past.h.
#include "record/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/reason.h"

enum {
    SHORT = 8,      // signs of a change's name that people are shown
    AROUND = 12,    // bytes of a text around what changed
    TEXT_BYTES = 60 // of what changed
};

struct step {
    const tandem_touched *touched;
    const tandem_field_info *f;
    const tandem_record *before, *after; // NULL: nothing there
};

// ------------------------------------------------------------------- values

// What stands there, or NONE: a register's, a map entry's, a counter's, a
// text's; of a set, whether the element is in it.
static tandem_value
value_in(const struct step *s, const tandem_record *r)
{
    const tandem_value *key = &s->touched->key;
    tandem_value v = tandem_none(), k;

    if (r == NULL) {
        return v;
    }
    if (s->f->merge != TANDEM_MERGE_MAP && s->f->merge != TANDEM_MERGE_SET) {
        return tandem_record_get(r, s->f->id, &v) == TANDEM_OK ? v
                                                               : tandem_none();
    }
    for (size_t i = 0; tandem_record_item(r, s->f->id, i, &k, &v) == TANDEM_OK;
         i++) {
        if (tandem_value_equal(&k, key)) {
            return s->f->merge == TANDEM_MERGE_MAP ? v : k;
        }
    }
    return tandem_none();
}

static char *
items_text(const struct cli *c, const struct step *s, const tandem_record *r)
{
    size_t len = 0;
    char *text = NULL;
    FILE *to = open_memstream(&text, &len);
    tandem_value v;

    for (size_t i = 0;
         to != NULL && r != NULL &&
         tandem_record_item(r, s->f->id, i, &v, NULL) == TANDEM_OK;
         i++) {
        char *one = record_value_text(c, &s->f->value, &v);

        (void)fprintf(to, "%s%s", i > 0 ? " | " : "", one != NULL ? one : "");
        free(one);
    }
    if (to == NULL || fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static json_t *
items_json(const struct step *s, const tandem_record *r)
{
    json_t *list = json_array();
    tandem_value v;

    for (size_t i = 0;
         r != NULL && tandem_record_item(r, s->f->id, i, &v, NULL) == TANDEM_OK;
         i++) {
        (void)json_array_append_new(list, value_json(&s->f->value, &v));
    }
    return list;
}

static bool
is_list(const tandem_field_info *f)
{
    return f->merge == TANDEM_MERGE_LIST || f->merge == TANDEM_MERGE_LOG;
}

// All that stood there side by side: a choice was made between them.
static char *
versions_text(const struct cli *c, const struct step *s, const tandem_record *r)
{
    const tandem_value *key =
        s->f->merge == TANDEM_MERGE_MAP ? &s->touched->key : NULL;
    size_t len = 0;
    char *text = NULL;
    FILE *to = open_memstream(&text, &len);
    tandem_field_version v;

    for (size_t i = 0; to != NULL && tandem_record_version(
                                         r, s->f->id, key, i, &v) == TANDEM_OK;
         i++) {
        char *one = v.value.type != TANDEM_NONE
                        ? record_value_text(c, &s->f->value, &v.value)
                        : strdup(_("(nothing)"));

        (void)fprintf(to, "%s%s", i > 0 ? " | " : "", one != NULL ? one : "");
        free(one);
    }
    if (to == NULL || fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

// As people read it; freed by the caller.
static char *
side_text(const struct cli *c, const struct step *s, const tandem_record *r)
{
    const tandem_value v = is_list(s->f) ? tandem_none() : value_in(s, r);

    if (is_list(s->f)) {
        return items_text(c, s, r);
    }
    if (r != NULL && s->f->merge != TANDEM_MERGE_SET &&
        record_disputed(r, s->f,
            s->f->merge == TANDEM_MERGE_MAP ? &s->touched->key : NULL)) {
        return versions_text(c, s, r);
    }
    return v.type == TANDEM_NONE ? strdup("")
                                 : record_value_text(c, &s->f->value, &v);
}

static json_t *
side_json(const struct step *s, const tandem_record *r)
{
    const tandem_value v = is_list(s->f) ? tandem_none() : value_in(s, r);

    if (is_list(s->f)) {
        return items_json(s, r);
    }
    if (s->f->merge == TANDEM_MERGE_SET) {
        return json_boolean(v.type != TANDEM_NONE);
    }
    return v.type == TANDEM_NONE ? json_null() : value_json(&s->f->value, &v);
}

// --------------------------------------------------------------------- text

static void
print_name(const struct cli *c, const struct step *s)
{
    cli_print("    %s", term_of(c, s->f->fr, s->f->en));
    if (s->f->merge == TANDEM_MERGE_MAP) {
        char *key = record_key_text(c, s->f, &s->touched->key, false);

        cli_print(", %s", key != NULL ? key : "");
        free(key);
    }
    cli_print(_(": "));
}

static bool
inside_sign(char c)
{
    return ((unsigned char)c & 0xc0u) == 0x80u;
}

// Of two long texts the part that differs, with a little around it.
static void
print_text_side(const char *text, size_t from, size_t to)
{
    size_t begin = from > AROUND ? from - AROUND : 0;
    size_t end = to + AROUND < strlen(text) ? to + AROUND : strlen(text);
    const bool cut = end - begin > TEXT_BYTES + 2 * AROUND;

    end = cut ? begin + TEXT_BYTES + 2 * AROUND : end;
    while (begin > 0 && inside_sign(text[begin])) {
        begin--;
    }
    while (text[end] != '\0' && inside_sign(text[end])) {
        end++;
    }
    cli_print("\"%s", begin > 0 ? "..." : "");
    page_flat_bytes(PAGE_OUT, text + begin, end - begin);
    cli_print("%s\"", text[end] != '\0' ? "..." : "");
}

static void
print_texts(const char *was, const char *is)
{
    size_t a = strlen(was), b = strlen(is), from = 0;

    while (from < a && from < b && was[from] == is[from]) {
        from++;
    }
    while (a > from && b > from && was[a - 1] == is[b - 1]) {
        a--;
        b--;
    }
    print_text_side(was, from, a);
    cli_print(" -> ");
    print_text_side(is, from, b);
    cli_print("\n");
}

static void
print_step(const struct cli *c, const struct step *s)
{
    char *was = side_text(c, s, s->before);
    char *is = side_text(c, s, s->after);

    print_name(c, s);
    if (s->f->merge == TANDEM_MERGE_SET) {
        char *element = record_value_text(c, &s->f->value, &s->touched->key);
        const bool had = was != NULL && *was != '\0';
        const bool has = is != NULL && *is != '\0';

        cli_print("%s ", had == has ? "=" : has ? "+" : "-");
        page_flat(PAGE_OUT, element);
        cli_print("\n");
        free(element);
    } else if (was != NULL && is != NULL && *was != '\0' && *is != '\0' &&
               s->f->merge == TANDEM_MERGE_TEXT) {
        print_texts(was, is);
    } else {
        page_flat(PAGE_OUT, was != NULL && *was != '\0' ? was : _("(nothing)"));
        cli_print(" -> ");
        page_flat(PAGE_OUT, is != NULL && *is != '\0' ? is : _("(nothing)"));
        cli_print("\n");
    }
    free(was);
    free(is);
}

static void
print_mark(const struct step *s)
{
    cli_print("    %s\n",
        s->after != NULL && tandem_record_deleted(s->after) == TANDEM_TRASHED
            ? _("put in the bin")
            : _("taken out of the bin"));
}

static void
print_head(const struct cli *c, const tandem_past *p)
{
    char who[256], where[256], when[64];

    (void)cli_device_name(c, p->device, where);
    if (!p->read) {
        cli_print(_("(date unknown)  %s, entry %llu  - %s\n"), where,
            (unsigned long long)p->seq, _(reason_of(p->reason)->sentence));
        return;
    }
    value_moment(c, p->wall_ms, when);
    cli_print("%s  %s (%s)  %.*s%s\n", when, cli_person_name(c, p->person, who),
        where, SHORT, p->name,
        strchr(p->name, '.') != NULL ? strchr(p->name, '.') : "");
    if (p->why.len > 0) {
        cli_print(_("    reason: "));
        page_flat_bytes(PAGE_OUT, p->why.ptr, p->why.len);
        cli_print("\n");
    }
    if (p->made) {
        cli_print("    %s\n", _("made the record"));
    }
    if (!p->counts) {
        cli_print(
            _("    without effect: %s\n"), _(reason_of(p->reason)->sentence));
    }
}

// --------------------------------------------------------------------- JSON

static json_t *
step_json(const struct cli *c, const struct step *s)
{
    json_t *o = json_object();

    (void)json_object_set_new(o, "field", cli_json_text(s->f->id));
    if (s->f->merge == TANDEM_MERGE_MAP) {
        char *key = record_key_text(c, s->f, &s->touched->key, true);

        (void)json_object_set_new(o, "key", cli_json_text(key));
        free(key);
    } else if (s->f->merge == TANDEM_MERGE_SET) {
        (void)json_object_set_new(
            o, "element", value_json(&s->f->value, &s->touched->key));
    }
    (void)json_object_set_new(o, "old", side_json(s, s->before));
    (void)json_object_set_new(o, "new", side_json(s, s->after));
    return o;
}

static json_t *
mark_json(const struct step *s)
{
    return json_pack("{s:n,s:b,s:b}", "field", "old",
        s->before != NULL && tandem_record_deleted(s->before) == TANDEM_TRASHED,
        "new",
        s->after != NULL && tandem_record_deleted(s->after) == TANDEM_TRASHED);
}

static json_t *
head_json(const struct cli *c, const tandem_past *p)
{
    char name[256];
    json_t *o = json_object();

    (void)json_object_set_new(
        o, "change", p->read ? cli_json_text(p->name) : json_null());
    (void)json_object_set_new(o, "person",
        p->read ? cli_json_text(cli_person_name(c, p->person, name))
                : json_null());
    (void)json_object_set_new(
        o, "device", cli_json_text(cli_device_name(c, p->device, name)));
    (void)json_object_set_new(o, "entry", json_integer((json_int_t)p->seq));
    (void)json_object_set_new(
        o, "at", p->read ? value_moment_json(p->wall_ms) : json_null());
    (void)json_object_set_new(o, "made", json_boolean(p->made));
    (void)json_object_set_new(o, "counts", json_boolean(p->counts));
    if (p->reason != 0) {
        (void)json_object_set_new(
            o, "reason", json_string(reason_of(p->reason)->id));
    }
    if (p->why.len > 0) {
        (void)json_object_set_new(o, "why", cli_json_bytes(p->why));
    }
    return o;
}

// ------------------------------------------------------------------- changes

// One thing that was touched; false: a field no pack here knows.
static bool
step_of(const tandem_history *h, const tandem_touched *t, struct step *out)
{
    const tandem_kind_info *k = tandem_record_kind(tandem_history_record(h));

    out->touched = t;
    out->f = k != NULL && t->field != NULL && t->field[0] != '\0'
                 ? tandem_kind_field(k, t->field)
                 : NULL;
    return t->field != NULL;
}

static void
show_step(const struct cli *c, const struct step *s, json_t *steps)
{
    if (c->json) {
        (void)json_array_append_new(
            steps, s->f == NULL ? mark_json(s) : step_json(c, s));
    } else if (s->f == NULL) {
        print_mark(s);
    } else {
        print_step(c, s);
    }
}

static void
show_steps(const struct cli *c, tandem_history *h, size_t i,
    const tandem_field_info *field, const tandem_record *before,
    const tandem_record *after, json_t *steps)
{
    struct step s = {.before = before, .after = after};
    tandem_touched t;

    for (size_t k = 0; tandem_history_touched(h, i, k, &t) == TANDEM_OK; k++) {
        if (!step_of(h, &t, &s)) {
            if (!c->json) {
                cli_print("    %s\n", _("a field that no description of "
                                        "records here knows"));
            }
        } else if (field == NULL || s.f == field) {
            show_step(c, &s, steps);
        }
    }
}

static bool
touches(const tandem_history *h, size_t i, const tandem_field_info *field)
{
    tandem_touched t;

    for (size_t k = 0; tandem_history_touched(h, i, k, &t) == TANDEM_OK; k++) {
        if (t.field != NULL && strcmp(t.field, field->id) == 0) {
            return true;
        }
    }
    return false;
}

// NULL where nothing was, or where the change has no effect.
static tandem_err
view(const struct cli *c, tandem_history *h, size_t i, uint64_t flags,
    tandem_record **out)
{
    tandem_error e = cli_no_error(c);
    tandem_err err = tandem_history_seen(h, i, flags, out, &e);

    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        (void)cli_fail(c, &e);
        return err;
    }
    return TANDEM_OK;
}

static void
show_change(const struct cli *c, tandem_history *h, size_t i,
    const tandem_field_info *field, const tandem_past *p,
    const tandem_record *before, const tandem_record *after)
{
    json_t *o, *steps = json_array();

    if (!c->json) {
        print_head(c, p);
    }
    if (p->counts) {
        show_steps(c, h, i, field, before, after, steps);
    }
    if (c->json) {
        o = head_json(c, p);
        (void)json_object_set(o, "fields", steps);
        cli_json_line(o);
    }
    json_decref(steps);
}

int
past_show(const struct cli *c, tandem_history *h, size_t i,
    const tandem_field_info *field, size_t *shown)
{
    tandem_record *before = NULL, *after = NULL;
    tandem_err err;
    tandem_past p;

    if (tandem_history_at(h, i, &p) != TANDEM_OK ||
        (field != NULL && p.read && !touches(h, i, field))) {
        return CLI_DONE;
    }
    err = view(c, h, i, 0, &before);
    if (err == TANDEM_OK) {
        err = view(c, h, i, TANDEM_WITH_CHANGE, &after);
    }
    if (err == TANDEM_OK) {
        show_change(c, h, i, field, &p, before, after);
        (*shown)++;
    }
    tandem_record_free(before);
    tandem_record_free(after);
    return err == TANDEM_OK ? CLI_DONE : cli_exit_of(err, 0);
}

void
past_show_undone(const struct cli *c, tandem_history *h, size_t i,
    const tandem_record *before, const tandem_record *after)
{
    json_t *o, *steps = json_array();
    tandem_past p;

    if (tandem_history_at(h, i, &p) == TANDEM_OK) {
        if (p.made && !c->json) {
            cli_print("    %s\n", _("put in the bin"));
        }
        if (!p.made) {
            show_steps(c, h, i, NULL, before, after, steps);
        }
        if (c->json) {
            o = record_answer(c, after);
            (void)json_object_set_new(o, "undone", cli_json_text(p.name));
            (void)json_object_set_new(o, "deleted",
                json_boolean(tandem_record_deleted(after) == TANDEM_TRASHED));
            (void)json_object_set(o, "fields", steps);
            cli_json_line(o);
        }
    }
    json_decref(steps);
}
