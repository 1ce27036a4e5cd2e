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

// Of part 1, 2... whose whole is the row "whole1", "whole2"...; 0: of none.
static struct figure_row *
row(struct figure *f, int64_t n, int64_t of, uint32_t part)
{
    static const char *const wholes[] = {"whole1", "whole2"};
    struct figure_row *r;

    while (f->part_count < part) {
        assert_true(figure_part(f, wholes[f->part_count]) > 0);
    }
    r = figure_number(f, "row", "fr", "en", n, of);
    assert_non_null(r);
    r->parts = part > 0 ? UINT32_C(1) << (part - 1) : 0;
    return r;
}

static void
whole(struct figure *f, const char *name, int64_t n)
{
    assert_non_null(figure_number(f, name, "fr", "en", n, -1));
}

static void
hide(struct figure *f)
{
    assert_int_equal(outside_figure(f), TANDEM_OK);
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
        (void)row(&f, known[i].n, known[i].of, 0);
    }
    hide(&f);
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
    whole(&f, "whole1", 100);
    (void)row(&f, 60, -1, 1);
    (void)row(&f, 3, -1, 1);
    (void)row(&f, 37, -1, 1);
    whole(&f, "whole2", 103);
    (void)row(&f, 4, -1, 2);
    (void)row(&f, 2, -1, 2);
    (void)row(&f, 97, -1, 2);
    hide(&f);
    assert_false(f.rows[0].hidden || f.rows[1].hidden);
    assert_true(f.rows[2].hidden && f.rows[3].hidden);
    assert_true(f.rows[5].hidden && f.rows[6].hidden);
    assert_false(f.rows[7].hidden); // two are hidden, 6 in all
    figure_free(&f);
}

// Two that make 2 are 1 and 1; two of 4 at most that make 8 are 4 and 4.
static void
test_a_sum_leaves_those_hidden_a_choice(void **state)
{
    struct figure f;

    (void)state;
    begin(&f, "F06");
    whole(&f, "whole1", 62);
    (void)row(&f, 60, -1, 1);
    (void)row(&f, 1, -1, 1);
    (void)row(&f, 1, -1, 1);
    hide(&f);
    assert_false(f.rows[0].hidden);
    assert_true(f.rows[1].hidden && f.rows[2].hidden && f.rows[3].hidden);
    figure_free(&f);

    begin(&f, "F06");
    whole(&f, "whole1", 8);
    (void)row(&f, 4, -1, 1);
    (void)row(&f, 4, -1, 1);
    (void)row(&f, 5, 8, 0); // says the whole as well
    hide(&f);
    for (size_t i = 0; i < 4; i++) {
        assert_true(f.rows[i].hidden);
    }
    figure_free(&f);
}

// Whoever knows the whole and the rest, that none is zero and that those below
// five are hidden: how many values may cell `at` have?
static bool
has_choice(const int64_t *n, const bool *hidden, size_t count, size_t at)
{
    int64_t left = 0;
    size_t others = 0, values = 0;

    for (size_t i = 0; i < count; i++) {
        left += hidden[i] ? n[i] : 0;
        others += hidden[i] && i != at;
    }
    for (int64_t v = 1; v <= left && values < 2; v++) {
        values += others == 0 ? v == left : left - v >= (int64_t)others;
    }
    return values == 2;
}

static void
test_random_tables_give_no_cell_away(void **state)
{
    uint64_t seed = 7;
    size_t wholes = 0, cells = 0;

    (void)state;
    for (int world = 0; world < 3000; world++) {
        int64_t n[8], sum = 0;
        bool hidden[8];
        struct figure f;
        size_t count;

        begin(&f, "F06");
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        count = 1 + (seed >> 40) % 8;
        for (size_t i = 0; i < count; i++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            n[i] = (int64_t)(seed >> 33) % (1 + (int64_t)(seed >> 50) % 12);
            sum += n[i];
        }
        whole(&f, "whole1", sum);
        for (size_t i = 0; i < count; i++) {
            (void)row(&f, n[i], -1, 1);
        }
        hide(&f);
        for (size_t i = 0; i < count; i++) {
            hidden[i] = f.rows[i + 1].hidden;
            assert_true(hidden[i] || n[i] == 0 || n[i] >= OUTSIDE_LEAST);
            assert_false(hidden[i] && n[i] == 0);
        }
        for (size_t i = 0; i < count; i++) {
            cells += hidden[i];
            assert_true(!hidden[i] || f.rows[0].hidden ||
                        has_choice(n, hidden, count, i));
        }
        wholes += !f.rows[0].hidden;
        figure_free(&f);
    }
    assert_true(wholes > 1000 && cells > 3000); // worth the trouble
}

// Of rows with wholes of their own both are kept apart.
static void
test_wholes_that_add_up_are_protected_too(void **state)
{
    struct figure f;

    (void)state;
    begin(&f, "F18");
    whole(&f, "whole1", 30);
    (void)row(&f, 10, 40, 1);
    (void)row(&f, 20, 50, 1);
    (void)row(&f, 0, 3, 1);
    hide(&f);
    assert_true(f.rows[3].hidden); // of three
    assert_true(f.rows[1].hidden); // else the three are what is left
    assert_false(f.rows[0].hidden || f.rows[2].hidden);
    figure_free(&f);
}

static void
test_what_is_of_another_row_tells_the_rest(void **state)
{
    struct figure f;

    (void)state;
    begin(&f, "F20");
    whole(&f, "total", 15);
    row(&f, 17, -1, 0)->beside = 15; // two are not opened
    row(&f, 25, -1, 0)->beside = 15;
    row(&f, 3, -1, 0)->nobody = true;
    hide(&f);
    assert_true(f.rows[1].hidden);
    assert_false(f.rows[0].hidden || f.rows[2].hidden || f.rows[3].hidden);
    figure_free(&f);
}

static void
test_typed_texts_become_numbers(void **state)
{
    static const struct figure_words place = {"lieu", "place"};
    const char *const names[] = {"place.00ab.sessions", "place.00ab.contacts",
        "place.00cd.sessions", "total"};
    const char *const told[] = {
        "place.1.sessions", "place.1.contacts", "place.2.sessions", "total"};
    struct figure f;

    (void)state;
    begin(&f, "F11");
    for (size_t i = 0; i < 4; i++) {
        struct figure_row *r = figure_number(&f, names[i], "fr", "en", 9, -1);

        assert_non_null(r);
        if (i < 3) {
            r->record = (tandem_id){{(uint8_t)(i / 2 + 1)}};
            r->field = "place";
            r->noun = place;
        }
    }
    hide(&f);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(f.rows[i].name, told[i]);
        assert_true(tandem_id_is_none(f.rows[i].record));
        assert_null(f.rows[i].field);
        assert_int_equal(f.rows[i].nth, i < 3 ? i / 2 + 1 : 0);
    }
    figure_free(&f);
}

static void
test_a_funnel_hides_what_came_another_way(void **state)
{
    struct funnel f = {.row = {{.n = 100, .before = -1, .through = -1},
                           {.n = 60, .before = 100, .through = 50},
                           {.n = 30, .before = 60, .through = 27},
                           {.n = 20, .before = 30, .through = 20},
                           {.n = 3, .before = 20, .through = 3},
                           {.n = 9, .before = 3, .through = 0},
                           {.n = 0, .before = 9, .through = 0}}};

    (void)state;
    outside_funnel(&f);
    assert_false(f.row[0].hidden || f.row[1].hidden || f.row[1].share_hidden);
    assert_true(!f.row[2].hidden && f.row[2].share_hidden); // 3 came by phone
    assert_false(f.row[3].hidden || f.row[3].share_hidden);
    assert_true(f.row[4].hidden && f.row[4].share_hidden);
    assert_true(!f.row[5].hidden && f.row[5].share_hidden);
    assert_false(f.row[6].hidden || f.row[6].share_hidden);
}

static struct objective
objective(int64_t n, int64_t beside, int sector)
{
    struct objective o = {.metric = 1,
        .figure = "F01",
        .n = n,
        .beside = beside,
        .one_sector = sector > 0};

    o.sector.b[0] = (uint8_t)sector;
    return o;
}

static void
test_sectors_are_not_taken_off_the_whole(void **state)
{
    struct objective o[] = {objective(102, 98, 0), objective(60, 60, 1),
        objective(40, 20, 2), objective(-1, -1, 3)};

    (void)state;
    assert_int_equal(outside_objectives(o, 4), TANDEM_OK);
    assert_false(o[0].hidden || o[1].hidden || o[3].hidden);
    assert_true(o[2].hidden);        // else two are left for the third sector
    assert_true(o[0].beside_hidden); // four were knocked at twice
    assert_false(o[1].beside_hidden || o[2].beside_hidden);
}

// ----------------------------------------------------------------- tables

#define TABLE_ROWS    6
#define TABLE_FIGURES 4

// Of F01, F06, F08 and F09, or F03: no facts are needed for what is hidden.
struct table {
    struct series s;
    struct series_row rows[TABLE_ROWS];
    struct figure figures[TABLE_ROWS][TABLE_FIGURES];
    struct figure_row cells[TABLE_ROWS][TABLE_FIGURES];
    const struct figure_info *infos[TABLE_FIGURES];
    bool whole_hidden[TABLE_FIGURES];
};

static void
table_begin(struct table *t, size_t rows)
{
    static const char *const ids[TABLE_FIGURES] = {"F01", "F06", "F08", "F03"};

    memset(t, 0, sizeof(*t));
    for (size_t k = 0; k < TABLE_FIGURES; k++) {
        t->infos[k] = figure_find(ids[k]);
    }
    for (size_t i = 0; i < rows; i++) {
        t->rows[i].figures = t->figures[i];
        for (size_t k = 0; k < TABLE_FIGURES; k++) {
            t->cells[i][k].of = t->cells[i][k].beside = -1;
            t->figures[i][k] = (struct figure){
                .info = t->infos[k], .rows = &t->cells[i][k], .count = 1};
        }
    }
    t->s = (struct series){.infos = t->infos,
        .whole_hidden = t->whole_hidden,
        .info_count = TABLE_FIGURES,
        .rows = t->rows,
        .count = rows};
}

static void
column(struct table *t, size_t k, const int64_t *n)
{
    for (size_t i = 0; i < t->s.count; i++) {
        t->cells[i][k].n = n[i];
    }
}

static bool
hidden(const struct table *t, size_t row, size_t k)
{
    return t->cells[row][k].hidden;
}

static void
test_one_period_alone_is_never_hidden(void **state)
{
    struct table t;

    (void)state;
    table_begin(&t, 3);
    column(&t, 0, (int64_t[]){3, 9, 20});
    column(&t, 1, (int64_t[]){7, 8, 10});
    column(&t, 2, (int64_t[]){0, 2, 2});
    assert_int_equal(outside_series(&t.s, false), TANDEM_OK);
    assert_true(hidden(&t, 0, 0) && hidden(&t, 1, 0));
    assert_false(hidden(&t, 2, 0) || t.whole_hidden[0]);
    assert_false(hidden(&t, 0, 1) || hidden(&t, 1, 1) || hidden(&t, 2, 1));
    // Two in each of two periods make four: no other hides them.
    assert_true(hidden(&t, 1, 2) && hidden(&t, 2, 2) && t.whole_hidden[2]);
    assert_false(hidden(&t, 0, 2)); // zero is told
}

static void
test_one_sector_alone_is_never_hidden(void **state)
{
    struct table t;

    (void)state;
    table_begin(&t, 4);
    column(&t, 0, (int64_t[]){3, 9, 20, 32});
    column(&t, 1, (int64_t[]){7, 8, 0, 17});
    column(&t, 2, (int64_t[]){2, 0, 0, 2});
    assert_int_equal(outside_series(&t.s, true), TANDEM_OK);
    assert_true(hidden(&t, 0, 0) && hidden(&t, 1, 0));
    assert_false(hidden(&t, 2, 0) || hidden(&t, 3, 0));
    // 17 are 15 and two that are common: one of the 15 hides them.
    assert_true(hidden(&t, 0, 1));
    assert_false(hidden(&t, 1, 1) || hidden(&t, 2, 1) || hidden(&t, 3, 1));
    assert_true(hidden(&t, 0, 2) && hidden(&t, 3, 2)); // both are 2
    assert_false(t.whole_hidden[2]);
}

static void
test_a_share_of_a_period_does_not_say_what_is_hidden(void **state)
{
    struct table t;

    (void)state;
    table_begin(&t, 3);
    column(&t, 0, (int64_t[]){3, 9, 20});
    column(&t, 3, (int64_t[]){3, 9, 15});
    for (size_t i = 0; i < 3; i++) { // answers, of those doors
        t.cells[i][3].of = t.cells[i][0].n;
    }
    assert_int_equal(outside_series(&t.s, false), TANDEM_OK);
    // "9 of 9" would say the 9 that keeps the 3 hidden.
    assert_true(hidden(&t, 1, 0) && hidden(&t, 1, 3));
    assert_false(hidden(&t, 2, 0) || hidden(&t, 2, 3));
}

static void
test_of_a_figure_only_its_first_row_is_left(void **state)
{
    struct figure_row two[2] = {
        {.n = 9, .of = -1, .beside = -1}, {.n = 5, .of = -1, .beside = -1}};
    struct table t;

    (void)state;
    table_begin(&t, 1);
    t.figures[0][0].rows = two;
    t.figures[0][0].count = 2;
    assert_int_equal(outside_series(&t.s, false), TANDEM_OK);
    assert_int_equal(t.figures[0][0].count, 1);
    assert_false(two[0].hidden);
}

// Of many tables: what is small is hidden, no hidden cell is what its column
// leaves, and none stands elsewhere in its row.
static void
test_random_series_give_no_cell_away(void **state)
{
    uint64_t seed = 11;
    size_t cells = 0, told = 0;

    (void)state;
    for (int world = 0; world < 2000; world++) {
        struct table t;

        table_begin(&t, TABLE_ROWS);
        for (size_t i = 0; i < TABLE_ROWS; i++) {
            for (size_t k = 0; k < TABLE_FIGURES; k++) {
                seed = seed * 6364136223846793005U + 1442695040888963407U;
                t.cells[i][k].n = (int64_t)(seed >> 33) % 14;
            }
            t.cells[i][3].of = t.cells[i][0].n;
            t.cells[i][3].n = t.cells[i][3].n % (t.cells[i][0].n + 1);
        }
        assert_int_equal(outside_series(&t.s, false), TANDEM_OK);
        for (size_t k = 0; k < TABLE_FIGURES; k++) {
            int64_t n[TABLE_ROWS];
            bool is_hidden[TABLE_ROWS];
            size_t all = 0;

            for (size_t i = 0; i < TABLE_ROWS; i++) {
                n[i] = t.cells[i][k].n;
                is_hidden[i] = hidden(&t, i, k);
                all += is_hidden[i];
                assert_true(
                    hidden(&t, i, k) || n[i] == 0 || n[i] >= OUTSIDE_LEAST);
                told += !hidden(&t, i, k);
            }
            for (size_t i = 0; i < TABLE_ROWS; i++) {
                assert_true(!is_hidden[i] || t.whole_hidden[k] ||
                            // A share that is hidden may be of none.
                            (k == 3 ? all > 1
                                    : has_choice(n, is_hidden, TABLE_ROWS, i)));
                cells += is_hidden[i];
                for (size_t j = 0;
                     is_hidden[i] && n[i] > 0 && j < TABLE_FIGURES; j++) {
                    assert_true(
                        hidden(&t, i, j) ||
                        (t.cells[i][j].n != n[i] && t.cells[i][j].of != n[i]));
                }
            }
        }
    }
    assert_true(cells > 3000 && told > 3000); // worth the trouble
}

// By sector, by week and by month: a figure is divided, or it says why not.
static void
test_every_figure_is_divided_or_says_why_not(void **state)
{
    static const size_t wholes[] = {2, 4, 4}; // sectors, weeks, months
    static const enum series_by by[] = {
        SERIES_SECTORS, SERIES_WEEKS, SERIES_MONTHS};

    (void)state;
    for (size_t b = 0; b < 3; b++) {
        size_t n = 0;

        for (size_t i = 0; i < figure_count(); i++) {
            const struct figure_words *why = series_whole(figure_at(i), by[b]);

            assert_true(
                why == NULL || (why->fr[0] != '\0' && why->en[0] != '\0'));
            n += why != NULL;
        }
        assert_int_equal(n, wholes[b]);
    }
}

static void
test_what_counts_no_household_stays(void **state)
{
    struct figure f;

    (void)state;
    begin(&f, "F22");
    (void)row(&f, 3, -1, 0);
    hide(&f);
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
        cmocka_unit_test(test_a_sum_leaves_those_hidden_a_choice),
        cmocka_unit_test(test_random_tables_give_no_cell_away),
        cmocka_unit_test(test_wholes_that_add_up_are_protected_too),
        cmocka_unit_test(test_what_is_of_another_row_tells_the_rest),
        cmocka_unit_test(test_typed_texts_become_numbers),
        cmocka_unit_test(test_a_funnel_hides_what_came_another_way),
        cmocka_unit_test(test_sectors_are_not_taken_off_the_whole),
        cmocka_unit_test(test_one_period_alone_is_never_hidden),
        cmocka_unit_test(test_one_sector_alone_is_never_hidden),
        cmocka_unit_test(test_a_share_of_a_period_does_not_say_what_is_hidden),
        cmocka_unit_test(test_of_a_figure_only_its_first_row_is_left),
        cmocka_unit_test(test_random_series_give_no_cell_away),
        cmocka_unit_test(test_every_figure_is_divided_or_says_why_not),
        cmocka_unit_test(test_what_counts_no_household_stays),
        cmocka_unit_test(test_every_figure_has_its_words_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
