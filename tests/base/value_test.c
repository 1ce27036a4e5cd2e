// SPDX-License-Identifier: Apache-2.0
// value_test.c - values: what the makers fill, what equality sees.
#include "base/faulty.h"

#include "tandem/base.h"

static void
test_values_differ_unless_type_and_content_agree(void **state)
{
    static const tandem_id id = {{1, 2, 3}};
    static const tandem_id other = {{1, 2, 4}};
    tandem_value v[] = {tandem_none(), tandem_str("é"), tandem_str(""),
        tandem_str("e"), tandem_int(0), tandem_int(1), tandem_int(-1),
        tandem_bool(false), tandem_bool(true), tandem_tri(0), tandem_tri(1),
        tandem_tri(2), tandem_enum(0), tandem_enum(7), tandem_date(0),
        tandem_date(19000), tandem_time(0, 0), tandem_time(0, 60),
        tandem_time(1, 0), tandem_geo(0, 0), tandem_geo(4885000, 235000),
        tandem_geo(4885000, 0), tandem_ref(id), tandem_ref(other)};
    const size_t n = sizeof(v) / sizeof(v[0]);
    size_t i, j;

    (void)state;
    for (i = 0; i < n; i++) {
        assert_int_equal(v[i].flags, 0);
        for (j = 0; j < n; j++) {
            tandem_value copy = v[j];

            if (tandem_value_equal(&v[i], &copy) != (i == j)) {
                fail_msg("values %zu and %zu", i, j);
            }
        }
    }
    assert_false(tandem_value_equal(&v[0], NULL));
    assert_false(tandem_value_equal(NULL, &v[0]));
}

static void
test_strings_are_equal_by_content(void **state)
{
    char one[] = "Dupont", two[] = "Dupont", three[] = "Dupon!";
    tandem_value a = tandem_str(one), b = tandem_str_n(two, 6);
    tandem_value c = tandem_str_n(three, 6), d = tandem_str(NULL);
    tandem_value empty = tandem_str("");

    (void)state;
    assert_true(tandem_value_equal(&a, &b));
    assert_false(tandem_value_equal(&a, &c));
    assert_true(tandem_value_equal(&d, &empty));
    a.type = TANDEM_HASH;
    assert_false(tandem_value_equal(&a, &b));
    b.type = TANDEM_HASH;
    assert_true(tandem_value_equal(&a, &b));
}

static void
test_unknown_types_compare_by_bytes(void **state)
{
    tandem_value a = tandem_int(5), b = tandem_int(5);

    (void)state;
    a.type = b.type = 200;
    assert_true(tandem_value_equal(&a, &b));
    b.u.room[23] = 1;
    assert_false(tandem_value_equal(&a, &b));
}

// Only the union is looked at: its last bytes must not be what lay there.
static void
test_makers_fill_every_byte(void **state)
{
    tandem_value v[] = {tandem_none(), tandem_int(-1), tandem_bool(true),
        tandem_geo(-1, -1), tandem_time(-1, -1),
        tandem_ref((tandem_id){{255}})};
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        for (k = 16; k < 24; k++) {
            assert_int_equal(v[i].u.room[k], 0);
        }
    }
    assert_int_equal(v[4].u.dt.pad, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_differ_unless_type_and_content_agree),
        cmocka_unit_test(test_strings_are_equal_by_content),
        cmocka_unit_test(test_unknown_types_compare_by_bytes),
        cmocka_unit_test(test_makers_fill_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
