// SPDX-License-Identifier: Apache-2.0
// arena_test.c - memory freed at once: alignment, zeros, maximum, reuse.
#include "base/faulty.h"

#include <stdalign.h>

#include "base/arena.h"
#include "base/slice.h"

static bool
all_zero(const uint8_t *p, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

static void
prop_arena_pieces_are_zeroed_aligned_and_apart(void **state)
{
    uint64_t seed = seed_of_run();
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    struct td_arena a;
    int round;

    (void)state;
    td_arena_init(&a, &sys, 8 << 20);
    for (round = 0; round < 5; round++) {
        uint8_t *piece[300];
        size_t len[300];
        size_t i, j;

        for (i = 0; i < 300; i++) {
            len[i] = next_random(&seed) % (i % 50 == 49 ? 100000 : 300);
            piece[i] = td_arena_alloc(&a, len[i]);
            assert_non_null(piece[i]);
            assert_int_equal((uintptr_t)piece[i] % alignof(max_align_t), 0);
            assert_true(all_zero(piece[i], len[i]));
            memset(piece[i], (int)(i & 0xff), len[i]);
        }
        for (i = 0; i < 300; i++) {
            for (j = 0; j < len[i]; j++) {
                assert_int_equal(piece[i][j], i & 0xff);
            }
        }
        td_arena_reset(&a);
        assert_int_equal(a.used, 0);
        assert_true(f.live > 0 && f.live <= (64 << 10) + 64);
    }
    td_arena_deinit(&a);
    td_arena_deinit(&a);
    assert_int_equal(f.live, 0);
}

static void
test_arena_blocks_double(void **state)
{
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    struct td_arena a;
    int i;

    (void)state;
    td_arena_init(&a, &sys, 16 << 20);
    for (i = 0; i < 1024; i++) {
        assert_non_null(td_arena_alloc(&a, 1024));
    }
    // 1, 2, 4, .. 64 KiB, then 64 KiB each: about 23 blocks for 1 MiB.
    assert_in_range(f.calls, 16, 24);
    td_arena_deinit(&a);
}

static void
test_arena_large_piece_does_not_end_the_small_block(void **state)
{
    struct td_arena a;
    uint8_t *p, *q;

    (void)state;
    td_arena_init(&a, NULL, 16 << 20);
    p = td_arena_alloc(&a, 16);
    assert_non_null(td_arena_alloc(&a, 1 << 20));
    q = td_arena_alloc(&a, 16);
    assert_ptr_equal(q, p + 16);
    td_arena_deinit(&a);
}

static void
test_arena_gives_its_maximum_and_no_more(void **state)
{
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    struct td_arena a;
    int i;

    (void)state;
    td_arena_init(&a, &sys, 1000);
    assert_non_null(td_arena_alloc(&a, 1000));
    assert_null(td_arena_alloc(&a, 100));
    td_arena_reset(&a);
    assert_non_null(td_arena_alloc(&a, 1000));
    td_arena_deinit(&a);
    assert_int_equal(f.live, 0);

    // Empty pieces are counted too: a million of them is no way around.
    td_arena_init(&a, &sys, 1000);
    for (i = 0; td_arena_alloc(&a, 0) != NULL; i++) {
        assert_true(i < 1000);
    }
    assert_true(f.live < 2000);
    td_arena_deinit(&a);
}

static void
test_arena_sizes_do_not_wrap(void **state)
{
    struct td_arena a;

    (void)state;
    td_arena_init(&a, NULL, SIZE_MAX);
    assert_null(td_arena_alloc(&a, SIZE_MAX));
    assert_null(td_arena_alloc(&a, SIZE_MAX - 15));
    assert_null(td_arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(td_arena_array(&a, 3, SIZE_MAX / 2));
    assert_non_null(td_arena_array(&a, 3, 8));
    assert_non_null(td_arena_array(&a, 3, 0));
    td_arena_deinit(&a);
}

static void
test_arena_copies_bytes_and_text(void **state)
{
    struct td_arena a;
    tandem_slice s = td_slice_str("tournée"), d;
    char *text;

    (void)state;
    td_arena_init(&a, NULL, 4096);
    d = td_arena_dup(&a, s);
    assert_true(td_slice_eq(d, s));
    assert_ptr_not_equal(d.ptr, s.ptr);
    d = td_arena_dup(&a, tandem_bytes(NULL, 0));
    assert_non_null(d.ptr);
    assert_int_equal(d.len, 0);
    text = td_arena_str(&a, s);
    assert_string_equal(text, "tournée");
    assert_string_equal(td_arena_str(&a, tandem_bytes(NULL, 0)), "");
    td_arena_deinit(&a);
}

static void
oom_arena_stays_usable(void **state)
{
    long n;

    (void)state;
    for (n = 1;; n++) {
        struct faulty f = {.fail_at = n};
        tandem_sys sys = faulty_sys(&f);
        struct td_arena a;
        int i, missing = 0;

        td_arena_init(&a, &sys, 1 << 20);
        for (i = 0; i < 200; i++) {
            size_t len = i % 40 == 39 ? 70000 : 500;
            size_t used = a.used;
            tandem_slice d = td_arena_dup(&a, tandem_bytes("0123456789", 10));
            uint8_t *p = td_arena_alloc(&a, len);

            if (d.ptr == NULL || p == NULL) {
                missing++;
                assert_true(a.used == used || d.ptr != NULL || p != NULL);
            }
            if (p != NULL) {
                memset(p, 1, len);
            }
        }
        assert_int_equal(missing, f.failed);
        td_arena_deinit(&a);
        assert_int_equal(f.live, 0);
        if (f.failed == 0) {
            assert_true(n > 5);
            break;
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_arena_pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_arena_blocks_double),
        cmocka_unit_test(test_arena_large_piece_does_not_end_the_small_block),
        cmocka_unit_test(test_arena_gives_its_maximum_and_no_more),
        cmocka_unit_test(test_arena_sizes_do_not_wrap),
        cmocka_unit_test(test_arena_copies_bytes_and_text),
        cmocka_unit_test(oom_arena_stays_usable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
