// SPDX-License-Identifier: Apache-2.0
// audit_months_test.c - what is kept account of, in a real store, by any clock.
#include "cli/export/audit_months.h"

#include "api/pair.h"

enum { DAY = 24 * 3600, MONTH = 31 * DAY };

#define NOW 1790000000 // September 2026

static void
add(struct world *w, struct audit_months m, int nth)
{
    json_t *line = json_pack(
        "{s:I,s:s,s:i}", "time", (json_int_t)m.now, "what", "read", "nth", nth);

    assert_non_null(line);
    GOOD(w, audit_months_add(&m, line, &w->e));
    json_decref(line);
}

struct seen {
    int count, first, last;
    json_int_t dropped, dropped_at;
};

static void
see(void *ctx, const json_t *line)
{
    struct seen *s = ctx;
    const int nth = (int)json_integer_value(json_object_get(line, "nth"));

    if (audit_dropped(line) > 0) {
        assert_int_equal(s->count, 0); // before the others
        s->dropped = audit_dropped(line);
        s->dropped_at = audit_time(line);
        return;
    }
    s->first = s->count++ == 0 ? nth : s->first;
    s->last = nth;
}

static struct seen
all(struct world *w, struct audit_months m)
{
    struct seen s = {.count = 0};

    GOOD(w, audit_months_each(&m, see, &s, &w->e));
    return s;
}

static void
test_the_same_of_a_day_is_kept_once(void **state)
{
    struct world *w = *state;
    struct audit_months m = {w->s, NOW, AUDIT_MONTH_BYTES};

    add(w, m, 1);
    m.now++;
    add(w, m, 1);
    assert_int_equal(all(w, m).count, 1);
    add(w, m, 2);
    m.now += DAY;
    add(w, m, 1);
    assert_int_equal(all(w, m).count, 3);
}

static void
test_what_a_full_month_lost_is_counted(void **state)
{
    struct world *w = *state;
    struct audit_months m = {w->s, NOW, 1000};
    struct seen s;
    tandem_local *l;

    for (int i = 0; i < 100; i++) {
        m.now = NOW + i;
        add(w, m, i);
        s = all(w, m);
        assert_int_equal(s.last, i);
        assert_int_equal(s.count + s.dropped, i + 1);
        assert_int_equal(s.first, s.dropped);
        if (s.dropped > 0) {
            assert_int_equal(s.dropped_at, NOW + s.dropped - 1);
        }
    }
    assert_in_range(s.dropped, 1, 90);
    GOOD(w, tandem_local_get(w->s, "tandem.audit.2026-09", &l, &w->e));
    assert_in_range(tandem_local_bytes(l).len, 500, 1100);
    tandem_local_free(l);
    // One that is too long by itself is kept, and nothing else.
    m.bytes_max = 10;
    add(w, m, 100);
    s = all(w, m);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.last, 100);
    assert_int_equal(s.dropped, 100);
}

static void
test_a_year_is_shown_and_no_more(void **state)
{
    struct world *w = *state;
    struct audit_months m = {w->s, NOW, AUDIT_MONTH_BYTES};

    for (int i = 0; i < 20; i++) {
        m.now = NOW + i * MONTH;
        add(w, m, i);
    }
    assert_int_equal(all(w, m).last, 19);
    assert_int_equal(all(w, m).count, 12); // the first of them 341 days ago
}

static bool
is_kept(struct world *w, const char *name)
{
    tandem_local *l = NULL;
    const tandem_err err = tandem_local_get(w->s, name, &l, &w->e);

    assert_true(err == TANDEM_OK || err == TANDEM_ENOTFOUND);
    tandem_local_free(l);
    return err == TANDEM_OK;
}

static void
test_months_go_by_count(void **state)
{
    struct world *w = *state;
    struct audit_months m = {w->s, NOW, AUDIT_MONTH_BYTES};

    for (int i = 0; i < 18; i++) {
        m.now = NOW + i * MONTH;
        add(w, m, i);
    }
    assert_true(is_kept(w, "tandem.audit.2026-09"));
    m.now += MONTH;
    add(w, m, 18);
    assert_false(is_kept(w, "tandem.audit.2026-09"));
    assert_true(is_kept(w, "tandem.audit.2026-10"));
}

static void
test_a_clock_that_is_ahead_takes_nothing_away(void **state)
{
    struct world *w = *state;
    struct audit_months m = {w->s, NOW, AUDIT_MONTH_BYTES};
    const int wrong[] = {1, 2, 10, 100}; // years

    for (int i = 0; i < 12; i++) {
        m.now = NOW + i * MONTH;
        add(w, m, i);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct audit_months ahead = m;

        ahead.now += (time_t)wrong[i] * 365 * DAY;
        add(w, ahead, 1000 + (int)i);
        add(w, ahead, 2000 + (int)i);
    }
    assert_int_equal(all(w, m).count, 12);
    assert_int_equal(all(w, m).first, 0);
    m.now = 0; // 1970
    add(w, m, 5);
    m.now = NOW + 11 * MONTH;
    assert_int_equal(all(w, m).count, 12);
}

#define WITH(test)                                                             \
    cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_the_same_of_a_day_is_kept_once),
        WITH(test_what_a_full_month_lost_is_counted),
        WITH(test_a_year_is_shown_and_no_more),
        WITH(test_months_go_by_count),
        WITH(test_a_clock_that_is_ahead_takes_nothing_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
