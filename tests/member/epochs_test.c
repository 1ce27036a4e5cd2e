// SPDX-License-Identifier: Apache-2.0
// epochs_test.c - who holds which key, and which epoch is written with.
#include "member/world.h"

#include "codec/writer.h"

enum { ADMIN, COORD, AGENT, NEW, OTHER };

struct team {
    struct world w;
    tandem_id north;
    struct td_epoch_id common, first;
};

static void
team_new(struct team *t)
{
    world_new(&t->w, help_seed());
    t->common = world_epoch(&t->w, ADMIN, td_sector_common);
    t->north = world_sector(&t->w, 1);
    t->first = world_epoch(&t->w, ADMIN, t->north);
    world_join(&t->w, ADMIN, COORD, TANDEM_RIGHT_COORDINATOR, &t->north, 1);
    world_join(&t->w, COORD, AGENT, TANDEM_RIGHT_AGENT, &t->north, 1);
}

static bool
holds(const struct team *t, size_t who, struct td_epoch_id e)
{
    struct td_member *m = world_member(&t->w, who);
    bool held = td_member_key(m, &e) != NULL;

    td_member_free(m);
    return held;
}

// The epoch `who` would write with; all zero: none.
static struct td_epoch_id
usable(const struct team *t, size_t who, tandem_id sector)
{
    struct td_member *m = world_member(&t->w, who);
    struct td_epoch_id e = {{0}};
    struct td_epoch_id again = {{0}};
    tandem_err err = td_member_usable_epoch(m, sector, &e);

    assert_err(err, td_member_usable_epoch(m, sector, &again));
    assert_memory_equal(e.b, again.b, sizeof(e.b));
    assert_true(err == TANDEM_OK || err == TANDEM_ENOTFOUND);
    td_member_free(m);
    return e;
}

static void
assert_epoch(struct td_epoch_id want, struct td_epoch_id got)
{
    assert_memory_equal(want.b, got.b, sizeof(want.b));
}

static const struct td_epoch_id none = {{0}};

static void
test_enrolment_hands_on_the_epoch_and_keeps_it_usable(void **state)
{
    struct team t;

    (void)state;
    team_new(&t);
    for (size_t i = ADMIN; i <= AGENT; i++) {
        assert_true(holds(&t, i, t.first));
        assert_true(holds(&t, i, t.common));
        assert_epoch(t.first, usable(&t, i, t.north));
        assert_epoch(t.common, usable(&t, i, td_sector_common));
    }
    assert_false(holds(&t, NEW, t.first));
    assert_epoch(none, usable(&t, NEW, t.north));
    world_free(&t.w);
}

static void
test_a_loss_asks_for_a_new_epoch_the_lost_one_cannot_open(void **state)
{
    struct team t;
    struct td_epoch_id next;
    struct td_member *m;
    uint8_t a[16];
    uint8_t b[16];

    (void)state;
    team_new(&t);
    world_change(&t.w, COORD, AGENT, t.north, TANDEM_RIGHT_NONE);
    assert_epoch(none, usable(&t, COORD, t.north));
    assert_epoch(t.common, usable(&t, COORD, td_sector_common));
    next = world_epoch(&t.w, COORD, t.north);
    assert_epoch(next, usable(&t, COORD, t.north));
    assert_epoch(next, usable(&t, ADMIN, t.north));
    assert_false(holds(&t, AGENT, next));
    assert_true(holds(&t, AGENT, t.first));
    m = world_member(&t.w, ADMIN);
    assert_err(TANDEM_OK, td_member_id_secret(m, t.north, a));
    td_member_free(m);
    m = world_member(&t.w, AGENT);
    assert_err(TANDEM_OK, td_member_id_secret(m, t.north, b));
    assert_memory_equal(a, b, sizeof(a));
    td_member_free(m);
    m = world_member(&t.w, NEW);
    assert_err(TANDEM_ENOKEY, td_member_id_secret(m, t.north, b));
    td_member_free(m);
    world_free(&t.w);
}

// The first epoch was sealed to those who read today. But NEW reads it as well,
// which loses the sector now.
static void
assert_reopened_without(struct team *t)
{
    struct td_epoch_id last;
    struct td_member *m;

    world_change(&t->w, COORD, NEW, t->north, TANDEM_RIGHT_NONE);
    for (size_t i = ADMIN; i <= AGENT; i++) {
        assert_epoch(none, usable(t, i, t->north));
        m = world_member(&t->w, i);
        assert_null(td_member_closed_key(m, t->north));
        td_member_free(m);
    }
    last = world_epoch(&t->w, AGENT, t->north);
    for (size_t i = ADMIN; i <= AGENT; i++) {
        assert_epoch(last, usable(t, i, t->north));
    }
    assert_false(holds(t, NEW, last));
}

static void
test_an_older_epoch_is_not_written_with_again(void **state)
{
    struct team t;
    struct td_epoch_id next;

    (void)state;
    team_new(&t);
    world_change(&t.w, COORD, AGENT, t.north, TANDEM_RIGHT_NONE);
    next = world_epoch(&t.w, COORD, t.north);
    world_join(&t.w, COORD, NEW, TANDEM_RIGHT_READER, &t.north, 1);
    world_change(&t.w, COORD, AGENT, t.north, TANDEM_RIGHT_AGENT);
    assert_epoch(next, usable(&t, AGENT, t.north));
    assert_true(holds(&t, NEW, t.first)); // handed on by the second
    assert_reopened_without(&t);
    world_free(&t.w);
}

static void
test_a_key_that_a_peer_gave_is_out_with_who_lost_the_sector(void **state)
{
    struct team t;
    struct td_control c;
    struct td_member *m;
    struct td_epoch_key given;

    (void)state;
    team_new(&t);
    c = world_enrol(&t.w, NEW, TANDEM_RIGHT_READER, &t.north, 1);
    (void)world_say(&t.w, COORD, &c); // without one seal
    world_follow_all(&t.w);
    given.epoch = t.first;
    m = world_member(&t.w, AGENT);
    assert_err(TANDEM_OK, td_member_give_key(m, &t.w.device[NEW].pub.sign,
                              &t.first, given.wrapped));
    td_member_free(m);
    m = world_member(&t.w, NEW);
    assert_err(TANDEM_OK, td_member_check_key(m, &t.w.device[NEW], &given));
    td_member_free(m);
    assert_reopened_without(&t);
    world_free(&t.w);
}

// An admin reads every sector, and its loss names none of them.
static void
test_a_key_is_out_with_who_was_admin(void **state)
{
    struct team t;
    tandem_id south;
    struct td_control c;
    struct td_epoch_id e;
    struct td_epoch_id next;

    (void)state;
    team_new(&t);
    south = world_sector(&t.w, 2);
    e = world_epoch(&t.w, ADMIN, south);
    c = world_grant(&t.w, AGENT, td_sector_control, TANDEM_RIGHT_ADMIN);
    (void)world_say(&t.w, ADMIN, &c); // without one seal: a peer gives it
    world_follow_all(&t.w);
    assert_epoch(none, usable(&t, ADMIN, south));
    world_change(&t.w, ADMIN, AGENT, td_sector_control, TANDEM_RIGHT_NONE);
    assert_epoch(none, usable(&t, ADMIN, south));
    assert_true(holds(&t, ADMIN, e));
    next = world_epoch(&t.w, ADMIN, south);
    assert_epoch(next, usable(&t, ADMIN, south));
    // A right taken elsewhere asks for nothing here.
    world_change(&t.w, COORD, AGENT, t.north, TANDEM_RIGHT_NONE);
    assert_epoch(next, usable(&t, ADMIN, south));
    world_free(&t.w);
}

// The key that `who` would say something under, for readers alone: of which
// epoch? All zero: none.
static struct td_epoch_id
closed(const struct team *t, size_t who, const struct td_epoch_id *of, size_t n)
{
    struct td_member *m = world_member(&t->w, who);
    const struct td_key *key = td_member_closed_key(m, t->north);
    struct td_epoch_id found = none;

    for (size_t i = 0; key != NULL && i < n; i++) {
        const struct td_key *one = td_member_key(m, &of[i]);

        found =
            one != NULL && memcmp(one, key, sizeof(*one)) == 0 ? of[i] : found;
    }
    td_member_free(m);
    return found;
}

static void
test_the_newest_key_is_closed_when_readers_alone_hold_it(void **state)
{
    struct team t;
    struct td_epoch_id of[2];
    const struct td_key *keys[3];
    struct td_member *m;

    (void)state;
    team_new(&t);
    of[0] = t.first;
    assert_epoch(of[0], closed(&t, COORD, of, 1));
    assert_epoch(of[0], closed(&t, AGENT, of, 1));
    world_change(&t.w, COORD, AGENT, t.north, TANDEM_RIGHT_NONE);
    m = world_member(&t.w, COORD); // held, and not for readers alone
    assert_int_equal(1, td_member_newest_keys(m, t.north, keys, 3));
    assert_null(td_member_closed_key(m, t.north));
    td_member_free(m);
    of[1] = world_epoch(&t.w, COORD, t.north);
    assert_epoch(of[1], closed(&t, COORD, of, 2));
    m = world_member(&t.w, COORD);
    assert_int_equal(1, td_member_newest_keys(m, t.north, keys, 1));
    assert_int_equal(2, td_member_newest_keys(m, t.north, keys, 3));
    assert_memory_equal(td_member_key(m, &of[1]), keys[0], sizeof(*keys[0]));
    assert_memory_equal(td_member_key(m, &of[0]), keys[1], sizeof(*keys[1]));
    td_member_free(m);
    m = world_member(&t.w, NEW); // holds nothing
    assert_int_equal(0, td_member_newest_keys(m, t.north, keys, 3));
    assert_null(td_member_closed_key(m, t.north));
    td_member_free(m);
    world_free(&t.w);
}

static void
test_a_newcomer_opens_the_older_epochs_through_the_newest(void **state)
{
    struct team t;
    struct td_epoch_id chain[6];
    struct td_member *m;
    const struct td_control_commit *enrol;
    struct td_control c;
    uint8_t a[16];
    uint8_t b[16];

    (void)state;
    team_new(&t);
    for (size_t i = 0; i < 6; i++) {
        chain[i] = world_epoch(&t.w, i % 2 == 0 ? COORD : AGENT, t.north);
    }
    world_join(&t.w, COORD, NEW, TANDEM_RIGHT_READER, &t.north, 1);
    enrol = &t.w.commits[t.w.count - 1];
    assert_err(
        TANDEM_OK, td_control_decode(enrol->payloads[0], &t.w.arena, &c));
    assert_int_equal(2, c.seal_count); // common and the newest, no more
    for (size_t i = 0; i < 6; i++) {
        assert_true(holds(&t, NEW, chain[i]));
    }
    assert_true(holds(&t, NEW, t.first));
    assert_epoch(chain[5], usable(&t, NEW, t.north));
    m = world_member(&t.w, NEW);
    assert_err(TANDEM_OK, td_member_id_secret(m, t.north, a));
    td_member_free(m);
    m = world_member(&t.w, ADMIN);
    assert_err(TANDEM_OK, td_member_id_secret(m, t.north, b));
    assert_memory_equal(a, b, sizeof(a));
    td_member_free(m);
    world_free(&t.w);
}

static void
test_a_new_admin_reads_every_sector(void **state)
{
    struct team t;
    tandem_id south;
    struct td_epoch_id e;

    (void)state;
    team_new(&t);
    south = world_sector(&t.w, 2);
    e = world_epoch(&t.w, ADMIN, south);
    world_join(&t.w, ADMIN, NEW, TANDEM_RIGHT_ADMIN, NULL, 0);
    assert_epoch(e, usable(&t, NEW, south));
    assert_epoch(t.first, usable(&t, NEW, t.north));
    assert_epoch(t.common, usable(&t, COORD, td_sector_common));
    assert_false(holds(&t, COORD, e));
    world_change(&t.w, ADMIN, AGENT, td_sector_control, TANDEM_RIGHT_ADMIN);
    assert_epoch(e, usable(&t, AGENT, south));
    world_free(&t.w);
}

static void
test_a_grant_seals_to_who_could_not_read_before(void **state)
{
    struct team t;
    tandem_id south;
    struct td_epoch_id e;

    (void)state;
    team_new(&t);
    south = world_sector(&t.w, 2);
    e = world_epoch(&t.w, ADMIN, south);
    world_change(&t.w, ADMIN, AGENT, south, TANDEM_RIGHT_READER);
    assert_epoch(e, usable(&t, AGENT, south));
    world_change(&t.w, ADMIN, AGENT, south, TANDEM_RIGHT_AGENT);
    assert_epoch(e, usable(&t, AGENT, south));
    world_change(&t.w, ADMIN, AGENT, south, TANDEM_RIGHT_READER); // lowered
    assert_int_equal(TANDEM_RIGHT_READER, world_right(&t.w, AGENT, south));
    assert_epoch(e, usable(&t, AGENT, south));
    world_free(&t.w);
}

static void
test_who_holds_no_key_cannot_enrol(void **state)
{
    struct team t;
    struct td_control c;
    struct td_member *m;
    struct td_buf b = world_buf();

    (void)state;
    team_new(&t);
    c = world_enrol(&t.w, NEW, TANDEM_RIGHT_COORDINATOR, &t.north, 1);
    (void)world_say(&t.w, ADMIN, &c); // without one seal
    world_follow_all(&t.w);
    m = world_member(&t.w, NEW);
    assert_err(TANDEM_ENOKEY, td_member_may_enrol(m, &t.w.device[NEW].pub.sign,
                                  TANDEM_RIGHT_AGENT, &t.north, 1));
    assert_err(TANDEM_ENOKEY,
        td_member_make_enrol(m, &t.w.device[NEW], &t.w.device[OTHER].pub,
            TANDEM_RIGHT_AGENT, &t.north, 1, 0, &b));
    td_member_free(m);
    td_buf_deinit(&b);
    assert_epoch(none, usable(&t, ADMIN, t.north)); // a reader has no seal
    world_free(&t.w);
}

static void
share(struct team *t, size_t by, size_t to, bool right)
{
    struct td_member *m = world_member(&t->w, by);
    struct td_control_seal seal = {
        .device = t->w.device[to].pub.sign, .epoch = t->first};
    struct td_control c = {.type = TD_CONTROL_SHARE,
        .sector = t->north,
        .seals = &seal,
        .seal_count = 1};

    assert_err(TANDEM_OK, td_wrap(td_member_key(m, &t->first),
                              t->w.device[to].pub.box, seal.wrapped));
    if (!right) {
        seal.wrapped[40] ^= 1;
    }
    td_member_free(m);
    (void)world_say(&t->w, by, &c);
    world_follow_all(&t->w);
}

static void
test_a_share_gives_the_key_later(void **state)
{
    struct team t;
    struct td_control c;

    (void)state;
    team_new(&t);
    c = world_enrol(&t.w, NEW, TANDEM_RIGHT_READER, &t.north, 1);
    (void)world_say(&t.w, COORD, &c);
    world_follow_all(&t.w);
    assert_false(holds(&t, NEW, t.first));
    share(&t, AGENT, NEW, true);
    assert_true(holds(&t, NEW, t.first));
    assert_epoch(t.first, usable(&t, NEW, t.north));
    world_free(&t.w);
}

static void
test_one_wrong_seal_makes_an_epoch_unusable_and_a_new_one_heals(void **state)
{
    struct team t;
    struct td_epoch_id next;

    (void)state;
    team_new(&t);
    share(&t, AGENT, COORD, false);
    assert_epoch(none, usable(&t, ADMIN, t.north));
    assert_true(holds(&t, COORD, t.first)); // by the seal that was right
    next = world_epoch(&t.w, ADMIN, t.north);
    assert_epoch(next, usable(&t, COORD, t.north));
    world_free(&t.w);
}

static void
test_a_seal_to_a_stranger_makes_an_epoch_unusable(void **state)
{
    struct team t;

    (void)state;
    team_new(&t);
    share(&t, AGENT, OTHER, true);
    assert_epoch(none, usable(&t, ADMIN, t.north));
    world_free(&t.w);
}

// An epoch of the north written by hand: sealed to these devices, following
// no other, its id below `below`.
static struct td_control
forged_epoch(struct team *t, size_t by, const size_t *to, size_t n,
    const struct td_epoch_id *below, struct td_key *key)
{
    static const uint8_t nothing[] = {0xc0};
    struct td_control_seal *seals =
        td_arena_array(&t->w.arena, n, sizeof(*seals));
    struct td_control c = {
        .type = TD_CONTROL_EPOCH, .sector = t->north, .inner = {nothing, 1}};

    assert_non_null(seals);
    do {
        assert_err(TANDEM_OK, td_key_new(world_rng(&t->w), key));
        c.commitment = td_key_commitment(key);
        c.epoch = td_control_epoch_id(
            t->north, &c.commitment, &t->w.device[by].pub.sign);
    } while (below != NULL && memcmp(c.epoch.b, below->b, 16) >= 0);
    for (size_t i = 0; i < n; i++) {
        struct td_control_seal s = {.device = t->w.device[to[i]].pub.sign};
        size_t at = c.seal_count++;

        s.epoch = c.epoch;
        assert_err(
            TANDEM_OK, td_wrap(key, t->w.device[to[i]].pub.box, s.wrapped));
        for (; at > 0 && td_device_cmp(seals[at - 1].device, s.device) > 0;
             at--) {
            seals[at] = seals[at - 1];
        }
        seals[at] = s;
    }
    c.seals = seals;
    return c;
}

// The inner part of a forged epoch: hands on one key.
static void
hand_on(struct team *t, struct td_control *c, const struct td_key *own,
    const struct td_epoch_id *epoch, const struct td_key *key)
{
    static const uint8_t secret[16] = {7};
    struct td_buf plain = world_buf();
    struct td_buf sealed = world_buf();

    td_mp_array(&plain, 2);
    td_mp_bin(&plain, secret, sizeof(secret));
    td_mp_array(&plain, 1);
    td_mp_array(&plain, 2);
    td_mp_bin(&plain, epoch->b, sizeof(epoch->b));
    td_mp_bin(&plain, key->b, sizeof(key->b));
    assert_err(TANDEM_OK, td_seal(own, (tandem_slice){c->epoch.b, 16},
                              td_buf_slice(&plain), world_rng(&t->w), &sealed));
    td_buf_deinit(&plain);
    c->inner = world_keep(&t->w, &sealed);
}

// Two epochs of one liar, each handing on the other: were both taken as handed
// on, an enrolment would seal neither.
static void
test_epochs_that_hand_on_each_other_are_still_sealed(void **state)
{
    static const size_t all[] = {ADMIN, COORD, AGENT};
    struct td_control c[2];
    struct td_key key[2];
    struct team t;

    (void)state;
    team_new(&t);
    for (size_t i = 0; i < 2; i++) {
        c[i] = forged_epoch(&t, AGENT, all, 3, NULL, &key[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        hand_on(&t, &c[i], &key[i], &c[1 - i].epoch, &key[1 - i]);
        (void)world_say(&t.w, AGENT, &c[i]);
        world_follow_all(&t.w);
    }
    world_join(&t.w, COORD, NEW, TANDEM_RIGHT_READER, &t.north, 1);
    assert_true(holds(&t, NEW, c[0].epoch));
    assert_true(holds(&t, NEW, c[1].epoch));
    world_free(&t.w);
}

// A seal that opens, but not to the key the epoch is committed to.
static void
test_a_key_that_is_not_committed_to_is_not_believed(void **state)
{
    static const size_t coordinator = COORD;
    struct td_control_seal seal;
    struct td_key key, other;
    struct td_control c;
    struct team t;

    (void)state;
    team_new(&t);
    c = forged_epoch(&t, AGENT, &coordinator, 1, NULL, &key);
    assert_err(TANDEM_OK, td_key_new(world_rng(&t.w), &other));
    seal = c.seals[0];
    assert_err(
        TANDEM_OK, td_wrap(&other, t.w.device[COORD].pub.box, seal.wrapped));
    c.seals = &seal;
    (void)world_say(&t.w, AGENT, &c);
    assert_false(holds(&t, COORD, c.epoch));
    world_free(&t.w);
}

// Whoever lost the sector knows the key of an epoch it makes, whether that is
// sealed to it or not; an old place, where it still had the right, is no way
// around the loss.
static void
test_an_epoch_of_who_lost_the_sector_is_never_written_with(void **state)
{
    static const size_t staying[] = {ADMIN, COORD};
    struct team t;
    struct td_hash before[TD_SEEN_MAX];
    struct td_epoch_id next;
    struct td_control c;
    struct td_member *m;
    struct td_key key;
    size_t n;

    (void)state;
    team_new(&t);
    n = t.w.head_count;
    memcpy(before, t.w.heads, sizeof(before));
    world_change(&t.w, COORD, AGENT, t.north, TANDEM_RIGHT_NONE);
    next = world_epoch(&t.w, COORD, t.north);
    c = forged_epoch(&t, AGENT, staying, 2, &next, &key);
    t.w.head_count = n;
    memcpy(t.w.heads, before, sizeof(before));
    (void)world_say(&t.w, AGENT, &c);
    m = world_member(&t.w, COORD);
    assert_int_equal(0, td_member_inert(m)); // it was a reader at that place
    assert_non_null(td_member_key(m, &c.epoch));
    td_member_free(m);
    assert_epoch(next, usable(&t, ADMIN, t.north));
    assert_epoch(next, usable(&t, COORD, t.north));
    world_free(&t.w);
}

// From that old place it cannot spoil later epochs either: with a wrong seal
// in a share, or by stating them again.
static void
test_who_lost_the_sector_cannot_spoil_later_epochs(void **state)
{
    struct team t;
    struct td_hash before[TD_SEEN_MAX];
    struct td_control_seal seal = {{{0}}, {{0}}, {0}};
    struct td_control c;
    struct td_epoch_id next;
    size_t n;

    (void)state;
    team_new(&t);
    n = t.w.head_count;
    memcpy(before, t.w.heads, sizeof(before));
    world_change(&t.w, COORD, AGENT, t.north, TANDEM_RIGHT_NONE);
    next = world_epoch(&t.w, COORD, t.north);
    assert_err(
        TANDEM_OK, td_control_decode(
                       t.w.commits[t.w.count - 1].payloads[0], &t.w.arena, &c));
    assert_memory_equal(next.b, c.epoch.b, sizeof(next.b));
    t.w.head_count = n;
    memcpy(t.w.heads, before, sizeof(before));
    seal.device = t.w.device[ADMIN].pub.sign;
    seal.epoch = next;
    c.seals = &seal;
    c.seal_count = 1;
    (void)world_say(&t.w, AGENT, &c);
    assert_epoch(next, usable(&t, ADMIN, t.north));
    c.type = TD_CONTROL_SHARE;
    (void)world_say(&t.w, AGENT, &c);
    assert_epoch(next, usable(&t, ADMIN, t.north));
    assert_epoch(next, usable(&t, COORD, t.north));
    world_free(&t.w);
}

// A reader makes more epochs than an entry can hold seals, each opened only
// by those two: newcomers come in all the same and read what others wrote.
static void
test_a_flood_of_epochs_keeps_nobody_out(void **state)
{
    static const size_t coordinator = COORD;
    tandem_slice entries[TD_COMMIT_CHANGES_MAX];
    struct team t;

    (void)state;
    team_new(&t);
    for (size_t n = 0; n <= TD_SEALS_MAX / TD_COMMIT_CHANGES_MAX; n++) {
        for (size_t i = 0; i < TD_COMMIT_CHANGES_MAX; i++) {
            struct td_key key;
            struct td_control c =
                forged_epoch(&t, AGENT, &coordinator, 1, NULL, &key);
            struct td_buf b = world_buf();

            td_control_encode(&c, &b);
            entries[i] = world_keep(&t.w, &b);
        }
        (void)world_commit(&t.w, AGENT, entries, TD_COMMIT_CHANGES_MAX);
    }
    world_follow_all(&t.w);
    world_join(&t.w, COORD, NEW, TANDEM_RIGHT_READER, &t.north, 1);
    assert_true(holds(&t, NEW, t.first));
    assert_true(holds(&t, NEW, t.common));
    world_free(&t.w);
}

// An enrolment in the north seals an epoch of the south: it says nothing.
static void
test_an_enrolment_seals_nothing_outside_its_sectors(void **state)
{
    struct team t;
    tandem_id south;
    struct td_epoch_id e;
    struct td_control_seal seal = {{{0}}, {{0}}, {0}};
    struct td_control c;

    (void)state;
    team_new(&t);
    south = world_sector(&t.w, 2);
    e = world_epoch(&t.w, ADMIN, south);
    c = world_enrol(&t.w, NEW, TANDEM_RIGHT_AGENT, &t.north, 1);
    seal.epoch = e;
    c.seals = &seal;
    c.seal_count = 1;
    (void)world_say(&t.w, COORD, &c);
    assert_epoch(e, usable(&t, ADMIN, south));
    world_free(&t.w);
}

static void
test_two_epochs_side_by_side_one_rules_and_the_next_joins_them(void **state)
{
    struct team t;
    struct td_hash heads[TD_SEEN_MAX];
    struct td_epoch_id a;
    struct td_epoch_id b;
    struct td_epoch_id both;
    size_t n;
    size_t last;

    (void)state;
    team_new(&t);
    n = t.w.head_count;
    memcpy(heads, t.w.heads, sizeof(heads));
    a = world_epoch(&t.w, COORD, t.north);
    t.w.head_count = n;
    memcpy(t.w.heads, heads, sizeof(heads));
    last = t.w.count; // made without knowing of `a`
    t.w.count = last - 1;
    {
        struct td_control_commit hidden = t.w.commits[last - 1];
        size_t log_end = t.w.last[COORD];
        struct td_member *m = world_member(&t.w, AGENT);
        struct td_buf buf = world_buf();
        struct td_key key;
        tandem_slice s;

        assert_err(TANDEM_OK, td_member_make_epoch(m, &t.w.device[AGENT],
                                  t.north, world_rng(&t.w), &buf, &b, &key));
        td_member_free(m);
        s = world_keep(&t.w, &buf);
        t.w.commits[last - 1] = hidden;
        t.w.count = last;
        t.w.last[COORD] = log_end;
        (void)world_commit(&t.w, AGENT, &s, 1);
    }
    world_follow_all(&t.w);
    assert_int_equal(2, t.w.head_count);
    for (size_t i = ADMIN; i <= AGENT; i++) {
        assert_epoch(
            memcmp(a.b, b.b, sizeof(a.b)) < 0 ? a : b, usable(&t, i, t.north));
    }
    both = world_epoch(&t.w, ADMIN, t.north);
    for (size_t i = ADMIN; i <= AGENT; i++) {
        assert_epoch(both, usable(&t, i, t.north));
    }
    world_join(&t.w, COORD, NEW, TANDEM_RIGHT_READER, &t.north, 1);
    assert_true(holds(&t, NEW, a) && holds(&t, NEW, b));
    world_free(&t.w);
}

// A malicious reader claims that the old epoch follows the new one, and hands
// on rubbish: no cycle, no key believed, nobody cut off.
static void
test_a_copy_with_false_parents_changes_nothing(void **state)
{
    struct team t;
    struct td_epoch_id next;
    struct td_control c;
    const struct td_control_commit *said;

    (void)state;
    team_new(&t);
    next = world_epoch(&t.w, COORD, t.north);
    said = NULL;
    for (size_t i = 0; i < t.w.count && said == NULL; i++) {
        if (t.w.commits[i].payload_count == 1 &&
            td_control_decode(t.w.commits[i].payloads[0], &t.w.arena, &c) ==
                TANDEM_OK &&
            c.type == TD_CONTROL_EPOCH &&
            memcmp(c.epoch.b, t.first.b, sizeof(t.first.b)) == 0) {
            said = &t.w.commits[i];
        }
    }
    assert_non_null(said);
    c.parents = &next;
    c.parent_count = 1;
    c.seal_count = 0;
    c.inner = (tandem_slice){(const uint8_t *)"rubbish", 7};
    (void)world_say(&t.w, AGENT, &c);
    world_follow_all(&t.w);
    for (size_t i = ADMIN; i <= AGENT; i++) {
        assert_epoch(next, usable(&t, i, t.north));
    }
    world_join(&t.w, COORD, NEW, TANDEM_RIGHT_READER, &t.north, 1);
    assert_true(holds(&t, NEW, t.first));
    assert_epoch(next, usable(&t, NEW, t.north));
    world_free(&t.w);
}

// The sector and its first epoch in one commit, as creating a sector does.
static void
test_a_sector_is_made_with_its_first_epoch(void **state)
{
    struct team t;
    struct td_member *m;
    struct td_buf a = world_buf();
    struct td_buf b = world_buf();
    struct td_epoch_id epoch;
    struct td_key key;
    tandem_slice entries[2];
    tandem_id sector;
    tandem_id of;

    (void)state;
    team_new(&t);
    m = world_member(&t.w, ADMIN);
    assert_err(TANDEM_OK, td_member_make_sector(m, &t.w.device[ADMIN].pub.sign,
                              world_rng(&t.w), &a, &sector));
    assert_err(TANDEM_OK, td_member_make_epoch(m, &t.w.device[ADMIN], sector,
                              world_rng(&t.w), &b, &epoch, &key));
    td_member_free(m);
    m = world_member(&t.w, COORD);
    assert_err(TANDEM_EDENIED, td_member_make_epoch(m, &t.w.device[COORD],
                                   sector, world_rng(&t.w), &b, &epoch, &key));
    td_member_free(m);
    entries[0] = world_keep(&t.w, &a);
    entries[1] = world_keep(&t.w, &b);
    (void)world_commit(&t.w, ADMIN, entries, 2);
    assert_epoch(epoch, usable(&t, ADMIN, sector));
    m = world_member(&t.w, ADMIN);
    assert_true(td_member_epoch_known(m, &epoch, &of));
    assert_int_equal(0, td_id_cmp(of, sector));
    assert_memory_equal(key.b, td_member_key(m, &epoch)->b, sizeof(key.b));
    td_member_free(m);
    world_free(&t.w);
}

// Two sides enrol one device with different keys: the higher author's hold.
static void
test_a_lower_right_cannot_swap_the_keys_of_a_newcomer(void **state)
{
    struct team t;
    struct td_control c;
    struct td_control forged;
    struct td_member *m;

    (void)state;
    team_new(&t);
    c = world_enrol(&t.w, NEW, TANDEM_RIGHT_AGENT, &t.north, 1);
    forged = c;
    memcpy(forged.device.box, t.w.device[OTHER].pub.box, 32);
    for (unsigned i = 0; i < 4; i++) { // whatever the hashes are
        forged.wall_ms = i;
        (void)world_say(&t.w, COORD, &forged);
    }
    (void)world_say(&t.w, ADMIN, &c);
    m = world_member(&t.w, ADMIN);
    assert_int_equal(0, td_member_inert(m));
    assert_memory_equal(t.w.device[NEW].pub.box,
        td_member_device(m, &t.w.device[NEW].pub.sign)->keys.box, 32);
    td_member_free(m);
    world_free(&t.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrolment_hands_on_the_epoch_and_keeps_it_usable),
        cmocka_unit_test(
            test_a_loss_asks_for_a_new_epoch_the_lost_one_cannot_open),
        cmocka_unit_test(test_an_older_epoch_is_not_written_with_again),
        cmocka_unit_test(
            test_a_key_that_a_peer_gave_is_out_with_who_lost_the_sector),
        cmocka_unit_test(test_a_key_is_out_with_who_was_admin),
        cmocka_unit_test(
            test_the_newest_key_is_closed_when_readers_alone_hold_it),
        cmocka_unit_test(
            test_a_newcomer_opens_the_older_epochs_through_the_newest),
        cmocka_unit_test(test_a_new_admin_reads_every_sector),
        cmocka_unit_test(test_a_grant_seals_to_who_could_not_read_before),
        cmocka_unit_test(test_who_holds_no_key_cannot_enrol),
        cmocka_unit_test(test_a_share_gives_the_key_later),
        cmocka_unit_test(
            test_one_wrong_seal_makes_an_epoch_unusable_and_a_new_one_heals),
        cmocka_unit_test(test_a_seal_to_a_stranger_makes_an_epoch_unusable),
        cmocka_unit_test(
            test_an_epoch_of_who_lost_the_sector_is_never_written_with),
        cmocka_unit_test(test_who_lost_the_sector_cannot_spoil_later_epochs),
        cmocka_unit_test(test_epochs_that_hand_on_each_other_are_still_sealed),
        cmocka_unit_test(test_a_key_that_is_not_committed_to_is_not_believed),
        cmocka_unit_test(test_a_flood_of_epochs_keeps_nobody_out),
        cmocka_unit_test(test_an_enrolment_seals_nothing_outside_its_sectors),
        cmocka_unit_test(
            test_two_epochs_side_by_side_one_rules_and_the_next_joins_them),
        cmocka_unit_test(test_a_copy_with_false_parents_changes_nothing),
        cmocka_unit_test(test_a_sector_is_made_with_its_first_epoch),
        cmocka_unit_test(test_a_lower_right_cannot_swap_the_keys_of_a_newcomer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
