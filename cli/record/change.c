// SPDX-License-Identifier: Apache-2.0
// change.c - what a person types about one field made into an edit.
#include "record/change.h"
#include "record/record.h"

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

// "steps@2": the place, and the length of the name before it.
static size_t
place_of(const char *word, size_t *len)
{
    size_t at = *len;
    size_t n = 0;

    while (at > 0 && word[at - 1] >= '0' && word[at - 1] <= '9') {
        at--;
    }
    if (at < 2 || at == *len || *len - at > 6 || word[at - 1] != '@') {
        return 0;
    }
    for (size_t i = at; i < *len; i++) {
        n = n * 10 + (size_t)(word[i] - '0');
    }
    *len = n > 0 ? at - 1 : *len;
    return n;
}

tandem_err
change_read(const struct value_place *p, const tandem_kind_info *k,
    const char *word, struct change *out, tandem_error *e)
{
    const char *equals = strchr(word, '=');
    enum change_how how = CHANGE_SET;
    size_t len, place;
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
    place = place_of(word, &len);
    err = change_target(p, k, word, len, out, e);
    out->how = how;
    out->place = place;
    out->text = equals + 1;
    if (err == TANDEM_OK && place > 0 &&
        out->field->merge != TANDEM_MERGE_LIST) {
        err = cli_error(e, TANDEM_EVALUE, _("%s is no list: it has no places"),
            out->field->id);
    }
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
    tandem_value before[PARTS_MAX]; // what a cell says of another store's
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

// The end of a part: a `|` that no `\` stands before. In the part `\|` and `\\`
// become what they stand for; any other `\` is itself.
static char *
part_end(char *at)
{
    char *to = at;

    for (; *at != '\0' && *at != '|'; at++) {
        if (at[0] == '\\' && (at[1] == '|' || at[1] == '\\')) {
            at++;
        }
        *to++ = *at;
    }
    at = *at == '|' ? at + 1 : NULL;
    *to = '\0';
    return at;
}

// The id of another store by which a reference was found: it was written so
// itself when the record was not here yet.
static tandem_value
other_name(const char *text, const tandem_value *found)
{
    tandem_id id;

    return found->type == TANDEM_REF && tandem_id_parse(text, &id) &&
                   !tandem_id_equal(id, found->u.id)
               ? tandem_ref(id)
               : tandem_none();
}

static tandem_err
parts_fill(const struct value_place *p, const struct change *x, struct parts *a,
    tandem_error *e)
{
    for (char *at = a->text; at != NULL;) {
        char *next = part_end(at);
        tandem_value *v = &a->values[a->count];
        tandem_err err;

        if (a->count == PARTS_MAX) {
            return cli_error(e, TANDEM_ELIMIT, _("%s: more than %d values"),
                x->field->id, (int)PARTS_MAX);
        }
        err = value_read(p, &x->field->value, at, a->rooms[a->count], v, e);
        if (err != TANDEM_OK) {
            return err;
        }
        a->before[a->count] = other_name(at, v);
        a->count += v->type != TANDEM_NONE;
        at = next;
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
        if (err == TANDEM_OK && x->how == CHANGE_FILL &&
            a->before[i].type != TANDEM_NONE) {
            err = tandem_edit_remove(d, x->field->id, a->before[i]);
        }
    }
    parts_free(a);
    return err;
}

// ------------------------------------------------------------ lists and logs

static bool
stands_there(const struct change *x, const tandem_record *seen,
    const tandem_value *v, size_t *at)
{
    size_t n = seen != NULL ? tandem_record_items(seen, x->field->id) : 0;
    tandem_value item;

    for (*at = 0; v->type != TANDEM_NONE && *at < n; (*at)++) {
        if (tandem_record_item(seen, x->field->id, *at, &item, NULL) ==
                TANDEM_OK &&
            tandem_value_equal(&item, v)) {
            return true;
        }
    }
    return false;
}

// An element of a cell, unless it stands there; in the place of the name it
// had before, if that stands there.
static tandem_err
fill_one(const struct change *x, const struct parts *a, size_t i,
    tandem_edit *d, const tandem_record *seen)
{
    const char *field = x->field->id;
    size_t at;
    tandem_err err;

    if (stands_there(x, seen, &a->values[i], &at)) {
        return TANDEM_OK;
    }
    if (!stands_there(x, seen, &a->before[i], &at)) {
        return tandem_edit_add(d, field, a->values[i]);
    }
    err = tandem_edit_drop(d, field, at);
    return err == TANDEM_OK ? tandem_edit_insert(d, field, at, a->values[i])
                            : err;
}

// `steps=a|b` says the whole list. What begins and ends it as before stays; in
// between the old elements go and the new ones come.
static tandem_err
replace_list(const struct change *x, const struct parts *a, tandem_edit *d,
    const tandem_record *seen)
{
    const char *field = x->field->id;
    size_t n = seen != NULL ? tandem_record_items(seen, field) : 0;
    size_t head = 0, tail = 0;
    tandem_value v;
    tandem_err err = TANDEM_OK;

    while (head < n && head < a->count &&
           tandem_record_item(seen, field, head, &v, NULL) == TANDEM_OK &&
           tandem_value_equal(&v, &a->values[head])) {
        head++;
    }
    while (
        tail < n - head && tail < a->count - head &&
        tandem_record_item(seen, field, n - 1 - tail, &v, NULL) == TANDEM_OK &&
        tandem_value_equal(&v, &a->values[a->count - 1 - tail])) {
        tail++;
    }
    for (size_t i = n - tail; err == TANDEM_OK && i > head; i--) {
        err = tandem_edit_drop(d, field, i - 1);
    }
    for (size_t i = head; err == TANDEM_OK && i < a->count - tail; i++) {
        err = tandem_edit_insert(d, field, i, a->values[i]);
    }
    return err;
}

static tandem_err
apply_parts(const struct value_place *p, const struct change *x, tandem_edit *d,
    const tandem_record *seen, tandem_error *e)
{
    struct parts *a = NULL;
    tandem_err err = parts_read(p, x, &a, e);

    if (err != TANDEM_OK) {
        return err;
    }
    if (x->how == CHANGE_SET) {
        err = replace_list(x, a, d, seen);
    }
    for (size_t i = 0; err == TANDEM_OK && x->how != CHANGE_SET && i < a->count;
         i++) {
        if (x->how == CHANGE_REMOVE) {
            err = tandem_edit_remove(d, x->field->id, a->values[i]);
        } else if (x->how == CHANGE_ADD) {
            err = tandem_edit_add(d, x->field->id, a->values[i]);
        } else {
            err = fill_one(x, a, i, d, seen);
        }
    }
    parts_free(a);
    return err;
}

// "@N" with what stands behind the sign.
static tandem_err
apply_place(const struct value_place *p, const struct change *x, tandem_edit *d,
    tandem_error *e)
{
    const char *field = x->field->id;
    char room[TANDEM_PARSE_ROOM];
    size_t len = strlen(x->text);
    size_t to = 0;
    tandem_value v;
    tandem_err err;

    if (x->how == CHANGE_ADD) {
        err = value_read(p, &x->field->value, x->text, room, &v, e);
        return err == TANDEM_OK ? tandem_edit_insert(d, field, x->place - 1, v)
                                : err;
    }
    if (x->how == CHANGE_REMOVE && len == 0) {
        return tandem_edit_drop(d, field, x->place - 1);
    }
    if (x->how == CHANGE_SET && len > 0 && len <= 6 &&
        strspn(x->text, "0123456789") == len) {
        to = strtoul(x->text, NULL, 10);
    }
    if (to == 0) {
        return cli_error(e, TANDEM_EVALUE,
            _("of a list write %s@2+=value (put there), %s@2=5 (move there) or "
              "%s@2-= (take away); places count from 1"),
            field, field, field);
    }
    return tandem_edit_move(d, field, x->place - 1, to - 1);
}

static tandem_err
apply_line(const struct value_place *p, const struct change *x, tandem_edit *d,
    tandem_error *e)
{
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;
    tandem_err err;

    if (x->how != CHANGE_ADD) {
        return cli_error(e, TANDEM_EVALUE,
            _("%s is a log, lines are only added: write %s+=line"),
            x->field->id, x->field->id);
    }
    err = value_read(p, &x->field->value, x->text, room, &v, e);
    return err == TANDEM_OK ? tandem_edit_add(d, x->field->id, v) : err;
}

// --------------------------------------------------------- maps and counters

static tandem_err
apply_map(const struct value_place *p, const struct change *x, tandem_edit *d,
    tandem_error *e)
{
    struct value_place place = *p;
    char room[TANDEM_PARSE_ROOM];
    tandem_value v;
    tandem_err err;

    if (!x->keyed || x->how != CHANGE_SET) {
        return cli_error(e, TANDEM_EVALUE, _("%s is a map: write %s.KEY=value"),
            x->field->id, x->field->id);
    }
    // A text is kept as it is typed here too.
    place.exact = p->exact || x->field->value.base == TANDEM_FIELD_TEXT;
    err = value_read(&place, &x->field->value, x->text, room, &v, e);
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
    case TANDEM_MERGE_LIST:
        return x->place > 0 ? apply_place(p, x, d, e)
                            : apply_parts(p, x, d, seen, e);
    case TANDEM_MERGE_LOG:
        return x->how == CHANGE_FILL ? apply_parts(p, x, d, seen, e)
                                     : apply_line(p, x, d, e);
    case TANDEM_MERGE_UNKNOWN:
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
