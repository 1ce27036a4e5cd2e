// SPDX-License-Identifier: Apache-2.0
// step_bench.c - nanoseconds of processor per record, step by step.
// usage: step_bench [--n N] [--per-commit K] [--passes P] [--pack FILE]
//
// The same N contact sheets (10,000) go through each step alone, one step
// after the other, as reception and sending call them; the steps that write do
// it in one transaction that is given up. Then the receiver hears them all, in
// transactions as large as a session makes them: "hear" is the whole, "commit"
// what of it LMDB's commits take, "wait" elapsed time beside the processor's.
// CLOCK_THREAD_CPUTIME_ID, median of P passes (5), each with a receiver of its
// own. Under callgrind each step is a function of its own, step_...
#include "pair.h"
#include "step.h"

#include "crdt/plain.h"
#include "log/header.h"
#include "replica/face.h"
#include "replica/index.h"
#include "replica/payload.h"
#include "replica/run.h"
#include "session/state.h"
#include "store/env.h"
#include "store/row.h"

#define STEP __attribute__((noinline)) static tandem_err

enum {
    STEP_PASSES_MAX = 21,
    STEP_CHUNK = 64,     // records that stand decoded at once
    STEP_ARENA = 1 << 30 // all segments, decoded
};

// The steps, in the order they are printed.
#define STEPS(X)                                                               \
    X(SEGMENT, "receive", "verify segment: chain, hashes, signature")          \
    X(OPEN, "receive", "open wire payload")                                    \
    X(DECODE, "receive", "decode change")                                      \
    X(FACE, "receive", "is it plain, its blinds")                              \
    X(ROW_KEEP, "receive", "keep payload row (part of its put)")               \
    X(HOLD, "receive", "commit, head and log rows")                            \
    X(PAYLOAD, "receive", "put payload row")                                   \
    X(JUDGE, "receive", "may its author")                                      \
    X(RECORD, "receive", "is it new, put its place")                           \
    X(INDEX, "receive", "note index rows")                                     \
    X(RUN, "receive", "sort them, put them as runs")                           \
    X(FEED, "receive", "put feed row")                                         \
    X(COMMIT, "receive", "commit")                                             \
    X(HEAR, "receive", "hear: all but reading segments")                       \
    X(WAIT, "receive", "elapsed beside it")                                    \
    X(MERGE, "receive", "merge runs into the index, behind it")                \
    X(GET, "send", "read commit")                                              \
    X(ROW_OPEN, "send", "open payload row, compare its hash")                  \
    X(GLANCE, "send", "what it is about")                                      \
    X(ENCODE, "send", "encode")                                                \
    X(TELL, "send", "tell: all of it")

enum step {
#define STEP_ENUM(name, side, text) STEP_##name,
    STEPS(STEP_ENUM)
#undef STEP_ENUM
        STEP_COUNT
};

struct step_body {
    const struct td_segment *segment;
    size_t commit;
    uint16_t index;
    tandem_slice sealed, opened;
    struct td_change change; // its memory: while its chunk is at work
    struct td_face face;     // with blinds of its own, then
    uint8_t key[TD_ROW_KEY_BYTES];
};

struct pass {
    const struct step_world *world;
    struct td_replica *r; // the receiver's
    struct td_segment *segments;
    size_t segment_count;
    struct step_body *bodies;
    size_t count;
    size_t from, to; // the chunk
    struct td_arena read, decoded, faces;
    struct td_buf opened, value, row;
    struct td_work *w;
    int64_t now_ms;
    double ns[STEP_COUNT];
    struct td_log_info sent; // the log, as the sender holds it
    size_t commits;
    double puts; // a record
    tandem_error *e;
};

static double
cpu_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

// One part of a step.
static tandem_err
timed_part(struct pass *p, enum step step, tandem_err (*fn)(struct pass *p))
{
    const double start = cpu_ns();
    const tandem_err err = fn(p);

    p->ns[step] += (cpu_ns() - start) / (double)p->world->n;
    return err;
}

// All of it; what an earlier try took does not count.
static tandem_err
timed(struct pass *p, enum step step, tandem_err (*fn)(struct pass *p))
{
    p->ns[step] = 0;
    return timed_part(p, step, fn);
}

static const struct td_header *
header_of(const struct step_body *b)
{
    return &b->segment->headers[b->commit];
}

static struct td_payload_about
about_of(const struct pass *p, const struct step_body *b,
    struct td_payload_key *keep)
{
    const struct td_header *h = header_of(b);

    return (struct td_payload_about){.workspace = &p->r->workspace,
        .sector = p->world->sector,
        .log = h->log,
        .seq = h->seq,
        .index = b->index,
        .prev = td_hash_short(&h->prev),
        .epoch = h->epoch,
        .keep = keep};
}

static struct td_payload
payload_of(const struct step_body *b)
{
    return td_payload_of(
        header_of(b), &b->segment->chains[b->commit], b->index, b->sealed);
}

// ------------------------------------------------------- receiving, in memory

STEP
step_segment(struct pass *p)
{
    return step_read(p->world, &p->r->workspace, p->world->data,
        p->world->count, &p->read, p->segments);
}

STEP
step_payload_open(struct pass *p)
{
    struct td_payload_key keep = {.valid = false};

    for (size_t i = 0; i < p->count; i++) {
        struct step_body *b = &p->bodies[i];
        const struct td_payload_about about = about_of(p, b, &keep);
        const struct td_key *key =
            td_member_key(p->r->member, &header_of(b)->epoch);
        const size_t was = p->opened.len;

        if (key == NULL) {
            return TANDEM_ENOKEY;
        }
        TD_TRY(td_payload_open(&about, key, b->sealed, &p->opened));
        b->opened.len = p->opened.len - was;
    }
    return TANDEM_OK;
}

STEP
step_decode(struct pass *p)
{
    for (size_t i = p->from; i < p->to; i++) {
        struct step_body *b = &p->bodies[i];
        const struct td_header *h = header_of(b);
        const struct td_change place = {.log = h->log,
            .seq = h->seq,
            .index = b->index,
            .hash = td_hash_short(&b->segment->chains[b->commit])};
        tandem_slice body;

        TD_TRY(td_unpad32(b->opened, &body));
        TD_TRY(td_change_decode(body, &place, NULL, &p->decoded, &b->change));
    }
    return TANDEM_OK;
}

STEP
step_face(struct pass *p)
{
    for (size_t i = p->from; i < p->to; i++) {
        struct step_body *b = &p->bodies[i];

        if (!td_change_plain(&b->change)) {
            return TANDEM_EREFUSED; // a hearing would make a state of it
        }
        TD_TRY(td_index_plain(p->w, &b->change, p->world->sector,
            &b->face.blinds, &b->face.blind_count));
    }
    return TANDEM_OK;
}

// What later steps need of it outlives the chunk.
static tandem_err
keep_blinds(struct pass *p)
{
    for (size_t i = p->from; i < p->to; i++) {
        struct td_face *f = &p->bodies[i].face;
        struct td_hash16 *copy =
            td_arena_array(&p->faces, f->blind_count, sizeof(*copy));

        if (copy == NULL) {
            return TANDEM_ENOMEM;
        }
        memcpy(copy, f->blinds, f->blind_count * sizeof(*copy));
        f->blinds = copy;
    }
    return TANDEM_OK;
}

// A few records at a time, as little memory as a reception has in use.
static tandem_err
in_memory(struct pass *p)
{
    tandem_err err = TANDEM_OK;

    TD_TRY(td_work_read(p->r, &p->w));
    for (p->from = 0; err == TANDEM_OK && p->from < p->count; p->from = p->to) {
        p->to =
            p->from + STEP_CHUNK < p->count ? p->from + STEP_CHUNK : p->count;
        td_arena_reset(&p->decoded);
        td_arena_reset(&p->w->arena);
        err = timed_part(p, STEP_DECODE, step_decode);
        if (err == TANDEM_OK) {
            err = timed_part(p, STEP_FACE, step_face);
        }
        if (err == TANDEM_OK) {
            err = keep_blinds(p);
        }
    }
    td_work_read_end(p->w);
    return err;
}

STEP
step_row_keep(struct pass *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct step_body *b = &p->bodies[i];
        uint8_t key[14] = {0, 0, 0, 1};
        const struct td_payload is = payload_of(b);

        td_put_be64(key + 4, header_of(b)->seq);
        td_buf_reset(&p->value);
        td_buf_put(&p->value, is.chain.b, sizeof(is.chain.b));
        td_buf_put(&p->value, is.prev.b, sizeof(is.prev.b));
        td_buf_put(&p->value, is.epoch.b, sizeof(is.epoch.b));
        td_buf_put_slice(&p->value, is.bytes);
        TD_TRY(td_row_seal(p->r->store->keys,
            &(struct td_row_at){TD_T_PAYLOADS, {key, sizeof(key)}},
            td_buf_slice(&p->value),
            &(struct td_row_with){
                .seal = td_store_bucket(b->change.record), .hash = &is.hash},
            &p->row));
    }
    return TANDEM_OK;
}

// ------------------------------------------------ receiving, in a transaction

STEP
step_hold(struct pass *p)
{
    for (size_t i = 0; i < p->segment_count; i++) {
        uint64_t lsns[TD_SIGN_COMMITS];

        TD_TRY(td_segment_hold(p->w->t, &p->segments[i], lsns));
        td_work_know(p->w, &p->segments[i].log);
    }
    return TANDEM_OK;
}

STEP
step_payload_put(struct pass *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct step_body *b = &p->bodies[i];
        const struct td_payload is = payload_of(b);

        TD_TRY(
            td_payload_put(p->w->t, b->segment->log.number, header_of(b)->seq,
                b->index, td_store_bucket(b->change.record), &is));
    }
    return TANDEM_OK;
}

STEP
step_judge(struct pass *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct step_body *b = &p->bodies[i];
        enum td_admission verdict;

        TD_TRY(td_work_admits(
            p->w, &b->segment->log, header_of(b)->seq, &verdict));
        if (verdict != TD_ADMITTED) {
            return TANDEM_EDENIED;
        }
    }
    return TANDEM_OK;
}

STEP
step_record_put(struct pass *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct step_body *b = &p->bodies[i];
        struct td_row_change place = {.number = b->segment->log.number,
            .seq = header_of(b)->seq,
            .index = b->index};
        struct td_row row = {.sector = p->world->sector,
            .kind = b->change.kind,
            .changes = &place,
            .count = 1,
            .pointer = true};

        td_work_row_key(p->w, &b->change, row.sector, b->key);
        if (td_has(p->w->t, TD_T_RECORDS,
                (tandem_slice){b->key, sizeof(b->key)})) {
            return TANDEM_EEXIST;
        }
        td_buf_reset(&p->row);
        td_row_encode(&row, &p->row);
        TD_TRY(td_put(p->w->t, TD_T_RECORDS,
            (tandem_slice){b->key, sizeof(b->key)}, TD_SEAL_PLACE,
            td_buf_slice(&p->row)));
    }
    return TANDEM_OK;
}

STEP
step_index_put(struct pass *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct step_body *b = &p->bodies[i];

        TD_TRY(td_index_change(
            p->w, b->key, NULL, 0, b->face.blinds, b->face.blind_count));
    }
    return TANDEM_OK;
}

STEP
step_run_put(struct pass *p)
{
    return td_run_write(p->w);
}

STEP
step_feed_put(struct pass *p)
{
    uint64_t lsn = 1 << 20;

    for (size_t i = 0; i < p->count; i++) {
        struct step_body *b = &p->bodies[i];
        struct td_feed_item item = {.record = b->change.record,
            .sector = p->world->sector,
            .kind = b->change.kind};

        memcpy(item.pack, b->change.pack, 8);
        td_work_touch(p->w, &item);
        if (i + 1 == p->count || header_of(b + 1) != header_of(b)) {
            TD_TRY(td_work_feed(
                p->w, ++lsn, b->segment->log.number, header_of(b)->seq, false));
        }
    }
    return TANDEM_OK;
}

// Nothing of it stays: what is written is given up by the last code.
static tandem_err
in_transaction(struct td_work *w, void *ctx)
{
    struct pass *p = ctx;

    p->w = w;
    TD_TRY(timed(p, STEP_HOLD, step_hold));
    TD_TRY(timed(p, STEP_PAYLOAD, step_payload_put));
    TD_TRY(timed(p, STEP_JUDGE, step_judge));
    TD_TRY(timed(p, STEP_RECORD, step_record_put));
    TD_TRY(timed(p, STEP_INDEX, step_index_put));
    TD_TRY(timed(p, STEP_RUN, step_run_put));
    TD_TRY(timed(p, STEP_FEED, step_feed_put));
    return TANDEM_EREFUSED;
}

// ------------------------------------------------------------ receiving, whole

static double
elapsed_ns(double since)
{
    return (now_s() - since) * 1e9;
}

// The library's own calls come by here (linked with --wrap): what LMDB's
// commits take of the whole, and how often something is put.
int __real_mdb_txn_commit(MDB_txn *t);
int __wrap_mdb_txn_commit(MDB_txn *t);
int __real_mdb_put(
    MDB_txn *t, MDB_dbi dbi, MDB_val *k, MDB_val *v, unsigned flags);
int __wrap_mdb_put(
    MDB_txn *t, MDB_dbi dbi, MDB_val *k, MDB_val *v, unsigned flags);

static struct {
    double ns;
    size_t commits, puts;
} lmdb;

int
__wrap_mdb_txn_commit(MDB_txn *t)
{
    const double start = cpu_ns();
    const int rc = __real_mdb_txn_commit(t);

    lmdb.ns += cpu_ns() - start;
    lmdb.commits++;
    return rc;
}

int
__wrap_mdb_put(MDB_txn *t, MDB_dbi dbi, MDB_val *k, MDB_val *v, unsigned flags)
{
    lmdb.puts++;
    return __real_mdb_put(t, dbi, k, v, flags);
}

STEP
step_hear(struct pass *p)
{
    size_t from = 0, bytes = 0;

    for (size_t i = 0; i < p->segment_count; i++) {
        bytes += p->world->segments[p->world->data + i].bytes.len;
        if (bytes >= TD_SESSION_BATCH_BYTES || i + 1 == p->segment_count) {
            struct td_heard heard;

            TD_TRY(td_replica_hear(p->r, p->segments + from, i + 1 - from,
                p->now_ms, &heard, p->e));
            from = i + 1;
            bytes = 0;
        }
    }
    return TANDEM_OK;
}

// What a search right behind it would do first.
STEP
step_merge(struct pass *p)
{
    return td_run_settle(p->r, p->e);
}

static tandem_err
hear_whole(struct pass *p)
{
    const double start = now_s();

    memset(&lmdb, 0, sizeof(lmdb));
    TD_TRY(timed(p, STEP_HEAR, step_hear));
    p->ns[STEP_COMMIT] = lmdb.ns / (double)p->world->n;
    p->commits = lmdb.commits;
    p->puts = (double)lmdb.puts / (double)p->world->n;
    p->ns[STEP_WAIT] =
        elapsed_ns(start) / (double)p->world->n - p->ns[STEP_HEAR];
    return timed(p, STEP_MERGE, step_merge);
}

// -------------------------------------------------------------------- sending

STEP
step_get(struct pass *p)
{
    struct td_commits commits;
    const struct td_header *h;
    struct td_hash chain;
    tandem_err err = TANDEM_OK;

    td_commits_init(&commits, p->w->t);
    for (uint64_t i = 1; err == TANDEM_OK && i <= p->sent.head_seq; i++) {
        err = td_commits_get(&commits, p->sent.number, i, &h, &chain, NULL);
    }
    td_commits_deinit(&commits);
    return err;
}

STEP
step_row_open(struct pass *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct step_body *b = &p->bodies[i];
        tandem_slice bytes;

        TD_TRY(td_payload_wire(
            p->w, p->sent.number, header_of(b), b->index, &bytes));
        if (bytes.len != b->sealed.len) {
            return TANDEM_ECORRUPT;
        }
    }
    return TANDEM_OK;
}

STEP
step_glance(struct pass *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct step_body *b = &p->bodies[i];
        struct td_touched about;

        if (!td_payload_glance(
                p->w, p->sent.id, header_of(b), b->sealed, &about)) {
            return TANDEM_ENOKEY;
        }
    }
    return TANDEM_OK;
}

STEP
step_encode(struct pass *p)
{
    for (size_t i = 0; i < p->segment_count; i++) {
        const struct td_segment *s = &p->segments[i];

        td_buf_reset(&p->row);
        for (size_t j = 0; j < s->count; j++) {
            td_wire_encode(&s->headers[j], j == 0 ? NULL : &s->headers[j - 1],
                s->payloads[j], &p->row);
        }
        TD_TRY(p->row.err);
    }
    return TANDEM_OK;
}

STEP
step_tell(struct pass *p)
{
    struct td_replica *r = p->world->sender.store->replica;

    for (size_t i = p->world->data; i < p->world->count; i++) {
        const struct step_segment *s = &p->world->segments[i];
        struct td_touched_list touched = {0};
        uint64_t changes;

        td_buf_reset(&p->row);
        TD_TRY(td_replica_tell(r, p->w->t, &p->sent, s->fresh, s->from,
            s->head.head.seq, &p->row, &changes, &touched));
        td_touched_free(r->sys, &touched);
        if (p->row.len != s->bytes.len) {
            return TANDEM_ECORRUPT;
        }
    }
    return TANDEM_OK;
}

static tandem_err
sending(struct pass *p)
{
    TD_TRY(timed(p, STEP_GET, step_get));
    TD_TRY(timed(p, STEP_ROW_OPEN, step_row_open));
    TD_TRY(timed(p, STEP_GLANCE, step_glance));
    TD_TRY(timed(p, STEP_ENCODE, step_encode));
    return timed(p, STEP_TELL, step_tell);
}

static tandem_err
send_whole(struct pass *p)
{
    const struct td_log_id id = p->segments[p->segment_count - 1].head.head.log;
    tandem_err err;

    TD_TRY(td_work_read(p->world->sender.store->replica, &p->w));
    err = td_log_get(p->w->t, id, &p->sent);
    if (err == TANDEM_OK) {
        err = sending(p);
    }
    td_work_read_end(p->w);
    return err;
}

// ----------------------------------------------------------------- the passes

// Where each payload stands in the segments just read.
static tandem_err
bodies(struct pass *p)
{
    p->count = 0;
    for (size_t i = 0; i < p->segment_count; i++) {
        const struct td_segment *s = &p->segments[i];

        for (size_t j = 0; j < s->count; j++) {
            for (size_t k = 0; k < s->headers[j].change_count; k++) {
                if (p->count == p->world->n) {
                    return TANDEM_ELIMIT;
                }
                p->bodies[p->count++] = (struct step_body){.segment = s,
                    .commit = j,
                    .index = (uint16_t)k,
                    .sealed = s->payloads[j][k]};
            }
        }
    }
    return p->count == p->world->n ? TANDEM_OK : TANDEM_ENOTFOUND;
}

// The opened bodies lie one behind the other.
static void
place_opened(struct pass *p)
{
    const uint8_t *at = p->opened.ptr;

    for (size_t i = 0; i < p->count; i++) {
        p->bodies[i].opened.ptr = at;
        at += p->bodies[i].opened.len;
    }
}

static tandem_err
steps(struct pass *p)
{
    tandem_err err;

    TD_TRY(timed(p, STEP_SEGMENT, step_segment));
    TD_TRY(bodies(p));
    TD_TRY(timed(p, STEP_OPEN, step_payload_open));
    place_opened(p);
    TD_TRY(in_memory(p));
    TD_TRY(timed(p, STEP_ROW_KEEP, step_row_keep));
    err = td_work_write(p->r, in_transaction, p, p->e);
    if (err != TANDEM_EREFUSED) {
        return err == TANDEM_OK ? TANDEM_EFAILED : err;
    }
    // Holding them changed the segments: read them again.
    td_arena_reset(&p->read);
    TD_TRY(step_read(p->world, &p->r->workspace, p->world->data,
        p->world->count, &p->read, p->segments));
    TD_TRY(hear_whole(p));
    return send_whole(p);
}

static void
pass_init(struct pass *p)
{
    const tandem_sys *sys = p->r->sys;

    td_arena_init(&p->read, sys, STEP_ARENA);
    td_arena_init(&p->decoded, sys, STEP_ARENA);
    td_arena_init(&p->faces, sys, STEP_ARENA);
    td_buf_init(&p->opened, sys, STEP_ARENA);
    td_buf_init(&p->value, sys, TD_SEGMENT_BYTES_MAX);
    td_buf_init(&p->row, sys, TD_SEGMENT_BYTES_MAX);
}

static void
pass_deinit(struct pass *p)
{
    td_buf_deinit(&p->row);
    td_buf_deinit(&p->value);
    td_buf_deinit(&p->opened);
    td_arena_deinit(&p->faces);
    td_arena_deinit(&p->decoded);
    td_arena_deinit(&p->read);
    free(p->bodies);
    free(p->segments);
}

// One receiver, all steps. ns and counts in *p.
static tandem_err
pass(struct step_world *world, struct pass *p)
{
    struct step_store to = {.store = NULL};
    const int64_t now_ms = td_api_now(world->sender.store);
    tandem_err err = step_receiver(world, &to, now_ms);

    memset(p, 0, sizeof(*p));
    if (err == TANDEM_OK) {
        p->world = world;
        p->r = to.store->replica;
        p->e = &to.e;
        p->now_ms = now_ms;
        p->segment_count = world->count - world->data;
        p->segments = calloc(p->segment_count, sizeof(*p->segments));
        p->bodies = calloc(world->n, sizeof(*p->bodies));
        pass_init(p);
        err =
            p->segments == NULL || p->bodies == NULL ? TANDEM_ENOMEM : steps(p);
        pass_deinit(p);
    }
    if (err != TANDEM_OK) {
        (void)fprintf(stderr, "%s: %s\n", tandem_err_name(err), to.e.msg);
    }
    step_close(&to);
    return err;
}

static void
print(const struct step_world *w, size_t per_commit, size_t passes,
    double ns[STEP_COUNT][STEP_PASSES_MAX], const struct pass *last)
{
    static const char *const names[] = {
#define STEP_NAME(name, side, text) #name,
        STEPS(STEP_NAME)
#undef STEP_NAME
    };
    static const char *const sides[] = {
#define STEP_SIDE(name, side, text) side,
        STEPS(STEP_SIDE)
#undef STEP_SIDE
    };
    static const char *const texts[] = {
#define STEP_TEXT(name, side, text) text,
        STEPS(STEP_TEXT)
#undef STEP_TEXT
    };

    for (size_t i = 0; i < STEP_COUNT; i++) {
        printf("{\"figure\":\"step\",\"n\":%zu,\"per_commit\":%zu,"
               "\"side\":\"%s\",\"step\":\"%s\",\"text\":\"%s\","
               "\"ns\":%.0f}\n",
            w->n, per_commit, sides[i], names[i], texts[i],
            median(ns[i], passes));
    }
    printf("{\"figure\":\"step_counts\",\"n\":%zu,\"per_commit\":%zu,"
           "\"transactions\":%zu,\"puts\":%.2f}\n",
        w->n, per_commit, last->commits, last->puts);
}

static bool
measure(const char *pack, size_t n, size_t per_commit, size_t passes)
{
    static double ns[STEP_COUNT][STEP_PASSES_MAX];
    struct step_world w = {.n = n};
    struct pass p;
    tandem_err err = step_sender(&w, pack, per_commit);

    if (err != TANDEM_OK) {
        (void)fprintf(stderr, "%s\n", w.sender.e.msg);
    }
    for (size_t i = 0; err == TANDEM_OK && i < passes; i++) {
        err = post_stop == 0 ? pass(&w, &p) : TANDEM_ECUT;
        for (size_t j = 0; j < STEP_COUNT; j++) {
            ns[j][i] = p.ns[j];
        }
    }
    if (err == TANDEM_OK) {
        print(&w, per_commit, passes, ns, &p);
    }
    step_world_free(&w);
    return err == TANDEM_OK;
}

int
main(int argc, char **argv)
{
    size_t n = 10000, per_commit = 1, passes = 5;
    char pack[PATH_MAX + 40];

    default_pack(argv[0], pack, sizeof(pack));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--n") == 0 && i + 1 < argc) {
            n = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--per-commit") == 0 && i + 1 < argc) {
            per_commit = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--passes") == 0 && i + 1 < argc) {
            passes = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--pack") == 0 && i + 1 < argc) {
            (void)snprintf(pack, sizeof(pack), "%s", argv[++i]);
        } else {
            n = 0;
        }
    }
    if (n < 10 || n > 100000 || per_commit < 1 || per_commit > 128 ||
        passes < 1 || passes > STEP_PASSES_MAX) {
        (void)fprintf(stderr, "usage: step_bench [--n 10..100000] [--per-commit"
                              " 1..128] [--passes 1..21] [--pack FILE]\n");
        return 2;
    }
    post_watch(post_stopped);
    return measure(pack, n, per_commit, passes) ? 0 : 1;
}
