// SPDX-License-Identifier: Apache-2.0
// pair.h - an office and a tablet enrolled by internal calls (no network), for
// the tests of the public interface that need two stores.
#ifndef TESTS_API_PAIR_H
#define TESTS_API_PAIR_H

#include "help.h"

#include "api/handles.h"
#include "base/limits.h"

struct pair {
    struct world *w; // the office
    char dir[64];
    tandem_store *tablet;
};

struct pair_sign {
    struct td_author author;
    struct td_log_id id;
    struct td_log_info log;
};

static inline tandem_err
pair_sign(struct td_txn *t, void *ctx)
{
    struct pair_sign *s = ctx;
    struct td_signed_head head;
    tandem_err err = td_log_get(t, s->id, &s->log);

    return err == TANDEM_OK ? td_head_sign(t, &s->author, &s->log, &head) : err;
}

// The log that `from` writes in a sector. @return how many stand there.
static inline size_t
pair_log(
    struct pair *p, tandem_store *from, tandem_id sector, struct td_log_id *out)
{
    const tandem_device_id me = td_replica_device(from->replica);
    struct td_log_info *logs;
    struct td_arena a;
    struct td_txn *t;
    size_t count, own = 0;

    td_arena_init(&a, NULL, TD_SEGMENT_ARENA_MAX);
    GOOD(p->w, td_store_read(from->replica->store, &t));
    GOOD(p->w, td_log_list(t, &sector, &a, &logs, &count));
    td_store_read_end(t);
    for (size_t i = 0; i < count; i++) {
        if (td_device_cmp(logs[i].device, me) == 0) {
            *out = logs[i].id;
            own++;
        }
    }
    assert_int_equal(own, 1);
    td_arena_deinit(&a);
    return count;
}

// What `to` lacks of it, as a session would bring it. `drop`: the payloads are
// left out.
static inline void
pair_hand(struct pair *p, tandem_store *from, tandem_store *to,
    struct td_log_id id, bool drop)
{
    struct td_replica *giver = from->replica, *hearer = to->replica;
    struct pair_sign s = {.author = td_replica_author(giver), .id = id};
    struct td_log_info known = {.head_seq = 0};
    struct td_signed_head head;
    struct td_segment segment;
    struct td_heard heard;
    struct td_arena a;
    struct td_txn *t;
    struct td_buf b;
    uint64_t changes;
    bool fresh;

    td_arena_init(&a, NULL, TD_SEGMENT_ARENA_MAX);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    GOOD(p->w, td_store_read(hearer->store, &t));
    fresh = td_log_get(t, id, &known) != TANDEM_OK;
    td_store_read_end(t);
    GOOD(p->w, td_store_write(giver->store, pair_sign, &s, NULL));
    GOOD(p->w, td_store_read(giver->store, &t));
    GOOD(p->w, td_head_reach(t, &s.log, fresh, known.head_seq, &head));
    if (drop) {
        GOOD(p->w, td_segment_write(t, &s.log, fresh, known.head_seq,
                       head.head.seq, NULL, NULL, &b));
    } else {
        GOOD(p->w, td_replica_tell(giver, t, &s.log, fresh, known.head_seq,
                       head.head.seq, &b, &changes, NULL));
    }
    td_store_read_end(t);
    GOOD(p->w, td_segment_read(td_buf_slice(&b), &hearer->workspace,
                   fresh ? NULL : &known, &head, &a, &segment));
    GOOD(p->w,
        td_replica_hear(hearer, &segment, 1, td_api_now(to), &heard, &p->w->e));
    td_buf_deinit(&b);
    td_arena_deinit(&a);
}

// The office's own log of `sector`, the only one there, whole.
static inline void
pair_push(struct pair *p, tandem_id sector)
{
    struct td_log_id id;

    assert_int_equal(pair_log(p, p->w->s, sector, &id), 1);
    pair_hand(p, p->w->s, p->tablet, id, false);
}

// A tablet that the office enrols; before the office met any.
static inline void
pair_enrol(struct pair *p, const char *name)
{
    static uint8_t seed = 9;
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;

    (void)snprintf(p->dir, sizeof(p->dir), "/tmp/td-api-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    o.key = world_key;
    o.key_ctx = &seed;
    GOOD(p->w, tandem_store_open(p->dir, &o, &p->tablet, &p->w->e));
    GOOD(p->w, td_replica_enrol(p->w->s->replica,
                   &td_store_device(p->tablet->store)->pub, TANDEM_RIGHT_AGENT,
                   &p->w->sector, 1, td_api_now(p->w->s), &p->w->e));
    GOOD(p->w, td_replica_join(
                   p->tablet->replica, &p->w->s->replica->workspace, &p->w->e));
    pair_push(p, td_sector_control);
    GOOD(p->w, td_replica_introduce(
                   p->tablet->replica, name, td_api_now(p->tablet), &p->w->e));
}

static inline int
pair_open(void **state)
{
    struct pair *p = calloc(1, sizeof(*p));
    void *world;

    assert_non_null(p);
    assert_int_equal(world_open(&world), 0);
    p->w = world;
    pair_enrol(p, "tablette");
    *state = p;
    return 0;
}

static inline void
pair_dismiss(struct pair *p)
{
    char command[256];

    tandem_store_close(p->tablet);
    (void)snprintf(
        command, sizeof(command), "rm -rf '%s' '%s.sent'", p->dir, p->dir);
    assert_int_equal(system(command), 0);
}

static inline int
pair_close(void **state)
{
    struct pair *p = *state;
    void *world = p->w;

    pair_dismiss(p);
    free(p);
    return world_close(&world);
}

static inline size_t
pair_carry(struct pair *p, tandem_session *from, tandem_session *to)
{
    tandem_slice m;
    size_t n = 0;

    while ((m = tandem_session_give(from)).len > 0) {
        GOOD(p->w, tandem_session_take(to, m));
        n++;
    }
    return n;
}

// One session to its end; the report of who began it.
static inline tandem_report
pair_meet_as(struct pair *p, tandem_store *serves, tandem_store *begins)
{
    tandem_session_opts oa = TANDEM_SESSION_OPTS_INIT, ob = oa;
    tandem_workspace one, other;
    tandem_session *a, *b;
    tandem_report report;

    GOOD(p->w, tandem_workspace_get(serves, &one, &p->w->e));
    GOOD(p->w, tandem_workspace_get(begins, &other, &p->w->e));
    oa.peer = other.device;
    ob.peer = one.device;
    ob.initiator = true;
    GOOD(p->w, tandem_session_new(serves, &oa, &a, &p->w->e));
    GOOD(p->w, tandem_session_new(begins, &ob, &b, &p->w->e));
    while (pair_carry(p, b, a) + pair_carry(p, a, b) > 0) {
    }
    tandem_session_report(b, &report);
    tandem_session_free(a);
    tandem_session_free(b);
    return report;
}

static inline tandem_report
pair_meet(struct pair *p)
{
    return pair_meet_as(p, p->w->s, p->tablet);
}

#endif
