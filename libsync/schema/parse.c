// SPDX-License-Identifier: Apache-2.0
// parse.c - the parts that reading a pack is made of.
#include "schema/parse.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "schema/type.h"

const char *const td_key_names[TD_KEY_COUNT] = {
    "pack",
    "version",
    "follows",
    "enums",
    "kinds",
    "n",
    "id",
    "fr",
    "en",
    "retired",
    "title",
    "writers",
    "subject",
    "one_per",
    "retention",
    "fields",
    "type",
    "merge",
    "class",
    "index",
    "make",
    "required",
    "after",
    "stop",
    "checks",
    "watches",
    "retentions",
    "rules",
    "check",
    "min",
    "max",
    "low",
    "high",
    "not_before",
    "past",
    "duties",
    "match",
    "places",
    "find",
    "words",
    "refuse",
    "months",
    "when",
    "want",
    "field",
    "is",
    "word",
};

tandem_err
td_parse_broken(const struct td_parse *p, tandem_err code, const char *en,
    const char *fr, const char *which)
{
    bool french = p->e != NULL && p->e->lang == TANDEM_FR;
    const char *pack = p->pack->name;
    const char *kind = p->kind != NULL ? p->kind : "";
    const char *field = p->field != NULL ? p->field : "";
    const char *say = french ? fr : en;

    td_fail_field(p->e, field);
    if (pack == NULL) { // not even that was read
        return td_fail(p->e, code, "that is no pack: %s",
            "ce n'est pas un paquet : %s", say);
    }
    if (which == NULL || which[0] == '\0') {
        return td_fail(p->e, code, "pack %s%s%s%s%s: %s",
            "paquet %s%s%s%s%s : %s", pack, kind[0] ? "/" : "", kind,
            field[0] ? "." : "", field, say);
    }
    return td_fail(p->e, code, "pack %s%s%s%s%s: %s (%s)",
        "paquet %s%s%s%s%s : %s (%s)", pack, kind[0] ? "/" : "", kind,
        field[0] ? "." : "", field, say, which);
}

tandem_err
td_parse_damaged(const struct td_parse *p, const char *which)
{
    return td_parse_broken(p, TANDEM_ECORRUPT,
        "not built as packs are; build it again from its JSON",
        "n'est pas bâti comme un paquet ; rebâtissez-le depuis son JSON",
        which);
}

tandem_err
td_parse_nomem(const struct td_parse *p)
{
    return td_fail_code(p->e, TANDEM_ENOMEM);
}

// The key of that name, or TD_KEY_COUNT: of a newer version. Opening a store
// asks it thousands of times, so the first byte decides for most.
static size_t
key_of(tandem_slice name)
{
    for (size_t k = 0; name.len > 0 && k < TD_KEY_COUNT; k++) {
        if ((char)name.ptr[0] == td_key_names[k][0] &&
            td_slice_eq(name, td_slice_str(td_key_names[k]))) {
            return k;
        }
    }
    return TD_KEY_COUNT;
}

bool
td_parse_map(tandem_slice raw, struct td_map *out)
{
    struct td_cur c;
    size_t pairs;

    memset(out, 0, sizeof *out);
    td_cur_sub(&c, raw);
    pairs = td_cur_map(&c, TD_PACK_KEYS_MAX);
    for (size_t i = 0; i < pairs && !td_cur_failed(&c); i++) {
        size_t key = TD_KEY_COUNT;
        tandem_slice value;

        if (td_cur_peek(&c) == TD_MP_STR) {
            key = key_of(td_cur_str(&c, TD_PACK_BYTES_MAX));
        } else {
            (void)td_cur_raw(&c);
        }
        value = td_cur_raw(&c);
        if (key < TD_KEY_COUNT) {
            out->at[key] = value;
        }
    }
    return td_cur_done(&c);
}

bool
td_parse_has(const struct td_map *m, enum td_key k)
{
    return m->at[k].len > 0;
}

tandem_err
td_parse_n(const struct td_parse *p, const struct td_map *m, enum td_key k,
    uint32_t *out)
{
    struct td_cur c;
    uint64_t n;

    td_cur_sub(&c, m->at[k]);
    n = td_cur_uint_max(&c, INT32_MAX);
    if (!td_cur_done(&c) || n == 0) {
        return td_parse_damaged(p, td_key_names[k]);
    }
    *out = (uint32_t)n;
    return TANDEM_OK;
}

tandem_err
td_parse_text(const struct td_parse *p, const struct td_map *m, enum td_key k,
    const char **out)
{
    struct td_cur c;
    tandem_slice s;

    td_cur_sub(&c, m->at[k]);
    s = td_cur_str(&c, TD_NAME_BYTES_MAX);
    if (!td_cur_done(&c) || s.len == 0) {
        return td_parse_damaged(p, td_key_names[k]);
    }
    for (size_t i = 0; i < s.len; i++) {
        // C0, DEL and C1 (U+0080..U+009F): nothing that moves a cursor.
        if (s.ptr[i] < 0x20 || s.ptr[i] == 0x7f ||
            (s.ptr[i] == 0xc2 && s.ptr[i + 1] < 0xa0)) {
            return td_parse_damaged(p, td_key_names[k]);
        }
    }
    *out = td_arena_str(&p->pack->arena, s);
    return *out != NULL ? TANDEM_OK : td_parse_nomem(p);
}

tandem_err
td_parse_ident(const struct td_parse *p, const struct td_map *m, enum td_key k,
    bool dots, const char **out)
{
    const char *id = NULL;

    TD_TRY(td_parse_text(p, m, k, &id));
    if (!td_ident_valid(id, dots)) {
        return td_parse_broken(p, TANDEM_EVALUE,
            "an identifier is 1 to 47 of a-z 0-9 _ and begins with a letter",
            "un identifiant compte 1 à 47 signes a-z 0-9 _ et commence par "
            "une lettre",
            id);
    }
    *out = id;
    return TANDEM_OK;
}

tandem_err
td_parse_flag(
    const struct td_parse *p, const struct td_map *m, enum td_key k, bool *out)
{
    struct td_cur c;
    bool v;

    *out = false;
    if (!td_parse_has(m, k)) {
        return TANDEM_OK;
    }
    td_cur_sub(&c, m->at[k]);
    v = td_cur_bool(&c);
    if (!td_cur_done(&c)) {
        return td_parse_damaged(p, td_key_names[k]);
    }
    *out = v;
    return TANDEM_OK;
}

bool
td_parse_says(const struct td_map *m, enum td_key k, const char *word)
{
    struct td_cur c;
    tandem_slice s;

    if (!td_parse_has(m, k)) {
        return false;
    }
    td_cur_sub(&c, m->at[k]);
    s = td_cur_str(&c, TD_NAME_BYTES_MAX);
    return td_cur_done(&c) && td_slice_eq(s, td_slice_str(word));
}

tandem_err
td_parse_array(const struct td_parse *p, tandem_slice raw, const char *name,
    size_t max, size_t size, struct td_cur *c, size_t *count, void *out)
{
    void *items;

    td_cur_sub(c, raw);
    *count = td_cur_array(c, SIZE_MAX);
    if (td_cur_failed(c)) {
        return td_parse_damaged(p, name);
    }
    if (*count > max) {
        return td_parse_broken(
            p, TANDEM_ELIMIT, "too many entries", "trop d'entrées", name);
    }
    items = td_arena_array(&p->pack->arena, *count, size);
    if (items == NULL && *count > 0) {
        return td_parse_nomem(p);
    }
    memcpy(out, &items, sizeof items);
    return TANDEM_OK;
}

tandem_err
td_parse_twice(const struct td_parse *p, const char *id)
{
    return td_parse_broken(p, TANDEM_EVALUE,
        "a number or an identifier stands twice; each is used once for ever",
        "un numéro ou un identifiant figure deux fois ; chacun ne sert "
        "qu'une fois pour toutes",
        id);
}

tandem_err
td_parse_id(
    const struct td_parse *p, tandem_slice s, bool star, const char **out)
{
    char *id = td_arena_str(&p->pack->arena, s);

    if (id == NULL) {
        return td_parse_nomem(p);
    }
    // A NUL inside would make two different names look equal.
    if (strlen(id) != s.len ||
        (!td_ident_valid(id, false) && !(star && strcmp(id, "*") == 0))) {
        return td_parse_damaged(p, "id");
    }
    *out = id;
    return TANDEM_OK;
}

tandem_err
td_parse_int(const struct td_parse *p, const struct td_map *m, enum td_key k,
    int64_t *out)
{
    struct td_cur c;
    int64_t v;

    if (!td_parse_has(m, k)) {
        return TANDEM_OK;
    }
    td_cur_sub(&c, m->at[k]);
    v = td_cur_int(&c);
    if (!td_cur_done(&c)) {
        return td_parse_damaged(p, td_key_names[k]);
    }
    *out = v;
    return TANDEM_OK;
}

tandem_err
td_parse_ids(const struct td_parse *p, const struct td_map *m, enum td_key k,
    const char *const **out, size_t *count)
{
    struct td_cur c;
    const char **list = NULL;
    size_t n = 0;

    if (!td_parse_has(m, k)) {
        return TANDEM_OK;
    }
    TD_TRY(td_parse_array(p, m->at[k], td_key_names[k], TD_KIND_LIST_MAX,
        sizeof *list, &c, &n, &list));
    for (size_t i = 0; i < n; i++) {
        tandem_slice s = td_cur_str(&c, TD_NAME_BYTES_MAX);

        if (td_cur_failed(&c)) {
            return td_parse_damaged(p, td_key_names[k]);
        }
        TD_TRY(td_parse_id(p, s, true, &list[i]));
    }
    *out = list;
    *count = n;
    return TANDEM_OK;
}
