// SPDX-License-Identifier: Apache-2.0
// rights_test.c - rights that are given, or end, while a session runs: said by
// its own hand between any two messages.
#include "session/carry.h"

// One session that stops before message `at` until `during` is done. false: it
// has fewer messages.
static bool
interrupted(struct world *w, struct carry *c, size_t at, bool office_begins,
    void (*during)(struct world *w))
{
    struct td_replica *a = w->d[office_begins ? 0 : 1].r;
    struct td_replica *b = w->d[office_begins ? 1 : 0].r;
    bool reached;

    carry_init(c, w, a, b);
    c->one_by_one = true;
    c->limit = at;
    carry_run(c);
    reached = c->carried == at;
    during(w);
    c->limit = 0;
    carry_run(c);
    return reached;
}

static void
add_sector(struct world *w)
{
    ok(td_replica_sector_add(
        w->d[0].r, "MOULINS", w->now_ms, &w->sectors[1], NULL));
}

static void
grant(struct world *w, size_t sector, tandem_right right)
{
    tandem_device_id id = td_replica_device(w->d[1].r);

    ok(td_replica_grant(w->d[0].r, &id, w->sectors[sector], right, NULL));
}

// A sector, a right in it for the other device, and something written there.
static void
give(struct world *w)
{
    add_sector(w);
    grant(w, 1, TANDEM_RIGHT_AGENT);
    (void)world_sheet(w, w->d[0].r, 1, "M. NEUF");
}

// What the other one does not know yet, it is not told of: the session speaks
// of the sectors that both knew as theirs, with a round of the control sector
// and without.
static void
test_a_right_given_during_the_session_is_for_the_next_one(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        bool more = true;
        struct world w;

        world_begin(&w, 27, 2, 1);
        (void)meet(&w, w.d[1].r, w.d[0].r);
        for (size_t at = 1; more; at++) {
            struct carry c;

            both_type(&w);
            if (way >= 2) {
                add_sector(&w);
            }
            more = interrupted(&w, &c, at, way % 2 == 0, give);
            carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
            carry_deinit(&c);
            (void)meet(&w, w.d[1].r, w.d[0].r);
            world_assert_equal(w.d[0].r, w.d[1].r);
        }
        world_deinit(&w);
    }
}

static void
end(struct world *w)
{
    grant(w, 0, TANDEM_RIGHT_NONE);
}

// Nobody broke the protocol.
static void
test_a_right_that_ends_during_the_session_ends_it_as_a_cut(void **state)
{
    size_t cut = 0;

    (void)state;
    for (int way = 0; way < 4; way++) {
        bool more = true;
        struct world w;

        world_begin(&w, 28, 2, 1);
        (void)meet(&w, w.d[1].r, w.d[0].r);
        for (size_t at = 1; more; at++) {
            struct carry c;

            (void)world_sheet(&w, w.d[1].r, 0, "M. B.");
            if (way >= 2) {
                add_sector(&w);
            }
            more = interrupted(&w, &c, at, way % 2 == 0, end);
            if (carry_report(&c, 0).state == TANDEM_SESSION_DONE) {
                carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
            } else {
                carry_expect(&c, TANDEM_SESSION_FAILED, TANDEM_ECUT);
                cut++;
            }
            carry_deinit(&c);
            grant(&w, 0, TANDEM_RIGHT_AGENT);
            (void)meet(&w, w.d[1].r, w.d[0].r);
            world_assert_equal(w.d[0].r, w.d[1].r);
        }
        world_deinit(&w);
    }
    assert_true(cut > 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_right_given_during_the_session_is_for_the_next_one),
        cmocka_unit_test(
            test_a_right_that_ends_during_the_session_ends_it_as_a_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
