// SPDX-License-Identifier: Apache-2.0
// enrol_test.c - two machines enrol each other; and what somebody between
// them, with the code in hand, can do.
#include "support/store_help.h"

#include "base/slice.h"
#include "codec/writer.h"
#include "member/enrol.h"

enum { YES = 4, WELCOME = 5 }; // after the four of the exchange

static const tandem_id sectors[2] = {{{1, 2, 3}}, {{9, 9}}};

static struct td_device_public
keys_of(uint64_t seed)
{
    struct td_device_keys k;

    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&seed), &k));
    return k.pub;
}

static struct td_enrol_side
side(bool inviter, const struct td_device_public *keys, uint64_t *rng)
{
    struct td_enrol_side s = {.sys = td_sys_default(),
        .keys = *keys,
        .workspace = {{5, 5, 5}},
        .secret = {1, 2, 3, 4},
        .rng = help_rng(rng),
        .inviter = inviter,
        .right = TANDEM_RIGHT_AGENT,
        .sectors = sectors,
        .sector_count = 2,
        .name = "tablette de Zoé"};

    return s;
}

static struct td_enrol *
machine(const struct td_enrol_side *s)
{
    struct td_enrol *x = NULL;

    assert_err(TANDEM_OK, td_enrol_new(s, &x));
    return x;
}

struct pair {
    uint64_t rng[2];
    struct td_enrol *newcomer, *inviter;
};

static void
pair_new(struct pair *p, uint64_t seed)
{
    struct td_device_public n = keys_of(100), i = keys_of(200);
    struct td_enrol_side sn, si;

    p->rng[0] = seed;
    p->rng[1] = seed * 31 + 7;
    sn = side(false, &n, &p->rng[0]);
    si = side(true, &i, &p->rng[1]);
    p->newcomer = machine(&sn);
    p->inviter = machine(&si);
}

static void
pair_free(struct pair *p)
{
    td_enrol_free(p->newcomer);
    td_enrol_free(p->inviter);
}

static tandem_err
pass(struct td_enrol *from, struct td_enrol *to)
{
    tandem_slice m = td_enrol_give(from);

    return m.len == 0 ? TANDEM_ENOTFOUND : td_enrol_take(to, m);
}

// COMMIT, COMMIT, REVEAL, REVEAL.
static void
exchange(struct td_enrol *newcomer, struct td_enrol *inviter)
{
    assert_err(TANDEM_OK, pass(newcomer, inviter));
    assert_err(TANDEM_OK, pass(inviter, newcomer));
    assert_err(TANDEM_OK, pass(newcomer, inviter));
    assert_err(TANDEM_OK, pass(inviter, newcomer));
}

static void
test_enrol_shows_the_same_digits_and_welcomes(void **state)
{
    struct td_device_public n = keys_of(100), i = keys_of(200);
    tandem_right right;
    const tandem_id *given;
    size_t count;
    struct pair p;

    (void)state;
    pair_new(&p, 1);
    assert_null(td_enrol_digits(p.newcomer));
    assert_null(td_enrol_peer(p.inviter));
    exchange(p.newcomer, p.inviter);
    assert_non_null(td_enrol_digits(p.inviter));
    assert_int_equal(6, strlen(td_enrol_digits(p.inviter)));
    assert_string_equal(
        td_enrol_digits(p.newcomer), td_enrol_digits(p.inviter));
    assert_memory_equal(&n, td_enrol_peer(p.inviter), sizeof(n));
    assert_memory_equal(&i, td_enrol_peer(p.newcomer), sizeof(i));
    assert_string_equal("tablette de Zoé", td_enrol_peer_name(p.inviter));
    td_enrol_grant(p.newcomer, &right, &given, &count);
    assert_int_equal(TANDEM_RIGHT_AGENT, right);
    assert_int_equal(2, count);
    assert_memory_equal(sectors, given, sizeof(sectors));
    assert_false(td_enrol_agreed(p.inviter));
    assert_err(TANDEM_OK, td_enrol_answer(p.newcomer, true));
    assert_err(TANDEM_OK, pass(p.newcomer, p.inviter));
    assert_false(td_enrol_agreed(p.inviter));
    assert_err(TANDEM_EMISUSE, td_enrol_welcome(p.inviter));
    assert_err(TANDEM_OK, td_enrol_answer(p.inviter, true));
    assert_true(td_enrol_agreed(p.inviter));
    assert_err(TANDEM_OK, td_enrol_welcome(p.inviter));
    assert_err(TANDEM_EMISUSE, td_enrol_welcome(p.inviter));
    assert_err(TANDEM_OK, pass(p.inviter, p.newcomer));
    assert_true(td_enrol_welcomed(p.newcomer));
    assert_false(td_enrol_welcomed(p.inviter));
    assert_true(td_enrol_agreed(p.inviter));
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.inviter, false));
    pair_free(&p);
}

static void
test_enrol_answers_before_digits_are_misuse(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p, 2);
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.newcomer, true));
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.inviter, false));
    assert_err(TANDEM_OK, pass(p.newcomer, p.inviter));
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.inviter, true));
    assert_err(TANDEM_OK, pass(p.inviter, p.newcomer));
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.newcomer, true));
    pair_free(&p);
}

static void
test_enrol_the_inviter_may_say_yes_first(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p, 2);
    exchange(p.newcomer, p.inviter);
    assert_err(TANDEM_OK, td_enrol_answer(p.inviter, true));
    assert_false(td_enrol_agreed(p.inviter));
    assert_err(TANDEM_EMISUSE, td_enrol_welcome(p.inviter));
    assert_int_equal(0, td_enrol_give(p.inviter).len);
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.inviter, true));
    assert_err(TANDEM_OK, td_enrol_answer(p.newcomer, true));
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.newcomer, true));
    // Its yes may have enrolled it by now.
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.newcomer, false));
    assert_err(TANDEM_OK, pass(p.newcomer, p.inviter));
    assert_true(td_enrol_agreed(p.inviter));
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.inviter, false));
    assert_err(TANDEM_OK, td_enrol_welcome(p.inviter));
    assert_err(TANDEM_OK, pass(p.inviter, p.newcomer));
    assert_true(td_enrol_welcomed(p.newcomer));
    pair_free(&p);
}

// One has said yes; the other's no ends both, whoever was first.
static void
test_enrol_a_no_after_the_others_yes_enrols_nobody(void **state)
{
    (void)state;
    for (int who = 0; who < 3; who++) {
        struct td_enrol *yes, *no;
        struct pair p;

        pair_new(&p, 3);
        exchange(p.newcomer, p.inviter);
        yes = who == 0 ? p.newcomer : p.inviter;
        no = who == 1 ? p.newcomer : p.inviter; // 2: it takes its yes back
        assert_err(TANDEM_OK, td_enrol_answer(yes, true));
        if (who == 0) {
            assert_err(TANDEM_OK, pass(yes, no));
        }
        assert_err(TANDEM_OK, td_enrol_answer(no, false));
        assert_err(TANDEM_EREFUSED,
            pass(no, no == p.inviter ? p.newcomer : p.inviter));
        assert_err(TANDEM_EREFUSED, td_enrol_error(p.newcomer));
        assert_err(TANDEM_EREFUSED, td_enrol_error(p.inviter));
        assert_false(td_enrol_agreed(p.inviter));
        assert_false(td_enrol_welcomed(p.newcomer));
        assert_err(TANDEM_EMISUSE, td_enrol_welcome(p.inviter));
        pair_free(&p);
    }
}

static void
test_enrol_a_welcome_before_the_newcomers_yes_is_refused(void **state)
{
    static const uint8_t welcome[] = {0x91, 5};
    struct pair p;

    (void)state;
    pair_new(&p, 3);
    exchange(p.newcomer, p.inviter);
    assert_err(TANDEM_EPROTO,
        td_enrol_take(p.newcomer, (tandem_slice){welcome, sizeof(welcome)}));
    assert_false(td_enrol_welcomed(p.newcomer));
    assert_err(TANDEM_EMISUSE, td_enrol_answer(p.newcomer, true));
    pair_free(&p);
}

// A yes is of this enrolment, of the newcomer, and said once.
static void
test_enrol_a_yes_from_elsewhere_or_said_twice_is_refused(void **state)
{
    struct pair p, q;
    tandem_slice m;

    (void)state;
    pair_new(&q, 40);
    exchange(q.newcomer, q.inviter);
    assert_err(TANDEM_OK, td_enrol_answer(q.newcomer, true));
    m = td_enrol_give(q.newcomer);
    // Played back to who said it.
    assert_err(TANDEM_EPROTO, td_enrol_take(q.newcomer, m));
    // Too early, with the digits still to come.
    pair_new(&p, 41);
    assert_err(TANDEM_OK, pass(p.newcomer, p.inviter));
    assert_err(TANDEM_EPROTO, td_enrol_take(p.inviter, m));
    pair_free(&p);
    // Another exchange, the same keys and the same secret.
    pair_new(&p, 41);
    exchange(p.newcomer, p.inviter);
    assert_err(TANDEM_OK, td_enrol_answer(p.inviter, true));
    assert_err(TANDEM_EAUTH, td_enrol_take(p.inviter, m));
    assert_false(td_enrol_agreed(p.inviter));
    assert_err(TANDEM_EAUTH, pass(p.inviter, p.newcomer));
    pair_free(&p);
    // Twice, before the inviter's own.
    assert_err(TANDEM_OK, td_enrol_take(q.inviter, m));
    assert_err(TANDEM_EPROTO, td_enrol_take(q.inviter, m));
    assert_false(td_enrol_agreed(q.inviter));
    assert_err(TANDEM_EMISUSE, td_enrol_answer(q.inviter, true));
    pair_free(&q);
}

static void
test_enrol_either_side_may_refuse(void **state)
{
    for (int who = 0; who < 2; who++) {
        struct td_enrol *no, *hears;
        struct pair p;

        (void)state;
        pair_new(&p, 3);
        exchange(p.newcomer, p.inviter);
        no = who == 0 ? p.newcomer : p.inviter;
        hears = who == 0 ? p.inviter : p.newcomer;
        assert_err(TANDEM_OK, td_enrol_answer(no, false));
        assert_err(TANDEM_EREFUSED, td_enrol_error(no));
        assert_err(TANDEM_EREFUSED, pass(no, hears));
        assert_err(TANDEM_EREFUSED, td_enrol_error(hears));
        assert_int_equal(0, td_enrol_give(hears).len);
        assert_false(td_enrol_welcomed(p.newcomer));
        assert_err(TANDEM_EMISUSE, td_enrol_answer(hears, true));
        pair_free(&p);
    }
}

static void
test_enrol_expiry_is_told_with_its_code(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p, 4);
    assert_err(TANDEM_OK, pass(p.newcomer, p.inviter));
    td_enrol_refuse(p.inviter, TANDEM_EEXPIRED);
    assert_err(TANDEM_EEXPIRED, pass(p.inviter, p.newcomer));
    pair_free(&p);
}

static void
test_enrol_a_second_comer_hears_that_the_code_is_used(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p, 4);
    assert_true(td_enrol_give(p.newcomer).len > 0);
    assert_err(TANDEM_EEXPIRED, td_enrol_take(p.newcomer, td_enrol_expired()));
    pair_free(&p);
}

static void
test_enrol_codes_that_are_nobodys_business_become_a_refusal(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p, 4);
    td_enrol_refuse(p.inviter, TANDEM_EFULL);
    assert_err(TANDEM_EFULL, td_enrol_error(p.inviter));
    assert_err(TANDEM_EREFUSED, pass(p.inviter, p.newcomer));
    pair_free(&p);
}

static void
test_enrol_with_another_secret_or_workspace_is_refused(void **state)
{
    struct td_device_public n = keys_of(100), i = keys_of(200);

    (void)state;
    for (int which = 0; which < 2; which++) {
        uint64_t rng[2] = {8, 9};
        struct td_enrol_side sn = side(false, &n, &rng[0]);
        struct td_enrol_side si = side(true, &i, &rng[1]);
        struct td_enrol *newcomer, *inviter;

        if (which == 0) {
            sn.secret[15] ^= 1;
        } else {
            sn.workspace.b[0] ^= 1;
        }
        newcomer = machine(&sn);
        inviter = machine(&si);
        assert_err(TANDEM_OK, pass(newcomer, inviter));
        assert_err(TANDEM_OK, pass(inviter, newcomer));
        assert_err(TANDEM_EAUTH, pass(newcomer, inviter));
        assert_null(td_enrol_digits(inviter));
        assert_err(TANDEM_EAUTH, pass(inviter, newcomer));
        assert_null(td_enrol_digits(newcomer));
        td_enrol_free(newcomer);
        td_enrol_free(inviter);
    }
}

// Somebody between who holds the code (secret, workspace) and knows all public
// keys: it plays the inviter to one and the newcomer to the other, replacing
// any subset of the six keys by its own. Whatever the subset, the persons read
// different digits, say no, and nobody is welcomed.
static void
test_enrol_every_substitution_of_keys_shows_other_digits(void **state)
{
    const struct td_device_public n = keys_of(100), i = keys_of(200);
    const struct td_device_public evil = keys_of(300);

    (void)state;
    for (unsigned mask = 0; mask < 64; mask++) {
        uint64_t rng[4] = {11 + mask, 12 + mask, 13 + mask, 14 + mask};
        struct td_device_public as_n = n, as_i = i;
        struct td_enrol_side s[4];
        struct td_enrol *x[4];

        as_n.sign = mask & 1 ? evil.sign : as_n.sign;
        memcpy(as_n.box, mask & 2 ? evil.box : n.box, 32);
        memcpy(as_n.curve, mask & 4 ? evil.curve : n.curve, 32);
        as_i.sign = mask & 8 ? evil.sign : as_i.sign;
        memcpy(as_i.box, mask & 16 ? evil.box : i.box, 32);
        memcpy(as_i.curve, mask & 32 ? evil.curve : i.curve, 32);
        s[0] = side(false, &n, &rng[0]);    // newcomer
        s[1] = side(true, &as_i, &rng[1]);  // the relay, to the newcomer
        s[2] = side(false, &as_n, &rng[2]); // the relay, to the inviter
        s[3] = side(true, &i, &rng[3]);     // inviter
        for (int k = 0; k < 4; k++) {
            x[k] = machine(&s[k]);
        }
        exchange(x[0], x[1]);
        exchange(x[2], x[3]);
        assert_string_not_equal(td_enrol_digits(x[0]), td_enrol_digits(x[3]));
        assert_err(TANDEM_OK, td_enrol_answer(x[3], false));
        assert_err(TANDEM_EREFUSED, pass(x[3], x[2]));
        assert_false(td_enrol_agreed(x[3]));
        assert_false(td_enrol_welcomed(x[0]));
        for (int k = 0; k < 4; k++) {
            td_enrol_free(x[k]);
        }
    }
}

// The relay has heard the newcomer's REVEAL and would now like to choose what
// to reveal itself: what it committed to binds it.
static void
test_enrol_a_reveal_must_match_its_commitment(void **state)
{
    const struct td_device_public evil = keys_of(300);
    uint8_t zero[32] = {0};
    struct td_buf m;
    struct pair p;

    (void)state;
    pair_new(&p, 20);
    assert_err(TANDEM_OK, pass(p.newcomer, p.inviter));
    assert_err(TANDEM_OK, pass(p.inviter, p.newcomer));
    assert_true(td_enrol_give(p.newcomer).len > 0);
    td_buf_init(&m, NULL, TD_ENROL_BYTES_MAX);
    td_mp_array(&m, 8);
    td_mp_uint(&m, 4);
    td_mp_bin(&m, zero, 32);
    td_mp_bin(&m, evil.sign.b, 32);
    td_mp_bin(&m, evil.box, 32);
    td_mp_bin(&m, evil.curve, 32);
    td_mp_uint(&m, TANDEM_RIGHT_AGENT);
    td_mp_array(&m, 0);
    td_mp_bin(&m, zero, 32);
    assert_err(TANDEM_EPROTO, td_enrol_take(p.newcomer, td_buf_slice(&m)));
    assert_null(td_enrol_digits(p.newcomer));
    td_buf_deinit(&m);
    pair_free(&p);
}

static void
test_enrol_own_words_played_back_are_refused(void **state)
{
    struct pair p;
    tandem_slice m;

    (void)state;
    pair_new(&p, 5);
    m = td_enrol_give(p.newcomer);
    assert_err(TANDEM_EPROTO, td_enrol_take(p.newcomer, m));
    pair_free(&p);
}

// Run the honest exchange up to message `at`, and hand that one out changed.
static tandem_err
take_changed(size_t at, void (*change)(struct td_buf *m, size_t arg),
    size_t arg, size_t *len)
{
    struct td_enrol *from, *to;
    struct td_buf m;
    struct pair p;
    tandem_err err;

    pair_new(&p, 6);
    for (size_t k = 0; k < at; k++) {
        if (k == YES) {
            assert_err(TANDEM_OK, td_enrol_answer(p.newcomer, true));
        }
        assert_err(TANDEM_OK, k % 2 == 0 ? pass(p.newcomer, p.inviter)
                                         : pass(p.inviter, p.newcomer));
    }
    from = at % 2 == 0 ? p.newcomer : p.inviter;
    to = at % 2 == 0 ? p.inviter : p.newcomer;
    td_buf_init(&m, NULL, 1 << 16);
    if (at == YES) {
        assert_err(TANDEM_OK, td_enrol_answer(p.inviter, true));
        assert_err(TANDEM_OK, td_enrol_answer(p.newcomer, true));
    } else if (at == WELCOME) {
        assert_err(TANDEM_OK, td_enrol_answer(p.inviter, true));
        assert_err(TANDEM_OK, td_enrol_welcome(p.inviter));
    }
    td_buf_put_slice(&m, td_enrol_give(from));
    *len = m.len;
    change(&m, arg);
    err = td_enrol_take(to, td_buf_slice(&m));
    if (err == TANDEM_OK && at < WELCOME) {
        // Only a changed commitment can still pass; it must fail later.
        assert_true(at < 2);
        err = pass(to, from);
        if (err == TANDEM_OK) {
            err = pass(from, to);
        }
        assert_int_not_equal(TANDEM_OK, err);
    }
    assert_false(td_enrol_welcomed(p.newcomer));
    assert_true(at == WELCOME || !td_enrol_agreed(p.inviter));
    td_buf_deinit(&m);
    pair_free(&p);
    return err;
}

static void
cut(struct td_buf *m, size_t arg)
{
    m->len = arg;
}

static void
flip(struct td_buf *m, size_t arg)
{
    m->ptr[arg / 8] ^= (uint8_t)(1U << (arg % 8));
}

static void
test_enrol_every_message_cut_at_each_byte_is_refused(void **state)
{
    (void)state;
    for (size_t at = 0; at <= WELCOME; at++) {
        size_t len = 1;

        for (size_t n = 0; n < len; n++) {
            assert_err(TANDEM_EPROTO, take_changed(at, cut, n, &len));
        }
    }
}

static void
test_enrol_every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    for (size_t at = 0; at <= YES; at++) {
        size_t len = 1;

        for (size_t n = 0; n < len * 8; n++) {
            assert_int_not_equal(TANDEM_OK, take_changed(at, flip, n, &len));
        }
        assert_true(len >= 36);
    }
}

static void
array_of_all(struct td_buf *m, size_t arg)
{
    static const uint8_t headers[][5] = {{0xdd, 0xff, 0xff, 0xff, 0xff},
        {0xdc, 0xff, 0xff}, {0x9f}, {0xdf, 0xff, 0xff, 0xff, 0xff},
        {0xc6, 0xff, 0xff, 0xff, 0xff}, {0xdb, 0xff, 0xff, 0xff, 0xff}};
    static const size_t lengths[] = {5, 3, 1, 5, 5, 5};

    td_buf_reset(m);
    td_buf_put(m, headers[arg], lengths[arg]);
    for (size_t i = 0; i < 40; i++) {
        td_buf_put_u8(m, 3);
    }
}

static void
too_long(struct td_buf *m, size_t arg)
{
    td_buf_reset(m);
    td_mp_array(m, 3);
    td_mp_uint(m, 1);
    td_mp_uint(m, 1);
    for (size_t i = 0; i < arg; i++) {
        td_buf_put_u8(m, 0);
    }
}

static void
test_enrol_counts_and_lengths_at_their_maximum_are_refused(void **state)
{
    (void)state;
    for (size_t at = 0; at <= WELCOME; at++) {
        size_t len;

        for (size_t k = 0; k < 6; k++) {
            assert_err(TANDEM_EPROTO, take_changed(at, array_of_all, k, &len));
        }
        assert_err(TANDEM_EPROTO,
            take_changed(at, too_long, TD_ENROL_BYTES_MAX + 1, &len));
    }
}

static void
newer(struct td_buf *m, size_t arg)
{
    m->ptr[2] = (uint8_t)arg; // the version
}

static void
test_enrol_a_newer_version_is_named(void **state)
{
    size_t len;

    (void)state;
    assert_err(TANDEM_EVERSION, take_changed(0, newer, 2, &len));
    assert_err(TANDEM_EVERSION, take_changed(1, newer, 100, &len));
    assert_err(TANDEM_EPROTO, take_changed(0, newer, 0, &len));
}

static void
test_enrol_failure_is_sticky_and_said_once(void **state)
{
    struct pair p;
    tandem_slice m;

    (void)state;
    pair_new(&p, 9);
    assert_err(
        TANDEM_EPROTO, td_enrol_take(p.inviter, tandem_bytes("nonsense", 8)));
    m = td_enrol_give(p.newcomer);
    assert_err(TANDEM_EPROTO, td_enrol_take(p.inviter, m));
    assert_err(TANDEM_EPROTO, pass(p.inviter, p.newcomer));
    assert_int_equal(0, td_enrol_give(p.inviter).len);
    assert_int_equal(0, td_enrol_give(p.newcomer).len);
    pair_free(&p);
}

static void
test_enrol_takes_the_largest_grant_and_name(void **state)
{
    struct td_device_public n = keys_of(100), i = keys_of(200);
    uint64_t rng[2] = {31, 32};
    struct td_enrol_side sn = side(false, &n, &rng[0]);
    struct td_enrol_side si = side(true, &i, &rng[1]);
    tandem_id many[TANDEM_GRANT_SECTORS_MAX + 1];
    struct td_enrol *newcomer, *inviter = NULL;
    const tandem_id *given;
    tandem_right right;
    size_t count;
    char name[82];

    (void)state;
    memset(many, 7, sizeof(many));
    memset(name, 'n', 80);
    name[80] = '\0';
    si.sectors = many;
    si.sector_count = TANDEM_GRANT_SECTORS_MAX + 1;
    assert_err(TANDEM_EVALUE, td_enrol_new(&si, &inviter));
    si.sector_count = TANDEM_GRANT_SECTORS_MAX;
    sn.name = name;
    newcomer = machine(&sn);
    inviter = machine(&si);
    exchange(newcomer, inviter);
    td_enrol_grant(newcomer, &right, &given, &count);
    assert_int_equal(TANDEM_GRANT_SECTORS_MAX, count);
    assert_string_equal(name, td_enrol_peer_name(inviter));
    td_enrol_free(newcomer);
    td_enrol_free(inviter);
    name[80] = 'n';
    name[81] = '\0';
    assert_err(TANDEM_EVALUE, td_enrol_new(&sn, &newcomer));
    sn.name = "";
    assert_err(TANDEM_EVALUE, td_enrol_new(&sn, &newcomer));
    sn.name = "a\x1b[2J";
    assert_err(TANDEM_EVALUE, td_enrol_new(&sn, &newcomer));
    sn.name = "a\xc2\x9b"
              "2J";
    assert_err(TANDEM_EVALUE, td_enrol_new(&sn, &newcomer));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrol_shows_the_same_digits_and_welcomes),
        cmocka_unit_test(test_enrol_answers_before_digits_are_misuse),
        cmocka_unit_test(test_enrol_either_side_may_refuse),
        cmocka_unit_test(test_enrol_the_inviter_may_say_yes_first),
        cmocka_unit_test(test_enrol_a_no_after_the_others_yes_enrols_nobody),
        cmocka_unit_test(
            test_enrol_a_welcome_before_the_newcomers_yes_is_refused),
        cmocka_unit_test(
            test_enrol_a_yes_from_elsewhere_or_said_twice_is_refused),
        cmocka_unit_test(test_enrol_expiry_is_told_with_its_code),
        cmocka_unit_test(test_enrol_a_second_comer_hears_that_the_code_is_used),
        cmocka_unit_test(
            test_enrol_codes_that_are_nobodys_business_become_a_refusal),
        cmocka_unit_test(
            test_enrol_with_another_secret_or_workspace_is_refused),
        cmocka_unit_test(
            test_enrol_every_substitution_of_keys_shows_other_digits),
        cmocka_unit_test(test_enrol_a_reveal_must_match_its_commitment),
        cmocka_unit_test(test_enrol_own_words_played_back_are_refused),
        cmocka_unit_test(test_enrol_every_message_cut_at_each_byte_is_refused),
        cmocka_unit_test(test_enrol_every_flipped_bit_is_noticed),
        cmocka_unit_test(
            test_enrol_counts_and_lengths_at_their_maximum_are_refused),
        cmocka_unit_test(test_enrol_a_newer_version_is_named),
        cmocka_unit_test(test_enrol_failure_is_sticky_and_said_once),
        cmocka_unit_test(test_enrol_takes_the_largest_grant_and_name),
    };

    if (td_crypto_init() != TANDEM_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
