// SPDX-License-Identifier: Apache-2.0
// walk.h - touch everything in a parsed pack; a fault shows in a sanitizer
// or in an assertion. Shared by the tests and the fuzz driver.
#ifndef TD_TESTS_SCHEMA_WALK_H
#define TD_TESTS_SCHEMA_WALK_H

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "schema/form.h"
#include "schema/schema.h"
#include "schema/watch.h"

static inline void
walk_type(const struct td_pack *p, const tandem_value_type *t,
    const tandem_field_info *f)
{
    bool mine = false;

    if (t->base == TANDEM_FIELD_UNKNOWN) {
        return;
    }
    TD_ASSERT(t->field == f);
    TD_ASSERT((t->base == TANDEM_FIELD_STR) == (t->limit > 0));
    TD_ASSERT((t->base == TANDEM_FIELD_REF) == (t->ref != NULL));
    TD_ASSERT((t->base == TANDEM_FIELD_ENUM) == (t->words != NULL));
    if (t->ref != NULL) {
        TD_ASSERT(strlen(t->ref) > 0);
    }
    for (size_t i = 0; i < p->enum_count && t->words != NULL; i++) {
        mine = mine || t->words == &p->enums[i];
    }
    TD_ASSERT(t->words == NULL || mine);
}

static inline void
walk_field(const struct td_pack *p, const tandem_kind_info *k,
    const tandem_field_info *f)
{
    bool writable = td_field_writable(f, NULL) == TANDEM_OK;

    TD_ASSERT(f->n > 0);
    TD_ASSERT(td_kind_field_by_n(k, f->n) == f);
    TD_ASSERT(tandem_kind_field(k, f->id) == f);
    TD_ASSERT(strlen(f->fr) > 0);
    TD_ASSERT(strlen(f->en) > 0);
    TD_ASSERT(f->privacy <= 3);
    walk_type(p, &f->value, f);
    walk_type(p, &f->key, f);
    TD_ASSERT(f->min <= f->max);
    TD_ASSERT(f->low <= f->high);
    TD_ASSERT(f->not_before < (int32_t)k->field_count);
    TD_ASSERT(f->watch_count == p->watch_count);
    TD_ASSERT(f->check == NULL || f->check->places > 0 ||
              td_form_valid(f->check->match));
    for (size_t i = 0; i < f->watch_count; i++) {
        (void)td_watch_finds(&f->watches[i], td_slice_str(f->fr));
    }
    for (size_t i = 0; i < f->duty_count; i++) {
        TD_ASSERT(tandem_enum_word(f->value.words, f->duties[i].word) != NULL);
    }
    // Whatever an edit may write has a type that can be encoded.
    if (writable) {
        TD_ASSERT(f->value.base != TANDEM_FIELD_UNKNOWN);
        TD_ASSERT((f->merge == TANDEM_MERGE_MAP) ==
                  (f->key.base != TANDEM_FIELD_UNKNOWN));
    }
}

static inline void
walk_clauses(const tandem_kind_info *k, const tandem_clause *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        TD_ASSERT(c[i].field < k->field_count);
        TD_ASSERT(!c[i].any || c[i].count == 0);
        for (size_t j = 0; j < c[i].count; j++) {
            TD_ASSERT(c[i].words[j] >= 0);
        }
    }
}

static inline void
walk_kind(const struct td_pack *p, const struct td_kind *k)
{
    const tandem_kind_info *info = &k->info;

    TD_ASSERT(td_kind_pack(info) == p);
    TD_ASSERT(td_pack_kind_by_n(p, info->n) == k);
    TD_ASSERT(info->field_count <= TD_KIND_FIELDS_MAX);
    for (size_t i = 0; i < info->field_count; i++) {
        walk_field(p, info, &info->fields[i]);
    }
    for (size_t i = 0; i < info->title_count; i++) {
        TD_ASSERT(info->title[i] < info->field_count);
    }
    for (size_t i = 0; i < info->subject_count; i++) {
        TD_ASSERT(info->subject[i] < info->field_count);
    }
    TD_ASSERT(info->one_per_count <= TANDEM_ONE_PER_MAX);
    for (size_t i = 0; i < info->one_per_count; i++) {
        TD_ASSERT(info->one_per[i] < info->field_count);
    }
    for (size_t i = 0; i < info->writer_count; i++) {
        TD_ASSERT(strlen(info->writers[i]) > 0);
    }
    TD_ASSERT(strlen(info->retention) <= TD_NAME_BYTES_MAX);
    TD_ASSERT(info->code_field < (int32_t)info->field_count);
    TD_ASSERT(
        info->kept == NULL || strcmp(info->kept->id, info->retention) == 0);
    for (size_t i = 0; i < info->rule_count; i++) {
        walk_clauses(info, info->rules[i].when, info->rules[i].when_count);
        walk_clauses(info, info->rules[i].want, info->rules[i].want_count);
        TD_ASSERT(strlen(info->rules[i].en) > 0);
    }
}

static inline void
walk_pack(struct td_pack *p)
{
    tandem_schema *s = NULL;

    for (size_t i = 0; i < p->enum_count; i++) {
        const tandem_enum_info *e = &p->enums[i];

        TD_ASSERT(e->word_count > 0);
        for (size_t j = 0; j < e->word_count; j++) {
            TD_ASSERT(tandem_enum_word(e, e->words[j].n) == &e->words[j]);
            TD_ASSERT(strlen(e->words[j].id) > 0);
            TD_ASSERT(!tandem_enum_before(e, e->words[j].n, e->words[j].n));
            for (size_t k = 0; k < e->words[j].after_count; k++) {
                TD_ASSERT(e->words[j].after[k] < j);
            }
        }
    }
    for (size_t i = 0; i < p->kind_count; i++) {
        walk_kind(p, &p->kinds[i]);
    }
    if (tandem_pack_schema(p, &s) == TANDEM_OK) {
        TD_ASSERT(tandem_schema_kind_count(s) == p->kind_count);
        for (size_t i = 0; i < p->kind_count; i++) {
            const tandem_kind_info *k = tandem_schema_kind_at(s, i);

            TD_ASSERT(tandem_schema_kind_find(s, k->id) == k);
        }
        tandem_schema_free(s);
    }
    TD_ASSERT(td_pack_follows(p, p, NULL) == TANDEM_EVALUE);
}

#endif
