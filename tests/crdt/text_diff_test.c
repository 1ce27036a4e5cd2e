// SPDX-License-Identifier: Apache-2.0
// text_diff_test.c - the smallest edit between two texts.
#include "crdt/text_help.h"

// Replays the steps on `was`; returns how many code points they touch.
static size_t
replay(const char *was, const char *now, struct td_buf *steps)
{
    struct td_buf a, b;
    const struct td_text_step *s;
    const void *p;
    size_t touched = 0;

    td_buf_init(&a, NULL, SIZE_MAX);
    td_buf_init(&b, NULL, SIZE_MAX);
    td_buf_reset(steps);
    td_buf_put_slice(&a, td_slice_str(was));
    assert_int_equal(
        td_text_diff(NULL, td_slice_str(was), td_slice_str(now), steps),
        TANDEM_OK);
    p = steps->ptr;
    s = p;
    for (size_t i = 0; i < steps->len / sizeof *s; i++) {
        tandem_slice t = td_buf_slice(&a);
        size_t from, to;
        assert_true(s[i].at + s[i].remove <= td_utf8_count(t));
        from = td_utf8_offset(t, s[i].at);
        to = td_utf8_offset(t, s[i].at + s[i].remove);
        td_buf_reset(&b);
        if (t.len > 0) {
            td_buf_put(&b, t.ptr, from);
        }
        td_buf_put_slice(&b, s[i].insert);
        if (t.len > to) {
            td_buf_put(&b, t.ptr + to, t.len - to);
        }
        td_buf_reset(&a);
        td_buf_put_slice(&a, td_buf_slice(&b));
        touched += s[i].remove + td_utf8_count(s[i].insert);
    }
    assert_true(td_slice_eq(td_buf_slice(&a), td_slice_str(now)));
    td_buf_deinit(&a);
    td_buf_deinit(&b);
    return touched;
}

static void
test_diff_is_smallest(void **state)
{
    struct td_buf s;

    (void)state;
    td_buf_init(&s, NULL, SIZE_MAX);
    assert_int_equal(replay("", "", &s), 0);
    assert_int_equal(replay("", "abc", &s), 3);
    assert_int_equal(replay("abc", "", &s), 3);
    assert_int_equal(replay("same", "same", &s), 0);
    assert_int_equal(replay("ABCABBA", "CBABAC", &s), 5); // Myers' example
    assert_int_equal(replay("caf\xc3\xa9", "caf\xc3\xa8", &s), 2);
    assert_int_equal(replay("a\xf0\x9f\x98\x80z", "a\xf0\x9f\x98\x81z", &s), 2);
    assert_int_equal(
        replay("le chat dort", "le gros chat ne dort pas", &s), 12);
    td_buf_deinit(&s);
}

static void
test_diff_keeps_combining_sequences_whole(void **state)
{
    struct td_buf s;
    const struct td_text_step *step;
    const void *p;

    (void)state;
    td_buf_init(&s, NULL, SIZE_MAX);
    // e + acute, another one typed before or behind: not between them.
    assert_int_equal(replay("xe\xcc\x81y",
                         "xe\xcc\x81"
                         "e\xcc\x81y",
                         &s),
        2);
    p = s.ptr;
    step = p;
    assert_true(step->at == 1 || step->at == 3);
    // "e" before "e" + acute: the common beginning must not take the base.
    assert_int_equal(replay("e\xcc\x81", "ee\xcc\x81", &s), 1);
    p = s.ptr;
    step = p;
    assert_int_equal(step->at, 0);
    td_buf_deinit(&s);
}

static size_t
least_edits(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[80];

    for (size_t j = 0; j <= m; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            size_t least = (above < row[j - 1] ? above : row[j - 1]) + 1;
            row[j] =
                a[i - 1] == b[j - 1] && diagonal < least ? diagonal : least;
            diagonal = above;
        }
    }
    return row[m];
}

static void
prop_diff_replays_and_is_least(void **state)
{
    uint64_t rng = seed_of_run();
    struct td_buf s;

    (void)state;
    td_buf_init(&s, NULL, SIZE_MAX);
    for (int round = 0; round < 3000; round++) {
        char t[2][64];
        for (int k = 0; k < 2; k++) {
            size_t n = next_random(&rng) % 60;
            for (size_t i = 0; i < n; i++) {
                t[k][i] = (char)('a' + next_random(&rng) % 3);
            }
            t[k][n] = '\0';
        }
        assert_int_equal(replay(t[0], t[1], &s), least_edits(t[0], t[1]));
    }
    td_buf_deinit(&s);
}

static void
test_diff_beyond_the_bound_is_one_replacement(void **state)
{
    char a[2003], b[2003];
    struct td_buf s;

    (void)state;
    memset(a, 'a', sizeof a - 1);
    memset(b, 'b', sizeof b - 1);
    a[0] = b[0] = '<';
    a[2001] = b[2001] = '>';
    a[2002] = b[2002] = '\0';
    td_buf_init(&s, NULL, SIZE_MAX);
    assert_int_equal(replay(a, b, &s), 4000);
    assert_int_equal(s.len, sizeof(struct td_text_step));
    td_buf_deinit(&s);
}

static void
oom_diff_leaves_no_step(void **state)
{
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    struct td_buf s;
    tandem_err err;

    (void)state;
    for (long n = 1;; n++) {
        f = (struct faulty){.fail_at = n};
        td_buf_init(&s, &sys, SIZE_MAX);
        err = td_text_diff(
            &sys, td_slice_str("abcabba"), td_slice_str("cbabac"), &s);
        assert_true(err == TANDEM_OK || (err == TANDEM_ENOMEM && s.len == 0));
        td_buf_deinit(&s);
        assert_int_equal(f.live, 0);
        if (err == TANDEM_OK) {
            assert_true(n > 4);
            return;
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diff_is_smallest),
        cmocka_unit_test(test_diff_keeps_combining_sequences_whole),
        cmocka_unit_test(prop_diff_replays_and_is_least),
        cmocka_unit_test(test_diff_beyond_the_bound_is_one_replacement),
        cmocka_unit_test(oom_diff_leaves_no_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
