// SPDX-License-Identifier: Apache-2.0
// tidy_test.c - index rows that cannot be written now are not tried for ever.
#include "node/node_help.h"

#include <stdatomic.h>

#include "api/handles.h"
#include "node/talk.h"

static atomic_int refused;

static void *
none_left(void *ctx, void *p, size_t was, size_t now)
{
    (void)ctx;
    (void)was;
    if (now == 0) {
        free(p);
    } else {
        atomic_fetch_add(&refused, 1);
    }
    return NULL;
}

static void
steps(struct post *p, uint64_t ms)
{
    uint64_t end = now_ms() + ms;

    while (now_ms() < end) {
        post_step(p, STEP_MS);
    }
}

static bool
is_behind(struct post *p)
{
    bool behind;

    td_api_lock(p->store);
    behind = p->store->replica->runs_left;
    td_api_unlock(p->store);
    return behind;
}

static void
waits_and_catches_up(struct post *p)
{
    const tandem_sys *before = p->store->replica->sys;
    tandem_sys poor = *before;
    uint64_t end = now_ms() + PATIENCE_MS;

    poor.resize = none_left;
    atomic_store(&refused, 0);
    td_api_lock(p->store);
    p->store->replica->sys = &poor;
    p->store->replica->runs_left = true;
    td_api_unlock(p->store);
    while (atomic_load(&refused) == 0) {
        assert_true(now_ms() < end);
        post_step(p, STEP_MS);
    }
    steps(p, 300);
    assert_true(is_behind(p));
    td_api_lock(p->store);
    p->store->replica->sys = before;
    td_api_unlock(p->store);
    assert_in_range(atomic_load(&refused), 1, 20);
    post_ahead_ms += TD_TIDY_AGAIN_MS;
    while (is_behind(p)) {
        assert_true(now_ms() < end);
        post_step(p, STEP_MS);
    }
    post_ahead_ms = 0;
}

static void
test_tidy_that_fails_is_tried_again_later(void **state)
{
    struct post a, b;

    (void)state;
    post_found(&a, "Bureau"); // with a worker
    post_new(&b);             // without one
    enrol(&a, &b);
    waits_and_catches_up(&a);
    waits_and_catches_up(&b);
    post_free(&a);
    post_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tidy_that_fails_is_tried_again_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
