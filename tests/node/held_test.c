// SPDX-License-Identifier: Apache-2.0
// held_test.c - a worker that is busy with somebody's deed: the node's own
// thread neither writes nor waits, whatever a session must write first.
#include "node/node_help.h"

#include <pthread.h>
#include <stdatomic.h>

#include "api/handles.h"
#include "node/talk.h"
#include "session/state.h"

enum { SHEETS = 120, LARGE = 30000 };

// A deed that stands in the middle of its transaction, as far as others can
// tell, until it is let go; not for ever, so that who waits for it fails.
struct deed {
    tandem_store *store;
    struct td_job job;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool inside, let_go;
    atomic_bool over;
};

static void
run(void *ctx)
{
    struct deed *d = ctx;
    struct timespec end;

    td_api_lock_writing(d->store);
    td_api_unlock(d->store); // the writer's stays
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 2 * PATIENCE_MS / 1000;
    (void)pthread_mutex_lock(&d->lock);
    d->inside = true;
    (void)pthread_cond_broadcast(&d->moved);
    while (
        !d->let_go && pthread_cond_timedwait(&d->moved, &d->lock, &end) == 0) {
    }
    (void)pthread_mutex_unlock(&d->lock);
    atomic_store(&d->over, true);
    td_api_lock(d->store);
    td_api_unlock_writing(d->store, false);
}

static void
hold(struct post *p, struct deed *d)
{
    memset(d, 0, sizeof(*d));
    d->store = p->store;
    d->job.run = run;
    d->job.ctx = d;
    atomic_init(&d->over, false);
    assert_int_equal(0, pthread_mutex_init(&d->lock, NULL));
    assert_int_equal(0, pthread_cond_init(&d->moved, NULL));
    td_worker_post(p->node->worker, &d->job);
    (void)pthread_mutex_lock(&d->lock);
    while (!d->inside) {
        (void)pthread_cond_wait(&d->moved, &d->lock);
    }
    (void)pthread_mutex_unlock(&d->lock);
}

static void
let_go(struct post *p, struct deed *d)
{
    (void)pthread_mutex_lock(&d->lock);
    d->let_go = true;
    (void)pthread_cond_broadcast(&d->moved);
    (void)pthread_mutex_unlock(&d->lock);
    td_worker_settle(p->node->worker, &d->job);
    (void)pthread_cond_destroy(&d->moved);
    (void)pthread_mutex_destroy(&d->lock);
}

// A step that returned before the deed did waited for something else, or for
// nothing.
static void
step_beside(struct post *p, struct deed *d)
{
    post_step(p, STEP_MS);
    assert_false(atomic_load(&d->over));
}

static struct td_talk *
talk_with(struct post *p, struct post *peer)
{
    tandem_device_id who = td_store_device(peer->store->store)->pub.sign;

    for (size_t i = 0; i < p->node->talk_max; i++) {
        struct td_talk *t = &p->node->talks[i];

        if (td_talk_live(t) && td_device_cmp(t->peer, who) == 0) {
            return t;
        }
    }
    return NULL;
}

static bool
must_write_first(struct post *p, struct post *peer)
{
    struct td_talk *t = talk_with(p, peer);
    bool first = false;

    if (t != NULL && t->session != NULL) {
        td_api_lock(p->store);
        first = td_session_write_first(t->session);
        td_api_unlock(p->store);
    }
    return first;
}

static uint64_t
sent_to(struct post *p, struct post *peer)
{
    struct td_talk *t = talk_with(p, peer);
    tandem_report r = {.commits_sent = 0};

    if (t != NULL && t->session != NULL) {
        td_api_lock(p->store);
        td_session_report(t->session, &r);
        td_api_unlock(p->store);
    }
    return r.commits_sent;
}

static void
publish(struct post *p, tandem_id *sector)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_pack *pack;

    assert_good(
        tandem_pack_load(TEST_BINARY_DIR "/packs/fr.terrain.pack", &pack, &e),
        e);
    assert_good(tandem_pack_publish(p->store, pack, &e), e);
    tandem_pack_free(pack);
    assert_good(tandem_sector_add(p->store, "FIVES", sector, &e), e);
}

static void
large_sheets(struct post *p, tandem_id sector)
{
    static char text[LARGE];
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_txn *t;
    tandem_edit *d;

    memset(text, 'n', sizeof(text));
    assert_good(tandem_txn_new(p->store, TANDEM_ME, &t, &e), e);
    for (int i = 0; i < SHEETS; i++) {
        assert_good(tandem_txn_create(t, "contact", sector, &d), e);
        assert_good(tandem_edit_set(d, "name", tandem_str("Mme L.")), e);
        assert_good(tandem_edit_set(d, "met_by", tandem_enum(1)), e);
        assert_good(tandem_edit_text(d, "remarks", 0, 0,
                        (tandem_slice){(const uint8_t *)text, sizeof(text)}),
            e);
        assert_good(tandem_txn_commit(t, &e), e);
    }
    tandem_txn_free(t);
}

static void
forget_all(struct post *a, struct post *b)
{
    post_forget(a);
    post_forget(b);
}

// The office gives one peer much. Another one comes, for which a head has to
// be signed first, while the worker is at somebody's deed: that talk stands,
// the first goes on to its end, and no step waits.
static void
test_held_a_talk_that_must_write_first_keeps_nobody_waiting(void **state)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    struct post a, b, c;
    tandem_id sector;
    struct deed deed;

    (void)state;
    post_found(&a, "Bureau");
    publish(&a, &sector);
    post_new(&b);
    enrol(&a, &b);
    post_new(&c);
    enrol(&a, &c);
    post_listen(&a);
    large_sheets(&a, sector);
    forget_all(&a, &b);
    post_forget(&c);
    post_meet(&c, a.address);
    while (sent_to(&a, &c) == 0) { // its own heads are signed
        assert_true(now_ms() < end);
        post_step(&c, STEP_MS);
        post_step(&a, STEP_MS);
    }
    assert_int_equal(0, c.finished);
    add_person(&a, "Mme L."); // a head that nobody has signed
    hold(&a, &deed);
    post_meet(&b, a.address);
    while (c.finished == 0 || !must_write_first(&a, &b)) {
        assert_true(now_ms() < end);
        post_step(&b, STEP_MS);
        post_step(&c, STEP_MS);
        step_beside(&a, &deed);
    }
    assert_done(&c);
    assert_int_equal(SHEETS, c.last.report.records_changed);
    assert_int_equal(0, b.finished);
    let_go(&a, &deed);
    until_finished(&b, &a);
    assert_done(&b);
    assert_true(knows_person(&b, "Mme L."));
    assert_same(&a, &b);
    post_free(&c);
    post_free(&b);
    post_free(&a);
    assert_int_equal(0, atomic_load(&a.meter.now));
}

static size_t
kept_of(struct post *p, struct post *peer)
{
    struct td_talk *t = talk_with(p, peer);

    return t != NULL ? t->inbox.len : 0;
}

// Who dials says nothing until its own heads are signed; what the other says
// meanwhile is kept, in order.
static void
until_kept(struct post *a, struct post *b, struct deed *deed)
{
    uint64_t end = now_ms() + PATIENCE_MS;

    add_person(a, "Mme L.");
    add_person(b, "M. D.");
    hold(a, deed);
    forget_all(a, b);
    post_meet(a, b->address);
    while (kept_of(a, b) == 0) {
        assert_true(now_ms() < end);
        post_step(b, STEP_MS);
        step_beside(a, deed);
    }
    assert_true(must_write_first(a, b));
}

// Members too, but it is the one with a worker that dials.
static void
two_call(struct post *a, struct post *b)
{
    post_found(a, "Bureau");
    post_new(b);
    enrol(a, b);
    post_listen(b);
}

static void
test_held_what_comes_meanwhile_is_kept_in_order(void **state)
{
    struct post a, b;
    struct deed deed;

    (void)state;
    two_call(&a, &b);
    until_kept(&a, &b, &deed);
    let_go(&a, &deed);
    until_finished(&a, &b);
    assert_done(&a);
    assert_done(&b);
    assert_true(knows_person(&b, "Mme L."));
    assert_true(knows_person(&a, "M. D."));
    assert_same(&a, &b);
    post_free(&b);
    post_free(&a);
    assert_int_equal(0, atomic_load(&a.meter.now));
}

// The line goes, or the host goes to sleep, while messages are kept.
static void
test_held_what_was_kept_outlives_its_line(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    uint64_t end = now_ms() + PATIENCE_MS;
    struct post a, b;
    struct deed deed;

    (void)state;
    two_call(&a, &b);
    until_kept(&a, &b, &deed);
    assert_good(tandem_node_suspend(b.node, &e), e);
    while (talk_with(&a, &b)->state == TD_TALK_RUNNING) {
        assert_true(now_ms() < end);
        step_beside(&a, &deed);
    }
    // Nothing is lost of it, nor does it end, before the worker has had it.
    assert_int_equal(TD_TALK_ENDING, talk_with(&a, &b)->state);
    assert_true(kept_of(&a, &b) > 0);
    let_go(&a, &deed);
    while (talk_with(&a, &b)->state == TD_TALK_ENDING) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
    }
    assert_int_equal(0, kept_of(&a, &b));
    assert_good(tandem_node_suspend(a.node, &e), e);
    assert_good(tandem_node_resume(b.node, &e), e);
    assert_good(tandem_node_resume(a.node, &e), e);
    forget_all(&a, &b);
    until_finished(&a, &b);
    assert_done(&a);
    assert_true(knows_person(&a, "M. D."));
    post_free(&b);
    post_free(&a);
    assert_int_equal(0, atomic_load(&a.meter.now));
}

// Who goes on talking fills its place, and no more.
static void
test_held_who_talks_on_is_cut_off(void **state)
{
    static uint8_t frame[9 + 60000] = {'S'};
    struct post a, b;
    struct td_talk *t;
    struct deed deed;
    size_t before, sent = 0;

    (void)state;
    two_call(&a, &b);
    until_kept(&a, &b, &deed);
    t = talk_with(&a, &b);
    memcpy(frame + 1, t->number, 8);
    before = atomic_load(&a.meter.now);
    while (t->state == TD_TALK_RUNNING) {
        td_talk_frame(t, (tandem_slice){frame, sizeof(frame)}, now_ms());
        assert_true((sent += sizeof(frame)) < 2 * TD_TALK_INBOX_MAX);
    }
    assert_true(sent > TD_SESSION_CREDIT);
    assert_true(
        atomic_load(&a.meter.now) - before <= (size_t)TD_TALK_INBOX_MAX);
    assert_false(atomic_load(&deed.over));
    let_go(&a, &deed);
    until_finished(&a, NULL);
    assert_failed_with(&a, TANDEM_EPROTO); // what came first is judged first
    post_free(&b);
    post_free(&a);
    assert_int_equal(0, atomic_load(&a.meter.now));
}

// Who is heard as fast as it talks is not: what was taken makes room.
static void
test_held_what_was_taken_counts_no_more(void **state)
{
    static uint8_t frame[9 + 60000] = {'S'};
    struct post a, b;
    struct td_talk *t;
    struct deed deed;
    size_t before, sent = 0;

    (void)state;
    two_call(&a, &b);
    until_kept(&a, &b, &deed);
    t = talk_with(&a, &b);
    memcpy(frame + 1, t->number, 8);
    before = atomic_load(&a.meter.now);
    for (; sent < 3 * (size_t)TD_TALK_INBOX_MAX; sent += sizeof(frame)) {
        td_talk_frame(t, (tandem_slice){frame, sizeof(frame)}, now_ms());
        assert_int_equal(TD_TALK_RUNNING, t->state);
        if (t->inbox.len - t->inbox_at > TD_TALK_INBOX_MAX / 3) {
            // As if the session had taken four of them.
            t->inbox_at += 4 * (4 + sizeof(frame) - 9);
        }
    }
    assert_true(
        atomic_load(&a.meter.now) - before <= (size_t)TD_TALK_INBOX_MAX);
    let_go(&a, &deed);
    post_free(&b);
    post_free(&a);
    assert_int_equal(0, atomic_load(&a.meter.now));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_held_a_talk_that_must_write_first_keeps_nobody_waiting),
        cmocka_unit_test(test_held_what_comes_meanwhile_is_kept_in_order),
        cmocka_unit_test(test_held_what_was_kept_outlives_its_line),
        cmocka_unit_test(test_held_who_talks_on_is_cut_off),
        cmocka_unit_test(test_held_what_was_taken_counts_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
