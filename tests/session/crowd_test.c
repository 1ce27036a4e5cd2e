// SPDX-License-Identifier: Apache-2.0
// crowd_test.c - twenty devices and one office at once, their messages mixed:
// each session ends after what stood there when it began, heard once.
#include "session/carry.h"

enum { CROWD = 20, THEIRS = 3, OURS = 4 };

// All at once, any message of any of them next.
static void
gather(struct world *w, struct carry *c, uint64_t *random)
{
    size_t quiet = 0;

    for (size_t i = 0; i < CROWD; i++) {
        carry_init(&c[i], w, w->d[1 + i].r, w->d[0].r);
    }
    while (quiet < 2 * CROWD) { // until nobody has anything to say
        size_t first = help_next(random) % (2 * CROWD);

        for (quiet = 0; quiet < 2 * CROWD; quiet++) {
            size_t i = (first + quiet) % (2 * CROWD);

            if (carry_one(&c[i / 2], i % 2)) {
                break;
            }
        }
    }
}

// All have a log of their own, and all hold all.
static void
settle(struct world *w)
{
    for (size_t i = 0; i <= CROWD; i++) {
        (void)world_sheet(w, w->d[i].r, 0, "M. A.");
    }
    for (int k = 0; k < 2; k++) {
        for (size_t i = 1; i <= CROWD; i++) {
            (void)meet(w, w->d[i].r, w->d[0].r);
        }
    }
}

static void
test_each_of_twenty_hears_what_stood_there_when_it_began(void **state)
{
    static struct carry c[CROWD];
    uint64_t seed = help_seed();
    uint64_t random = seed;
    uint64_t office = 0;
    struct world w;

    (void)state;
    world_begin(&w, seed, 1 + CROWD, 1);
    settle(&w);
    for (size_t i = 1; i <= CROWD; i++) {
        for (int k = 0; k < THEIRS; k++) {
            (void)world_sheet(&w, w.d[i].r, 0, "Mme L.");
        }
    }
    for (int k = 0; k < OURS; k++) {
        (void)world_sheet(&w, w.d[0].r, 0, "M. B.");
    }
    gather(&w, c, &random);
    for (size_t i = 0; i < CROWD; i++) {
        tandem_report r = carry_report(&c[i], 0);

        carry_expect(&c[i], TANDEM_SESSION_DONE, TANDEM_OK);
        // What another one brought meanwhile is not for this session; whoever
        // came late may have met it at the beginning.
        assert_true(r.commits_received >= OURS);
        assert_int_equal(0, (r.commits_received - OURS) % THEIRS);
        assert_int_equal(2, carry_count(&c[i], TD_MSG_FIN)); // one pass
        assert_int_equal(THEIRS, r.commits_sent);
        assert_true(r.receipt);
        office += carry_report(&c[i], 1).commits_received;
        carry_deinit(&c[i]);
    }
    assert_int_equal(CROWD * THEIRS, office);
    // The next time each gets what it lacks, and nobody anything twice.
    gather(&w, c, &random);
    for (size_t i = 0; i < CROWD; i++) {
        tandem_report r = carry_report(&c[i], 0);

        carry_expect(&c[i], TANDEM_SESSION_DONE, TANDEM_OK);
        assert_int_equal(0, r.commits_sent);
        assert_int_equal(2, carry_count(&c[i], TD_MSG_FIN));
        carry_deinit(&c[i]);
        world_assert_equal(w.d[0].r, w.d[1 + i].r);
        assert_true(meet(&w, w.d[1 + i].r, w.d[0].r).equal);
    }
    world_deinit(&w);
}

// They begin together: all have said HELLO before anything else moves.
static void
test_who_begins_together_hears_the_same(void **state)
{
    static struct carry c[CROWD];
    struct world w;

    (void)state;
    world_begin(&w, 40, 1 + CROWD, 1);
    settle(&w);
    for (size_t i = 1; i <= CROWD; i++) {
        (void)world_sheet(&w, w.d[i].r, 0, "Mme L.");
    }
    (void)world_sheet(&w, w.d[0].r, 0, "M. B.");
    for (size_t i = 0; i < CROWD; i++) {
        carry_init(&c[i], &w, w.d[1 + i].r, w.d[0].r);
        assert_true(carry_one(&c[i], 0));
        while (carry_one(&c[i], 1)) { // HELLO, and its heads
        }
    }
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < 2 * CROWD; i++) {
            moved = carry_one(&c[i / 2], i % 2) || moved;
        }
    }
    for (size_t i = 0; i < CROWD; i++) {
        carry_expect(&c[i], TANDEM_SESSION_DONE, TANDEM_OK);
        assert_int_equal(1, carry_report(&c[i], 0).commits_received);
        assert_int_equal(1, carry_report(&c[i], 1).commits_received);
        assert_int_equal(2, carry_count(&c[i], TD_MSG_FIN));
        carry_deinit(&c[i]);
    }
    world_deinit(&w);
}

// What another one brings after HELLO is not told in this session, though it is
// signed, and held before the heads are listed.
static void
test_what_is_heard_after_hello_is_for_the_next_one(void **state)
{
    struct world w;
    struct carry c;

    (void)state;
    world_begin(&w, 94, 3, 1);
    (void)meet(&w, w.d[1].r, w.d[0].r);
    (void)meet(&w, w.d[1].r, w.d[2].r);
    (void)world_sheet(&w, w.d[1].r, 0, "Mme B.");
    carry_init(&c, &w, w.d[1].r, w.d[2].r);
    c.limit = 1; // HELLO
    carry_run(&c);
    (void)world_sheet(&w, w.d[0].r, 0, "Mme A.");
    (void)meet(&w, w.d[1].r, w.d[0].r);
    assert_int_equal(1, world_found_by(w.d[1].r, F_NAME, "mme a."));
    c.limit = 0;
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    carry_deinit(&c);
    assert_int_equal(1, world_found_by(w.d[2].r, F_NAME, "mme b."));
    assert_int_equal(0, world_found_by(w.d[2].r, F_NAME, "mme a."));
    (void)meet(&w, w.d[1].r, w.d[2].r);
    assert_int_equal(1, world_found_by(w.d[2].r, F_NAME, "mme a."));
    world_assert_equal(w.d[1].r, w.d[2].r);
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_heard_after_hello_is_for_the_next_one),
        cmocka_unit_test(
            test_each_of_twenty_hears_what_stood_there_when_it_began),
        cmocka_unit_test(test_who_begins_together_hears_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
