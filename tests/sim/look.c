// SPDX-License-Identifier: Apache-2.0
// look.c - see look.h.
#include "sim/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "replica/branch.h"
#include "replica/state.h"

// --------------------------------------------------------------------- chains

struct walk {
    struct world *w;
    struct device *d;
    struct td_txn *t;
    const struct td_log_info *log;
    struct td_arena arena;
    struct td_buf bytes;
    struct td_hash before;
};

__attribute__((noreturn)) static void
broken(struct walk *k, uint64_t seq, const char *why)
{
    world_fail(k->w, COUNT_CHAIN, "device %zu, entry %llu: %s", k->d->index,
        (unsigned long long)seq, why);
}

// Each signature is verified once in a world; the same bytes again need no
// other answer.
static bool
is_signed(struct walk *k, const struct td_signed_head *h)
{
    uint8_t seq[8];
    const tandem_slice parts[5] = {{k->log->device.b, 32}, {h->head.log.b, 16},
        {seq, 8}, {h->head.hash.b, 32}, {h->sig.b, sizeof(h->sig.b)}};
    struct td_hash16 name;
    struct td_hash16 *proven;

    td_put_be64(seq, h->head.seq);
    name = td_hash16_parts(parts, 5);
    proven = &k->w->proven[td_be64(name.b) % WORLD_PROVEN];
    if (memcmp(proven->b, name.b, sizeof(name.b)) == 0) {
        return true;
    }
    if (!td_head_verify(&k->log->device, h)) {
        return false;
    }
    *proven = name;
    return true;
}

static void
walk_entry(struct walk *k, uint64_t seq)
{
    struct td_header h;
    struct td_hash chain, again;

    td_arena_reset(&k->arena);
    world_ok(k->w,
        td_commit_get(k->t, k->log->number, seq, &k->arena, &h, &chain, NULL),
        NULL);
    td_buf_reset(&k->bytes);
    td_header_encode(&h, &k->bytes);
    again = td_header_chain(td_buf_slice(&k->bytes));
    if (!td_hash_eq(&again, &chain) || h.seq != seq ||
        !td_hash_eq(&h.prev, &k->before)) {
        broken(k, seq, "not chained to the one before");
    }
    if (seq == 0) {
        struct td_log_id id = td_log_id_of(&h.opening);

        if (td_log_id_cmp(id, k->log->id) != 0 ||
            td_device_cmp(h.opening.device, k->log->device) != 0 ||
            !td_hash_eq(&h.opening.workspace, &k->d->r->workspace)) {
            broken(k, seq, "its opening is another log's");
        }
    }
    k->before = chain;
}

static void
walk_log(struct walk *k)
{
    const struct device *author = world_author(k->w, &k->log->device);

    bool own = td_device_cmp(k->log->device, k->d->id) == 0;
    struct td_head last = {k->log->id, k->log->head_seq, k->log->head};
    struct td_signed_head head = {.head = {.seq = 0}};
    bool covered = false;

    memset(&k->before, 0, sizeof(k->before));
    for (uint64_t seq = 0; seq <= k->log->head_seq; seq++) {
        walk_entry(k, seq);
        if (!covered || head.head.seq < seq) {
            tandem_err err = td_head_next(k->t, k->log, seq, &head);

            covered = err == TANDEM_OK;
            if (covered && !is_signed(k, &head)) {
                broken(k, seq, "a signature that is not its author's");
            }
            if (!covered && !own) {
                broken(k, seq, "no signature covers it");
            }
        }
        if (covered && head.head.seq == seq &&
            !td_hash_eq(&head.head.hash, &k->before)) {
            broken(k, seq, "the signature is of another entry");
        }
    }
    if (!td_hash_eq(&k->before, &k->log->head) ||
        !model_knows(&k->w->model, &last)) {
        broken(k, k->log->head_seq, "its author never wrote it");
    }
    world_count(k->w, COUNT_CHAIN);
    if (author != NULL && !author->rewritten) {
        if (k->log->forked) {
            world_fail(k->w, COUNT_HONEST,
                "device %zu says that device %zu wrote twice", k->d->index,
                author->index);
        }
        world_count(k->w, COUNT_HONEST);
    }
}

static void
walk_all(struct world *w, struct device *d)
{
    struct walk k = {.w = w, .d = d};
    struct td_log_info *logs;
    struct td_arena arena;
    size_t count;

    td_arena_init(&arena, NULL, (size_t)8 << 20);
    td_arena_init(&k.arena, NULL, (size_t)8 << 20);
    td_buf_init(&k.bytes, NULL, TD_HEADER_BYTES_MAX * 2);
    count = device_logs(d, NULL, &arena, &logs);
    world_ok(w, td_store_read(d->store, &k.t), NULL);
    for (size_t i = 0; i < count; i++) {
        k.log = &logs[i];
        walk_log(&k);
    }
    td_store_read_end(k.t);
    td_buf_deinit(&k.bytes);
    td_arena_deinit(&k.arena);
    td_arena_deinit(&arena);
}

// --------------------------------------------------------------------- states

struct state {
    uint8_t key[TD_ROW_KEY_BYTES];
    tandem_id sector;
    struct td_hash bytes; // of what the state is encoded as
};
struct states {
    struct state *of;
    size_t count, cap;
};

static void
bytes_of(struct world *w, const struct td_record *state, struct td_hash *out)
{
    struct td_buf b;

    td_buf_init(&b, NULL, TD_RECORD_BYTES_MAX);
    world_ok(w, td_record_encode(state, &b), NULL);
    *out = td_hash_of(td_buf_slice(&b));
    td_buf_deinit(&b);
}

static void
one_state(struct device *d, struct td_work *k, tandem_slice key,
    tandem_slice value, struct td_arena *arena, struct states *out)
{
    struct td_record *stored = NULL, *built = NULL;
    struct td_held *set;
    struct state *s;
    struct td_row row;
    struct td_hash again;
    tandem_id id;
    size_t n;

    td_arena_reset(arena);
    memcpy(id.b, key.ptr, 16);
    world_ok(d->w, td_state_row(k, key, value, arena, &row), NULL);
    world_ok(d->w, td_state_of(k, id, &row, arena, &stored), NULL);
    world_ok(d->w, td_state_gather(k, &row, arena, &set, &n), NULL);
    world_ok(d->w,
        td_record_build(k->sys, set, n, id, row.pack, row.kind, &built), NULL);
    if (out->count == out->cap) {
        out->cap = out->cap == 0 ? 64 : out->cap * 2;
        out->of = realloc(out->of, out->cap * sizeof(*out->of));
        TD_ASSERT(out->of != NULL);
    }
    s = &out->of[out->count++];
    memcpy(s->key, key.ptr, sizeof(s->key));
    s->sector = row.sector;
    bytes_of(d->w, stored, &s->bytes);
    bytes_of(d->w, built, &again);
    if (!td_hash_eq(&again, &s->bytes)) {
        char text[37];

        tandem_id_text(id, text);
        world_fail(d->w, COUNT_REBUILT,
            "device %zu: record %s is not what its %zu changes make", d->index,
            text, n);
    }
    td_record_free(stored);
    td_record_free(built);
    world_count(d->w, COUNT_REBUILT);
}

// In order of their keys.
static void
take_states(struct device *d, struct states *out)
{
    tandem_slice key, value;
    struct td_arena arena;
    struct td_work *k;
    struct td_iter *i;
    tandem_err err;

    memset(out, 0, sizeof(*out));
    td_arena_init(&arena, NULL, TD_REPLICA_ARENA_MAX);
    world_ok(d->w, td_work_read(d->r, &k), NULL);
    world_ok(
        d->w, td_iter_open(k->t, TD_T_RECORDS, (tandem_slice){0}, &i), NULL);
    while ((err = td_iter_next(i, &key, &value)) == TANDEM_OK) {
        one_state(d, k, key, value, &arena, out);
    }
    td_iter_close(i);
    td_work_read_end(k);
    td_arena_deinit(&arena);
    if (err != TANDEM_ENOTFOUND) {
        world_ok(d->w, err, NULL);
    }
}

// ---------------------------------------------------------------------- names

// In a state no two entries bear one name, and no entry two.
static void
names_are_unique(struct device *d)
{
    struct td_log_info *logs;
    struct td_arena arena;
    struct td_work *k;
    size_t count, n = 0;
    struct name {
        struct td_log_id id;
        uint64_t seq;
        struct td_hash hash;
    } * names;

    td_arena_init(&arena, NULL, (size_t)64 << 20);
    count = device_logs(d, NULL, &arena, &logs);
    world_ok(d->w, td_work_read(d->r, &k), NULL);
    for (size_t i = 0; i < count; i++) {
        n += logs[i].forked ? (size_t)logs[i].head_seq + 1 : 0;
    }
    names = td_arena_array(&arena, n + 1, sizeof(*names));
    TD_ASSERT(names != NULL);
    n = 0;
    for (size_t i = 0; i < count; i++) {
        for (uint64_t seq = 0; logs[i].forked && seq <= logs[i].head_seq;
             seq++) {
            struct name *x = &names[n++];
            struct td_hash16 mark;

            x->seq = seq;
            world_ok(d->w, td_commit_chain(k->t, logs[i].number, seq, &x->hash),
                NULL);
            mark = td_hash_short(&x->hash);
            world_ok(
                d->w, td_branch_of(k, logs[i].id, seq, &mark, &x->id), NULL);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            bool name = td_log_id_cmp(names[i].id, names[j].id) == 0 &&
                        names[i].seq == names[j].seq;

            if (name != td_hash_eq(&names[i].hash, &names[j].hash)) {
                world_fail(d->w, COUNT_BRANCHES,
                    "device %zu: two entries of one name, or one of two",
                    d->index);
            }
        }
        world_count(d->w, COUNT_BRANCHES);
    }
    td_work_read_end(k);
    td_arena_deinit(&arena);
}

void
look_at(struct world *w, struct device *d)
{
    struct states s;

    walk_all(w, d);
    names_are_unique(d);
    take_states(d, &s);
    free(s.of);
}

// --------------------------------------------------------------------- across

bool
look_waits(struct device *d)
{
    tandem_waiting_entry page[32];
    uint64_t at = 0;
    size_t n = 1;

    while (n > 0) {
        world_ok(d->w, td_replica_waiting(d->r, &at, page, 32, &n), NULL);
        for (size_t i = 0; i < n; i++) {
            if (page[i].reason != TANDEM_WAIT_CHANGE) {
                return true;
            }
        }
    }
    return false;
}

bool
look_lists(struct device *d, uint64_t seq, const tandem_device_id *author,
    const tandem_id *record)
{
    tandem_waiting_entry page[32];
    uint64_t at = 0;
    size_t n = 1;

    while (n > 0) {
        world_ok(d->w, td_replica_waiting(d->r, &at, page, 32, &n), NULL);
        for (size_t i = 0; i < n; i++) {
            if (page[i].reason == TANDEM_WAIT_CHANGE && page[i].seq == seq &&
                td_device_cmp(page[i].device, *author) == 0 &&
                td_id_cmp(page[i].record, *record) == 0) {
                return true;
            }
        }
    }
    return false;
}

void
look_say_waiting(struct device *d)
{
    tandem_waiting_entry page[32];
    uint64_t at = 0;
    size_t n = 1;

    while (n > 0) {
        world_ok(d->w, td_replica_waiting(d->r, &at, page, 32, &n), NULL);
        for (size_t i = 0; i < n; i++) {
            const struct device *author = world_author(d->w, &page[i].device);

            (void)fprintf(stderr,
                "device %zu: an entry %llu of device %zu waits, reason %d\n",
                d->index, (unsigned long long)page[i].seq,
                author == NULL ? 99 : author->index, (int)page[i].reason);
        }
    }
}

bool
look_same_heads(struct device *a, struct device *b, tandem_id sector)
{
    struct heads x = {0}, y = {0};
    bool same;

    heads_take(&x, a);
    heads_take(&y, b);
    same = heads_hash(&x, sector) == heads_hash(&y, sector);
    heads_free(&x);
    heads_free(&y);
    return same;
}

static void
compare_sector(struct world *w, const struct device *a, const struct states *s,
    const struct device *b, const struct states *u, tandem_id sector)
{
    size_t j = 0;
    bool some = false;

    for (size_t i = 0; i <= s->count; i++) {
        if (i < s->count && td_id_cmp(s->of[i].sector, sector) != 0) {
            continue;
        }
        while (j < u->count && td_id_cmp(u->of[j].sector, sector) != 0) {
            j++;
        }
        if (i == s->count && j == u->count) {
            break;
        }
        if (i == s->count || j == u->count ||
            memcmp(s->of[i].key, u->of[j].key, TD_ROW_KEY_BYTES) != 0 ||
            !td_hash_eq(&s->of[i].bytes, &u->of[j].bytes)) {
            world_fail(w, COUNT_SAME_SET,
                "devices %zu and %zu hold one set and other states", a->index,
                b->index);
        }
        j++;
        some = true;
    }
    if (some) {
        world_count(w, COUNT_SAME_SET);
    }
}

void
look_across(struct world *w, struct device *a, struct device *b)
{
    struct heads x = {0}, y = {0};
    struct states s, u;

    heads_take(&x, a);
    heads_take(&y, b);
    if (heads_hash(&x, td_sector_control) ==
            heads_hash(&y, td_sector_control) &&
        !look_waits(a) && !look_waits(b)) {
        take_states(a, &s);
        take_states(b, &u);
        for (size_t i = 0; i < w->sector_count; i++) {
            struct td_hash16 p = device_root(a, w->sectors[i]);
            struct td_hash16 q = device_root(b, w->sectors[i]);
            bool same =
                heads_hash(&x, w->sectors[i]) == heads_hash(&y, w->sectors[i]);

            if (same != (memcmp(p.b, q.b, sizeof(p.b)) == 0)) {
                world_fail(w, COUNT_SAME_SET,
                    "devices %zu and %zu: roots and sets do not agree",
                    a->index, b->index);
            }
            if (same) {
                compare_sector(w, a, &s, b, &u, w->sectors[i]);
            }
        }
        free(s.of);
        free(u.of);
    }
    heads_free(&x);
    heads_free(&y);
}

void
look_alike(struct world *w, struct device *a, struct device *b)
{
    struct heads x = {0}, y = {0};
    struct states s, u;
    tandem_stats p, q;

    heads_take(&x, a);
    heads_take(&y, b);
    take_states(a, &s);
    take_states(b, &u);
    world_ok(w, td_replica_stats(a->r, &p), NULL);
    world_ok(w, td_replica_stats(b->r, &q), NULL);
    if (x.count != y.count || s.count != u.count || p.waiting != q.waiting ||
        p.quarantined != q.quarantined || p.changes != q.changes ||
        p.missing != q.missing) {
        world_fail(w, COUNT_CLOCK_BLIND,
            "device %zu holds other numbers under another clock", a->index);
    }
    for (size_t i = 0; i < x.count; i++) {
        if (!td_hash_eq(&x.of[i].head, &y.of[i].head)) {
            world_fail(w, COUNT_CLOCK_BLIND,
                "device %zu holds other entries under another clock", a->index);
        }
    }
    for (size_t i = 0; i < s.count; i++) {
        if (!td_hash_eq(&s.of[i].bytes, &u.of[i].bytes)) {
            world_fail(w, COUNT_CLOCK_BLIND,
                "device %zu shows another state under another clock", a->index);
        }
    }
    free(s.of);
    free(u.of);
    heads_free(&x);
    heads_free(&y);
}
