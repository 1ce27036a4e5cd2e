// SPDX-License-Identifier: Apache-2.0
// outside_test.c - what leaves the office: no small number of households, and
// none that the others give away.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "figures/outside.h"

static void
row(struct figure *f, int64_t n, int64_t of, uint32_t part)
{
    struct figure_row *r = figure_number(f, "row", "fr", "en", n, of);

    assert_non_null(r);
    r->part = part;
    f->parts = part > f->parts ? part : f->parts;
}

static void
begin(struct figure *f, const char *id)
{
    memset(f, 0, sizeof(*f));
    f->info = figure_find(id);
    assert_non_null(f->info);
}

static void
test_small_numbers_and_telling_shares_are_hidden(void **state)
{
    static const struct {
        int64_t n, of;
        bool hidden;
    } known[] = {
        {0, -1, false},
        {1, -1, true},
        {4, -1, true},
        {5, -1, false},
        {0, 9, false},
        {9, 9, false},
        {2, 90, true},
        {88, 90, true}, // two did not
        {85, 90, false},
        {0, 3, true},
        {50, 100, false},
    };
    const size_t count = sizeof(known) / sizeof(*known);
    struct figure f;

    (void)state;
    begin(&f, "F06");
    for (size_t i = 0; i < count; i++) {
        row(&f, known[i].n, known[i].of, 0);
    }
    outside_figure(&f);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(f.rows[i].hidden, known[i].hidden);
    }
    figure_free(&f);
}

// 100 = 60 + 37 + 3: with the 3 alone hidden, 100 - 60 - 37 says it.
static void
test_one_alone_is_never_hidden(void **state)
{
    struct figure f;

    (void)state;
    begin(&f, "F06");
    row(&f, 100, -1, 0);
    row(&f, 60, -1, 1);
    row(&f, 3, -1, 1);
    row(&f, 37, -1, 1);
    row(&f, 2, -1, 2);
    row(&f, 1, -1, 2);
    row(&f, 97, -1, 2);
    outside_figure(&f);
    assert_false(f.rows[0].hidden);
    assert_false(f.rows[1].hidden);
    assert_true(f.rows[2].hidden);
    assert_true(f.rows[3].hidden);
    assert_true(f.rows[4].hidden && f.rows[5].hidden);
    assert_false(f.rows[6].hidden); // two are hidden already
    figure_free(&f);
}

static void
test_what_counts_no_household_stays(void **state)
{
    struct figure f;

    (void)state;
    begin(&f, "F22");
    row(&f, 3, -1, 0);
    outside_figure(&f);
    assert_false(f.rows[0].hidden);
    figure_free(&f);
}

static void
test_every_figure_has_its_words_once(void **state)
{
    (void)state;
    assert_int_equal(figure_count(), 40);
    for (size_t i = 0; i < figure_count(); i++) {
        const struct figure_info *info = figure_at(i);

        assert_int_equal(strlen(info->id), 3);
        assert_int_equal((info->id[1] - '0') * 10 + info->id[2] - '0', i + 1);
        assert_ptr_equal(figure_find(info->id), info);
        assert_true(info->fr[0] != '\0' && info->en[0] != '\0');
        assert_int_equal(info->note_fr[0] != '\0', info->note_en[0] != '\0');
    }
    assert_null(figure_find("F41"));
    assert_null(figure_at(40));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_numbers_and_telling_shares_are_hidden),
        cmocka_unit_test(test_one_alone_is_never_hidden),
        cmocka_unit_test(test_what_counts_no_household_stays),
        cmocka_unit_test(test_every_figure_has_its_words_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
