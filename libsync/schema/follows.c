// SPDX-License-Identifier: Apache-2.0
// follows.c - may one version of a pack replace another?
//
// Two devices hold different versions for a while, and old records are read
// with the new one: so what travels (numbers, types, merges) stays, and what
// one of them accepts as a value only grows.
#include "schema/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

struct place {
    const struct td_pack *pack;
    tandem_error *e;
    const char *kind, *field;
};

static tandem_err
refuse(
    const struct place *at, const char *en, const char *fr, const char *which)
{
    bool french = at->e != NULL && at->e->lang == TANDEM_FR;

    td_fail_field(at->e, at->field);
    return td_fail(at->e, TANDEM_EVALUE, "pack %s/%s.%s: %s (%s)",
        "paquet %s/%s.%s : %s (%s)", at->pack->name, at->kind, at->field,
        french ? fr : en, which);
}

static size_t
word_len(const char *s)
{
    return strcspn(s, ":");
}

// The same type, or the same with a longer str.
static bool
type_follows(const char *was, const char *now)
{
    bool limit = false;

    for (;;) {
        size_t a = word_len(was);
        size_t b = word_len(now);

        if (limit && was[0] >= '0' && was[0] <= '9') {
            if (strtoul(now, NULL, 10) < strtoul(was, NULL, 10)) {
                return false;
            }
        } else if (a != b || memcmp(was, now, a) != 0) {
            return false;
        }
        limit = !limit && a == 3 && memcmp(was, "str", 3) == 0;
        if (was[a] != now[b]) {
            return false;
        }
        if (was[a] == '\0') {
            return true;
        }
        was += a + 1;
        now += b + 1;
    }
}

static tandem_err
field_follows(const struct place *at, const tandem_field_info *was,
    const tandem_field_info *now)
{
    if (strcmp(was->id, now->id) != 0) {
        return refuse(at,
            "a number keeps its identifier for ever; give the new field a "
            "new number",
            "un numéro garde son identifiant ; donnez au nouveau champ un "
            "nouveau numéro",
            now->id);
    }
    if (was->merge != now->merge) {
        return refuse(at, "a field's merge cannot change",
            "la fusion d'un champ ne change pas",
            tandem_merge_name(now->merge));
    }
    if (!type_follows(was->type, now->type)) {
        return refuse(at,
            "a field's type cannot change, except to a longer str",
            "le type d'un champ ne change pas, sauf pour un str plus long",
            now->type);
    }
    if ((now->flags & TANDEM_FIELD_REQUIRED) >
        (was->flags & TANDEM_FIELD_REQUIRED)) {
        return refuse(at, "a field cannot become required",
            "un champ ne devient pas obligatoire", now->id);
    }
    if ((now->flags & TANDEM_FIELD_CODE) != (was->flags & TANDEM_FIELD_CODE)) {
        return refuse(at, "the short code cannot move to another field",
            "le code court ne passe pas à un autre champ", now->id);
    }
    return TANDEM_OK;
}

// The same fields in the same order: the ids made of them stay.
static bool
one_per_same(const struct td_kind *was, const struct td_kind *now)
{
    if (was->info.one_per_count != now->info.one_per_count) {
        return false;
    }
    for (size_t i = 0; i < was->info.one_per_count; i++) {
        if (was->info.fields[was->info.one_per[i]].n !=
            now->info.fields[now->info.one_per[i]].n) {
            return false;
        }
    }
    return true;
}

static tandem_err
kind_follows(
    struct place *at, const struct td_kind *was, const struct td_kind *now)
{
    if (now == NULL || strcmp(was->info.id, now->info.id) != 0) {
        return refuse(at,
            "a kind cannot be taken away or renumbered; mark it retired",
            "un type ne s'enlève ni ne change de numéro ; marquez-le retiré",
            was->info.id);
    }
    for (size_t i = 0; i < was->info.field_count; i++) {
        const tandem_field_info *f = &was->info.fields[i];
        const tandem_field_info *g = td_kind_field_by_n(&now->info, f->n);

        at->field = f->id;
        if (g == NULL) {
            return refuse(at,
                "a field cannot be taken away or renumbered; mark it retired",
                "un champ ne s'enlève ni ne change de numéro ; marquez-le "
                "retiré",
                f->id);
        }
        TD_TRY(field_follows(at, f, g));
    }
    at->field = "";
    if (!one_per_same(was, now)) {
        return refuse(at, "what a kind has one record for cannot change",
            "ce pour quoi un type a une seule fiche ne change pas",
            was->info.id);
    }
    return TANDEM_OK;
}

static const tandem_enum_info *
enum_of(const struct td_pack *p, const char *id)
{
    for (size_t i = 0; i < p->enum_count; i++) {
        if (strcmp(p->enums[i].id, id) == 0) {
            return &p->enums[i];
        }
    }
    return NULL;
}

static tandem_err
enum_follows(
    struct place *at, const tandem_enum_info *was, const tandem_enum_info *now)
{
    at->kind = was->id;
    if (now == NULL) {
        return refuse(at, "an enumeration cannot be taken away",
            "une énumération ne s'enlève pas", was->id);
    }
    for (size_t i = 0; i < was->word_count; i++) {
        const tandem_word *w = tandem_enum_word(now, was->words[i].n);

        if (w == NULL || strcmp(w->id, was->words[i].id) != 0) {
            at->field = was->words[i].id;
            return refuse(at,
                "a word cannot be taken away or renumbered; mark it retired",
                "un mot ne s'enlève ni ne change de numéro ; marquez-le "
                "retiré",
                was->words[i].id);
        }
    }
    return TANDEM_OK;
}

tandem_err
td_pack_follows(
    const struct td_pack *p, const struct td_pack *later, tandem_error *e)
{
    struct place at = {later, e, "", ""};

    if (strcmp(p->name, later->name) != 0) {
        return td_fail(e, TANDEM_EVALUE,
            "pack %s cannot follow pack %s: another name is another pack",
            "le paquet %s ne peut suivre le paquet %s : un autre nom est un "
            "autre paquet",
            later->name, p->name);
    }
    if (later->version <= p->version) {
        return td_fail(e, TANDEM_EVALUE,
            "pack %s: version %u does not come after version %u; raise it",
            "paquet %s : la version %u ne vient pas après la version %u ; "
            "augmentez-la",
            p->name, (unsigned)later->version, (unsigned)p->version);
    }
    for (size_t i = 0; i < p->enum_count; i++) {
        TD_TRY(enum_follows(&at, &p->enums[i], enum_of(later, p->enums[i].id)));
    }
    for (size_t i = 0; i < p->kind_count; i++) {
        at.kind = p->kinds[i].info.id;
        TD_TRY(kind_follows(
            &at, &p->kinds[i], td_pack_kind_by_n(later, p->kinds[i].info.n)));
    }
    return TANDEM_OK;
}

tandem_err
tandem_pack_follows(
    const tandem_pack *p, const tandem_pack *later, tandem_error *e)
{
    return td_pack_follows(p, later, e);
}
