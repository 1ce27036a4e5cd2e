// SPDX-License-Identifier: Apache-2.0
// order_prop_test.c - a membership depends on the set of commits, never on
// the order, the number of copies, or who computes it.
#include "member/world.h"

#include "codec/writer.h"

// Everything a membership answers, as bytes.
static void
describe(const struct world *w, struct td_member *m, struct td_buf *out)
{
    const struct td_hash *heads;
    size_t n = td_member_heads(m, &heads);

    td_buf_reset(out);
    td_buf_put(out, heads, n * sizeof(*heads));
    td_buf_put_be64(out, td_member_waiting(m));
    for (size_t i = 0; i < td_member_devices(m); i++) {
        const struct td_member_device *d = td_member_device_at(m, i);

        td_buf_put(out, &d->keys, sizeof(d->keys));
        td_buf_put_be64(out, (uint64_t)d->enrolled_ms);
        td_buf_put_be32(out, (uint32_t)d->highest);
        td_buf_put_be32(out, d->grants);
    }
    for (size_t i = 0; i <= td_member_sectors(m); i++) {
        tandem_id s = i < td_member_sectors(m) ? td_member_sector_at(m, i)
                                               : td_sector_common;
        struct td_epoch_id e = {{0}};
        uint8_t secret[16] = {0};

        td_buf_put(out, s.b, sizeof(s.b));
        for (size_t d = 0; d < WORLD_DEVICES; d++) {
            td_buf_put_u8(
                out, (uint8_t)td_member_right(m, &w->device[d].pub.sign, s));
        }
        td_buf_put_be32(out, (uint32_t)-td_member_usable_epoch(m, s, &e));
        td_buf_put(out, e.b, sizeof(e.b));
        td_buf_put_be32(out, (uint32_t)-td_member_id_secret(m, s, secret));
        td_buf_put(out, secret, sizeof(secret));
    }
    for (size_t i = 0; i < td_member_packs(m); i++) {
        td_buf_put(out, td_member_pack_at(m, i)->hash.b, 32);
    }
    for (size_t i = 0; i < td_member_inert(m); i++) {
        const struct td_member_inert *x = td_member_inert_at(m, i);

        td_buf_put(out, x->commit.b, 32);
        td_buf_put_be32(out, x->index);
        td_buf_put_be32(out, (uint32_t)-x->why);
    }
    for (size_t i = 0; i < w->count; i++) {
        td_buf_put_u8(
            out, (uint8_t)td_member_admits(m, &w->device[i % 8].pub.sign,
                     world_sector_id(1 + (unsigned)(i % 2)),
                     &w->commits[i].hash, 1));
    }
    assert_int_equal(TANDEM_OK, out->err);
}

static void
build(const struct world *w, size_t as, const struct td_control_commit *c,
    size_t n, struct td_buf *out)
{
    struct td_member *m = NULL;

    assert_err(TANDEM_OK,
        td_member_build(NULL, &w->workspace,
            as < WORLD_DEVICES ? &w->device[as] : NULL, NULL, 0, c, n, &m));
    describe(w, m, out);
    td_member_free(m);
}

static void
assert_same(const struct td_buf *a, const struct td_buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->ptr, b->ptr, a->len);
}

static size_t
pick(struct world *w, size_t n)
{
    return (size_t)(help_next(&w->random) >> 33) % n;
}

// An epoch with seals for whoever it likes.
static struct td_control
random_epoch(struct world *w, size_t by, tandem_id sector)
{
    struct td_control_seal *seals =
        td_arena_array(&w->arena, WORLD_DEVICES, sizeof(*seals));
    struct td_control c = {.type = TD_CONTROL_EPOCH, .sector = sector};
    struct td_key key;

    assert_err(TANDEM_OK, td_key_new(world_rng(w), &key));
    c.commitment = td_key_commitment(&key);
    c.epoch =
        td_control_epoch_id(sector, &c.commitment, &w->device[by].pub.sign);
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        size_t at = c.seal_count;

        if (pick(w, 4) == 0) {
            continue;
        }
        while (at > 0 &&
               td_device_cmp(seals[at - 1].device, w->device[i].pub.sign) > 0) {
            seals[at] = seals[at - 1];
            at--;
        }
        seals[at].device = w->device[i].pub.sign;
        assert_err(
            TANDEM_OK, td_wrap(&key, w->device[i].pub.box, seals[at].wrapped));
        c.seal_count++;
    }
    c.seals = seals;
    return c;
}

// A key of an epoch that was said, or of none, for anybody.
static struct td_control
random_share(struct world *w, tandem_id sector)
{
    struct td_control_seal *seal = td_arena_array(&w->arena, 1, sizeof(*seal));
    struct td_control c = {
        .type = TD_CONTROL_SHARE, .sector = sector, .seals = seal};
    struct td_key key;

    assert_err(TANDEM_OK, td_key_new(world_rng(w), &key));
    for (size_t i = pick(w, w->count), n = 0; n < w->count; n++) {
        const struct td_control_commit *said = &w->commits[(i + n) % w->count];
        struct td_control of;

        if (said->payload_count == 0 ||
            td_control_decode(said->payloads[0], &w->arena, &of) != TANDEM_OK ||
            of.type != TD_CONTROL_EPOCH) {
            continue;
        }
        seal->epoch = of.epoch;
        c.sector = of.sector;
        break;
    }
    seal->device = w->device[pick(w, WORLD_DEVICES)].pub.sign;
    assert_err(TANDEM_OK, td_wrap(&key, w->device[0].pub.box, seal->wrapped));
    c.seal_count = 1;
    return c;
}

// Anything, by anybody, most of it forbidden.
static struct td_control
random_entry(struct world *w, size_t by, tandem_id *sector)
{
    static const uint8_t pack[] = "abcdefgh";
    size_t who = pick(w, WORLD_DEVICES);
    tandem_right right = (tandem_right)(1 + pick(w, 4));

    *sector = world_sector_id(1 + (unsigned)pick(w, 2));
    switch (pick(w, 10)) {
    case 0:
        return (struct td_control){
            .type = TD_CONTROL_SECTOR, .sector = *sector};
    case 1:
    case 2:
        return world_enrol(w, who, right, sector, 1);
    case 3:
        return world_enrol(w, who, TANDEM_RIGHT_ADMIN, NULL, 0);
    case 4:
    case 5:
        return world_grant(w, who, *sector, right);
    case 6:
        return world_loss(
            w, who, pick(w, 4) == 0 ? td_sector_control : *sector);
    case 7:
        return (struct td_control){
            .type = TD_CONTROL_PACK, .pack = {pack, 1 + pick(w, 8)}};
    case 8:
        return random_share(w, *sector);
    default:
        return random_epoch(
            w, by, pick(w, 3) == 0 ? td_sector_common : *sector);
    }
}

// `n` commits with random authors (the founder more often) and random heads.
static void
random_world(struct world *w, uint64_t seed, size_t n)
{
    tandem_id sector;

    world_new(w, seed);
    (void)world_sector(w, 1);
    while (w->count < n) {
        size_t by = pick(w, 3) != 0 ? 0 : pick(w, WORLD_DEVICES);
        struct td_control c = random_entry(w, by, &sector);

        if (pick(w, 3) != 0) {
            world_follow_all(w);
        } else {
            size_t some[2] = {pick(w, w->count), pick(w, w->count)};

            world_follow(w, some, 1 + pick(w, 2));
        }
        (void)world_say(w, by, &c);
    }
}

static void
shuffle(struct world *w, struct td_control_commit *c, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = pick(w, i);
        struct td_control_commit x = c[i - 1];

        c[i - 1] = c[j];
        c[j] = x;
    }
}

static void
prop_random_orders_and_copies_give_the_same_membership(void **state)
{
    uint64_t seed = help_seed();

    (void)state;
    for (uint64_t round = 0; round < 25; round++) {
        struct world *w = calloc(1, sizeof(*w));
        struct td_control_commit mixed[2 * WORLD_COMMITS];
        struct td_buf want = world_buf();
        struct td_buf got = world_buf();

        assert_non_null(w);
        random_world(w, seed + round * 7919, 10 + round * 2);
        for (int again = 0; again < 4; again++) {
            size_t as = pick(w, WORLD_DEVICES + 1);
            size_t n = w->count;

            build(w, as, w->commits, w->count, &want);
            memcpy(mixed, w->commits, n * sizeof(mixed[0]));
            for (size_t i = 0; i < w->count; i++) {
                if (pick(w, 3) == 0) {
                    mixed[n++] = w->commits[i];
                }
            }
            shuffle(w, mixed, n);
            build(w, as, mixed, n, &got);
            assert_same(&want, &got);
        }
        td_buf_deinit(&want);
        td_buf_deinit(&got);
        world_free(w);
        free(w);
    }
}

// Also for sets that lack something: 6 commits, all 720 orders.
static void
prop_all_orders_of_small_sets_give_the_same_membership(void **state)
{
    enum { SMALL = 6, ORDERS = 720 };
    uint64_t seed = help_seed();

    (void)state;
    for (uint64_t round = 0; round < 3; round++) {
        struct world *w = calloc(1, sizeof(*w));
        struct td_buf want = world_buf();
        struct td_buf got = world_buf();
        size_t from;

        assert_non_null(w);
        random_world(w, seed + 31 * round, 9);
        from = round == 0 ? 0 : w->count - SMALL; // 0: with the genesis
        build(w, 0, &w->commits[from], SMALL, &want);
        for (size_t order = 0; order < ORDERS; order++) {
            struct td_control_commit c[SMALL];
            size_t left = order;

            memcpy(c, &w->commits[from], sizeof(c));
            for (size_t i = SMALL; i > 1; i--) { // the order-th permutation
                size_t j = left % i;
                struct td_control_commit x = c[i - 1];

                left /= i;
                c[i - 1] = c[j];
                c[j] = x;
            }
            build(w, 0, c, SMALL, &got);
            assert_same(&want, &got);
        }
        td_buf_deinit(&want);
        td_buf_deinit(&got);
        world_free(w);
        free(w);
    }
}

// What was judged stays judged when more arrives: a set closed under the past
// answers the same from inside a larger one.
static void
prop_more_entries_never_change_a_verdict_or_an_admission(void **state)
{
    uint64_t seed = help_seed();

    (void)state;
    for (uint64_t round = 0; round < 15; round++) {
        struct world *w = calloc(1, sizeof(*w));
        struct td_member *all;
        struct td_member *some = NULL;

        assert_non_null(w);
        random_world(w, seed + 101 * round, 40);
        all = world_member(w, 0);
        assert_err(
            TANDEM_OK, td_member_build(NULL, &w->workspace, &w->device[0], NULL,
                           0, w->commits, 25, &some));
        assert_int_equal(0, td_member_waiting(some));
        for (size_t i = 0; i < 25; i++) {
            for (size_t d = 0; d < WORLD_DEVICES; d++) {
                tandem_id s = world_sector_id(1 + (unsigned)(d % 2));

                assert_int_equal(td_member_admits(some, &w->device[d].pub.sign,
                                     s, &w->commits[i].hash, 1),
                    td_member_admits(all, &w->device[d].pub.sign, s,
                        &w->commits[i].hash, 1));
            }
        }
        for (size_t i = 0; i < td_member_inert(some); i++) {
            const struct td_member_inert *x = td_member_inert_at(some, i);
            bool found = false;

            for (size_t k = 0; k < td_member_inert(all) && !found; k++) {
                const struct td_member_inert *y = td_member_inert_at(all, k);

                found = td_hash_eq(&x->commit, &y->commit) &&
                        x->index == y->index && x->why == y->why;
            }
            assert_true(found);
        }
        td_member_free(all);
        td_member_free(some);
        world_free(w);
        free(w);
    }
}

// The generator must reach what it is meant to test.
static void
test_random_worlds_hold_both_valid_and_forbidden_entries(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    uint64_t seed = help_seed();
    size_t said = 0;
    size_t inert = 0;
    size_t devices = 0;
    size_t packs = 0;
    size_t types[TD_CONTROL_SHARE + 1] = {0};

    (void)state;
    assert_non_null(w);
    for (uint64_t n = 0; n < 8; n++) { // one world alone may be lopsided
        struct td_member *m;

        random_world(w, seed + n, 120);
        m = world_member(w, 0);
        for (size_t i = 0; i < w->count; i++) {
            said += w->commits[i].payload_count;
            for (size_t k = 0; k < w->commits[i].payload_count; k++) {
                struct td_control c;

                assert_err(
                    TANDEM_OK, td_control_decode(
                                   w->commits[i].payloads[k], &w->arena, &c));
                assert_in_range(c.type, 1, TD_CONTROL_SHARE);
                types[c.type]++;
            }
        }
        inert += td_member_inert(m);
        devices += td_member_devices(m);
        packs += td_member_packs(m);
        td_member_free(m);
        world_free(w);
    }
    for (size_t type = 1; type <= TD_CONTROL_SHARE; type++) {
        assert_true(types[type] >= 8);
    }
    assert_true(said - inert > 160);
    assert_true(inert > 160);
    assert_true(devices > 24);
    assert_true(packs > 8);
    free(w);
}

// More branches than a header can name: the ones that carry rights stay.
static void
test_a_flood_of_branches_hides_nobodys_rights(void **state)
{
    static const uint8_t junk[] = {0xc0};
    tandem_slice s = {junk, sizeof(junk)};
    struct world *w = calloc(1, sizeof(*w));
    struct td_member *m;
    const struct td_hash *heads;
    struct td_control c;
    tandem_id north;

    (void)state;
    assert_non_null(w);
    world_new(w, help_seed());
    north = world_sector(w, 1);
    for (size_t i = 0; i < 3 * TD_SEEN_MAX; i++) { // forks of one log
        w->wrote[7] = false;
        w->commits[w->count].log.b[0] = (uint8_t)i;
        (void)world_add(w, 7, &s, i == 0 ? 1 : 0);
        w->commits[w->count - 1].log.b[1] = (uint8_t)(i + 1);
        w->commits[w->count - 1].hash = world_name(&w->commits[w->count - 1]);
    }
    c = world_enrol(w, 1, TANDEM_RIGHT_AGENT, &north, 1);
    (void)world_say(w, 0, &c);
    m = world_member(w, 0);
    assert_int_equal(TD_SEEN_MAX, td_member_heads(m, &heads));
    assert_int_equal(TD_ADMITTED,
        td_member_admits(m, &w->device[1].pub.sign, north, heads, TD_SEEN_MAX));
    td_member_free(m);
    world_free(w);
    free(w);
}

// An agent may make epochs, and so entries that matter, as many as it likes;
// its branches follow all of them and leave out who was enrolled.
static void
test_a_flood_of_epochs_hides_nobodys_rights(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct td_member *m;
    const struct td_hash *heads;
    struct td_control c;
    tandem_id north;
    size_t tip = 0;

    (void)state;
    assert_non_null(w);
    world_new(w, help_seed());
    north = world_sector(w, 1);
    world_join(w, 0, 2, TANDEM_RIGHT_AGENT, &north, 1);
    c = world_enrol(w, 1, TANDEM_RIGHT_AGENT, &north, 1);
    (void)world_say(w, 0, &c); // the heads to follow stay what they were
    for (size_t i = 0; i < 20; i++) {
        c = random_epoch(w, 2, north);
        tip = world_say(w, 2, &c);
    }
    world_follow(w, &tip, 1);
    for (size_t i = 0; i < 2 * TD_SEEN_MAX; i++) {
        w->wrote[2] = false;
        (void)world_add(w, 2, NULL, 0);
        w->commits[w->count - 1].log.b[1] ^= (uint8_t)(i + 1);
        w->commits[w->count - 1].hash = world_name(&w->commits[w->count - 1]);
    }
    m = world_member(w, 0);
    assert_int_equal(TD_SEEN_MAX, td_member_heads(m, &heads));
    assert_int_equal(TD_ADMITTED,
        td_member_admits(m, &w->device[1].pub.sign, north, heads, TD_SEEN_MAX));
    td_member_free(m);
    world_free(w);
    free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_random_worlds_hold_both_valid_and_forbidden_entries),
        cmocka_unit_test(
            prop_random_orders_and_copies_give_the_same_membership),
        cmocka_unit_test(
            prop_all_orders_of_small_sets_give_the_same_membership),
        cmocka_unit_test(
            prop_more_entries_never_change_a_verdict_or_an_admission),
        cmocka_unit_test(test_a_flood_of_branches_hides_nobodys_rights),
        cmocka_unit_test(test_a_flood_of_epochs_hides_nobodys_rights),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
