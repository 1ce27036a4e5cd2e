// SPDX-License-Identifier: Apache-2.0
// schema.c - the snapshot, and finding kinds and fields in it.
#include "schema/schema.h"

#include <string.h>

#include "base/fail.h"
#include "schema/type.h"

static size_t
block_bytes(size_t packs)
{
    return sizeof(struct td_schema) + packs * sizeof(struct td_pack *);
}

// `p` into its place among the first `n`, by name.
static void
insert(struct td_pack **packs, size_t n, struct td_pack *p)
{
    for (; n > 0 && strcmp(packs[n - 1]->name, p->name) > 0; n--) {
        packs[n] = packs[n - 1];
    }
    packs[n] = p;
}

tandem_err
td_schema_new(const tandem_sys *sys, struct td_pack *const *packs, size_t n,
    struct td_schema **out)
{
    struct td_schema *s;

    if (n > (SIZE_MAX - sizeof *s) / sizeof *packs) {
        return TANDEM_ELIMIT;
    }
    s = td_alloc(sys, block_bytes(n));
    if (s == NULL) {
        return TANDEM_ENOMEM;
    }
    td_sys_fill(&s->sys, sys);
    atomic_init(&s->refs, 1);
    s->bytes = block_bytes(n);
    s->packs = (struct td_pack **)(void *)(s + 1);
    for (size_t i = 0; i < n; i++) {
        insert(s->packs, i, packs[i]);
    }
    for (size_t i = 1; i < n; i++) {
        if (strcmp(s->packs[i - 1]->name, s->packs[i]->name) == 0) {
            tandem_sys own = s->sys;

            td_free(&own, s, s->bytes);
            return TANDEM_EMISUSE;
        }
    }
    for (size_t i = 0; i < n; i++) {
        td_pack_retain(s->packs[i]);
        s->kind_count += s->packs[i]->kind_count;
    }
    s->pack_count = n;
    *out = s;
    return TANDEM_OK;
}

struct td_schema *
td_schema_retain(struct td_schema *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void
tandem_schema_free(tandem_schema *s)
{
    tandem_sys sys;

    if (s == NULL ||
        atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < s->pack_count; i++) {
        td_pack_release(s->packs[i]);
    }
    sys = s->sys;
    td_free(&sys, s, s->bytes);
}

/* ----------------------------------------------------------------- numbers */

const struct td_kind *
td_pack_kind_by_n(const struct td_pack *p, uint32_t n)
{
    size_t low = 0;
    size_t high = p->kind_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct td_kind *k = &p->kinds[p->by_n[mid]];

        if (k->info.n == n) {
            return k;
        }
        if (k->info.n < n) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

static const struct td_kind *
kind_of(const tandem_kind_info *k)
{
    return (const struct td_kind *)(const void *)k;
}

const struct td_pack *
td_kind_pack(const tandem_kind_info *k)
{
    return kind_of(k)->pack;
}

const tandem_field_info *
td_kind_field_by_n(const tandem_kind_info *k, uint32_t n)
{
    const uint16_t *by_n = kind_of(k)->by_n;
    size_t low = 0;
    size_t high = k->field_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const tandem_field_info *f = &k->fields[by_n[mid]];

        if (f->n == n) {
            return f;
        }
        if (f->n < n) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

const tandem_kind_info *
td_schema_kind_by_tag(
    const struct td_schema *s, const uint8_t tag[8], uint32_t n)
{
    for (size_t i = 0; i < s->pack_count; i++) {
        if (memcmp(s->packs[i]->tag, tag, 8) == 0) {
            const struct td_kind *k = td_pack_kind_by_n(s->packs[i], n);

            return k != NULL ? &k->info : NULL;
        }
    }
    return NULL;
}

size_t
tandem_schema_kind_count(const tandem_schema *s)
{
    return s != NULL ? s->kind_count : 0;
}

const tandem_kind_info *
tandem_schema_kind_at(const tandem_schema *s, size_t i)
{
    for (size_t p = 0; s != NULL && p < s->pack_count; p++) {
        if (i < s->packs[p]->kind_count) {
            return &s->packs[p]->kinds[i].info;
        }
        i -= s->packs[p]->kind_count;
    }
    return NULL;
}

/* ------------------------------------------------------------------- names */

// What a search met: one, none or several.
struct found {
    const void *one;
    size_t count;
};

static void
met(struct found *f, const void *item)
{
    f->one = item;
    f->count++;
}

static bool
term_is(const char *fr, const char *en, const char *name)
{
    size_t n = strlen(name);

    return td_term_same(name, n, fr) || td_term_same(name, n, en);
}

// By identifier, or by term.
static void
find_kinds(
    const struct td_pack *p, const char *name, bool by_term, struct found *f)
{
    for (size_t i = 0; i < p->kind_count; i++) {
        const tandem_kind_info *k = &p->kinds[i].info;

        if (by_term ? term_is(k->fr, k->en, name) : strcmp(k->id, name) == 0) {
            met(f, k);
        }
    }
}

const tandem_kind_info *
tandem_schema_kind_find(const tandem_schema *s, const char *name)
{
    struct found f = {NULL, 0};

    if (s == NULL || name == NULL) {
        return NULL;
    }
    for (int by_term = 0; by_term < 2 && f.count == 0; by_term++) {
        for (size_t i = 0; i < s->pack_count; i++) {
            const struct td_pack *p = s->packs[i];
            size_t n = strlen(p->name);

            find_kinds(p, name, by_term != 0, &f);
            if (strncmp(name, p->name, n) == 0 && name[n] == '/') {
                find_kinds(p, name + n + 1, by_term != 0, &f);
            }
        }
    }
    return f.count == 1 ? f.one : NULL;
}

const tandem_field_info *
tandem_kind_field(const tandem_kind_info *k, const char *name)
{
    struct found f = {NULL, 0};

    if (k == NULL || name == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < k->field_count; i++) {
        if (k->fields[i].id == name) { // by who keeps what it was told once
            return &k->fields[i];
        }
    }
    for (size_t i = 0; i < k->field_count; i++) {
        if (strcmp(k->fields[i].id, name) == 0) {
            return &k->fields[i];
        }
    }
    for (size_t i = 0; i < k->field_count; i++) {
        if (term_is(k->fields[i].fr, k->fields[i].en, name)) {
            met(&f, &k->fields[i]);
        }
    }
    return f.count == 1 ? f.one : NULL;
}

const tandem_word *
tandem_enum_word(const tandem_enum_info *e, int64_t n)
{
    for (size_t i = 0; e != NULL && i < e->word_count; i++) {
        if (e->words[i].n == n) {
            return &e->words[i];
        }
    }
    return NULL;
}

/* --------------------------------------------------------- may be written? */

tandem_err
td_field_writable(const tandem_field_info *f, tandem_error *e)
{
    const char *term = e != NULL && e->lang == TANDEM_FR ? f->fr : f->en;

    if ((f->flags & (TANDEM_FIELD_UNSUPPORTED | TANDEM_FIELD_RETIRED)) == 0) {
        return TANDEM_OK;
    }
    td_fail_field(e, f->id);
    if ((f->flags & TANDEM_FIELD_RETIRED) != 0) {
        return td_fail(e, TANDEM_EUNSUPPORTED,
            "%s: this field is retired; it can be read, no longer written",
            "%s : ce champ est retiré ; il se lit mais ne s'écrit plus", term);
    }
    if (f->merge == TANDEM_MERGE_DERIVED) {
        return td_fail(e, TANDEM_EUNSUPPORTED,
            "%s: this field is computed when read, never written",
            "%s : ce champ est calculé à la lecture, jamais écrit", term);
    }
    return td_fail(e, TANDEM_EUNSUPPORTED,
        "%s: this field needs a newer version of this program; update it",
        "%s : ce champ demande une version plus récente de ce programme ; "
        "mettez-le à jour",
        term);
}

bool
td_field_needed(const tandem_field_info *f)
{
    return (f->flags & TANDEM_FIELD_REQUIRED) != 0 &&
           td_field_writable(f, NULL) == TANDEM_OK;
}
