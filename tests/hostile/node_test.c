// SPDX-License-Identifier: Apache-2.0
// node_test.c - every lie of the table told to a listening node, by CURVE with
// a member's key, while an honest member meets it: to one that writes in its
// turn, and to one with a worker. What strangers do at the port:
// tests/node/hostile_test.c.
#include "hostile/scene.h"
#include "node/node_help.h"

#include <poll.h>
#include <pthread.h>
#include <zmq.h>

#include "api/handles.h"
#include "node/talk.h"

enum {
    FRAME_MAX = TD_MESSAGE_BYTES_MAX + 9,
    TURNS_MAX = 20000,
    QUIET = 2, // pings; with a worker more
    QUIET_WORKER = 4,
    AGAIN = 500 // turns without an answer: it had no room to go out
};

// ------------------------------------------------------------ a worker's gate

// A job in the worker's row: while it is shut, what comes behind it waits.
struct gate {
    struct td_worker *worker; // NULL: the node has none
    struct td_job job;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool shut;
};

static void
stand(void *ctx)
{
    struct gate *g = ctx;

    (void)pthread_mutex_lock(&g->lock);
    while (g->shut) {
        (void)pthread_cond_wait(&g->moved, &g->lock);
    }
    (void)pthread_mutex_unlock(&g->lock);
}

static void
gate_init(struct gate *g, struct td_worker *worker)
{
    g->worker = worker;
    g->job.run = stand;
    g->job.ctx = g;
    assert_int_equal(0, pthread_mutex_init(&g->lock, NULL));
    assert_int_equal(0, pthread_cond_init(&g->moved, NULL));
}

static void
gate_deinit(struct gate *g)
{
    (void)pthread_cond_destroy(&g->moved);
    (void)pthread_mutex_destroy(&g->lock);
}

static void
gate_shut(struct gate *g)
{
    g->shut = true;
    td_worker_post(g->worker, &g->job);
}

static void
gate_open(struct gate *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->shut = false;
    (void)pthread_cond_broadcast(&g->moved);
    (void)pthread_mutex_unlock(&g->lock);
}

// All that stood in the row has run; without a turn of the node nothing comes
// behind it, and its store is this thread's alone.
static void
gate_pass(struct gate *g)
{
    if (g->worker == NULL) {
        return;
    }
    if (!td_worker_busy(g->worker, &g->job)) {
        td_worker_post(g->worker, &g->job);
    }
    while (td_worker_busy(g->worker, &g->job)) {
        (void)poll(NULL, 0, 1);
    }
}

// --------------------------------------------------------- carried by a socket

struct wire {
    struct post *a, *c; // who hears lies; who meets it meanwhile
    struct gate gate;   // of a's worker
    tandem_device_id liar;
    void *socket;
    uint8_t number[8];
    uint8_t ping[8];
    uint32_t pings;
    bool asked; // a ping is under way
    int quiet;  // so many were answered with nothing between
    bool begun, over;
    tandem_report report; // of the honest side, once it is over
    uint8_t frame[FRAME_MAX];
};

// One turn of both honest nodes.
static void
turn(struct wire *k)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_event ev;
    bool more;

    assert_good(tandem_node_step(k->a->node, 1, &ev, &more, &e), e);
    if (ev.kind == TANDEM_EVENT_FINISHED &&
        td_device_cmp(ev.report.peer, k->liar) == 0) {
        k->report = ev.report;
        k->over = true;
    }
    post_step(k->c, 0);
}

static void
wire_send(struct wire *k, uint8_t kind, const uint8_t number[8], tandem_slice m)
{
    uint8_t frame[FRAME_MAX];
    int turns = 0;

    assert_true(m.len <= TD_MESSAGE_BYTES_MAX);
    frame[0] = kind;
    memcpy(frame + 1, number, 8);
    if (m.len > 0) {
        memcpy(frame + 9, m.ptr, m.len);
    }
    while (zmq_send(k->socket, frame, m.len + 9, ZMQ_DONTWAIT) < 0) {
        assert_true(turns++ < TURNS_MAX);
        turn(k);
    }
}

static void
wire_ping(struct wire *k)
{
    wire_send(k, 'S', k->ping, (tandem_slice){0});
    k->asked = true;
}

// The next frame of this try. 0: the answer to the ping came first.
static size_t
wire_recv(struct wire *k)
{
    int turns = 0;

    for (;;) {
        int n = zmq_recv(k->socket, k->frame, sizeof(k->frame), ZMQ_DONTWAIT);

        if (n < 9) {
            assert_true(turns++ < TURNS_MAX);
            turn(k);
            if (turns % AGAIN == 0) {
                wire_ping(k); // two answers are as good as one
            }
        } else if (memcmp(k->frame + 1, k->ping, 8) == 0) {
            assert_int_equal('X', k->frame[0]);
            assert_int_equal(10, n);
            assert_int_equal(-TANDEM_ECUT, k->frame[9]);
            return 0;
        } else if (memcmp(k->frame + 1, k->number, 8) == 0) {
            return (size_t)n;
        }
    }
}

static bool
wire_say(void *ctx, tandem_slice m)
{
    struct wire *k = ctx;

    wire_send(k, k->begun ? 'S' : 'H', k->number, m);
    k->begun = true;
    turn(k);
    return !k->over;
}

// What a session wrote behind the turn it speaks of in a later one.
static bool
writes(const struct wire *k)
{
    const struct tandem_node *n = k->a->node;
    bool any = false;

    for (size_t i = 0; n->worker != NULL && i < n->talk_max; i++) {
        any = any || td_worker_busy(n->worker, &n->talks[i].job);
    }
    return any;
}

// A frame of a number there is no session of has no effect but its answer;
// when some of them in a row were answered with nothing between and nothing
// to write, all was said.
static bool
wire_hear(void *ctx, struct td_buf *out)
{
    struct wire *k = ctx;
    int pings = 0;
    size_t n;

    while (k->quiet < (k->gate.worker != NULL ? QUIET_WORKER : QUIET)) {
        if (!k->asked) {
            td_put_be32(k->ping + 4, ++k->pings);
            wire_ping(k);
        }
        n = wire_recv(k);
        if (n == 0) {
            k->asked = false;
            // Behind a gate that is shut nothing is written.
            k->quiet = writes(k) && !k->gate.shut ? 0 : k->quiet + 1;
            assert_true(pings++ < TURNS_MAX);
            continue;
        }
        k->quiet = 0;
        if (k->frame[0] == 'S') {
            td_buf_put(out, k->frame + 9, n - 9);
            ok(out->err);
            return true;
        }
    }
    k->quiet = 0;
    return false;
}

static void
wire_end(void *ctx)
{
    struct wire *k = ctx;

    wire_send(k, 'F', k->number, (tandem_slice){0});
    gate_open(&k->gate);
    for (int i = 0; !k->over; i++) {
        assert_true(i < TURNS_MAX);
        turn(k);
    }
}

static const struct driver_carrier by_wire = {wire_say, wire_hear, wire_end};

// ----------------------------------------------------------------------- scene

static void *
client(void *context, const struct td_replica *to, const char *address,
    const struct td_device_keys *k)
{
    void *s = zmq_socket(context, ZMQ_DEALER);
    const struct td_device_keys *server = td_store_device(to->store);
    char endpoint[192];
    int zero = 0;

    (void)snprintf(endpoint, sizeof(endpoint), "%s", address);
    *strchr(endpoint, '#') = '\0';
    assert_non_null(s);
    assert_int_equal(0, zmq_setsockopt(s, ZMQ_LINGER, &zero, sizeof(zero)));
    assert_int_equal(
        0, zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, server->pub.curve, 32));
    assert_int_equal(
        0, zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, k->pub.curve, 32));
    assert_int_equal(
        0, zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, k->sec.curve, 32));
    assert_int_equal(0, zmq_connect(s, endpoint));
    return s;
}

static void
begin(struct scene *s, struct world *w, struct post p[3], bool worker)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    memset(s, 0, sizeof(*s));
    world_init(w, 82);
    for (size_t i = 0; i < 3; i++) {
        post_begin(&p[i], worker && i == 0);
    }
    assert_good(tandem_workspace_create(p[0].store, "Nord", "bureau", &e), e);
    s->w = w;
    s->a = p[0].store->replica;
    s->b = p[1].store->replica;
    s->c = p[2].store->replica;
    s->meter = &p[0].meter;
    scene_begin(s);
    post_listen(&p[0]);
}

// c meets a. @return round trips.
static uint64_t
honest(struct wire *k)
{
    for (int i = 0; k->c->finished == 0; i++) {
        assert_true(i < TURNS_MAX);
        turn(k);
    }
    assert_done(k->c);
    return k->c->last.report.round_trips;
}

static void
told(struct scene *s, struct wire *k, const struct lie *l, uint64_t trips)
{
    struct driver d;
    uint64_t beside;
    size_t most;

    scene_before(s, &d, &by_wire, k);
    driver_junk(&d, k->number, 8);
    k->begun = k->over = false;
    post_forget(k->c);
    post_meet(k->c, k->a->address);
    s->taken = meter_begin(s->meter);
    if (l->waits) {
        gate_shut(&k->gate);
    }
    l->tell(&d);
    driver_deinit(&d);
    most = atomic_load(&s->meter->most) - s->taken;
    beside = honest(k);
    gate_pass(&k->gate);
    if (beside > trips) {
        fail_msg("%s: %u round trips beside it", l->name, (unsigned)beside);
    }
    print_message("%-46s %-11s %6zu of %6zu KiB\n", l->name,
        tandem_err_name(k->report.error.code), most >> 10,
        lie_bounds[l->room].bytes >> 10);
    assert_int_equal(l->waits || l->keeps, k->report.commits_received > 0);
    scene_after(s, l, &d, &k->report, most);
}

static void
tell_all(bool worker)
{
    void *context = zmq_ctx_new();
    struct wire k = {.ping = {0xee}};
    struct post p[3];
    struct scene s;
    struct world w;
    uint64_t trips;

    begin(&s, &w, p, worker);
    k.a = &p[0];
    k.c = &p[2];
    k.liar = td_replica_device(s.b);
    k.socket = client(context, s.a, p[0].address, td_store_device(s.b->store));
    gate_init(&k.gate, p[0].node->worker);
    (void)world_sheet(&w, s.c, 1, "Mme D.");
    post_meet(&p[2], p[0].address);
    trips = honest(&k);
    gate_pass(&k.gate);
    for (size_t i = 0; i < lie_count; i++) {
        if (worker || !lies[i].waits) { // else it is written in the turn
            told(&s, &k, &lies[i], trips);
        }
    }
    assert_int_equal(0, zmq_close(k.socket));
    assert_int_equal(0, zmq_ctx_term(context));
    scene_end(&s);
    gate_deinit(&k.gate);
    for (size_t i = 0; i < 3; i++) {
        post_free(&p[i]);
    }
}

static void
test_hostile_member_lies_to_a_node(void **state)
{
    (void)state;
    tell_all(false);
}

static void
test_hostile_member_lies_to_a_node_with_a_worker(void **state)
{
    (void)state;
    tell_all(true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_member_lies_to_a_node),
        cmocka_unit_test(test_hostile_member_lies_to_a_node_with_a_worker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
