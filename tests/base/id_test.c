// SPDX-License-Identifier: Apache-2.0
// id_test.c - identifiers: making, order, text; the seams that feed them.
#include "base/faulty.h"

#include "base/id.h"

static tandem_err
all_ones(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    memset(p, 0xff, n);
    return TANDEM_OK;
}

static tandem_err
no_randomness(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    memset(p, 0, n);
    return TANDEM_EIO;
}

static void
test_id_new_is_a_uuid_v7(void **state)
{
    struct td_rng ones = {NULL, all_ones};
    tandem_id id, later;
    char text[37];

    (void)state;
    // The time of RFC 9562, appendix A.6.
    assert_int_equal(td_id_new(ones, INT64_C(0x017f22e279b0), &id), TANDEM_OK);
    tandem_id_text(id, text);
    assert_string_equal(text, "017f22e2-79b0-7fff-bfff-ffffffffffff");
    assert_int_equal(
        td_id_new(ones, INT64_C(0x017f22e279b1), &later), TANDEM_OK);
    assert_true(td_id_cmp(id, later) < 0);
    assert_int_equal(td_id_new(ones, -5, &id), TANDEM_OK);
    tandem_id_text(id, text);
    assert_string_equal(text, "00000000-0000-7fff-bfff-ffffffffffff");
    assert_int_equal(td_id_new(ones, INT64_MAX, &id), TANDEM_OK);
    tandem_id_text(id, text);
    assert_string_equal(text, "ffffffff-ffff-7fff-bfff-ffffffffffff");
}

static void
test_id_new_without_randomness_changes_nothing(void **state)
{
    struct td_rng none = {NULL, no_randomness};
    tandem_id id, was;

    (void)state;
    memset(&id, 0x5a, sizeof(id));
    was = id;
    assert_int_equal(td_id_new(none, 1, &id), TANDEM_EIO);
    assert_true(tandem_id_equal(id, was));
}

static void
test_id_v8_keeps_all_but_version_and_variant(void **state)
{
    uint8_t b[16];
    char text[37];

    (void)state;
    memset(b, 0xff, sizeof(b));
    tandem_id_text(td_id_v8(b), text);
    assert_string_equal(text, "ffffffff-ffff-8fff-bfff-ffffffffffff");
    memset(b, 0, sizeof(b));
    tandem_id_text(td_id_v8(b), text);
    assert_string_equal(text, "00000000-0000-8000-8000-000000000000");
}

static void
prop_id_text_comes_back(void **state)
{
    uint64_t seed = seed_of_run();
    int i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        tandem_id id, back;
        char text[37], plain[33];
        size_t k, n = 0;

        for (k = 0; k < 16; k++) {
            id.b[k] = (uint8_t)next_random(&seed);
        }
        tandem_id_text(id, text);
        assert_int_equal(strlen(text), 36);
        assert_true(tandem_id_parse(text, &back));
        assert_true(tandem_id_equal(id, back));
        for (k = 0; k < 36; k++) {
            if (text[k] != '-') {
                plain[n++] = text[k];
            }
        }
        plain[n] = '\0';
        memset(&back, 0, sizeof(back));
        assert_true(tandem_id_parse(plain, &back));
        assert_true(tandem_id_equal(id, back));
    }
}

static void
test_id_malformed_text_changes_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "-",
        "017f22e279b07fffbffffffffffffff",
        "017f22e279b07fffbffffffffffffffff0",
        "017f22e279b07fffbfffffffffffffffg",
        "017f22e279b07fffbffffffffffffffg",
        "017f22e2-79b0-7fff-bfff-fffffffffff",
        "017f22e2-79b0-7fff-bfff-fffffffffffff",
        "017f22e2-79b0-7fff-bffff-fffffffffff",
        "017f22e279b0-7fff-bfff-ffffffffffff",
        "017f22e2--79b-7fff-bfff-ffffffffffff",
        "017f22e2x79b0-7fff-bfff-ffffffffffff",
        "{17f22e2-79b0-7fff-bfff-fffffffffff}",
    };
    tandem_id id = {{42}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (tandem_id_parse(bad[i], &id)) {
            fail_msg("accepted %s", bad[i]);
        }
        assert_int_equal(id.b[0], 42);
    }
    assert_false(tandem_id_parse(NULL, &id));
    assert_true(tandem_id_parse("017F22E2-79B0-7FFF-BFFF-ABCDEFABCDEF", &id));
}

static void
test_device_text_comes_back(void **state)
{
    tandem_device_id id, back;
    char text[65];
    size_t i;

    (void)state;
    for (i = 0; i < 32; i++) {
        id.b[i] = (uint8_t)(i * 9);
    }
    tandem_device_text(id, text);
    assert_int_equal(strlen(text), 64);
    assert_true(tandem_device_parse(text, &back));
    assert_int_equal(td_device_cmp(id, back), 0);
    text[63] = '\0';
    assert_false(tandem_device_parse(text, &back));
    assert_false(tandem_device_parse(NULL, &back));
    back.b[31]++;
    assert_true(td_device_cmp(id, back) < 0);
}

static void
test_id_order_looks_at_every_byte(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < 32; i++) {
        struct td_hash h = {{0}}, g = {{0}};

        g.b[i] = 0x80;
        assert_true(td_hash_cmp(&h, &g) < 0);
        assert_true(td_hash_cmp(&g, &h) > 0);
        assert_false(td_hash_eq(&h, &g));
        assert_int_equal(td_hash_short(&g).b[i % 16], i < 16 ? 0x80 : 0);
        if (i < 16) {
            struct td_log_id l = {{0}}, m = {{0}};

            m.b[i] = 1;
            assert_true(td_log_id_cmp(l, m) < 0);
            assert_int_equal(td_log_id_cmp(m, m), 0);
        }
        g.b[i] = 0;
        assert_true(td_hash_eq(&h, &g));
    }
    assert_true(tandem_id_is_none(td_sector_control));
    assert_false(tandem_id_is_none(td_sector_common));
    assert_int_equal(td_sector_common.b[15], 1);
}

static void
test_sys_fill_completes_what_is_missing(void **state)
{
    tandem_sys given = TANDEM_SYS_INIT;
    tandem_sys sys;
    uint8_t a[32], b[32];

    (void)state;
    td_sys_fill(&sys, NULL);
    assert_non_null(sys.resize);
    assert_non_null(sys.log);
    assert_true(sys.wall_ms(sys.ctx) > INT64_C(1600000000000));
    assert_true(sys.mono_ms(sys.ctx) <= sys.mono_ms(sys.ctx));
    assert_int_equal(sys.random(sys.ctx, a, sizeof(a)), TANDEM_OK);
    assert_int_equal(sys.random(sys.ctx, b, sizeof(b)), TANDEM_OK);
    assert_memory_not_equal(a, b, sizeof(a));

    // A host of an older version: what is beyond its size is not read.
    given.random = all_ones;
    given.size = offsetof(tandem_sys, random);
    td_sys_fill(&sys, &given);
    assert_true(sys.random != all_ones);
    assert_int_equal(sys.size, sizeof(sys));
    given.size = sizeof(given);
    td_sys_fill(&sys, &given);
    assert_true(sys.random == all_ones);
    assert_true(td_sys_rng(&sys).fill == all_ones);
    assert_true(td_sys_rng(NULL).fill == td_sys_default()->random);
}

static void
test_sys_alloc_is_zeroed_and_counted(void **state)
{
    struct faulty f = {0};
    tandem_sys sys = faulty_sys(&f);
    uint8_t *p = td_alloc(&sys, 100);
    void *empty = td_alloc(&sys, 0);
    size_t i;

    (void)state;
    assert_non_null(p);
    assert_non_null(empty);
    for (i = 0; i < 100; i++) {
        assert_int_equal(p[i], 0);
    }
    p = td_grow(&sys, p, 100, 200);
    assert_non_null(p);
    td_free(&sys, p, 200);
    td_free(&sys, empty, 0);
    td_free(&sys, NULL, 0);
    assert_int_equal(f.live, 0);
    f.fail_at = f.calls + 1;
    assert_null(td_alloc(&sys, 10));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_new_is_a_uuid_v7),
        cmocka_unit_test(test_id_new_without_randomness_changes_nothing),
        cmocka_unit_test(test_id_v8_keeps_all_but_version_and_variant),
        cmocka_unit_test(prop_id_text_comes_back),
        cmocka_unit_test(test_id_malformed_text_changes_nothing),
        cmocka_unit_test(test_device_text_comes_back),
        cmocka_unit_test(test_id_order_looks_at_every_byte),
        cmocka_unit_test(test_sys_fill_completes_what_is_missing),
        cmocka_unit_test(test_sys_alloc_is_zeroed_and_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
