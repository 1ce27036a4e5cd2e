// SPDX-License-Identifier: Apache-2.0
// packs.c - which packs count. Rules: packs.h.
#include "replica/packs.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "crypto/hash.h"
#include "replica/names.h"

void
td_pack_tag(const char *name, uint8_t out[8])
{
    struct td_hash h = td_hash_of(td_slice_str(name));

    memcpy(out, h.b, 8);
}

tandem_err
td_packs_parse(tandem_slice built, const tandem_sys *sys, struct td_pack **out,
    tandem_error *e)
{
    struct td_pack *p;

    TD_TRY(td_pack_parse(built, sys, &p, e));
    td_pack_tag(p->name, p->tag);
    p->hash = td_hash_of(built);
    *out = p;
    return TANDEM_OK;
}

// The packs that rule so far; each held.
struct ruling {
    const tandem_sys *sys;
    struct td_pack **at;
    size_t count, cap;
};

static bool
outranks(const struct td_pack *a, const struct td_pack *b)
{
    if (a->version != b->version) {
        return a->version > b->version;
    }
    return td_hash_cmp(&a->hash, &b->hash) < 0;
}

// Takes `p`: kept if it rules, else released.
static void
offer(struct ruling *r, struct td_pack *p)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->at[i]->name, p->name) == 0) {
            if (i > 0 && outranks(p, r->at[i])) { // 0 is the built-in
                td_pack_release(r->at[i]);
                r->at[i] = p;
            } else {
                td_pack_release(p);
            }
            return;
        }
    }
    TD_ASSERT(r->count < r->cap);
    r->at[r->count++] = p;
}

static struct td_pack *
present_pack(const struct td_schema *s, const struct td_hash *hash)
{
    for (size_t i = 0; s != NULL && i < s->pack_count; i++) {
        if (td_hash_eq(&s->packs[i]->hash, hash)) {
            return s->packs[i];
        }
    }
    return NULL;
}

static tandem_err
collect(struct ruling *r, const struct td_member *member,
    const struct td_schema *present)
{
    struct td_buf b;
    struct td_pack *p;
    tandem_err err;

    td_buf_init(&b, r->sys, TD_NAMES_PACK_MAX);
    td_names_pack(&b);
    err = b.err;
    if (err == TANDEM_OK) {
        err = td_packs_parse(td_buf_slice(&b), r->sys, &p, NULL);
    }
    td_buf_deinit(&b);
    TD_TRY(err);
    r->at[r->count++] = p;
    for (size_t i = 0; member != NULL && i < td_member_packs(member); i++) {
        const struct td_member_pack *m = td_member_pack_at(member, i);
        struct td_hash hash = td_hash_of(m->bytes);

        p = present_pack(present, &hash);
        if (p != NULL) {
            offer(r, td_pack_retain(p));
            continue;
        }
        err = td_packs_parse(m->bytes, r->sys, &p, NULL);
        if (err == TANDEM_ENOMEM) {
            return err;
        }
        if (err == TANDEM_OK) {
            offer(r, p);
        }
    }
    return TANDEM_OK;
}

static int
by_name(const void *a, const void *b)
{
    const struct td_pack *const *p = a, *const *q = b;

    return strcmp((*p)->name, (*q)->name);
}

static bool
equals(const struct ruling *r, const struct td_schema *s)
{
    if (s == NULL || s->pack_count != r->count) {
        return false;
    }
    for (size_t i = 0; i < r->count; i++) {
        if (!td_hash_eq(&s->packs[i]->hash, &r->at[i]->hash)) {
            return false;
        }
    }
    return true;
}

tandem_err
td_packs_schema(const tandem_sys *sys, const struct td_member *member,
    const struct td_schema *present, struct td_schema **out, bool *same)
{
    struct ruling r = {.sys = sys};
    tandem_err err;

    r.cap = 1 + (member != NULL ? td_member_packs(member) : 0);
    r.at = td_alloc(sys, r.cap * sizeof(struct td_pack *));
    if (r.at == NULL) {
        return TANDEM_ENOMEM;
    }
    err = collect(&r, member, present);
    if (err == TANDEM_OK) {
        qsort(r.at, r.count, sizeof(struct td_pack *), by_name);
        *same = equals(&r, present);
        if (!*same) {
            err = td_schema_new(sys, r.at, r.count, out);
        }
    }
    for (size_t i = 0; i < r.count; i++) {
        td_pack_release(r.at[i]);
    }
    td_free(sys, r.at, r.cap * sizeof(struct td_pack *));
    return err;
}
