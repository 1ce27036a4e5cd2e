// SPDX-License-Identifier: Apache-2.0
// hostile_test.c - what strangers and members can throw at a listening node.
#include "node/cutter.h"

#include <errno.h>
#include <sys/resource.h>
#include <zmq.h>

#include "api/handles.h"
#include "node/guests.h"
#include "node/talk.h"

enum { IDLE_SOCKETS = 500, GROWTH_MAX_KIB = 8 << 10 };

// -1: it could not. From any thread: nothing is asserted.
static int
tcp_try(const struct post *p)
{
    const struct timeval patience = {.tv_sec = 5};
    struct sockaddr_in in = loopback(port_of(p->address));
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd >= 0 && (connect(fd, (struct sockaddr *)&in, sizeof(in)) != 0 ||
                       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                           sizeof(patience)) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int
tcp_to(const struct post *p)
{
    int fd = tcp_try(p);

    assert_true(fd >= 0);
    return fd;
}

static void
steps(struct post *p, uint64_t ms)
{
    uint64_t end = now_ms() + ms;

    while (now_ms() < end) {
        post_step(p, STEP_MS);
    }
}

static void
session_completes(struct post *a, struct post *b)
{
    post_forget(a);
    post_forget(b);
    post_meet(b, a->address);
    until_finished(b, a);
    assert_done(b);
}

// ------------------------------------------------------------ a member beside

// Whoever meets a: b, with a person typed since. What it takes alone is what
// it may take beside anything else.
struct beside {
    struct post *a, *b;
    unsigned typed;
    uint32_t trips;
    uint64_t bytes;
};

static void
beside_type(struct beside *h)
{
    char name[20];

    (void)snprintf(name, sizeof(name), "Mme %04u", ++h->typed);
    add_person(h->b, name);
    post_forget(h->a);
    post_forget(h->b);
}

static void
beside_meet(struct beside *h)
{
    beside_type(h);
    post_meet(h->b, h->a->address);
    until_finished(h->b, h->a);
    assert_done(h->b);
    assert_int_equal(1, h->b->last.report.commits_sent);
    assert_int_equal(0, h->b->last.report.commits_received);
}

static uint64_t
bytes_of(const struct post *p)
{
    return p->last.report.bytes_in + p->last.report.bytes_out;
}

// What it takes alone: the first of them catches up.
static void
beside_begin(struct beside *h, struct post *a, struct post *b)
{
    *h = (struct beside){.a = a, .b = b};
    session_completes(a, b);
    beside_meet(h);
    beside_meet(h);
    h->trips = b->last.report.round_trips;
    h->bytes = bytes_of(b);
}

static void
beside_same(const struct beside *h)
{
    assert_int_equal(h->trips, h->b->last.report.round_trips);
    // A number that has grown is a byte longer, in each message it stands in.
    assert_in_range(bytes_of(h->b), h->bytes - 16, h->bytes + 16);
}

static void
beside_again(struct beside *h)
{
    beside_meet(h);
    beside_same(h);
}

// `a` listens, b is what stands beside it, and c a member too.
static void
three(struct beside *h, struct post *a, struct post *b, struct post *c)
{
    two(a, b);
    post_new(c);
    enrol(a, c);
    beside_begin(h, a, b);
}

static long
resident_kib(void)
{
    long pages = 0, skipped = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(2, fscanf(f, "%ld %ld", &skipped, &pages));
    assert_int_equal(0, fclose(f));
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
test_hostile_random_bytes_at_the_port_change_nothing(void **state)
{
    uint64_t seed = help_seed();
    struct post a, b;
    struct beside h;

    (void)state;
    two(&a, &b);
    beside_begin(&h, &a, &b);
    post_forget(&a);
    for (int i = 0; i < 40; i++) {
        uint8_t junk[512];
        size_t n = 1 + help_next(&seed) % sizeof(junk);
        int fd = tcp_to(&a);

        (void)help_rng_fill(&seed, junk, n);
        if (i % 2 == 0) { // half of them begin like ZMTP 3.1
            static const uint8_t greeting[12] = {
                0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1};

            memcpy(junk, greeting, n < 12 ? n : 12);
        }
        assert_true(send(fd, junk, n, MSG_NOSIGNAL) > 0);
        post_step(&a, STEP_MS);
        assert_int_equal(0, close(fd));
    }
    assert_int_equal(0, a.started);
    beside_again(&h);
    free_two(&a, &b);
}

// ------------------------------------------------------- frames of a gigabyte

enum { PUSHERS = 4, PUSHED_MAX = 256 << 20 };

struct pusher {
    const struct post *to;
    pthread_t thread;
    atomic_bool stop;
    atomic_uint wanted; // frames to push in all
    atomic_uint cut;    // of them that were hung up on, as they should be
    atomic_bool bad;    // one was taken, or could not be pushed
};

// `head`, then as much of what it announces as the socket takes. true: it was
// hung up on.
static bool
push(int fd, const uint8_t *head, size_t n)
{
    static const uint8_t chunk[64 << 10];
    size_t sent = 0;
    ssize_t k = send(fd, head, n, MSG_NOSIGNAL);

    while (k > 0 && sent < PUSHED_MAX) {
        struct pollfd room = {.fd = fd, .events = POLLOUT};

        if (poll(&room, 1, PATIENCE_MS) != 1) {
            return false;
        }
        k = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL);
        sent += k > 0 ? (size_t)k : 0;
        k = k < 0 && errno == EAGAIN ? 1 : k;
    }
    return k <= 0;
}

// A greeting, then one frame that says it is 1 GiB long; again and again.
static void *
push_gigabytes(void *ctx)
{
    static const uint8_t begin[64 + 9] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3,
        0, 'C', 'U', 'R', 'V', 'E', [64] = 0x06, 0, 0, 0, 0, 0x40, 0, 0, 0};
    struct pusher *p = ctx;

    while (!atomic_load(&p->stop) && !atomic_load(&p->bad)) {
        int fd;

        if (atomic_load(&p->cut) == atomic_load(&p->wanted)) {
            (void)poll(NULL, 0, 1);
            continue;
        }
        fd = tcp_try(p->to);
        if (fd >= 0 && push(fd, begin, sizeof(begin))) {
            atomic_fetch_add(&p->cut, 1);
        } else {
            atomic_store(&p->bad, true);
        }
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    return NULL;
}

// So many more of each. Their number is what bounds what a sanitizer keeps of
// connections that are gone.
static void
push_more(struct pusher p[PUSHERS], unsigned n)
{
    for (size_t i = 0; i < PUSHERS; i++) {
        atomic_fetch_add(&p[i].wanted, n);
    }
}

static bool
all_cut(struct pusher p[PUSHERS])
{
    bool all = true;

    for (size_t i = 0; i < PUSHERS; i++) {
        assert_false(atomic_load(&p[i].bad));
        all = all && atomic_load(&p[i].cut) == atomic_load(&p[i].wanted);
    }
    return all;
}

// Frames come while it dials; and once it has begun it is held up until more
// of them came and went.
static void
meets_meanwhile(struct beside *h, struct pusher p[PUSHERS])
{
    uint64_t end = now_ms() + PATIENCE_MS;

    beside_type(h);
    push_more(p, 1);
    post_meet(h->b, h->a->address);
    while (h->a->started == 0) {
        assert_true(now_ms() < end);
        post_step(h->b, STEP_MS);
        post_step(h->a, STEP_MS);
    }
    push_more(p, 2);
    while (!all_cut(p)) {
        assert_true(now_ms() < end);
        post_step(h->a, STEP_MS);
    }
    assert_int_equal(0, h->a->finished);
    until_finished(h->b, h->a);
    assert_done(h->b);
    beside_same(h);
}

static void
test_hostile_frame_of_a_gigabyte_costs_no_memory(void **state)
{
    struct pusher p[PUSHERS] = {0};
    struct post a, b;
    struct beside h;
    long before;

    (void)state;
    two(&a, &b);
    beside_begin(&h, &a, &b); // what memory a session needs is taken
    before = resident_kib();
    for (size_t i = 0; i < PUSHERS; i++) {
        p[i].to = &a;
        assert_int_equal(
            0, pthread_create(&p[i].thread, NULL, push_gigabytes, &p[i]));
    }
    for (int i = 0; i < 3; i++) {
        meets_meanwhile(&h, p);
    }
    for (size_t i = 0; i < PUSHERS; i++) {
        atomic_store(&p[i].stop, true);
        assert_int_equal(0, pthread_join(p[i].thread, NULL));
    }
    print_message("%u frames of 1 GiB from each of %d: %ld KiB\n",
        atomic_load(&p[0].cut), (int)PUSHERS, resident_kib() - before);
    assert_true(resident_kib() - before < GROWTH_MAX_KIB);
    beside_again(&h);
    free_two(&a, &b);
}

// Both ends of every connection are in this process.
static void
descriptors(rlim_t wanted)
{
    struct rlimit r;

    assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &r));
    if (r.rlim_cur < wanted) {
        r.rlim_cur = r.rlim_max;
        assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &r));
    }
    if (r.rlim_cur < wanted) {
        fail_msg("%llu descriptors are allowed here at most, %llu are needed: "
                 "raise the hard limit (ulimit -Hn)",
            (unsigned long long)r.rlim_cur, (unsigned long long)wanted);
    }
}

static int
standing(const int *fd, int n)
{
    int count = 0;
    char c;

    for (int i = 0; i < n; i++) {
        ssize_t k;

        // libzmq's greeting may have come before the end.
        while ((k = recv(fd[i], &c, 1, MSG_DONTWAIT)) > 0) {
        }
        count += k < 0 && errno == EAGAIN ? 1 : 0;
    }
    return count;
}

static void
test_hostile_idle_connections_do_not_keep_a_session_out(void **state)
{
    uint64_t end = now_ms() + 2 * PATIENCE_MS;
    struct post a, b;
    struct beside h;
    int fd[IDLE_SOCKETS];
    long before;

    (void)state;
    descriptors(2 * IDLE_SOCKETS + 200);
    two(&a, &b);
    beside_begin(&h, &a, &b);
    before = resident_kib();
    for (int i = 0; i < IDLE_SOCKETS; i++) {
        fd[i] = tcp_to(&a);
        post_step(&a, 0);
    }
    beside_again(&h);
    print_message("%d idle connections: %ld KiB\n", (int)IDLE_SOCKETS,
        resident_kib() - before);
    assert_true(resident_kib() - before < GROWTH_MAX_KIB);
    // Of one address only so many are left standing.
    while (standing(fd, IDLE_SOCKETS) > TD_GUESTS_PER_ADDRESS) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
    }
    for (int i = 0; i < IDLE_SOCKETS; i++) {
        assert_int_equal(0, close(fd[i]));
    }
    free_two(&a, &b);
}

// A door that gives handshakes ten times the time ours gives, and one
// connection to it: a clock beside which ours is looked at.
struct patient {
    void *context, *door;
    int fd;
};

static void
patient_new(struct patient *p)
{
    int given = 20000, zero = 0, one = 1;
    char endpoint[192];
    size_t n = sizeof(endpoint);
    struct sockaddr_in in;

    p->context = zmq_ctx_new();
    p->door = zmq_socket(p->context, ZMQ_ROUTER);
    assert_non_null(p->door);
    assert_int_equal(
        0, zmq_setsockopt(p->door, ZMQ_LINGER, &zero, sizeof(zero)));
    assert_int_equal(
        0, zmq_setsockopt(p->door, ZMQ_CURVE_SERVER, &one, sizeof(one)));
    assert_int_equal(
        0, zmq_setsockopt(p->door, ZMQ_HANDSHAKE_IVL, &given, sizeof(given)));
    assert_int_equal(0, zmq_bind(p->door, "tcp://127.0.0.1:*"));
    assert_int_equal(
        0, zmq_getsockopt(p->door, ZMQ_LAST_ENDPOINT, endpoint, &n));
    in = loopback(port_of(endpoint));
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(p->fd >= 0);
    assert_int_equal(0, connect(p->fd, (struct sockaddr *)&in, sizeof(in)));
}

static void
patient_free(struct patient *p)
{
    assert_int_equal(0, close(p->fd));
    assert_int_equal(0, zmq_close(p->door));
    assert_int_equal(0, zmq_ctx_term(p->context));
}

// Greetings that come one byte each 100 ms, for as long as they are listened
// to.
static void
test_hostile_slow_handshakes_are_over_in_time(void **state)
{
    enum { SLOW = 20 };
    static const uint8_t greeting[64] = {
        0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'};
    struct patient p;
    struct post a, b;
    struct beside h;
    int fd[SLOW];
    long before;

    (void)state;
    two(&a, &b);
    beside_begin(&h, &a, &b);
    before = resident_kib();
    patient_new(&p);
    for (int i = 0; i < SLOW; i++) {
        fd[i] = tcp_to(&a);
    }
    beside_again(&h);
    for (size_t k = 0; standing(fd, SLOW) > 0; k++) {
        assert_int_equal(1, standing(&p.fd, 1));
        for (int i = 0; k < sizeof(greeting) && i < SLOW; i++) {
            (void)send(fd[i], greeting + k, 1, MSG_NOSIGNAL);
        }
        steps(&a, 100);
    }
    patient_free(&p);
    beside_again(&h);
    print_message(
        "%d slow handshakes: %ld KiB\n", (int)SLOW, resident_kib() - before);
    assert_true(resident_kib() - before < GROWTH_MAX_KIB);
    for (int i = 0; i < SLOW; i++) {
        assert_int_equal(0, close(fd[i]));
    }
    free_two(&a, &b);
}

// ------------------------------------------------- clients of our own making

// A DEALER with any keys and any routing id, not connected yet.
static void *
client_new(void *context, const struct post *to, const uint8_t pub[32],
    const uint8_t sec[32], const char *routing_id)
{
    const struct td_device_keys *server = td_store_device(to->store->store);
    void *s = zmq_socket(context, ZMQ_DEALER);
    int zero = 0;

    assert_non_null(s);
    assert_int_equal(0, zmq_setsockopt(s, ZMQ_LINGER, &zero, sizeof(zero)));
    assert_int_equal(
        0, zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, server->pub.curve, 32));
    assert_int_equal(0, zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, pub, 32));
    assert_int_equal(0, zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, sec, 32));
    if (routing_id != NULL) {
        assert_int_equal(0,
            zmq_setsockopt(s, ZMQ_ROUTING_ID, routing_id, strlen(routing_id)));
    }
    return s;
}

static void
client_connect(void *s, const struct post *to)
{
    char endpoint[192];

    (void)snprintf(endpoint, sizeof(endpoint), "%s", to->address);
    *strchr(endpoint, '#') = '\0';
    assert_int_equal(0, zmq_connect(s, endpoint));
}

static void *
client(void *context, const struct post *to, const uint8_t pub[32],
    const uint8_t sec[32], const char *routing_id)
{
    void *s = client_new(context, to, pub, sec, routing_id);

    client_connect(s, to);
    return s;
}

// The first message of a session that `p` would begin with `with`.
static size_t
hello_of(struct post *p, struct post *with, uint8_t out[512])
{
    tandem_session_opts o = TANDEM_SESSION_OPTS_INIT;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_session *x;
    tandem_slice m;

    o.peer = td_store_device(with->store->store)->pub.sign;
    o.initiator = true;
    assert_good(tandem_session_new(p->store, &o, &x, &e), e);
    m = tandem_session_give(x);
    assert_in_range(m.len, 1, 500);
    out[0] = 'H';
    memset(out + 1, 7, 8);
    memcpy(out + 9, m.ptr, m.len);
    tandem_session_free(x);
    return 9 + m.len;
}

struct member_push {
    int fd;
    bool cut;
    atomic_bool done;
};

// The descriptor of a client's connection, its handshake done, doubled: what is
// sent over it stands between two frames of libzmq's.
static int
under(void *monitor, struct post *to)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    int fd = -1;

    for (;;) {
        uint8_t raw[6], endpoint[192];
        uint16_t event;
        uint32_t value;

        assert_true(now_ms() < end);
        post_step(to, STEP_MS);
        if (zmq_recv(monitor, raw, sizeof(raw), ZMQ_DONTWAIT) != 6) {
            continue;
        }
        (void)zmq_recv(monitor, endpoint, sizeof(endpoint), ZMQ_DONTWAIT);
        memcpy(&event, raw, 2);
        memcpy(&value, raw + 2, 4);
        if (event == ZMQ_EVENT_CONNECTED) {
            fd = (int)value;
        } else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
            return dup(fd);
        }
    }
}

static void *
push_as_member(void *ctx)
{
    static const uint8_t head[9] = {0x02, 0, 0, 0, 0, 0x40, 0, 0, 0};
    struct member_push *p = ctx;

    p->cut = push(p->fd, head, sizeof(head));
    atomic_store(&p->done, true);
    return NULL;
}

// Who is let in says so of a frame after its handshake.
static void
test_hostile_frame_of_a_gigabyte_of_a_member(void **state)
{
    const int events = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    void *context = zmq_ctx_new(), *s, *monitor;
    const struct td_device_keys *kc;
    struct member_push push = {0};
    struct post a, b, c;
    struct beside h;
    pthread_t thread;
    uint64_t end = now_ms() + PATIENCE_MS;
    int never = -1;
    long before;

    (void)state;
    three(&h, &a, &b, &c);
    before = resident_kib();
    kc = td_store_device(c.store->store);
    s = client_new(context, &a, kc->pub.curve, kc->sec.curve, NULL);
    assert_int_equal(
        0, zmq_setsockopt(s, ZMQ_RECONNECT_IVL, &never, sizeof(never)));
    assert_int_equal(0, zmq_socket_monitor(s, "inproc://under", events));
    monitor = zmq_socket(context, ZMQ_PAIR);
    assert_non_null(monitor);
    assert_int_equal(0, zmq_connect(monitor, "inproc://under"));
    client_connect(s, &a);
    push.fd = under(monitor, &a);
    assert_true(push.fd >= 0);
    beside_type(&h);
    post_meet(&b, a.address);
    assert_int_equal(0, pthread_create(&thread, NULL, push_as_member, &push));
    while (!atomic_load(&push.done)) {
        assert_true(now_ms() < end);
        post_step(&b, 0);
        post_step(&a, STEP_MS);
    }
    until_finished(&b, &a);
    assert_done(&b);
    beside_same(&h);
    assert_int_equal(0, pthread_join(thread, NULL));
    assert_true(push.cut);
    print_message(
        "1 GiB of a member: %ld KiB, both ends\n", resident_kib() - before);
    assert_true(resident_kib() - before < GROWTH_MAX_KIB);
    beside_again(&h);
    assert_int_equal(0, close(push.fd));
    assert_int_equal(0, zmq_close(monitor));
    assert_int_equal(0, zmq_close(s));
    assert_int_equal(0, zmq_ctx_term(context));
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

static bool
hears(void *socket)
{
    uint8_t room[64];

    return zmq_recv(socket, room, sizeof(room), ZMQ_DONTWAIT) >= 0;
}

static void
test_hostile_unknown_key_delivers_nothing(void **state)
{
    uint8_t hello[512];
    uint64_t seed = 99;
    struct td_device_keys keys;
    void *context = zmq_ctx_new(), *s;
    uint64_t end = now_ms() + PATIENCE_MS;
    struct post a, b;
    size_t n;

    (void)state;
    two(&a, &b);
    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&seed), &keys));
    n = hello_of(&b, &a, hello);
    s = client(context, &a, keys.pub.curve, keys.sec.curve, NULL);
    assert_int_equal(n, zmq_send(s, hello, n, 0));
    while (a.strangers == 0) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
    }
    steps(&a, 1000);
    assert_int_equal(0, a.started);
    assert_int_equal(1, a.strangers);
    assert_false(hears(s));
    assert_int_equal(0, zmq_close(s));
    // The same bytes under a member's key are heard.
    {
        const struct td_device_keys *k = td_store_device(b.store->store);

        end = now_ms() + PATIENCE_MS;
        s = client(context, &a, k->pub.curve, k->sec.curve, NULL);
        assert_int_equal(n, zmq_send(s, hello, n, 0));
        while (a.started == 0) {
            assert_true(now_ms() < end);
            post_step(&a, STEP_MS);
        }
        assert_int_equal(0, zmq_close(s));
    }
    assert_int_equal(0, zmq_ctx_term(context));
    free_two(&a, &b);
}

// How the handshake of one more unknown key ends.
static uint16_t
knocked(void *context, struct post *to, uint64_t *seed)
{
    const int events = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                       ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                       ZMQ_EVENT_DISCONNECTED;
    uint64_t end = now_ms() + PATIENCE_MS;
    struct td_device_keys keys;
    uint8_t raw[6], endpoint[192];
    void *s, *monitor;
    uint16_t event;

    assert_err(TANDEM_OK, td_device_keys_new(help_rng(seed), &keys));
    s = client_new(context, to, keys.pub.curve, keys.sec.curve, NULL);
    assert_int_equal(0, zmq_socket_monitor(s, "inproc://knocked", events));
    monitor = zmq_socket(context, ZMQ_PAIR);
    assert_non_null(monitor);
    assert_int_equal(0, zmq_connect(monitor, "inproc://knocked"));
    client_connect(s, to);
    while (zmq_recv(monitor, raw, sizeof(raw), ZMQ_DONTWAIT) != 6) {
        assert_true(now_ms() < end);
        post_step(to, STEP_MS);
    }
    (void)zmq_recv(monitor, endpoint, sizeof(endpoint), ZMQ_DONTWAIT);
    memcpy(&event, raw, 2);
    assert_int_equal(0, zmq_close(monitor));
    assert_int_equal(0, zmq_close(s));
    return event;
}

// Handshakes with ever new keys, beside an honest member of the same address.
static void
test_hostile_flood_of_knocks_keeps_nobody_out(void **state)
{
    enum { KNOCKS = 60 };
    void *context = zmq_ctx_new(), *s[KNOCKS];
    uint64_t seed = 7, begun = now_ms(), end;
    struct post a, b;
    struct beside h;
    unsigned count;
    long before;

    (void)state;
    two(&a, &b);
    beside_begin(&h, &a, &b);
    assert_int_equal(
        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, knocked(context, &a, &seed));
    before = resident_kib();
    for (int i = 0; i < KNOCKS; i++) {
        struct td_device_keys keys;

        assert_err(TANDEM_OK, td_device_keys_new(help_rng(&seed), &keys));
        s[i] = client(context, &a, keys.pub.curve, keys.sec.curve, NULL);
        post_step(&a, 0);
    }
    beside_again(&h);
    steps(&a, 500);
    // Told at most every five seconds.
    assert_in_range(a.strangers, 0, 1 + (now_ms() - begun) / 5000);
    // So many were answered; the others wait out the handshake's time.
    end = now_ms() + PATIENCE_MS;
    while ((int)a.node->knockers[0].count <= (int)TD_KNOCKS_MAX) {
        assert_true(now_ms() < end);
        post_step(&a, 0);
    }
    a.node->knockers[0].since_ms += 10 * PATIENCE_MS; // it stays like that
    count = a.node->knockers[0].count;
    assert_int_not_equal(
        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, knocked(context, &a, &seed));
    assert_true(a.node->knockers[0].count > count);
    print_message("%d knocks: %ld KiB, both ends\n", (int)KNOCKS,
        resident_kib() - before);
    for (int i = 0; i < KNOCKS; i++) {
        assert_int_equal(0, zmq_close(s[i]));
    }
    assert_int_equal(0, zmq_ctx_term(context));
    beside_again(&h);
    free_two(&a, &b);
}

// Two members, one routing id: libzmq would let the second have what the first
// one's name is answered with, once it is free. Neither is heard at all.
static void
test_hostile_two_keys_under_one_routing_id_hear_nothing(void **state)
{
    const struct td_device_keys *kb, *kc;
    void *context = zmq_ctx_new(), *sb, *sc;
    uint8_t hb[512], hc[512];
    struct post a, b, c;
    struct beside h;
    size_t nb, nc;

    (void)state;
    three(&h, &a, &b, &c);
    kb = td_store_device(b.store->store);
    kc = td_store_device(c.store->store);
    nb = hello_of(&b, &a, hb);
    nc = hello_of(&c, &a, hc);
    post_forget(&a);
    sb = client(context, &a, kb->pub.curve, kb->sec.curve, "same");
    assert_int_equal(nb, zmq_send(sb, hb, nb, 0));
    steps(&a, 300);
    sc = client(context, &a, kc->pub.curve, kc->sec.curve, "same");
    assert_int_equal(nc, zmq_send(sc, hc, nc, 0));
    steps(&a, 300);
    assert_int_equal(0, zmq_close(sb));
    steps(&a, 300);
    assert_int_equal(nc, zmq_send(sc, hc, nc, 0));
    steps(&a, 300);
    assert_int_equal(0, a.started);
    assert_false(hears(sc));
    assert_int_equal(0, zmq_close(sc));
    assert_int_equal(0, zmq_ctx_term(context));
    beside_again(&h);
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

static void
test_hostile_member_sends_junk_and_others_go_on(void **state)
{
    const struct td_device_keys *kc;
    void *context = zmq_ctx_new(), *s;
    uint64_t seed = help_seed();
    struct post a, b, c;
    struct beside h;
    uint8_t junk[600];

    (void)state;
    three(&h, &a, &b, &c);
    kc = td_store_device(c.store->store);
    s = client(context, &a, kc->pub.curve, kc->sec.curve, NULL);
    for (int i = 0; i < 300; i++) {
        size_t n = help_next(&seed) % sizeof(junk);

        (void)help_rng_fill(&seed, junk, n);
        if (n > 0) {
            junk[0] = (uint8_t) "HSFXPQE\0"[i % 8];
        }
        if (i % 16 == 3) { // in two frames
            (void)zmq_send(s, junk, n, ZMQ_DONTWAIT | ZMQ_SNDMORE);
        }
        (void)zmq_send(s, junk, n, ZMQ_DONTWAIT);
        post_step(&a, 0);
    }
    steps(&a, 200);
    beside_again(&h);
    assert_int_equal(0, zmq_close(s));
    assert_int_equal(0, zmq_ctx_term(context));
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

static void
assert_sound(struct post *p, const uint8_t digest[32])
{
    tandem_verify_report found;
    uint8_t now[32];

    assert_int_equal(TANDEM_OK, tandem_digest(p->store, NULL, now, NULL, NULL));
    assert_memory_equal(digest, now, sizeof(now));
    assert_int_equal(TANDEM_OK,
        tandem_verify(p->store, TANDEM_EN, NULL, NULL, &found, NULL));
    assert_int_equal(0, found.problems);
}

// A member's frames: its greeting cut at every byte, and with every byte made
// the largest count there is.
static void
test_hostile_greeting_cut_or_swollen_anywhere_begins_nothing(void **state)
{
    static const uint8_t heads[][5] = {{0xdd, 0xff, 0xff, 0xff, 0xff},
        {0xdf, 0xff, 0xff, 0xff, 0xff}, {0xc6, 0xff, 0xff, 0xff, 0xff}};
    const struct td_device_keys *kc;
    void *context = zmq_ctx_new(), *s;
    uint8_t hello[512], bad[520], before[32];
    uint64_t end = now_ms() + 2 * PATIENCE_MS;
    struct post a, b, c;
    struct beside h;
    size_t n;

    (void)state;
    three(&h, &a, &b, &c);
    kc = td_store_device(c.store->store);
    n = hello_of(&c, &a, hello);
    assert_int_equal(
        TANDEM_OK, tandem_digest(a.store, NULL, before, NULL, NULL));
    s = client(context, &a, kc->pub.curve, kc->sec.curve, NULL);
    post_forget(&a);
    for (size_t at = 0; at < n; at++) {
        (void)zmq_send(s, hello, at, ZMQ_DONTWAIT);
        post_step(&a, 0);
        for (size_t j = 0; j < 3 && at >= 9; j++) {
            memcpy(bad, hello, at);
            memcpy(bad + at, heads[j], sizeof(heads[j]));
            memcpy(bad + at + 5, hello + at + 1, n - at - 1);
            (void)zmq_send(s, bad, n + 4, ZMQ_DONTWAIT);
            post_step(&a, 0);
        }
    }
    while (!hears(s)) { // each was read, and refused
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
    }
    steps(&a, 300);
    assert_int_equal(0, a.finished);
    assert_sound(&a, before);
    beside_again(&h);
    assert_int_equal(0, zmq_close(s));
    assert_int_equal(0, zmq_ctx_term(context));
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

// A member's connection whose handshake is done.
static void *
let_in(void *context, struct post *to, struct post *as)
{
    const struct td_device_keys *k = td_store_device(as->store->store);
    void *s = client(context, to, k->pub.curve, k->sec.curve, NULL);
    uint64_t end = now_ms() + PATIENCE_MS;

    assert_int_equal(9, zmq_send(s, "S12345678", 9, 0));
    while (!hears(s)) { // of a session there is none of
        assert_true(now_ms() < end);
        post_step(to, STEP_MS);
    }
    return s;
}

// b's keys are replaced by nobody's in a's eyes while it is connected: there is
// no such call yet, so the device is taken out of membership underneath.
static void
test_hostile_key_is_looked_up_at_every_message(void **state)
{
    void *context = zmq_ctx_new(), *s;
    uint64_t end = now_ms() + 2 * PATIENCE_MS;
    struct td_member *kept;
    uint8_t hello[512], said[16];
    struct post a, b;
    size_t n;

    (void)state;
    two(&a, &b);
    n = hello_of(&b, &a, hello);
    s = let_in(context, &a, &b);
    kept = a.store->replica->member;
    a.store->replica->member = NULL;
    assert_int_equal(n, zmq_send(s, hello, n, 0));
    while (zmq_recv(s, said, sizeof(said), ZMQ_DONTWAIT) != 10) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
    }
    a.store->replica->member = kept;
    assert_int_equal(0, a.started);
    assert_int_equal('X', said[0]);
    assert_int_equal(-TANDEM_EUNKNOWN, said[9]);
    assert_int_equal(0, zmq_close(s));
    assert_int_equal(0, zmq_ctx_term(context));
    free_two(&a, &b);
}

// A message of so many frames that dropping it takes several goes. Its last
// frame looks like a routing id; what comes next must not be taken for its
// payload.
static void
test_hostile_message_of_many_frames_swallows_no_other(void **state)
{
    static const uint8_t route[5] = {0, 1, 2, 3, 4};
    static const int counts[] = {65, 66, 67, 130, 131, 132, 300};
    void *context = zmq_ctx_new(), *s;
    uint8_t hello[512];
    struct post a, b;

    (void)state;
    two(&a, &b);
    for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
        const int frames = counts[k];
        size_t n = hello_of(&b, &a, hello);
        uint64_t end = now_ms() + PATIENCE_MS;

        s = let_in(context, &a, &b);
        for (int i = 1; i < frames; i++) {
            assert_int_equal(1, zmq_send(s, "x", 1, ZMQ_SNDMORE));
        }
        assert_int_equal(5, zmq_send(s, route, 5, 0));
        assert_int_equal(n, zmq_send(s, hello, n, 0));
        post_forget(&a);
        while (a.started == 0) {
            if (now_ms() > end) {
                fail_msg("lost after a message of %d frames", frames);
            }
            post_step(&a, STEP_MS);
        }
        assert_int_equal(0, zmq_close(s));
    }
    assert_int_equal(0, zmq_ctx_term(context));
    free_two(&a, &b);
}

static size_t
talks_in_use(const struct post *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->node->talk_max; i++) {
        n += p->node->talks[i].state != TD_TALK_FREE ? 1 : 0;
    }
    return n;
}

// One member begins session after session: others keep their places.
static void
test_hostile_member_that_always_begins_anew_takes_few_places(void **state)
{
    void *context = zmq_ctx_new(), *s;
    struct post a, b, c;
    struct beside h;
    uint8_t hello[512];
    uint64_t end = now_ms() + 2 * PATIENCE_MS;
    size_t n, most = 0;

    (void)state;
    three(&h, &a, &b, &c);
    n = hello_of(&c, &a, hello);
    s = let_in(context, &a, &c);
    for (int i = 0; i < 60; i++) {
        hello[1] = (uint8_t)i;
        assert_int_equal(n, zmq_send(s, hello, n, 0));
    }
    post_forget(&a);
    for (int i = 0; i < 100 || a.started == 0; i++) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
        most = talks_in_use(&a) > most ? talks_in_use(&a) : most;
    }
    assert_true(a.started > 0);
    assert_in_range(most, 1, TD_TALKS_PER_KEY);
    beside_again(&h);
    assert_int_equal(0, zmq_close(s));
    assert_int_equal(0, zmq_ctx_term(context));
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

// A session that only says 'P' has fallen silent.
static void
test_hostile_member_cannot_hold_a_session_open_with_nothing(void **state)
{
    void *context = zmq_ctx_new(), *s;
    uint8_t hello[512], nothing[9] = {'P', 7, 7, 7, 7, 7, 7, 7, 7};
    uint64_t end = now_ms() + 2 * PATIENCE_MS;
    struct post a, b;
    size_t n;

    (void)state;
    two(&a, &b);
    n = hello_of(&b, &a, hello);
    s = let_in(context, &a, &b);
    assert_int_equal(n, zmq_send(s, hello, n, 0));
    while (a.started == 0) {
        assert_true(now_ms() < end);
        post_step(&a, STEP_MS);
    }
    for (int i = 0; i < 5 && a.finished == 0; i++) {
        post_ahead_ms += 9000; // given up after twenty seconds
        assert_int_equal(9, zmq_send(s, nothing, 9, 0));
        steps(&a, 100);
    }
    post_ahead_ms = 0;
    assert_int_equal(1, a.finished);
    assert_failed_with(&a, TANDEM_ECUT);
    assert_int_equal(0, zmq_close(s));
    assert_int_equal(0, zmq_ctx_term(context));
    free_two(&a, &b);
}

// Until the door takes no more. false: it took them all.
static bool
come_and_go(const struct post *p, int times)
{
    const struct timeval patience = {.tv_sec = 2};
    struct sockaddr_in in = loopback(port_of(p->address));
    bool full = false;

    for (int i = 0; i < times && !full; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                                sizeof(patience)));
        full = connect(fd, (struct sockaddr *)&in, sizeof(in)) != 0;
        assert_int_equal(0, close(fd));
        (void)poll(NULL, 0, 1); // else it is full too soon
    }
    return full;
}

// Each that comes and goes is three events of libzmq's, which hold up its own
// thread once thousands wait. Who then closes the node, or suspends it, waits
// for nobody.
static void
test_hostile_comings_and_goings_nobody_looked_at_hold_up_no_end(void **state)
{
    struct post a, b;
    struct beside h;

    (void)state;
    two(&a, &b);
    beside_begin(&h, &a, &b);
    assert_true(come_and_go(&a, 4000)); // not a step meanwhile
    (void)alarm(120);
    assert_int_equal(TANDEM_OK, tandem_node_suspend(a.node, NULL));
    assert_int_equal(TANDEM_OK, tandem_node_resume(a.node, NULL));
    (void)alarm(0);
    beside_again(&h);
    assert_true(come_and_go(&a, 4000));
    (void)alarm(120);
    post_free(&a);
    (void)alarm(0);
    post_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_random_bytes_at_the_port_change_nothing),
        cmocka_unit_test(
            test_hostile_comings_and_goings_nobody_looked_at_hold_up_no_end),
        cmocka_unit_test(test_hostile_frame_of_a_gigabyte_costs_no_memory),
        cmocka_unit_test(test_hostile_frame_of_a_gigabyte_of_a_member),
        cmocka_unit_test(
            test_hostile_idle_connections_do_not_keep_a_session_out),
        cmocka_unit_test(test_hostile_slow_handshakes_are_over_in_time),
        cmocka_unit_test(test_hostile_unknown_key_delivers_nothing),
        cmocka_unit_test(test_hostile_flood_of_knocks_keeps_nobody_out),
        cmocka_unit_test(
            test_hostile_two_keys_under_one_routing_id_hear_nothing),
        cmocka_unit_test(test_hostile_member_sends_junk_and_others_go_on),
        cmocka_unit_test(
            test_hostile_greeting_cut_or_swollen_anywhere_begins_nothing),
        cmocka_unit_test(test_hostile_key_is_looked_up_at_every_message),
        cmocka_unit_test(test_hostile_message_of_many_frames_swallows_no_other),
        cmocka_unit_test(
            test_hostile_member_that_always_begins_anew_takes_few_places),
        cmocka_unit_test(
            test_hostile_member_cannot_hold_a_session_open_with_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
