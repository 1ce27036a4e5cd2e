// SPDX-License-Identifier: Apache-2.0
// oom_test.c - memory runs out at every point: a code, nothing leaked, and
// the same answer once there is memory.
#include "member/world.h"

struct scarce {
    const tandem_sys *real;
    uint64_t left; // allocations still granted
    bool refused;
};

static void *
scarce_resize(void *ctx, void *p, size_t was, size_t now)
{
    struct scarce *s = ctx;

    if (now > was) {
        if (s->left == 0) {
            s->refused = true;
            return NULL;
        }
        s->left--;
    }
    return s->real->resize(s->real->ctx, p, was, now);
}

static void
a_team(struct world *w, tandem_id *north)
{
    world_new(w, help_seed());
    *north = world_sector(w, 1);
    (void)world_epoch(w, 0, td_sector_common);
    (void)world_epoch(w, 0, *north);
    world_join(w, 0, 1, TANDEM_RIGHT_OFFICE, north, 1);
    world_join(w, 1, 2, TANDEM_RIGHT_AGENT, north, 1);
    (void)world_epoch(w, 2, *north);
}

static void
oom_build_fails_whole_until_there_is_memory(void **state)
{
    struct scarce s = {.real = td_sys_default()};
    tandem_sys sys = *td_sys_default();
    struct td_member *m = NULL;
    struct world w;
    tandem_id north;
    tandem_err err = TANDEM_ENOMEM;
    uint64_t n;

    (void)state;
    a_team(&w, &north);
    sys.ctx = &s;
    sys.resize = scarce_resize;
    for (n = 0; err != TANDEM_OK; n++) {
        assert_true(n < 10000);
        s.left = n;
        s.refused = false;
        err = td_member_build(
            &sys, &w.workspace, &w.device[1], NULL, 0, w.commits, w.count, &m);
        if (err != TANDEM_OK) {
            assert_err(TANDEM_ENOMEM, err);
            assert_true(s.refused);
            assert_null(m);
        }
    }
    assert_true(n > 5);
    assert_int_equal(3, td_member_devices(m));
    td_member_free(m);
    world_free(&w);
}

static void
oom_questions_and_new_entries_fail_whole_until_there_is_memory(void **state)
{
    struct scarce s = {.real = td_sys_default(), .left = UINT64_MAX};
    tandem_sys sys = *td_sys_default();
    struct td_member *m = NULL;
    struct td_buf b = world_buf();
    struct world w;
    tandem_id north;
    tandem_err err = TANDEM_ENOMEM;

    (void)state;
    a_team(&w, &north);
    sys.ctx = &s;
    sys.resize = scarce_resize;
    assert_err(TANDEM_OK, td_member_build(&sys, &w.workspace, &w.device[1],
                              NULL, 0, w.commits, w.count, &m));
    for (uint64_t n = 0; err != TANDEM_OK; n++) {
        struct td_epoch_id e;

        assert_true(n < 10000);
        s.left = n;
        err = td_member_usable_epoch(m, north, &e);
        assert_true(err == TANDEM_OK || err == TANDEM_ENOMEM);
    }
    err = TANDEM_ENOMEM;
    for (uint64_t n = 0; err != TANDEM_OK; n++) {
        assert_true(n < 10000);
        s.left = n;
        td_buf_reset(&b);
        err = td_member_make_enrol(m, &w.device[1], &w.device[5].pub,
            TANDEM_RIGHT_AGENT, &north, 1, 0, &b);
        assert_true(err == TANDEM_OK || err == TANDEM_ENOMEM);
        assert_true(err == TANDEM_OK || b.len == 0);
    }
    err = TANDEM_ENOMEM;
    for (uint64_t n = 0; err != TANDEM_OK; n++) {
        struct td_epoch_id e;
        struct td_key key;

        assert_true(n < 10000);
        s.left = n;
        td_buf_reset(&b);
        err = td_member_make_epoch(
            m, &w.device[1], north, world_rng(&w), &b, &e, &key);
        assert_true(err == TANDEM_OK || err == TANDEM_ENOMEM);
        assert_true(err == TANDEM_OK || b.len == 0);
    }
    td_buf_deinit(&b);
    td_member_free(m);
    world_free(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oom_build_fails_whole_until_there_is_memory),
        cmocka_unit_test(
            oom_questions_and_new_entries_fail_whole_until_there_is_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
