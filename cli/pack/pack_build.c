// SPDX-License-Identifier: Apache-2.0
// pack_build.c - JSON to canonical MessagePack, with jansson and msgpack-c.
//
// The bytes say what the JSON says, key for key: libsync/schema/pack.h. Maps
// are written in canonical order (shorter keys first, then by bytes), so that
// one JSON always gives the same bytes, whatever its spaces and order.
#include "pack/pack_build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <msgpack.h>

enum {
    KEYS_MAX = 1024,         // of one object; enumerations are the most
    FILE_MAX_BYTES = 4 << 20 // of JSON; built bytes are bounded by the parser
};

struct build {
    msgpack_packer pk;
    tandem_error *e;
    char where[160]; // "contact.name", for sentences
};

// What a key of an object may hold.
enum form {
    FORM_NUMBER,
    FORM_STRING,
    FORM_FLAG,
    FORM_STRINGS,
    FORM_ENUMS,
    FORM_KINDS,
    FORM_FIELDS,
    FORM_CHECKS,
    FORM_WATCHES,
    FORM_RETENTIONS,
    FORM_RULES,
    FORM_CLAUSES,
    FORM_DUTIES
};

struct key {
    const char *name;
    enum form form;
    const char *const *words; // FORM_STRING: the only ones, or NULL
};

static const char *const classes[] = {"P0", "P1", "P2", "P3", NULL};
static const char *const indexes[] = {"equal", NULL};
static const char *const makes[] = {"code", NULL};
static const char *const finds[] = {"words", "code", "iban", "nir", NULL};

static const struct key pack_keys[] = {
    {"pack", FORM_STRING, NULL},
    {"version", FORM_NUMBER, NULL},
    {"follows", FORM_STRING, NULL},
    {"enums", FORM_ENUMS, NULL},
    {"checks", FORM_CHECKS, NULL},
    {"watches", FORM_WATCHES, NULL},
    {"retentions", FORM_RETENTIONS, NULL},
    {"kinds", FORM_KINDS, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key word_keys[] = {
    {"n", FORM_NUMBER, NULL},
    {"id", FORM_STRING, NULL},
    {"fr", FORM_STRING, NULL},
    {"en", FORM_STRING, NULL},
    {"after", FORM_STRINGS, NULL},
    {"stop", FORM_FLAG, NULL},
    {"retired", FORM_FLAG, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key check_keys[] = {
    {"id", FORM_STRING, NULL},
    {"match", FORM_STRING, NULL},
    {"places", FORM_NUMBER, NULL},
    {"fr", FORM_STRING, NULL},
    {"en", FORM_STRING, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key watch_keys[] = {
    {"id", FORM_STRING, NULL},
    {"find", FORM_STRING, finds},
    {"words", FORM_STRINGS, NULL},
    {"refuse", FORM_FLAG, NULL},
    {"fr", FORM_STRING, NULL},
    {"en", FORM_STRING, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key retention_keys[] = {
    {"id", FORM_STRING, NULL},
    {"months", FORM_NUMBER, NULL},
    {"fr", FORM_STRING, NULL},
    {"en", FORM_STRING, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key rule_keys[] = {
    {"id", FORM_STRING, NULL},
    {"when", FORM_CLAUSES, NULL},
    {"want", FORM_CLAUSES, NULL},
    {"fr", FORM_STRING, NULL},
    {"en", FORM_STRING, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key clause_keys[] = {
    {"field", FORM_STRING, NULL},
    {"is", FORM_STRINGS, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key duty_keys[] = {
    {"word", FORM_STRING, NULL},
    {"writers", FORM_STRINGS, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key kind_keys[] = {
    {"n", FORM_NUMBER, NULL},
    {"id", FORM_STRING, NULL},
    {"fr", FORM_STRING, NULL},
    {"en", FORM_STRING, NULL},
    {"title", FORM_STRINGS, NULL},
    {"writers", FORM_STRINGS, NULL},
    {"subject", FORM_STRINGS, NULL},
    {"one_per", FORM_STRINGS, NULL},
    {"retention", FORM_STRING, NULL},
    {"rules", FORM_RULES, NULL},
    {"retired", FORM_FLAG, NULL},
    {"fields", FORM_FIELDS, NULL},
    {NULL, FORM_FLAG, NULL},
};
static const struct key field_keys[] = {
    {"n", FORM_NUMBER, NULL},
    {"id", FORM_STRING, NULL},
    {"fr", FORM_STRING, NULL},
    {"en", FORM_STRING, NULL},
    {"type", FORM_STRING, NULL},
    {"merge", FORM_STRING, NULL},
    {"class", FORM_STRING, classes},
    {"index", FORM_STRING, indexes},
    {"make", FORM_STRING, makes},
    {"required", FORM_FLAG, NULL},
    {"stop", FORM_FLAG, NULL},
    {"check", FORM_STRING, NULL},
    {"min", FORM_NUMBER, NULL},
    {"max", FORM_NUMBER, NULL},
    {"low", FORM_NUMBER, NULL},
    {"high", FORM_NUMBER, NULL},
    {"not_before", FORM_STRING, NULL},
    {"past", FORM_FLAG, NULL},
    {"duties", FORM_DUTIES, NULL},
    {"retired", FORM_FLAG, NULL},
    {NULL, FORM_FLAG, NULL},
};

static tandem_err fail(
    tandem_error *e, tandem_err code, const char *en, const char *fr, ...)
    __attribute__((format(printf, 3, 5))) __attribute__((format(printf, 4, 5)));

static tandem_err
fail(tandem_error *e, tandem_err code, const char *en, const char *fr, ...)
{
    va_list args;

    if (e == NULL) {
        return code;
    }
    va_start(args, fr);
    if (e->lang == TANDEM_FR) {
        (void)vsnprintf(e->msg, sizeof e->msg, fr, args);
    } else {
        (void)vsnprintf(e->msg, sizeof e->msg, en, args);
    }
    va_end(args);
    e->code = code;
    return code;
}

static tandem_err
wrong(struct build *b, const char *key)
{
    return fail(b->e, TANDEM_EVALUE,
        "pack, in \"%s\": \"%s\" is unknown here or not of the right form",
        "paquet, dans « %s » : « %s » est inconnu ici ou mal formé", b->where,
        key);
}

static void
put_str(struct build *b, const char *s)
{
    size_t n = strlen(s);

    msgpack_pack_str(&b->pk, n);
    msgpack_pack_str_body(&b->pk, s, n);
}

// The order of canonical maps: a shorter key's first byte is smaller.
static int
key_cmp(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    size_t m = strlen(*x);
    size_t n = strlen(*y);

    return m != n ? (m < n ? -1 : 1) : memcmp(*x, *y, m);
}

// The keys of `o` in canonical order; the caller frees.
static tandem_err
sorted_keys(struct build *b, json_t *o, const char ***out, size_t *count)
{
    const char **keys;
    void *it;
    size_t n = 0;

    if (!json_is_object(o) || json_object_size(o) > KEYS_MAX) {
        return wrong(b, "{}");
    }
    keys = calloc(json_object_size(o) + 1, sizeof *keys);
    if (keys == NULL) {
        return fail(b->e, TANDEM_ENOMEM, "out of memory", "mémoire épuisée");
    }
    for (it = json_object_iter(o); it != NULL;
         it = json_object_iter_next(o, it)) {
        keys[n++] = json_object_iter_key(it);
    }
    qsort(keys, n, sizeof *keys, key_cmp);
    *out = keys;
    *count = n;
    return TANDEM_OK;
}

static bool
word_known(const char *const *words, const char *s)
{
    if (words == NULL) {
        return true;
    }
    for (; *words != NULL; words++) {
        if (strcmp(*words, s) == 0) {
            return true;
        }
    }
    return false;
}

static tandem_err
put_strings(struct build *b, const char *name, json_t *list)
{
    if (!json_is_array(list)) {
        return wrong(b, name);
    }
    msgpack_pack_array(&b->pk, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);

        if (!json_is_string(v)) {
            return wrong(b, name);
        }
        put_str(b, json_string_value(v));
    }
    return TANDEM_OK;
}

// A value with nothing of ours inside.
static tandem_err
put_leaf(struct build *b, const struct key *k, json_t *v)
{
    if (k->form == FORM_NUMBER && json_is_integer(v)) {
        msgpack_pack_int64(&b->pk, json_integer_value(v));
        return TANDEM_OK;
    }
    if (k->form == FORM_FLAG && json_is_boolean(v)) {
        if (json_is_true(v)) {
            msgpack_pack_true(&b->pk);
        } else {
            msgpack_pack_false(&b->pk);
        }
        return TANDEM_OK;
    }
    if (k->form == FORM_STRING && json_is_string(v) &&
        word_known(k->words, json_string_value(v))) {
        put_str(b, json_string_value(v));
        return TANDEM_OK;
    }
    if (k->form == FORM_STRINGS) {
        return put_strings(b, k->name, v);
    }
    return wrong(b, k->name);
}

static const struct key *
key_of(const struct key *keys, const char *name)
{
    for (; keys->name != NULL; keys++) {
        if (strcmp(keys->name, name) == 0) {
            return keys;
        }
    }
    return NULL;
}

// An object whose values need more than put_leaf() are written by `inside`.
static tandem_err
put_object(struct build *b, json_t *o, const struct key *keys,
    tandem_err (*inside)(struct build *, const struct key *, json_t *))
{
    const char **names = NULL;
    size_t n = 0;
    tandem_err err = sorted_keys(b, o, &names, &n);

    if (err != TANDEM_OK) {
        return err;
    }
    msgpack_pack_map(&b->pk, n);
    for (size_t i = 0; i < n && err == TANDEM_OK; i++) {
        const struct key *k = key_of(keys, names[i]);

        if (k == NULL) {
            err = wrong(b, names[i]);
            break;
        }
        put_str(b, names[i]);
        err = inside(b, k, json_object_get(o, names[i]));
    }
    free(names);
    return err;
}

// The elements of an array, each an object; `where` names them by their id.
static tandem_err
put_objects(struct build *b, json_t *list, const struct key *keys,
    const char *name,
    tandem_err (*inside)(struct build *, const struct key *, json_t *))
{
    char before[sizeof b->where];
    tandem_err err = TANDEM_OK;

    if (!json_is_array(list)) {
        return wrong(b, name);
    }
    memcpy(before, b->where, sizeof before);
    msgpack_pack_array(&b->pk, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list) && err == TANDEM_OK; i++) {
        json_t *o = json_array_get(list, i);
        const char *id = json_string_value(json_object_get(o, "id"));

        (void)snprintf(b->where, sizeof b->where, "%.100s%s%.47s", before,
            before[0] != '\0' ? "." : "", id != NULL ? id : "?");
        err = put_object(b, o, keys, inside);
    }
    if (err == TANDEM_OK) {
        memcpy(b->where, before, sizeof before);
    }
    return err;
}

static tandem_err
put_field(struct build *b, const struct key *k, json_t *v)
{
    if (k->form == FORM_DUTIES) {
        return put_objects(b, v, duty_keys, k->name, put_leaf);
    }
    return put_leaf(b, k, v);
}

static tandem_err
put_rule(struct build *b, const struct key *k, json_t *v)
{
    if (k->form == FORM_CLAUSES) {
        return put_objects(b, v, clause_keys, k->name, put_leaf);
    }
    return put_leaf(b, k, v);
}

static tandem_err
put_kind(struct build *b, const struct key *k, json_t *v)
{
    if (k->form == FORM_FIELDS) {
        return put_objects(b, v, field_keys, k->name, put_field);
    }
    if (k->form == FORM_RULES) {
        return put_objects(b, v, rule_keys, k->name, put_rule);
    }
    return put_leaf(b, k, v);
}

static tandem_err
put_enums(struct build *b, json_t *o)
{
    const char **names = NULL;
    size_t n = 0;
    tandem_err err = sorted_keys(b, o, &names, &n);

    if (err != TANDEM_OK) {
        return err;
    }
    msgpack_pack_map(&b->pk, n);
    for (size_t i = 0; i < n && err == TANDEM_OK; i++) {
        put_str(b, names[i]);
        (void)snprintf(b->where, sizeof b->where, "%.100s", names[i]);
        err = put_objects(
            b, json_object_get(o, names[i]), word_keys, names[i], put_leaf);
    }
    if (err == TANDEM_OK) {
        b->where[0] = '\0';
    }
    free(names);
    return err;
}

static tandem_err
put_pack(struct build *b, const struct key *k, json_t *v)
{
    if (k->form == FORM_ENUMS) {
        return put_enums(b, v);
    }
    if (k->form == FORM_CHECKS) {
        return put_objects(b, v, check_keys, k->name, put_leaf);
    }
    if (k->form == FORM_WATCHES) {
        return put_objects(b, v, watch_keys, k->name, put_leaf);
    }
    if (k->form == FORM_RETENTIONS) {
        return put_objects(b, v, retention_keys, k->name, put_leaf);
    }
    if (k->form == FORM_KINDS) {
        return put_objects(b, v, kind_keys, k->name, put_kind);
    }
    return put_leaf(b, k, v);
}

// A word of a newer version would be passed over by the library; written by
// hand it is a mistake.
static tandem_err
check_known(const tandem_pack *p, tandem_schema *s, tandem_error *e)
{
    for (size_t i = 0; i < tandem_schema_kind_count(s); i++) {
        const tandem_kind_info *k = tandem_schema_kind_at(s, i);

        for (size_t j = 0; j < k->field_count; j++) {
            const tandem_field_info *f = &k->fields[j];

            if (f->merge == TANDEM_MERGE_UNKNOWN ||
                f->value.base == TANDEM_FIELD_UNKNOWN) {
                return fail(e, TANDEM_EVALUE,
                    "pack %s/%s.%s: unknown %s; look at the list of types "
                    "and merges",
                    "paquet %s/%s.%s : %s inconnu ; voyez la liste des types "
                    "et des fusions",
                    tandem_pack_name(p), k->id, f->id,
                    f->merge == TANDEM_MERGE_UNKNOWN ? "merge" : f->type);
            }
        }
    }
    return TANDEM_OK;
}

static tandem_err
parse_strict(const msgpack_sbuffer *buf, tandem_pack **out, tandem_error *e)
{
    tandem_pack *p = NULL;
    tandem_schema *s = NULL;
    tandem_err err;

    err = tandem_pack_parse(tandem_bytes(buf->data, buf->size), &p, e);
    if (err != TANDEM_OK) {
        return err;
    }
    err = tandem_pack_schema(p, &s);
    if (err == TANDEM_OK) {
        err = check_known(p, s, e);
    } else {
        (void)fail(e, err, "out of memory", "mémoire épuisée");
    }
    tandem_schema_free(s);
    if (err != TANDEM_OK) {
        tandem_pack_free(p);
        return err;
    }
    *out = p;
    return TANDEM_OK;
}

static tandem_err
load(const char *path, json_t **out, tandem_error *e)
{
    json_error_t je;
    FILE *f = fopen(path, "rb");
    long size = -1;
    json_t *root;

    if (f == NULL) {
        return fail(e, errno == ENOENT ? TANDEM_ENOTFOUND : TANDEM_EIO,
            "%s cannot be opened; check the path",
            "%s ne s'ouvre pas ; vérifiez le chemin", path);
    }
    if (fseek(f, 0, SEEK_END) == 0) {
        size = ftell(f);
    }
    if (size < 0 || fseek(f, 0, SEEK_SET) != 0) {
        (void)fclose(f);
        return fail(
            e, TANDEM_EIO, "%s cannot be read", "%s est illisible", path);
    }
    if (size > FILE_MAX_BYTES) {
        (void)fclose(f);
        return fail(e, TANDEM_ELIMIT, "%s is larger than %d bytes; split it",
            "%s dépasse %d octets ; scindez-le", path, FILE_MAX_BYTES);
    }
    root = json_loadf(f, JSON_REJECT_DUPLICATES, &je);
    (void)fclose(f);
    if (root == NULL) {
        return fail(e, TANDEM_EVALUE, "%s, line %d, column %d: %s",
            "%s, ligne %d, colonne %d : %s", path, je.line, je.column, je.text);
    }
    *out = root;
    return TANDEM_OK;
}

tandem_err
pack_build(const char *path, tandem_pack **out, tandem_error *e)
{
    struct build b = {.e = e, .where = ""};
    msgpack_sbuffer buf;
    json_t *root = NULL;
    tandem_err err = load(path, &root, e);

    if (err != TANDEM_OK) {
        return err;
    }
    msgpack_sbuffer_init(&buf);
    msgpack_packer_init(&b.pk, &buf, msgpack_sbuffer_write);
    msgpack_pack_array(&b.pk, 2);
    msgpack_pack_uint8(&b.pk, 1);
    err = put_object(&b, root, pack_keys, put_pack);
    if (err == TANDEM_OK) {
        err = parse_strict(&buf, out, e);
    }
    msgpack_sbuffer_destroy(&buf);
    json_decref(root);
    return err;
}
