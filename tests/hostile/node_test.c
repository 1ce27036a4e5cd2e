// SPDX-License-Identifier: Apache-2.0
// node_test.c - every lie of the table told to a listening node, by CURVE with
// a member's key, while an honest member meets it. What strangers do at the
// port: tests/node/hostile_test.c.
#include "hostile/scene.h"
#include "node/node_help.h"

#include <zmq.h>

#include "api/handles.h"

enum { FRAME_MAX = TD_MESSAGE_BYTES_MAX + 9, TURNS_MAX = 20000 };

// --------------------------------------------------------- carried by a socket

struct wire {
    struct post *a, *c; // who hears lies; who meets it meanwhile
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

// A frame of a number there is no session of has no effect but its answer;
// when two of them in a row were answered with nothing between, all was said.
static bool
wire_hear(void *ctx, struct td_buf *out)
{
    struct wire *k = ctx;
    size_t n;

    while (k->quiet < 2) {
        if (!k->asked) {
            td_put_be32(k->ping + 4, ++k->pings);
            wire_send(k, 'S', k->ping, (tandem_slice){0});
            k->asked = true;
        }
        n = wire_recv(k);
        if (n == 0) {
            k->asked = false;
            k->quiet++;
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
begin(struct scene *s, struct world *w, struct post p[3])
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    memset(s, 0, sizeof(*s));
    world_init(w, 82);
    for (size_t i = 0; i < 3; i++) {
        post_new(&p[i]);
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
    l->tell(&d);
    driver_deinit(&d);
    most = atomic_load(&s->meter->most) - s->taken;
    beside = honest(k);
    if (beside > trips) {
        fail_msg("%s: %u round trips beside it", l->name, (unsigned)beside);
    }
    print_message("%-46s %-11s %6zu of %6zu KiB\n", l->name,
        tandem_err_name(k->report.error.code), most >> 10,
        lie_bounds[l->room].bytes >> 10);
    scene_after(s, l, &d, &k->report, most);
}

static void
test_hostile_member_lies_to_a_node(void **state)
{
    void *context = zmq_ctx_new();
    struct wire k = {.ping = {0xee}};
    struct post p[3];
    struct scene s;
    struct world w;
    uint64_t trips;

    (void)state;
    begin(&s, &w, p);
    k.a = &p[0];
    k.c = &p[2];
    k.liar = td_replica_device(s.b);
    k.socket = client(context, s.a, p[0].address, td_store_device(s.b->store));
    (void)world_sheet(&w, s.c, 1, "Mme D.");
    post_meet(&p[2], p[0].address);
    trips = honest(&k);
    for (size_t i = 0; i < lie_count; i++) {
        if (!lies[i].waits) { // a node without a worker writes in its turn
            told(&s, &k, &lies[i], trips);
        }
    }
    assert_int_equal(0, zmq_close(k.socket));
    assert_int_equal(0, zmq_ctx_term(context));
    scene_end(&s);
    for (size_t i = 0; i < 3; i++) {
        post_free(&p[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_member_lies_to_a_node),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
