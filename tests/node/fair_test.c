// SPDX-License-Identifier: Apache-2.0
// fair_test.c - many peers at once: what one of them does costs the others
// nothing. Counted in frames and bytes, never in time.
#include "node/node_help.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <zmq.h>

#include "api/handles.h"
#include "node/talk.h"
#include "session/state.h"

enum { FLOOD = 60, HONEST = 10, PERSONS = 150, SHEETS = 700 };

// ------------------------------------------------------------- frames in turn

static void *
client_of(void *context, const struct td_curve *server, const char *endpoint,
    struct td_device_keys *keys, uint64_t *seed)
{
    void *s = zmq_socket(context, ZMQ_DEALER);
    int zero = 0;

    assert_err(TANDEM_OK, td_device_keys_new(help_rng(seed), keys));
    assert_int_equal(0, zmq_setsockopt(s, ZMQ_LINGER, &zero, sizeof(zero)));
    assert_int_equal(
        0, zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, server->pub, 32));
    assert_int_equal(
        0, zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, keys->pub.curve, 32));
    assert_int_equal(
        0, zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, keys->sec.curve, 32));
    assert_int_equal(0, zmq_connect(s, endpoint));
    return s;
}

static void
send_many(void *s, int n)
{
    for (int i = 0; i < n; i++) {
        assert_int_equal(9, zmq_send(s, "P12345678", 9, 0));
    }
}

// One has filled its queue before the other sends a word: of the other's
// frames none waits for more than one of the first.
static void
test_fair_frames_are_taken_peer_by_peer(void **state)
{
    struct td_device_keys office, keys[2];
    void *context = zmq_ctx_new(), *s[2];
    struct td_curve curve;
    struct td_wire *w;
    struct td_line *l;
    struct td_frame f;
    char bound[192];
    uint64_t seed = 5, end = now_ms() + PATIENCE_MS;
    int code, taken[2] = {0, 0}, before = 0, let_in = 0;
    tandem_sys sys;

    (void)state;
    td_sys_fill(&sys, NULL);
    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&seed), &office));
    memcpy(curve.pub, office.pub.curve, 32);
    memcpy(curve.sec, office.sec.curve, 32);
    assert_err(TANDEM_OK, td_wire_new(&sys, 0, &w, NULL));
    assert_err(TANDEM_OK, td_line_bind(w, "tcp://127.0.0.1:*", &curve, "member",
                              bound, sizeof(bound), &l, &code));
    for (int i = 0; i < 2; i++) {
        s[i] = client_of(context, &curve, bound, &keys[i], &seed);
        send_many(s[i], i == 0 ? FLOOD : HONEST);
        while (let_in == i) {
            struct td_knock k;

            assert_true(now_ms() < end);
            if (td_wire_knock(w, &k)) {
                td_wire_answer(w, &k, TD_LET_IN);
                let_in++;
            }
        }
    }
    // All of them are here, most probably. Those of the second come at once,
    // for they waited for its handshake together; whenever that is, from then
    // on they take turns.
    (void)poll(NULL, 0, 500);
    while (taken[1] < HONEST) {
        assert_true(now_ms() < end);
        if (td_line_recv(l, &f) == TANDEM_OK) {
            taken[memcmp(f.key, keys[1].pub.curve, 32) == 0]++;
            before = taken[1] == 0 ? taken[0] : before;
            assert_in_range(taken[0] - before, 0, taken[1] + 1);
        }
    }
    td_line_close(l);
    td_wire_free(w);
    assert_int_equal(0, zmq_close(s[0]));
    assert_int_equal(0, zmq_close(s[1]));
    assert_int_equal(0, zmq_ctx_term(context));
}

// ---------------------------------------------------- a stalled and a flooding

struct flood {
    void *socket;
    atomic_bool stop;
    size_t sent;
};

static void *
flood_run(void *arg)
{
    struct flood *f = arg;

    while (!atomic_load(&f->stop)) {
        if (zmq_send(f->socket, "P12345678", 9, ZMQ_DONTWAIT) == 9) {
            f->sent++;
        }
    }
    return NULL;
}

static void
persons(struct post *p, const char *what)
{
    char name[64];

    for (int i = 0; i < PERSONS; i++) {
        (void)snprintf(name, sizeof(name), "%s %d", what, i);
        add_person(p, name);
    }
}

// Shared with a child.
struct standing {
    atomic_bool wanted, is;
};

// A child that meets the office, takes part until it is told to, and stands
// still from then on. It does not outlive a test that fails.
static pid_t
stall(struct post *p, const char *address, struct standing *still)
{
    pid_t pid;

    post_close(p);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        post_open(p);
        post_node(p, 0, 0, 0);
        post_meet(p, address);
        while (!atomic_load(&still->wanted)) {
            post_step(p, STEP_MS);
        }
        atomic_store(&still->is, true);
        for (;;) {
            (void)pause();
        }
    }
    return pid;
}

static void
test_fair_who_stalls_and_who_floods_cost_others_nothing(void **state)
{
    const struct td_device_keys *k;
    struct post a, b, c, d;
    void *context = zmq_ctx_new();
    struct td_curve server;
    struct flood f = {.sent = 0};
    pthread_t thread;
    char endpoint[192];
    uint64_t end = now_ms() + PATIENCE_MS;
    int zero = 0;
    pid_t pid;
    struct standing *still = mmap(NULL, sizeof(*still), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_true(still != MAP_FAILED);
    two(&a, &b);
    post_new(&c);
    enrol(&a, &c);
    post_new(&d);
    enrol(&a, &d);
    persons(&a, "bureau");
    persons(&c, "tablette");
    // b stalls in the middle: the office answers nothing until it stands.
    post_forget(&a);
    pid = stall(&b, a.address, still);
    while (a.started == 0) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
    }
    atomic_store(&still->wanted, true);
    while (!atomic_load(&still->is)) {
        assert_true(now_ms() < end);
        (void)usleep(1000);
    }
    // d floods with frames that are no sin.
    k = td_store_device(a.store->store);
    memcpy(server.pub, k->pub.curve, 32);
    (void)snprintf(endpoint, sizeof(endpoint), "%s", a.address);
    *strchr(endpoint, '#') = '\0';
    k = td_store_device(d.store->store);
    f.socket = zmq_socket(context, ZMQ_DEALER);
    assert_int_equal(
        0, zmq_setsockopt(f.socket, ZMQ_LINGER, &zero, sizeof(zero)));
    assert_int_equal(
        0, zmq_setsockopt(f.socket, ZMQ_CURVE_SERVERKEY, server.pub, 32));
    assert_int_equal(
        0, zmq_setsockopt(f.socket, ZMQ_CURVE_PUBLICKEY, k->pub.curve, 32));
    assert_int_equal(
        0, zmq_setsockopt(f.socket, ZMQ_CURVE_SECRETKEY, k->sec.curve, 32));
    assert_int_equal(0, zmq_connect(f.socket, endpoint));
    atomic_init(&f.stop, false);
    assert_int_equal(0, pthread_create(&thread, NULL, flood_run, &f));
    post_forget(&a);
    post_meet(&c, a.address);
    while (c.finished == 0) {
        assert_true(now_ms() < end);
        post_step(&c, 0);
        post_step(&a, 0);
    }
    atomic_store(&f.stop, true);
    assert_int_equal(0, pthread_join(thread, NULL));
    assert_done(&c);
    assert_true(f.sent > TD_TURN_FRAMES); // it was heard all the while
    assert_int_equal(1, tandem_node_active(a.node)); // b, which stalls
    assert_same(&a, &c);
    assert_int_equal(0, kill(pid, SIGKILL));
    assert_int_equal(pid, waitpid(pid, NULL, 0));
    assert_int_equal(0, munmap(still, sizeof(*still)));
    assert_int_equal(0, zmq_close(f.socket));
    assert_int_equal(0, zmq_ctx_term(context));
    post_open(&b);
    post_node(&b, 0, 0, 0);
    post_free(&d);
    post_free(&c);
    free_two(&a, &b);
}

// ---------------------------------------------------------------------- memory

static void
large_sheets(struct post *p, tandem_id sector)
{
    static char text[30000];
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

// Nothing is written while the peer sends all it may: what it sent stands in
// memory, and no more than its credit.
static void
test_fair_memory_of_a_talk_is_its_credit(void **state)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    struct post a, b;
    tandem_pack *pack;
    tandem_id sector;
    size_t before, held = 0;
    uint64_t quiet, end = now_ms() + 2 * PATIENCE_MS;

    (void)state;
    post_found(&a, "Bureau");
    assert_good(
        tandem_pack_load(TEST_BINARY_DIR "/packs/fr.terrain.pack", &pack, &e),
        e);
    assert_good(tandem_pack_publish(a.store, pack, &e), e);
    tandem_pack_free(pack);
    assert_good(tandem_sector_add(a.store, "FIVES", &sector, &e), e);
    post_new(&b);
    enrol(&a, &b);
    large_sheets(&b, sector);
    post_listen(&a);
    before = atomic_load(&a.meter.now);
    post_forget(&a);
    post_forget(&b);
    post_meet(&b, a.address);
    while (atomic_load(&a.meter.now) < before + (1 << 20)) { // well under way
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
        post_step(&b, STEP_MS);
    }
    assert_int_equal(0, pthread_mutex_lock(&a.store->writer));
    for (quiet = now_ms(); now_ms() < quiet + 500;) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
        post_step(&b, STEP_MS);
        if (atomic_load(&a.meter.now) > held) {
            held = atomic_load(&a.meter.now);
            quiet = now_ms();
        }
    }
    assert_int_equal(0, a.finished);
    print_message("credit %zu KiB: %zu KiB held\n",
        (size_t)TD_SESSION_CREDIT >> 10, (held - before) >> 10);
    assert_true(held - before > TD_SESSION_CREDIT / 2); // it was used
    assert_true(held - before < TD_SESSION_CREDIT + (4 << 20));
    assert_int_equal(0, pthread_mutex_unlock(&a.store->writer));
    while (b.finished == 0) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
        post_step(&b, STEP_MS);
    }
    assert_done(&b);
    assert_same(&a, &b);
    post_free(&b);
    post_free(&a);
    assert_int_equal(0, atomic_load(&a.meter.now));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fair_frames_are_taken_peer_by_peer),
        cmocka_unit_test(
            test_fair_who_stalls_and_who_floods_cost_others_nothing),
        cmocka_unit_test(test_fair_memory_of_a_talk_is_its_credit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
