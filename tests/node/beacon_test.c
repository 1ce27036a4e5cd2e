// SPDX-License-Identifier: Apache-2.0
// beacon_test.c - who stands near is found, by members alone, and believed for
// nothing but where to dial.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node_help.h"
#include "support/vector.h"

#include "crypto/hash.h"
#include "node/talk.h"

enum { FLOOD = 10000, FLOOD_ROUND = 100 };

// -------------------------------------------------------------------- message

static tandem_err
fill(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    memset(p, 0xa5, n);
    return TANDEM_OK;
}

static void
test_datagram_is_its_known_answer_and_nothing_near_it_opens(void **state)
{
    struct td_key epoch, keys[2];
    struct td_beacon_message m = {.said_ms = 1790000000123u, .port = 4711};
    struct td_beacon_message got;
    struct td_rng rng = {NULL, fill};
    uint8_t out[TD_BEACON_BYTES + 1] = {0};

    (void)state;
    for (int i = 0; i < 32; i++) {
        epoch.b[i] = (uint8_t)i;
    }
    memset(m.device.b, 0x11, 32);
    memset(&keys[0], 7, sizeof(keys[0]));
    keys[1] = td_beacon_key(&epoch);
    vector_same("beacon", "key", (tandem_slice){keys[1].b, 32});
    assert_err(TANDEM_OK, td_beacon_put(&keys[1], &m, rng, out));
    vector_same("beacon", "datagram", (tandem_slice){out, TD_BEACON_BYTES});
    assert_true(
        td_beacon_read(keys, 2, (tandem_slice){out, TD_BEACON_BYTES}, &got));
    assert_memory_equal(&m.device, &got.device, 32);
    assert_int_equal(m.port, got.port);
    assert_true(got.said_ms == m.said_ms);
    assert_false(
        td_beacon_read(keys, 1, (tandem_slice){out, TD_BEACON_BYTES}, &got));
    for (size_t n = 0; n <= sizeof(out); n++) {
        assert_true((n == TD_BEACON_BYTES) ==
                    td_beacon_read(keys, 2, (tandem_slice){out, n}, &got));
    }
    for (size_t i = 0; i < 8 * TD_BEACON_BYTES; i++) {
        out[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_false(td_beacon_read(
            keys, 2, (tandem_slice){out, TD_BEACON_BYTES}, &got));
        out[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

static void
test_an_endpoint_is_read_strictly(void **state)
{
    static const char *const bad[] = {"", "udp://", "udp://1.2.3.4",
        "udp://1.2.3.4:", "udp://1.2.3.4:0", "udp://1.2.3.4:65536",
        "udp://1.2.3.4:1 ", "udp://1.2.3.4:-1", "udp://host:1",
        "tcp://1.2.3.4:1", "udp://1.2.3:1", "udp://[::1]:1",
        "udp://1.2.3.4:1:2", "udp://111.111.111.1111:1"};
    struct sockaddr_in a;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_err(TANDEM_EVALUE, td_place_parse(bad[i], true, &a, NULL));
    }
    assert_err(
        TANDEM_OK, td_place_parse("udp://1.2.3.4:65535", false, &a, NULL));
    assert_int_equal(65535, ntohs(a.sin_port));
    assert_int_equal(0x01020304, ntohl(a.sin_addr.s_addr));
    assert_err(
        TANDEM_EVALUE, td_place_parse("udp://1.2.3.4:*", false, &a, NULL));
    assert_int_equal(65535, ntohs(a.sin_port)); // untouched
    assert_err(TANDEM_OK, td_place_parse("udp://1.2.3.4:*", true, &a, NULL));
    assert_int_equal(0, a.sin_port);
}

// What is said of a door is for who hears by IPv4.
static void
test_a_door_is_said_where_ipv4_reaches_it(void **state)
{
    static const struct {
        const char *bound;
        uint32_t host;
        uint16_t port; // 0: it does not
    } doors[] = {{"tcp://127.0.0.1:4711", INADDR_LOOPBACK, 4711},
        {"tcp://0.0.0.0:1", INADDR_ANY, 1},
        {"tcp://[::]:65535", INADDR_ANY, 65535}, {"tcp://[::]:65536", 0, 0},
        {"tcp://[::]:", 0, 0}, {"tcp://[::1]:4711", 0, 0},
        {"tcp://[fd00::1]:4711", 0, 0}, {"tcp://127.0.0.1:*", 0, 0},
        {"udp://127.0.0.1:4711", 0, 0}, {"", 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
        struct sockaddr_in a = {0};

        assert_int_equal(
            doors[i].port != 0, td_endpoint_ipv4(doors[i].bound, &a));
        assert_int_equal(doors[i].port, ntohs(a.sin_port));
        assert_int_equal(doors[i].host, ntohl(a.sin_addr.s_addr));
    }
}

// Of every address: said on each interface that can tell all. Of one: on its
// interface alone, so on loopback nowhere.
static void
test_a_door_is_said_on_its_own_interfaces(void **state)
{
    const unsigned up = IFF_UP | IFF_BROADCAST;
    struct in_addr any = {htonl(INADDR_ANY)}, loop = {htonl(INADDR_LOOPBACK)};
    struct sockaddr_in own = {.sin_family = AF_INET}, all = own, to = own;
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct ifaddrs i = {.ifa_addr = (struct sockaddr *)&own,
        .ifa_broadaddr = (struct sockaddr *)&all,
        .ifa_flags = up};

    (void)state;
    own.sin_addr.s_addr = htonl(0x0a000007);
    all.sin_addr.s_addr = htonl(0x0a0000ff);
    assert_true(td_beacon_way(&i, any, &to));
    assert_int_equal(0x0a0000ff, ntohl(to.sin_addr.s_addr));
    assert_int_equal(TANDEM_BEACON_PORT, ntohs(to.sin_port));
    assert_true(td_beacon_way(&i, own.sin_addr, &to));
    assert_false(td_beacon_way(&i, loop, &to));
    i.ifa_flags = up | IFF_LOOPBACK;
    assert_false(td_beacon_way(&i, any, &to));
    i.ifa_flags = IFF_UP;
    assert_false(td_beacon_way(&i, any, &to));
    i.ifa_flags = IFF_BROADCAST;
    assert_false(td_beacon_way(&i, any, &to));
    i.ifa_flags = up;
    i.ifa_broadaddr = NULL;
    assert_false(td_beacon_way(&i, any, &to));
    i.ifa_addr = (struct sockaddr *)&six;
    assert_false(td_beacon_way(&i, any, &to));
    i.ifa_addr = NULL;
    assert_false(td_beacon_way(&i, any, &to));
}

// --------------------------------------------------------------------- helpers

static void
hear(struct post *p, char bound[64])
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    assert_good(
        tandem_node_hear(p->node, "udp://127.0.0.1:*", bound, 64, &e), e);
}

static void
say(struct post *p, const char *to)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);

    assert_good(tandem_node_beacon(p->node, to, 100, &e), e);
}

static size_t
neighbours(struct post *p)
{
    tandem_neighbour x;
    size_t n = 0;

    while (tandem_node_neighbour(p->node, n, &x) == TANDEM_OK) {
        n++;
    }
    return n;
}

// Both take turns until `b` has heard of somebody.
static void
until_heard(struct post *a, struct post *b)
{
    uint64_t end = now_ms() + PATIENCE_MS;

    while (neighbours(b) == 0) {
        assert_true(now_ms() < end);
        post_step(a, STEP_MS);
        post_step(b, STEP_MS);
    }
}

// A socket of a stranger that sends to where a node hears.
static int
stranger(const char *to)
{
    struct sockaddr_in at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_err(TANDEM_OK, td_place_parse(to, false, &at, NULL));
    assert_int_equal(0, connect(fd, (struct sockaddr *)&at, sizeof(at)));
    return fd;
}

// The node takes what was sent so far: everything waits in one socket, in
// order, so it is enough that the last has been taken.
static void
take_all(struct post *p)
{
    char byte;
    uint64_t end = now_ms() + PATIENCE_MS;

    while (recv(p->node->near.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) {
        assert_true(now_ms() < end);
        post_step(p, STEP_MS);
    }
}

static struct td_key
key_of(struct post *p)
{
    const struct td_key *key;
    struct td_key out;

    td_api_lock(p->store);
    key = td_member_closed_key(p->store->replica->member, td_sector_common);
    assert_non_null(key);
    out = td_beacon_key(key);
    td_api_unlock(p->store);
    return out;
}

static void
send_as(struct post *of, int fd, tandem_device_id device, uint64_t said,
    uint16_t port)
{
    struct td_beacon_message m = {device, said, port};
    struct td_key key = key_of(of);
    uint8_t out[TD_BEACON_BYTES];

    assert_err(
        TANDEM_OK, td_beacon_put(&key, &m, td_sys_rng(td_sys_default()), out));
    assert_int_equal(sizeof(out), send(fd, out, sizeof(out), 0));
}

static uint16_t
port_of(struct post *p)
{
    return p->node->near.heard[0].port;
}

// ----------------------------------------------------------------------- tests

static void
test_a_member_near_is_found_and_met(void **state)
{
    struct post a, b;
    tandem_neighbour x;
    char at[64];

    (void)state;
    two(&a, &b);
    add_person(&a, "A. B.");
    hear(&b, at);
    say(&a, at);
    until_heard(&a, &b);
    assert_int_equal(1, neighbours(&b));
    assert_err(TANDEM_OK, tandem_node_neighbour(b.node, 0, &x));
    assert_memory_equal(&a.node->device, &x.device, sizeof(x.device));
    assert_string_equal(a.address, x.address);
    post_meet(&b, x.address);
    until_finished(&b, &a);
    assert_done(&b);
    assert_true(knows_person(&b, "A. B."));
    free_two(&a, &b);
}

static void
test_sleeping_nobody_is_heard_and_afterwards_again(void **state)
{
    struct post a, b;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    char at[64];
    uint64_t said, end = now_ms() + PATIENCE_MS;

    (void)state;
    two(&a, &b);
    hear(&b, at);
    say(&a, at);
    until_heard(&a, &b);
    said = b.node->near.heard[0].said_ms;
    assert_good(tandem_node_suspend(a.node, &e), e);
    assert_good(tandem_node_suspend(b.node, &e), e);
    assert_int_equal(-1, a.node->beacon.fd);
    assert_int_equal(-1, b.node->near.fd);
    post_step(&a, STEP_MS);
    post_step(&b, STEP_MS);
    assert_int_equal(-1, a.node->beacon.fd);
    assert_int_equal(-1, b.node->near.fd);
    assert_good(tandem_node_resume(a.node, &e), e);
    assert_good(tandem_node_resume(b.node, &e), e);
    while (b.node->near.heard[0].said_ms == said) {
        assert_true(now_ms() < end);
        post_step(&b, STEP_MS);
        post_step(&a, STEP_MS);
    }
    free_two(&a, &b);
}

static void
test_another_workspace_learns_nothing(void **state)
{
    struct post a, b, c;
    char at[64];
    uint64_t end;

    (void)state;
    two(&a, &b);
    post_found(&c, "Autre");
    hear(&c, at);
    say(&a, at);
    end = now_ms() + PATIENCE_MS;
    while (c.node->near.looked < 2 && now_ms() < end) {
        post_step(&a, STEP_MS);
        post_step(&c, STEP_MS);
    }
    assert_true(c.node->near.looked >= 2); // it came, and nothing opened
    assert_int_equal(0, c.node->near.opened);
    assert_int_equal(0, neighbours(&c));
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

static void
test_what_was_said_before_moves_nobody(void **state)
{
    struct post a, b;
    tandem_device_id nobody = {{9}};
    char at[64];
    int fd;

    (void)state;
    two(&a, &b);
    hear(&b, at);
    fd = stranger(at);
    send_as(&a, fd, a.node->device, 1000, 1111);
    send_as(&a, fd, a.node->device, 1000, 2222); // as old
    send_as(&a, fd, a.node->device, 999, 3333);  // older
    send_as(&a, fd, nobody, 2000, 4444);         // no member
    send_as(&a, fd, b.node->device, 2000, 5555); // itself
    take_all(&b);
    assert_int_equal(5, b.node->near.opened);
    assert_int_equal(1, neighbours(&b));
    assert_int_equal(1111, port_of(&b));
    send_as(&a, fd, a.node->device, 1001, 6666);
    take_all(&b);
    assert_int_equal(6666, port_of(&b));
    // Not heard for long: its clock may have gone back.
    post_ahead_ms += TD_NEAR_FRESH_MS + 1;
    send_as(&a, fd, a.node->device, 5, 7777);
    take_all(&b);
    assert_int_equal(7777, port_of(&b));
    assert_int_equal(0, close(fd));
    free_two(&a, &b);
    post_ahead_ms = 0;
}

// Who holds the key can speak for another and call it the last word there is:
// the other is not heard for as long as that goes on and a while, no longer.
static void
test_who_lies_for_a_member_hides_it_a_while(void **state)
{
    struct in_addr host[2] = {
        {.s_addr = htonl(INADDR_LOOPBACK)}, {.s_addr = htonl(0x0a000001)}};
    struct td_beacon_message own = {{{1}}, 1000, 7};
    struct td_beacon_message lie = {{{1}}, UINT64_MAX, 9};
    struct td_near x;

    (void)state;
    td_near_init(&x);
    td_near_note(&x, &own, host[0], 50);
    td_near_note(&x, &lie, host[1], 100);
    own.said_ms++;
    td_near_note(&x, &own, host[0], 100 + TD_NEAR_FRESH_MS - 1);
    assert_int_equal(9, x.heard[0].port);
    assert_int_equal(host[1].s_addr, x.heard[0].host.s_addr);
    own.said_ms++;
    td_near_note(&x, &own, host[0], 100 + TD_NEAR_FRESH_MS);
    assert_int_equal(7, x.heard[0].port);
    assert_int_equal(host[0].s_addr, x.heard[0].host.s_addr);
    assert_int_equal(0, x.heard[1].port); // one place a device
}

// A place that is a lie: who is dialled there has to be that device.
static void
test_who_answers_at_a_false_place_has_to_prove_itself(void **state)
{
    struct post a, b, c;
    tandem_neighbour x;
    char at[64];
    int fd;

    (void)state;
    two(&a, &b);
    post_found(&c, "Autre");
    post_listen(&c);
    hear(&b, at);
    fd = stranger(at);
    send_as(&a, fd, a.node->device, 1000,
        (uint16_t)strtoul(strrchr(c.node->door_at, ':') + 1, NULL, 10));
    take_all(&b);
    assert_err(TANDEM_OK, tandem_node_neighbour(b.node, 0, &x));
    post_meet(&b, x.address);
    until_beside(&b, &c);
    assert_failed_with(&b, TANDEM_EAUTH);
    assert_int_equal(0, close(fd));
    post_free(&a);
    post_free(&b);
    post_free(&c);
}

// Bytes that are none, cut ones, copies; a session goes on beside.
static void
test_a_flood_is_bounded_and_believed_in_nothing(void **state)
{
    struct post a, b;
    uint8_t bytes[TD_BEACON_BYTES + 8];
    tandem_neighbour x;
    char at[64];
    size_t before;
    int fd;

    (void)state;
    two(&a, &b);
    add_person(&a, "A. B.");
    hear(&b, at);
    fd = stranger(at);
    post_step(&b, STEP_MS);
    before = meter_begin(&b.meter);
    for (int i = 0; i < FLOOD; i++) {
        size_t n = i % 3 == 0 ? (size_t)i % sizeof(bytes) : TD_BEACON_BYTES;

        memset(bytes, i, sizeof(bytes));
        bytes[0] = i % 5 == 0 ? 2 : 1;
        (void)send(fd, bytes, n, MSG_DONTWAIT);
        if (i % FLOOD_ROUND == 0) {
            unsigned looked = b.node->near.looked;

            post_step(&b, 0);
            assert_true(b.node->near.looked <= looked + TD_NEAR_TURN);
            assert_true(b.node->near.looked <= TD_NEAR_SECOND);
        }
    }
    assert_int_equal(0, neighbours(&b));
    assert_int_equal(0, b.node->near.opened);
    assert_true(atomic_load(&b.meter.most) <= before + 4096);
    post_meet(&b, a.address); // as many wait as its socket holds
    until_finished(&b, &a);
    assert_done(&b);
    assert_true(knows_person(&b, "A. B."));
    say(&a, at); // and who is honest is heard behind them
    until_heard(&a, &b);
    assert_err(TANDEM_OK, tandem_node_neighbour(b.node, 0, &x));
    assert_string_equal(a.address, x.address);
    assert_int_equal(0, close(fd));
    free_two(&a, &b);
}

static void
test_so_many_are_remembered_and_the_oldest_goes(void **state)
{
    struct in_addr host = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct td_near x;

    (void)state;
    td_near_init(&x);
    for (unsigned i = 0; i < TD_NEAR_MAX + 10; i++) {
        struct td_beacon_message m = {{{(uint8_t)i, 1}}, 5, 7};

        td_near_note(&x, &m, host, 100 + i);
    }
    for (size_t i = 0; i < TD_NEAR_MAX; i++) {
        assert_true(x.heard[i].heard_ms >= 100 + 10);
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(&x.heard[i].device, &x.heard[k].device, 32);
        }
    }
}

static void
test_misuse_has_its_code(void **state)
{
    struct post a, n;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    tandem_neighbour x;
    char at[64];

    (void)state;
    post_found(&a, "Bureau");
    post_new(&n);
    assert_err(TANDEM_EWORKSPACE,
        tandem_node_hear(n.node, "udp://127.0.0.1:*", NULL, 0, &e));
    assert_err(TANDEM_EMISUSE, tandem_node_beacon(a.node, NULL, 0, &e));
    assert_string_equal("ce nœud n'écoute pas encore", e.msg);
    post_listen(&a);
    assert_err(TANDEM_EMISUSE, tandem_node_beacon(a.node, NULL, 99, &e));
    assert_err(TANDEM_EVALUE, tandem_node_beacon(a.node, "udp://a:1", 0, &e));
    assert_err(
        TANDEM_EVALUE, tandem_node_hear(a.node, "127.0.0.1:1", at, 64, &e));
    assert_err(TANDEM_ELIMIT,
        tandem_node_hear(a.node, "udp://127.0.0.1:*", at, 8, &e));
    assert_err(TANDEM_ENOTFOUND, tandem_node_neighbour(a.node, 0, &x));
    hear(&a, at);
    assert_err(TANDEM_EMISUSE, tandem_node_hear(a.node, at, NULL, 0, &e));
    // On loopback it finds no interface to say it on.
    assert_err(TANDEM_OK, tandem_node_beacon(a.node, NULL, 0, &e));
    post_step(&a, STEP_MS);
    assert_true(a.node->beacon.fd >= 0); // it had all it needs to say it
    post_free(&a);
    post_free(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_datagram_is_its_known_answer_and_nothing_near_it_opens),
        cmocka_unit_test(test_an_endpoint_is_read_strictly),
        cmocka_unit_test(test_a_door_is_said_where_ipv4_reaches_it),
        cmocka_unit_test(test_a_door_is_said_on_its_own_interfaces),
        cmocka_unit_test(test_a_member_near_is_found_and_met),
        cmocka_unit_test(test_sleeping_nobody_is_heard_and_afterwards_again),
        cmocka_unit_test(test_another_workspace_learns_nothing),
        cmocka_unit_test(test_what_was_said_before_moves_nobody),
        cmocka_unit_test(test_who_lies_for_a_member_hides_it_a_while),
        cmocka_unit_test(test_who_answers_at_a_false_place_has_to_prove_itself),
        cmocka_unit_test(test_a_flood_is_bounded_and_believed_in_nothing),
        cmocka_unit_test(test_so_many_are_remembered_and_the_oldest_goes),
        cmocka_unit_test(test_misuse_has_its_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
