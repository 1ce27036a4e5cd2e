// SPDX-License-Identifier: Apache-2.0
// names.c - the built-in pack: names of things, and persons. Layout: names.h.
#include "replica/names.h"

#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "replica/commit.h"
#include "replica/hand.h"
#include "replica/packs.h"

#define NAME_CHARS_MAX 80
#define NAME_DOMAIN    0x6e

// ------------------------------------------------------------------ the pack

static void
put(struct td_buf *b, const char *text)
{
    td_mp_str(b, td_slice_str(text));
}

struct field {
    uint64_t n;
    const char *id, *fr, *en, *type, *merge;
};

static void
put_field(struct td_buf *b, const struct field *f)
{
    td_mp_map(b, 6);
    put(b, "n");
    td_mp_uint(b, f->n);
    put(b, "en");
    put(b, f->en);
    put(b, "fr");
    put(b, f->fr);
    put(b, "id");
    put(b, f->id);
    put(b, "type");
    put(b, f->type);
    put(b, "merge");
    put(b, f->merge);
}

static void
put_kind(struct td_buf *b, const struct field *kind, const struct field *fields,
    size_t count)
{
    td_mp_map(b, 6);
    put(b, "n");
    td_mp_uint(b, kind->n);
    put(b, "en");
    put(b, kind->en);
    put(b, "fr");
    put(b, kind->fr);
    put(b, "id");
    put(b, kind->id);
    put(b, "title");
    td_mp_array(b, 1);
    put(b, "label");
    put(b, "fields");
    td_mp_array(b, count);
    for (size_t i = 0; i < count; i++) {
        put_field(b, &fields[i]);
    }
}

void
td_names_pack(struct td_buf *out)
{
    static const struct field name_of = {
        TD_NAMES_KIND_NAME, "name_of", "Nom donné", "Given name", NULL, NULL};
    static const struct field name_fields[] = {
        {TD_NAMES_THING, "thing", "Chose", "Thing", "str:64", "once"},
        {TD_NAMES_LABEL, "label", "Nom", "Name", "str:80", "vis"}};
    static const struct field person = {
        TD_NAMES_KIND_PERSON, "person", "Personne", "Person", NULL, NULL};
    static const struct field person_fields[] = {
        {TD_NAMES_PERSON_LABEL, "label", "Nom", "Name", "str:80", "vis"}};

    td_mp_array(out, 2);
    td_mp_uint(out, 1);
    td_mp_map(out, 3);
    put(out, "pack");
    put(out, TD_NAMES_PACK);
    put(out, "kinds");
    td_mp_array(out, 2);
    put_kind(out, &name_of, name_fields, 2);
    put_kind(out, &person, person_fields, 1);
    put(out, "version");
    td_mp_uint(out, 1);
}

// ----------------------------------------------------------------- the names

tandem_id
td_names_id(const struct td_hash *workspace, tandem_slice thing)
{
    const tandem_slice parts[2] = {{workspace->b, 32}, thing};
    struct td_hash h = td_hash_parts(NAME_DOMAIN, parts, 2);

    return td_id_v8(h.b);
}

tandem_err
td_names_check(const char *name, tandem_error *e)
{
    const tandem_slice s = td_slice_str(name == NULL ? "" : name);
    bool fine = s.len > 0 && s.len < TD_NAME_BYTES_MAX && td_utf8_valid(s) &&
                td_utf8_count(s) <= NAME_CHARS_MAX;

    for (size_t i = 0; i < s.len; i++) {
        fine = fine && s.ptr[i] >= 0x20 && s.ptr[i] != 0x7f;
    }
    if (fine) {
        return TANDEM_OK;
    }
    return td_fail(e, TANDEM_EVALUE,
        "a name has 1 to %d characters on one line",
        "un nom compte de 1 à %d caractères sur une ligne", NAME_CHARS_MAX);
}

static tandem_err
encode_str(struct td_arena *a, const tandem_sys *sys, const char *text,
    tandem_slice *out)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, sys, TD_NAME_BYTES_MAX + 8);
    td_mp_str(&b, td_slice_str(text));
    err = b.err;
    if (err == TANDEM_OK) {
        *out = td_arena_dup(a, td_buf_slice(&b));
        err = out->ptr == NULL ? TANDEM_ENOMEM : TANDEM_OK;
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
typed_of(struct td_work *w, struct td_naming *n, size_t i,
    struct td_arena *arena, int64_t now_ms, struct td_typed *out)
{
    const bool person = n->things[i].len == 0;
    char hex[2 * 32 + 1];
    struct td_op *ops = td_arena_array(arena, 2, sizeof(*ops));

    if (ops == NULL) {
        return TANDEM_ENOMEM;
    }
    td_pack_tag(TD_NAMES_PACK, out->pack);
    out->kind = person ? TD_NAMES_KIND_PERSON : TD_NAMES_KIND_NAME;
    if (person) {
        TD_TRY(td_id_new(td_sys_rng(w->sys), now_ms, &n->ids[i]));
    } else {
        TD_ASSERT(n->things[i].len <= 32);
        n->ids[i] = td_names_id(&w->author.workspace, n->things[i]);
        td_hex(n->things[i], hex);
        ops[1].code = TD_OP_SET;
        ops[1].field = TD_NAMES_THING;
        TD_TRY(encode_str(arena, w->sys, hex, &ops[1].value));
    }
    ops[0].code = TD_OP_SET;
    ops[0].field = person ? TD_NAMES_PERSON_LABEL : TD_NAMES_LABEL;
    TD_TRY(encode_str(arena, w->sys, n->labels[i], &ops[0].value));
    out->record = n->ids[i];
    out->ops = ops;
    out->op_count = person ? 1 : 2;
    return TANDEM_OK;
}

static bool
is_held(struct td_work *w, const struct td_typed *t)
{
    uint8_t key[TD_ROW_KEY_BYTES];

    td_row_key(t->record, td_sector_common, t->pack, t->kind, key);
    return td_hand_of(w, key) != NULL ||
           td_has(w->t, TD_T_RECORDS, (tandem_slice){key, sizeof(key)});
}

tandem_err
td_names_write(
    struct td_work *w, struct td_naming *n, tandem_id me, int64_t now_ms)
{
    struct td_typed typed[TD_NAMES_AT_ONCE];
    struct td_arena arena;
    struct td_place at;
    size_t count = 0;
    tandem_err err = TANDEM_OK;

    memset(typed, 0, sizeof(typed));
    td_arena_init(&arena, w->sys, (size_t)64 << 10);
    for (size_t i = 0; i < n->count && err == TANDEM_OK; i++) {
        err = typed_of(w, n, i, &arena, now_ms, &typed[count]);
        if (err == TANDEM_OK && !is_held(w, &typed[count])) {
            if (tandem_id_is_none(me) && n->things[i].len == 0) {
                me = n->ids[i];
            }
            count++;
        }
    }
    if (err == TANDEM_OK && count > 0) {
        err =
            td_commit_typed(w, td_sector_common, me, typed, count, now_ms, &at);
    }
    td_arena_deinit(&arena);
    return err;
}

// ------------------------------------------------------------------- reading

static bool
label_of(const struct td_record *state, uint64_t field, char out[256])
{
    struct td_version v;
    struct td_cur c;
    tandem_slice text;

    if (!td_record_version(state, field, TD_OP_SET, (tandem_slice){0}, 0, &v) ||
        !td_cur_open(&c, v.value)) {
        return false;
    }
    text = td_cur_str(&c, 255);
    if (!td_cur_done(&c)) {
        return false;
    }
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

tandem_err
td_replica_name(struct td_replica *r, tandem_slice thing, char out[256])
{
    struct td_snapshot s;
    tandem_err err;
    bool found;

    out[0] = '\0';
    if (!r->joined) {
        return TANDEM_ENOTFOUND;
    }
    TD_TRY(td_replica_read(r, td_names_id(&r->workspace, thing), &s));
    found = label_of(s.state, TD_NAMES_LABEL, out);
    err = found ? TANDEM_OK : TANDEM_ENOTFOUND;
    td_snapshot_deinit(&s);
    return err;
}

struct people {
    struct td_arena *arena;
    tandem_person *at;
    size_t count, cap;
};

static tandem_err
add_person(struct td_replica *r, struct people *p, tandem_id id)
{
    tandem_person who = {.id = id};
    struct td_snapshot s;
    tandem_err err = td_replica_read(r, id, &s);
    bool shown;

    if (err != TANDEM_OK) {
        return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
    }
    shown = td_record_kind(s.state) == TD_NAMES_KIND_PERSON &&
            td_record_deletion(s.state) != TD_TRASHED &&
            label_of(s.state, TD_NAMES_PERSON_LABEL, who.name);
    td_snapshot_deinit(&s);
    if (!shown) {
        return TANDEM_OK;
    }
    if (p->count == p->cap) {
        size_t cap = p->cap == 0 ? 16 : p->cap * 2;
        tandem_person *grown = td_arena_array(p->arena, cap, sizeof(*grown));

        if (grown == NULL) {
            return TANDEM_ENOMEM;
        }
        if (p->count > 0) {
            memcpy(grown, p->at, p->count * sizeof(*grown));
        }
        p->at = grown;
        p->cap = cap;
    }
    p->at[p->count++] = who;
    return TANDEM_OK;
}

tandem_err
td_replica_persons(struct td_replica *r, struct td_arena *a,
    tandem_person **out, size_t *count)
{
    struct td_query q = {.sector = &td_sector_common,
        .has_kind = true,
        .kind = TD_NAMES_KIND_PERSON,
        .limit = 256};
    struct people p = {.arena = a};

    td_pack_tag(TD_NAMES_PACK, q.pack);
    do {
        struct td_hit *hits;
        tandem_slice next;
        size_t n;

        TD_TRY(td_replica_find(r, &q, a, &hits, &n, &next));
        for (size_t i = 0; i < n; i++) {
            TD_TRY(add_person(r, &p, hits[i].id));
        }
        q.after = next;
    } while (q.after.len > 0);
    *out = p.at;
    *count = p.count;
    return TANDEM_OK;
}
