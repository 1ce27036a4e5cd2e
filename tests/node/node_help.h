// SPDX-License-Identifier: Apache-2.0
// node_help.h - real stores, real nodes on 127.0.0.1, and turns in one thread.
#ifndef TD_TESTS_NODE_HELP_H
#define TD_TESTS_NODE_HELP_H

#include "support/meter.h"
#include "support/store_help.h"

#include "tandem/node.h"
#include "tandem/record.h"
#include "tandem/store.h"

#include <time.h>

// Patience is a guard: no outcome depends on it, and machines may be slow.
enum { STEP_MS = 5, PATIENCE_MS = 60000 };

struct post { // a store with its node
    struct help_dir dir;
    struct meter meter; // of what the store and its nodes take
    bool worker;        // its nodes have one: founders' do, newcomers' do not
    tandem_store *store;
    tandem_node *node;
    char address[192];
    // What has happened since the last post_forget.
    int started, finished, strangers;
    tandem_event last; // FINISHED
};

static inline uint64_t
now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline tandem_err
post_key(void *ctx, uint8_t out[32])
{
    (void)ctx;
    memset(out, 0x5a, 32);
    return TANDEM_OK;
}

#define assert_good(call, e)                                                   \
    do {                                                                       \
        if ((call) != TANDEM_OK) {                                             \
            fail_msg("%s: %s: %s", #call, tandem_err_name((e).code), (e).msg); \
        }                                                                      \
    } while (0)

// A monotonic clock that tests may move on.
static uint64_t post_ahead_ms;

static inline uint64_t
post_mono(void *ctx)
{
    (void)ctx;
    return now_ms() + post_ahead_ms;
}

static inline void
post_open(struct post *p)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    tandem_sys sys = TANDEM_SYS_INIT;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    sys.ctx = &p->meter;
    sys.mono_ms = post_mono;
    sys.resize = meter_resize;
    o.sys = &sys;
    o.key = post_key;
    assert_good(tandem_store_open(p->dir.path, &o, &p->store, &e), e);
}

// A dial is given up by the clock only where a test says when.
static inline void
post_node(struct post *p, uint32_t connect_ms, uint32_t idle_ms, uint32_t peers)
{
    tandem_node_opts o = TANDEM_NODE_OPTS_INIT;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    o.connect_timeout_ms = connect_ms != 0 ? connect_ms : 10 * PATIENCE_MS;
    o.idle_timeout_ms = idle_ms;
    o.peers_max = peers;
    o.worker = p->worker ? 1 : 0;
    assert_good(tandem_node_new(p->store, &o, &p->node, &e), e);
}

static inline void
post_begin(struct post *p, bool worker)
{
    memset(p, 0, sizeof(*p));
    p->worker = worker;
    help_dir_new(&p->dir);
    post_open(p);
    post_node(p, 0, 0, 0);
}

// A store without a workspace, and a node on it.
static inline void
post_new(struct post *p)
{
    post_begin(p, false);
}

static inline void
post_found(struct post *p, const char *name)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    post_begin(p, true);
    assert_good(tandem_workspace_create(p->store, name, name, &e), e);
}

static inline void
post_listen(struct post *p)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    assert_good(tandem_node_listen(p->node, "tcp://127.0.0.1:*", p->address,
                    sizeof(p->address), &e),
        e);
}

static inline void
post_close(struct post *p)
{
    tandem_node_free(p->node);
    tandem_store_close(p->store);
    p->node = NULL;
    p->store = NULL;
}

static inline void
post_free(struct post *p)
{
    post_close(p);
    help_dir_free(&p->dir);
}

static inline void
post_forget(struct post *p)
{
    p->started = p->finished = p->strangers = 0;
}

static inline void
post_step(struct post *p, uint32_t max_ms)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_event ev;
    bool more;

    assert_good(tandem_node_step(p->node, max_ms, &ev, &more, &e), e);
    switch (ev.kind) {
    case TANDEM_EVENT_STARTED:
        p->started++;
        break;
    case TANDEM_EVENT_FINISHED:
        p->finished++;
        p->last = ev;
        break;
    case TANDEM_EVENT_STRANGER:
        p->strangers++;
        break;
    case TANDEM_EVENT_NONE:
    case TANDEM_EVENT_ENROL:
    default:
        break;
    }
}

static inline void
post_meet(struct post *p, const char *address)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    assert_good(tandem_node_meet(p->node, address, &e), e);
}

// Both take turns until `a` has finished (and `b`, unless NULL).
static inline void
until_finished(struct post *a, struct post *b)
{
    uint64_t end = now_ms() + PATIENCE_MS;

    while (a->finished == 0 || (b != NULL && b->finished == 0)) {
        assert_true(now_ms() < end);
        post_step(a, STEP_MS);
        if (b != NULL) {
            post_step(b, STEP_MS);
        }
    }
}

// `b` takes turns too, but it is about `a`.
static inline void
until_beside(struct post *a, struct post *b)
{
    uint64_t end = now_ms() + PATIENCE_MS;

    while (a->finished == 0) {
        assert_true(now_ms() < end);
        post_step(a, STEP_MS);
        post_step(b, STEP_MS);
    }
}

static inline void
assert_done(const struct post *p)
{
    if (p->last.report.state != TANDEM_SESSION_DONE) {
        fail_msg("%s: %s", tandem_err_name(p->last.report.error.code),
            p->last.report.error.msg);
    }
}

static inline void
assert_failed_with(const struct post *p, tandem_err code)
{
    assert_int_equal(TANDEM_SESSION_FAILED, p->last.report.state);
    assert_err(code, p->last.report.error.code);
}

static inline tandem_grant
grant_of(tandem_right right)
{
    tandem_grant g;

    memset(&g, 0, sizeof(g));
    g.size = sizeof(g);
    g.right = right;
    return g;
}

static inline void
enrol_begin(struct post *a, struct post *b, tandem_enrol **inviter,
    tandem_enrol **newcomer)
{
    tandem_grant g = grant_of(TANDEM_RIGHT_ADMIN);
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    char code[400];

    assert_good(tandem_invite_new(a->node, &g, "tcp://127.0.0.1:*", NULL, code,
                    sizeof(code), inviter, &e),
        e);
    assert_good(tandem_join_new(b->node, code, "tablette", newcomer, &e), e);
}

static inline void
until_both(struct post *a, struct post *b, tandem_enrol *x, tandem_enrol *y,
    tandem_enrol_state state)
{
    uint64_t end = now_ms() + PATIENCE_MS;

    while (tandem_enrol_status(x) != state || tandem_enrol_status(y) != state) {
        tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

        if (now_ms() > end || (state != TANDEM_ENROL_FAILED &&
                                  (tandem_enrol_error(x, &e) != TANDEM_OK ||
                                      tandem_enrol_error(y, &e)))) {
            fail_msg("enrolment at %d and %d: %s", (int)tandem_enrol_status(x),
                (int)tandem_enrol_status(y), e.msg);
        }
        post_step(a, STEP_MS);
        post_step(b, STEP_MS);
    }
}

// `a` enrols `b`, whose persons agree.
static inline void
enrol(struct post *a, struct post *b)
{
    tandem_enrol *inviter, *newcomer;

    enrol_begin(a, b, &inviter, &newcomer);
    until_both(a, b, inviter, newcomer, TANDEM_ENROL_DIGITS);
    assert_string_equal(
        tandem_enrol_digits(inviter), tandem_enrol_digits(newcomer));
    assert_err(TANDEM_OK, tandem_enrol_confirm(newcomer, true));
    assert_err(TANDEM_OK, tandem_enrol_confirm(inviter, true));
    until_both(a, b, inviter, newcomer, TANDEM_ENROL_DONE);
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
}

// Two members that know each other; `a` listens.
static inline void
two(struct post *a, struct post *b)
{
    post_found(a, "Bureau");
    post_new(b);
    enrol(a, b);
    post_listen(a);
    post_forget(a);
    post_forget(b);
}

static inline void
free_two(struct post *a, struct post *b)
{
    post_free(a);
    post_free(b);
}

static inline void
assert_same(struct post *a, struct post *b)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    uint8_t da[32], db[32];

    assert_good(tandem_digest(a->store, NULL, da, NULL, &e), e);
    assert_good(tandem_digest(b->store, NULL, db, NULL, &e), e);
    assert_memory_equal(da, db, 32);
}

static inline void
add_person(struct post *p, const char *name)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_id id;

    assert_good(tandem_person_add(p->store, name, &id, &e), e);
}

static inline bool
knows_person(struct post *p, const char *name)
{
    tandem_id id;

    return tandem_person_find(p->store, name, &id, NULL) == TANDEM_OK;
}

#endif
