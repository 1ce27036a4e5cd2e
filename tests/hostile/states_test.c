// SPDX-License-Identifier: Apache-2.0
// states_test.c - every message in every state of a session: what may come is
// taken, all else ends it with EPROTO. Each takes little memory, and an honest
// session beside it as many messages as alone.
#include "hostile/call.h"

struct state {
    const char *name;
    void (*reach)(struct driver *d, struct call *k);
    uint32_t may; // messages, by type
    bool initiator;
};

#define MAY(type)  (UINT32_C(1) << TD_MSG_##type)
#define QUESTIONS  (MAY(WANTPAYLOAD) | MAY(WANTEPOCH))
#define ANSWERS    (MAY(CREDIT) | MAY(ACK))
#define TYPE_COUNT TD_MSG_EPOCH

// ------------------------------------------------------------ ways to a state

static void
nothing(struct driver *d, struct call *k)
{
    (void)d;
    (void)k;
}

static void
listened(struct driver *d, struct call *k)
{
    (void)k;
    driver_listen(d);
}

static void
hello(struct driver *d, struct call *k)
{
    (void)k;
    driver_listen(d);
    driver_hello(d);
}

static void
control(struct driver *d, struct call *k)
{
    driver_junk(d, d->hello.control_root.b, 16);
    hello(d, k);
}

// A log nobody has, or the next entry of one that is held.
static void
advert(struct driver *d, bool held)
{
    struct td_msg_place p = d->place;

    if (!held) {
        driver_junk(d, p.log.b, 16);
    }
    p.seq++;
    driver_junk(d, p.hash.b, 16);
    driver_advert(d, true, &p, 1);
    driver_listen(d);
    assert_int_equal(1, d->heard[TD_MSG_WANT]);
}

static void
wanted(struct driver *d, struct call *k)
{
    hello(d, k);
    advert(d, false);
}

static void
segment(struct driver *d, struct call *k)
{
    struct td_msg_head h = {.last = true, .bytes = 10};

    wanted(d, k);
    td_msg_put_head(&d->m, &h);
    assert_true(driver_say(d));
}

static void
sent(struct driver *d, struct call *k)
{
    hello(d, k);
    driver_advert(d, true, NULL, 0);
    driver_want(d, NULL, 0);
    driver_listen(d);
    assert_int_equal(1, d->heard[TD_MSG_SENT]);
}

static void
fin(struct driver *d, struct call *k)
{
    sent(d, k);
    driver_sent(d);
    driver_listen(d);
    assert_int_equal(1, d->heard[TD_MSG_FIN]);
}

static void
walked(struct driver *d, struct call *k)
{
    struct td_msg_sector s = {.sector = d->shared};

    hello(d, k);
    driver_junk(d, s.root.b, 16);
    td_msg_put_status(&d->m, true, &s, 1);
    assert_true(driver_say(d));
    driver_listen(d);
    assert_true(d->heard[TD_MSG_LEAF] > 0);
}

static void
apart(struct driver *d, struct call *k)
{
    struct td_msg_want w = {0};

    hello(d, k);
    driver_advert(d, true, NULL, 0);
    w.n = d->told - 1;
    w.from = d->place.seq;
    driver_junk(d, w.hash.b, 16);
    driver_want(d, &w, 1);
    driver_listen(d);
    assert_int_equal(1, d->heard[TD_MSG_APART]);
}

static void
located(struct driver *d, struct call *k)
{
    hello(d, k);
    advert(d, true);
    td_msg_put_apart(&d->m, 0);
    assert_true(driver_say(d));
    driver_listen(d);
    assert_int_equal(1, d->heard[TD_MSG_LOCATE]);
}

// In each the last word was ours, or it is the other side's turn.
static const struct state states[] = {
    {"nothing was said", nothing, MAY(HELLO), false},
    {"our HELLO is to be said", nothing, 0, true},
    {"our HELLO is said", listened, MAY(HELLO), true},
    {"both HELLO are said, the other begins", hello,
        MAY(ADVERT) | MAY(STATUS) | ANSWERS, true},
    {"our heads are told", hello,
        MAY(ADVERT) | MAY(STATUS) | MAY(WANT) | QUESTIONS | ANSWERS, false},
    {"our control heads are told", control,
        MAY(ADVERT) | MAY(STATUS) | MAY(WANT) | ANSWERS, false},
    {"an entry is wanted", wanted,
        MAY(WANT) | QUESTIONS | MAY(HEAD) | MAY(SENT) | ANSWERS, false},
    {"a segment is under way", segment,
        MAY(WANT) | QUESTIONS | MAY(DATA) | ANSWERS, false},
    {"all was sent", sent, MAY(SENT) | ANSWERS, false},
    {"FIN is said", fin, MAY(FIN) | ANSWERS, false},
    {"a walk, its turn", walked, MAY(ADVERT) | QUESTIONS | ANSWERS, false},
    {"we said APART", apart, MAY(LOCATE) | MAY(SENT) | ANSWERS, false},
    {"we said LOCATE", located, MAY(FOUND) | MAY(WANT) | QUESTIONS | ANSWERS,
        false},
};

// ------------------------------------------------------------------- messages

// One of that type, as right as can be.
static void
put(struct driver *d, enum td_msg_type type)
{
    static const uint8_t hash[16] = {1};
    const struct td_msg_sector sector = {.sector = d->shared};
    const struct td_msg_node node = {0, 1, {hash, 16}};
    const struct td_msg_leaf leaf = {0, 0};
    const struct td_msg_point point = {1, {{1}}};
    const struct td_msg_found found = {.from_start = true};
    const struct td_msg_change change = {.seq = 1};
    const struct td_msg_payload payload = {.i = 0};
    const struct td_msg_head head = {.last = true, .bytes = 10};
    const struct td_epoch_id epoch = {{1}};
    const struct td_msg_key key = {.held = false};
    struct td_msg_fin f = {
        .same_control = true, .data_root = d->fin.data_root, .lsn = 9};

    switch (type) {
    case TD_MSG_HELLO:
        td_msg_put_hello(&d->m, &d->hello);
        break;
    case TD_MSG_STATUS:
        td_msg_put_status(&d->m, true, &sector, 1);
        break;
    case TD_MSG_ADVERT:
        td_msg_put_advert(&d->m, true, NULL, 0);
        break;
    case TD_MSG_WANT:
        td_msg_put_want(&d->m, true, NULL, 0);
        break;
    case TD_MSG_HEAD:
        td_msg_put_head(&d->m, &head);
        break;
    case TD_MSG_DATA:
        td_msg_put_data(&d->m, 0, (tandem_slice){hash, 1});
        break;
    case TD_MSG_CREDIT:
        td_msg_put_credit(&d->m, d->hello.credit);
        break;
    case TD_MSG_ACK:
        td_msg_put_ack(&d->m, &d->place, 1);
        break;
    case TD_MSG_SENT:
        td_msg_put_sent(&d->m);
        break;
    case TD_MSG_FIN:
        memcpy(f.echo, d->theirs.session, sizeof(f.echo));
        td_msg_put_fin(&d->m, &f);
        break;
    case TD_MSG_NODE:
        td_msg_put_node(&d->m, true, &node, 1);
        break;
    case TD_MSG_LEAF:
        td_msg_put_leaf(&d->m, true, &leaf, 1, NULL);
        break;
    case TD_MSG_APART:
        td_msg_put_apart(&d->m, 0);
        break;
    case TD_MSG_LOCATE:
        td_msg_put_locate(&d->m, d->told - 1, &point, 1);
        break;
    case TD_MSG_FOUND:
        td_msg_put_found(&d->m, &found);
        break;
    case TD_MSG_WANTPAYLOAD:
        td_msg_put_wantpayload(&d->m, &change, 1);
        break;
    case TD_MSG_PAYLOAD:
        td_msg_put_payload(&d->m, &payload);
        break;
    case TD_MSG_WANTEPOCH:
        td_msg_put_wantepoch(&d->m, &epoch, 1);
        break;
    case TD_MSG_EPOCH:
        td_msg_put_epoch(&d->m, &key, 1);
        break;
    case TD_MSG_BYE:
    default:
        td_msg_put_bye(&d->m, TANDEM_EPROTO);
        break;
    }
}

// It is said; and once more, where that was the end of the session.
static void
says(struct driver *d, struct call *k, const struct state *at,
    enum td_msg_type type)
{
    bool may = (at->may >> type & 1) != 0;
    tandem_report r;
    tandem_err err;

    at->reach(d, k);
    assert_false(d->over);
    put(d, type);
    err = call_take(k, td_buf_slice(&d->m));
    td_session_report(k->x, &r);
    if (err != (may ? TANDEM_OK : TANDEM_EPROTO) ||
        (r.state == TANDEM_SESSION_FAILED) != !may) {
        fail_msg(
            "%s: message %d: %s", at->name, (int)type, tandem_err_name(err));
    }
    if (!may) {
        assert_err(TANDEM_EPROTO, call_take(k, td_buf_slice(&d->m)));
    }
}

// c has typed a sheet, and meets a meanwhile. @return bytes taken at most.
static size_t
meets(struct scene *s, const struct state *at, enum td_msg_type type)
{
    struct call k = {0};
    struct carry c;
    struct driver d;
    size_t most;

    scene_before(s, &d, &by_call, &k);
    carry_init(&c, s->w, s->c, s->a);
    s->taken = meter_begin(s->meter);
    call_begin(&k, s, at->initiator, false);
    k.beside = &c;
    says(&d, &k, at, type);
    driver_deinit(&d);
    most = atomic_load(&s->meter->most) - s->taken;
    td_session_free(k.x);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    if (c.carried > s->messages || most > lie_bounds[LIE_LITTLE].bytes) {
        fail_msg("%s: message %d: %zu messages to meet beside it, %zu alone; "
                 "%zu KiB taken",
            at->name, (int)type, c.carried, s->messages, most >> 10);
    }
    carry_deinit(&c);
    return most;
}

static void
test_every_message_in_every_state(void **state)
{
    struct td_hash16 held[2];
    struct scene s;
    struct world w;
    size_t most = 0;

    (void)state;
    call_scene(&s, &w, 83);
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        for (int type = TD_MSG_HELLO; type <= TYPE_COUNT; type++) {
            size_t n = meets(&s, &states[i], (enum td_msg_type)type);

            most = n > most ? n : most;
            // Of the liar nothing: what c holds, and no more.
            held[0] = heads_of(s.a);
            held[1] = heads_of(s.c);
            assert_memory_equal(held[0].b, held[1].b, 16);
        }
    }
    print_message(
        "%zu of %zu KiB\n", most >> 10, lie_bounds[LIE_LITTLE].bytes >> 10);
    world_assert_equal(s.a, s.c);
    assert_int_equal(0, world_verify(s.a));
    (void)meet(&w, s.b, s.a);
    (void)meet(&w, s.c, s.a);
    scene_end(&s);
    world_deinit(&w);
}

// A session that is done takes nothing more, whatever it is.
static void
test_nothing_comes_after_the_end(void **state)
{
    struct scene s;
    struct world w;

    (void)state;
    call_scene(&s, &w, 84);
    for (int type = TD_MSG_HELLO; type <= TYPE_COUNT; type++) {
        tandem_device_id victim = td_replica_device(s.a);
        struct call k = {0};
        struct driver d;
        tandem_report r;

        driver_init(&d, &by_call, &k, s.b, &victim, w.now_ms, 84);
        d.shared = w.sectors[0];
        call_begin(&k, &s, false, false);
        fin(&d, &k);
        driver_fin(&d, true);
        put(&d, (enum td_msg_type)type);
        assert_err(
            TANDEM_EMISUSE, td_session_take(k.x, td_buf_slice(&d.m), w.now_ms));
        td_session_report(k.x, &r);
        assert_int_equal(TANDEM_SESSION_DONE, r.state);
        driver_deinit(&d);
        td_session_free(k.x);
    }
    scene_end(&s);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_in_every_state),
        cmocka_unit_test(test_nothing_comes_after_the_end),
    };

    return td_crypto_init() != TANDEM_OK
               ? 1
               : cmocka_run_group_tests(tests, NULL, NULL);
}
