// SPDX-License-Identifier: Apache-2.0
// kind.c - reads the kinds of a pack and their fields.
#include "schema/parse.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "schema/type.h"

/* ------------------------------------------------------------------ fields */

static tandem_err
type_fault(const struct td_parse *p, enum td_type_fault fault,
    const tandem_field_info *f)
{
    switch (fault) {
    case TD_TYPE_FINE:
        return TANDEM_OK;
    case TD_TYPE_NOMEM:
        return td_parse_nomem(p);
    case TD_TYPE_ENUM:
        return td_parse_broken(p, TANDEM_EVALUE,
            "the type names an enumeration that the pack does not have",
            "le type nomme une énumération que le paquet n'a pas", f->type);
    case TD_TYPE_LIMIT:
        return td_parse_broken(p, TANDEM_EVALUE,
            "a str holds 1 to 16384 characters",
            "un str compte de 1 à 16384 caractères", f->type);
    case TD_TYPE_MERGE:
        return td_parse_broken(p, TANDEM_EVALUE,
            "this merge type is not for this type",
            "ce type de fusion ne va pas avec ce type", f->type);
    case TD_TYPE_SYNTAX:
        break;
    }
    return td_parse_broken(p, TANDEM_EVALUE, "the type cannot be read",
        "le type est illisible", f->type);
}

// P0..P3. A class of a newer version counts as the most private.
static uint8_t
read_class(const struct td_map *m)
{
    return td_parse_says(m, TD_KEY_CLASS, "P0")   ? 0
           : td_parse_says(m, TD_KEY_CLASS, "P1") ? 1
           : td_parse_says(m, TD_KEY_CLASS, "P2") ? 2
                                                  : 3;
}

static tandem_err
read_field_flags(
    const struct td_parse *p, const struct td_map *m, tandem_field_info *f)
{
    bool required;
    bool retired;
    bool stop;
    bool code = td_parse_says(m, TD_KEY_MAKE, "code");
    bool index = td_parse_says(m, TD_KEY_INDEX, "equal");

    TD_TRY(td_parse_flag(p, m, TD_KEY_REQUIRED, &required));
    TD_TRY(td_parse_flag(p, m, TD_KEY_RETIRED, &retired));
    TD_TRY(td_parse_flag(p, m, TD_KEY_STOP, &stop));
    if (stop && (f->merge != TANDEM_MERGE_STATE ||
                    f->value.base != TANDEM_FIELD_BOOL)) {
        return td_parse_broken(p, TANDEM_EVALUE,
            "a field with a stop is of type bool and merge state; of words, "
            "mark the word",
            "un champ à arrêt est de type bool et de fusion state ; pour des "
            "mots, marquez le mot",
            f->type);
    }
    if (code &&
        (f->merge != TANDEM_MERGE_ONCE || f->value.base != TANDEM_FIELD_STR)) {
        return td_parse_broken(p, TANDEM_EVALUE,
            "a short code is of type str and merge once",
            "un code court est de type str et de fusion once", f->type);
    }
    if (index &&
        (f->merge == TANDEM_MERGE_TEXT || f->merge == TANDEM_MERGE_COUNTER ||
            f->merge == TANDEM_MERGE_MAP || f->merge == TANDEM_MERGE_LIST ||
            f->merge == TANDEM_MERGE_LOG)) {
        return td_parse_broken(p, TANDEM_EVALUE,
            "text, counters, maps, lists and logs cannot be indexed",
            "texte, compteur, dictionnaire, liste et journal ne s'indexent pas",
            f->type);
    }
    f->flags |= (required ? TANDEM_FIELD_REQUIRED : 0U) |
                (retired ? TANDEM_FIELD_RETIRED : 0U) |
                (code ? TANDEM_FIELD_CODE : 0U) |
                (stop ? TANDEM_FIELD_STOP : 0U) |
                (index ? TANDEM_FIELD_INDEXED : 0U);
    return TANDEM_OK;
}

static tandem_err
read_field(struct td_parse *p, tandem_slice raw, tandem_field_info *f)
{
    struct td_map m;
    const char *merge = NULL;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "fields");
    }
    TD_TRY(td_parse_ident(p, &m, TD_KEY_ID, false, &f->id));
    p->field = f->id;
    TD_TRY(td_parse_n(p, &m, TD_KEY_N, &f->n));
    TD_TRY(td_parse_text(p, &m, TD_KEY_FR, &f->fr));
    TD_TRY(td_parse_text(p, &m, TD_KEY_EN, &f->en));
    TD_TRY(td_parse_text(p, &m, TD_KEY_TYPE, &f->type));
    TD_TRY(td_parse_text(p, &m, TD_KEY_MERGE, &merge));
    f->merge = td_merge_of(merge);
    f->privacy = read_class(&m);
    TD_TRY(type_fault(p, td_type_read(p->pack, f), f));
    TD_TRY(read_field_flags(p, &m, f));
    TD_TRY(td_parse_bounds(p, &m, f));
    p->field = NULL;
    return TANDEM_OK;
}

// Indexes 0..n-1 in the order of the uint32_t at `offset` of each element.
static uint16_t *
order_by_n(
    struct td_parse *p, const void *items, size_t n, size_t size, size_t offset)
{
    const uint8_t *base = items;
    uint16_t *order = td_arena_array(&p->pack->arena, n + 1, sizeof *order);

    if (order == NULL) {
        return NULL;
    }
    // Insertion sort: at most 512, nearly always in order already.
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        uint32_t ni;
        uint32_t nj;

        memcpy(&ni, base + i * size + offset, sizeof ni);
        for (; at > 0; at--) {
            memcpy(&nj, base + order[at - 1] * size + offset, sizeof nj);
            if (nj <= ni) {
                break;
            }
            order[at] = order[at - 1];
        }
        order[at] = (uint16_t)i;
    }
    return order;
}

static tandem_err
read_fields(struct td_parse *p, tandem_slice raw, struct td_kind *k)
{
    struct td_cur c;
    tandem_field_info *f = NULL;
    size_t n = 0;

    TD_TRY(td_parse_array(
        p, raw, "fields", TD_KIND_FIELDS_MAX, sizeof *f, &c, &n, &f));
    k->info.code_field = -1;
    for (size_t i = 0; i < n; i++) {
        TD_TRY(read_field(p, td_cur_raw(&c), &f[i]));
        for (size_t j = 0; j < i; j++) {
            if (f[j].n == f[i].n || strcmp(f[j].id, f[i].id) == 0) {
                return td_parse_twice(p, f[i].id);
            }
        }
        if ((f[i].flags & TANDEM_FIELD_CODE) != 0) {
            if (k->info.code_field >= 0) {
                return td_parse_twice(p, f[i].id);
            }
            k->info.code_field = (int32_t)i;
        }
    }
    k->info.fields = f;
    k->info.field_count = n;
    td_cur_sub(&c, raw);
    (void)td_cur_array(&c, SIZE_MAX);
    for (size_t i = 0; i < n; i++) {
        struct td_map m;

        if (td_parse_map(td_cur_raw(&c), &m)) {
            TD_TRY(td_parse_since(p, &m, &k->info, &f[i]));
        }
    }
    k->by_n = order_by_n(p, f, n, sizeof *f, offsetof(tandem_field_info, n));
    return k->by_n != NULL ? TANDEM_OK : td_parse_nomem(p);
}

/* ------------------------------------------------------------------- kinds */

// A list of this kind's own fields, by identifier.
static tandem_err
read_field_list(const struct td_parse *p, const struct td_map *m, enum td_key k,
    const tandem_kind_info *kind, const uint16_t **out, size_t *count)
{
    struct td_cur c;
    uint16_t *list = NULL;
    size_t n = 0;

    if (!td_parse_has(m, k)) {
        return TANDEM_OK;
    }
    TD_TRY(td_parse_array(p, m->at[k], td_key_names[k], TD_KIND_LIST_MAX,
        sizeof *list, &c, &n, &list));
    for (size_t i = 0; i < n; i++) {
        tandem_slice id = td_cur_str(&c, TD_NAME_BYTES_MAX);
        size_t f = 0;

        while (f < kind->field_count &&
               !td_slice_eq(id, td_slice_str(kind->fields[f].id))) {
            f++;
        }
        if (td_cur_failed(&c) || f == kind->field_count) {
            return td_parse_broken(p, TANDEM_EVALUE,
                "a list names a field that the kind does not have",
                "une liste nomme un champ que le type n'a pas",
                td_key_names[k]);
        }
        list[i] = (uint16_t)f;
    }
    *out = list;
    *count = n;
    return TANDEM_OK;
}

// What a record's id is made of has to be there from the beginning, to be the
// same on every device, and to fit a key.
static tandem_err
read_one_per(
    const struct td_parse *p, const struct td_map *m, tandem_kind_info *info)
{
    TD_TRY(read_field_list(
        p, m, TD_KEY_ONE_PER, info, &info->one_per, &info->one_per_count));
    if (info->one_per_count > TANDEM_ONE_PER_MAX) {
        return td_parse_broken(p, TANDEM_ELIMIT,
            "one_per names at most four fields",
            "one_per nomme quatre champs au plus", NULL);
    }
    for (size_t i = 0; i < info->one_per_count; i++) {
        const tandem_field_info *f = &info->fields[info->one_per[i]];

        if (f->merge != TANDEM_MERGE_ONCE ||
            f->value.base != TANDEM_FIELD_REF) {
            return td_parse_broken(p, TANDEM_EVALUE,
                "one_per names references of merge once",
                "one_per nomme des références de fusion once", f->id);
        }
    }
    return TANDEM_OK;
}

static tandem_err
read_kind(struct td_parse *p, tandem_slice raw, struct td_kind *k)
{
    struct td_map m;
    tandem_kind_info *info = &k->info;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "kinds");
    }
    k->pack = p->pack;
    info->pack = p->pack->name;
    info->pack_version = p->pack->version;
    TD_TRY(td_parse_ident(p, &m, TD_KEY_ID, false, &info->id));
    p->kind = info->id;
    TD_TRY(td_parse_n(p, &m, TD_KEY_N, &info->n));
    TD_TRY(td_parse_text(p, &m, TD_KEY_FR, &info->fr));
    TD_TRY(td_parse_text(p, &m, TD_KEY_EN, &info->en));
    TD_TRY(td_parse_flag(p, &m, TD_KEY_RETIRED, &info->retired));
    info->retention = "";
    if (td_parse_has(&m, TD_KEY_RETENTION)) {
        TD_TRY(td_parse_text(p, &m, TD_KEY_RETENTION, &info->retention));
    }
    for (size_t i = 0; i < p->pack->retention_count; i++) {
        if (strcmp(p->pack->retentions[i].id, info->retention) == 0) {
            info->kept = &p->pack->retentions[i];
        }
    }
    TD_TRY(read_fields(p, m.at[TD_KEY_FIELDS], k));
    TD_TRY(read_field_list(
        p, &m, TD_KEY_TITLE, info, &info->title, &info->title_count));
    TD_TRY(read_field_list(
        p, &m, TD_KEY_SUBJECT, info, &info->subject, &info->subject_count));
    TD_TRY(read_one_per(p, &m, info));
    TD_TRY(td_parse_ids(
        p, &m, TD_KEY_WRITERS, &info->writers, &info->writer_count));
    TD_TRY(td_parse_rules(p, m.at[TD_KEY_RULES], info));
    p->kind = NULL;
    return TANDEM_OK;
}

tandem_err
td_parse_kinds(struct td_parse *p, tandem_slice raw)
{
    struct td_cur c;
    struct td_kind *k = NULL;
    size_t n = 0;

    TD_TRY(td_parse_array(
        p, raw, "kinds", TD_PACK_KINDS_MAX, sizeof *k, &c, &n, &k));
    for (size_t i = 0; i < n; i++) {
        TD_TRY(read_kind(p, td_cur_raw(&c), &k[i]));
        for (size_t j = 0; j < i; j++) {
            if (k[j].info.n == k[i].info.n ||
                strcmp(k[j].info.id, k[i].info.id) == 0) {
                return td_parse_twice(p, k[i].info.id);
            }
        }
    }
    p->pack->kinds = k;
    p->pack->kind_count = n;
    p->pack->by_n = order_by_n(p, k, n, sizeof *k,
        offsetof(struct td_kind, info) + offsetof(tandem_kind_info, n));
    return p->pack->by_n != NULL ? TANDEM_OK : td_parse_nomem(p);
}
