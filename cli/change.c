// SPDX-License-Identifier: Apache-2.0
// change.c - what a person types about one field made into an edit.
#include "change.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 256, PARTS_MAX = 1024 };

static tandem_err
key_of(const struct value_place *p, struct change *x, const char *text,
    size_t len, tandem_error *e)
{
    x->key_text = malloc(len + 1);
    if (x->key_text == NULL) {
        return cli_error(e, TANDEM_ENOMEM, _("out of memory"));
    }
    memcpy(x->key_text, text, len);
    x->key_text[len] = '\0';
    x->keyed = true;
    return value_read(p, &x->field->key, x->key_text, x->key_room, &x->key, e);
}

tandem_err
change_target(const struct value_place *p, const tandem_kind_info *k,
    const char *name, size_t len, struct change *out, tandem_error *e)
{
    char whole[NAME_BYTES_MAX];

    memset(out, 0, sizeof(*out));
    if (len == 0 || len >= sizeof(whole)) {
        return cli_error(e, TANDEM_EKIND, _("that is no field's name"));
    }
    memcpy(whole, name, len);
    whole[len] = '\0';
    out->field = tandem_kind_field(k, whole);
    if (out->field != NULL) {
        return TANDEM_OK;
    }
    // "map.key": terms may hold dots themselves, so every dot is tried.
    for (char *dot = strchr(whole, '.'); dot != NULL;
         dot = strchr(dot + 1, '.')) {
        *dot = '\0';
        out->field = tandem_kind_field(k, whole);
        *dot = '.';
        if (out->field != NULL && out->field->merge == TANDEM_MERGE_MAP) {
            size_t before = (size_t)(dot - whole) + 1;

            return key_of(p, out, name + before, len - before, e);
        }
    }
    (void)cli_error(e, TANDEM_EKIND,
        _("%s has no field \"%s\"; see: tandem kinds %s"), k->id, whole, k->id);
    (void)snprintf(e->field, sizeof(e->field), "%.47s", whole);
    return TANDEM_EKIND;
}

tandem_err
change_read(const struct value_place *p, const tandem_kind_info *k,
    const char *word, struct change *out, tandem_error *e)
{
    const char *equals = strchr(word, '=');
    enum change_how how = CHANGE_SET;
    size_t len;
    tandem_err err;

    memset(out, 0, sizeof(*out));
    if (equals == NULL || equals == word) {
        return cli_error(e, TANDEM_EMISUSE,
            _("\"%s\" is not field=value, field+=value or field-=value"), word);
    }
    len = (size_t)(equals - word);
    if (word[len - 1] == '+' || word[len - 1] == '-') {
        how = word[len - 1] == '+' ? CHANGE_ADD : CHANGE_REMOVE;
        len--;
    }
    err = change_target(p, k, word, len, out, e);
    out->how = how;
    out->text = equals + 1;
    return err;
}

void
change_free(struct change *x)
{
    free(x->key_text);
    x->key_text = NULL;
}

size_t
change_versions(const struct change *x, const tandem_record *r)
{
    return tandem_record_versions(r, x->field->id, x->keyed ? &x->key : NULL);
}

bool
change_disputed(const struct change *x, const tandem_record *r)
{
    return record_disputed(r, x->field, x->keyed ? &x->key : NULL);
}

// --------------------------------------------------------------------- sets

// The values of one cell, between `|`.
struct parts {
    char *text; // cut into strings
    size_t count;
    tandem_value values[PARTS_MAX];
    char (*rooms)[TANDEM_PARSE_ROOM];
};

static void
parts_free(struct parts *a)
{
    if (a != NULL) {
        free(a->text);
        free(a->rooms);
        free(a);
    }
}

static tandem_err
parts_fill(const struct value_place *p, const struct change *x, struct parts *a,
    tandem_error *e)
{
    for (char *at = a->text; at != NULL;) {
        char *bar = strchr(at, '|');
        tandem_value *v = &a->values[a->count];
        tandem_err err;

        if (bar != NULL) {
            *bar = '\0';
        }
        if (a->count == PARTS_MAX) {
            return cli_error(e, TANDEM_ELIMIT, _("%s: more than %d values"),
                x->field->id, (int)PARTS_MAX);
        }
        err = value_read(p, &x->field->value, at, a->rooms[a->count], v, e);
        if (err != TANDEM_OK) {
            return err;
        }
        a->count += v->type != TANDEM_NONE;
        at = bar != NULL ? bar + 1 : NULL;
    }
    return TANDEM_OK;
}

static tandem_err
parts_read(const struct value_place *p, const struct change *x,
    struct parts **out, tandem_error *e)
{
    struct parts *a = calloc(1, sizeof(*a));
    tandem_err err;

    if (a != NULL) {
        a->text = strdup(x->text);
        a->rooms = calloc(PARTS_MAX + 1, TANDEM_PARSE_ROOM);
    }
    if (a == NULL || a->text == NULL || a->rooms == NULL) {
        parts_free(a);
        return cli_error(e, TANDEM_ENOMEM, _("out of memory"));
    }
    err = parts_fill(p, x, a, e);
    if (err != TANDEM_OK) {
        parts_free(a);
        return err;
    }
    *out = a;
    return TANDEM_OK;
}

static bool
parts_hold(const struct parts *a, const tandem_value *v)
{
    for (size_t i = 0; i < a->count; i++) {
        if (tandem_value_equal(&a->values[i], v)) {
            return true;
        }
    }
    return false;
}

// `tags=a|b` says the whole set: what it does not name goes.
static tandem_err
drop_others(const struct change *x, const struct parts *a, tandem_edit *d,
    const tandem_record *seen)
{
    size_t n = seen != NULL ? tandem_record_items(seen, x->field->id) : 0;
    tandem_value key, value;
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; err == TANDEM_OK && i < n; i++) {
        err = tandem_record_item(seen, x->field->id, i, &key, &value);
        if (err == TANDEM_OK && key.type != TANDEM_NONE &&
            !parts_hold(a, &key)) {
            err = tandem_edit_remove(d, x->field->id, key);
        }
    }
    return err;
}

static tandem_err
apply_set(const struct value_place *p, const struct change *x, tandem_edit *d,
    const tandem_record *seen, tandem_error *e)
{
    struct parts *a = NULL;
    tandem_err err = parts_read(p, x, &a, e);

    if (err != TANDEM_OK) {
        return err;
    }
    if (x->how == CHANGE_SET) {
        err = drop_others(x, a, d, seen);
    }
    for (size_t i = 0; err == TANDEM_OK && i < a->count; i++) {
        err = x->how == CHANGE_REMOVE
                  ? tandem_edit_remove(d, x->field->id, a->values[i])
                  : tandem_edit_add(d, x->field->id, a->values[i]);
    }
    parts_free(a);
    return err;
}

// --------------------------------------------------------- maps and counters

static tandem_err
apply_map(const struct value_place *p, const struct change *x, tandem_edit *d,
    tandem_error *e)
{
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;
    tandem_err err;

    if (!x->keyed || x->how != CHANGE_SET) {
        return cli_error(e, TANDEM_EVALUE, _("%s is a map: write %s.KEY=value"),
            x->field->id, x->field->id);
    }
    err = value_read(p, &x->field->value, x->text, room, &v, e);
    if (err != TANDEM_OK) {
        return err;
    }
    return v.type == TANDEM_NONE ? tandem_edit_remove(d, x->field->id, x->key)
                                 : tandem_edit_put(d, x->field->id, x->key, v);
}

static tandem_err
apply_count(const struct value_place *p, const struct change *x, tandem_edit *d,
    const tandem_record *seen, tandem_error *e)
{
    char room[TANDEM_PARSE_ROOM];
    tandem_value v, now = tandem_int(0);
    tandem_err err = value_read(p, &x->field->value, x->text, room, &v, e);
    int64_t delta = v.type == TANDEM_INT ? v.u.i : 0;

    if (err != TANDEM_OK) {
        return err;
    }
    if (x->how == CHANGE_SET && seen != NULL &&
        tandem_record_get(seen, x->field->id, &now) == TANDEM_OK &&
        now.type == TANDEM_INT) {
        if (__builtin_sub_overflow(delta, now.u.i, &delta)) {
            return cli_error(e, TANDEM_EVALUE, _("%s: the number is too large"),
                x->field->id);
        }
    } else if (x->how == CHANGE_REMOVE &&
               __builtin_sub_overflow((int64_t)0, delta, &delta)) {
        return cli_error(
            e, TANDEM_EVALUE, _("%s: the number is too large"), x->field->id);
    }
    return tandem_edit_count(d, x->field->id, delta);
}

static tandem_err
apply_register(const struct value_place *p, const struct change *x,
    tandem_edit *d, tandem_error *e)
{
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;
    tandem_err err;

    if (x->how != CHANGE_SET) {
        return cli_error(e, TANDEM_EVALUE,
            _("%s holds one value: write %s=value"), x->field->id,
            x->field->id);
    }
    err = value_read(p, &x->field->value, x->text, room, &v, e);
    return err == TANDEM_OK ? tandem_edit_set(d, x->field->id, v) : err;
}

static tandem_err
apply(const struct value_place *p, const struct change *x, tandem_edit *d,
    const tandem_record *seen, tandem_error *e)
{
    switch (x->field->merge) {
    case TANDEM_MERGE_SET:
        return apply_set(p, x, d, seen, e);
    case TANDEM_MERGE_MAP:
        return apply_map(p, x, d, e);
    case TANDEM_MERGE_COUNTER:
        return apply_count(p, x, d, seen, e);
    case TANDEM_MERGE_TEXT:
        // A text is kept as it is typed, spaces and line ends included.
        return x->how == CHANGE_SET
                   ? tandem_edit_set(d, x->field->id,
                         x->text[0] != '\0' ? tandem_str(x->text)
                                            : tandem_none())
                   : apply_register(p, x, d, e);
    case TANDEM_MERGE_VIS:
    case TANDEM_MERGE_QUIET:
    case TANDEM_MERGE_ONCE:
    case TANDEM_MERGE_STATE:
        return apply_register(p, x, d, e);
    case TANDEM_MERGE_UNKNOWN:
    case TANDEM_MERGE_LIST:
    case TANDEM_MERGE_LOG:
    case TANDEM_MERGE_DERIVED:
        break;
    }
    // The library refuses these, and says why.
    return tandem_edit_set(d, x->field->id, tandem_none());
}

tandem_err
change_apply(const struct value_place *p, const struct change *x, tandem_txn *t,
    tandem_edit *d, const tandem_record *seen, tandem_error *e)
{
    tandem_err err = apply(p, x, d, seen, e);

    if (err == TANDEM_OK) {
        return TANDEM_OK;
    }
    // When the edit failed and not the reading, the txn has the sentence.
    (void)tandem_txn_failed(t, e);
    e->code = err;
    if (e->field[0] == '\0') {
        (void)snprintf(e->field, sizeof(e->field), "%s", x->field->id);
    }
    return err;
}
