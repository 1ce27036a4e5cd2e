// SPDX-License-Identifier: Apache-2.0
// facts_test.c - facts followed from the feed, kept and loaded are the facts
// read from scratch, whatever happened meanwhile.

#include "world.h"

#include "figures/facts_own.h"

static uint32_t
handle_of(struct facts *f, tandem_id id)
{
    uint32_t h = 0;

    assert_int_equal(facts_find(f, id, &h), TANDEM_OK);
    return h;
}

static void
assert_same_points(const struct facts *a, const struct facts *b,
    const struct fact *p, const struct fact *q, int column)
{
    size_t n, m;
    const int64_t *x = fact_points(a, p, column, &n);
    const int64_t *y = fact_points(b, q, column, &m);

    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(
            &a->ids[x[2 * i]], &b->ids[y[2 * i]], sizeof(tandem_id));
        assert_int_equal(x[2 * i + 1], y[2 * i + 1]);
    }
}

static void
assert_same_column(const struct facts *a, const struct facts *b,
    const struct fact *p, const struct fact *q, int column)
{
    const enum column_form form =
        fact_table((enum fact_kind)p->kind)->columns[column].form;
    const int64_t x = fact_get(a, p, column), y = fact_get(b, q, column);

    if (form == FORM_POINTS) {
        assert_same_points(a, b, p, q, column);
    } else if (form == FORM_REF) {
        assert_memory_equal(&a->ids[x], &b->ids[y], sizeof(tandem_id));
    } else {
        assert_int_equal(x, y);
    }
}

static void
assert_same_fact(struct facts *a, struct facts *b, uint32_t x, uint32_t y)
{
    const struct fact *p = &a->at[x], *q = &b->at[y];
    const struct fact_table *table = fact_table((enum fact_kind)p->kind);

    assert_int_equal(p->kind, q->kind);
    assert_int_equal(p->trashed, q->trashed);
    assert_int_equal(p->conflicts, q->conflicts);
    assert_int_equal(p->number, q->number);
    assert_int_equal(p->created_ms, q->created_ms);
    assert_int_equal(p->changed_ms, q->changed_ms);
    assert_memory_equal(
        &a->sectors[p->sector], &b->sectors[q->sector], sizeof(tandem_id));
    for (size_t i = 0; i < table->count; i++) {
        assert_same_column(a, b, p, q, (int)i);
    }
}

static size_t
count_of(const struct facts *f)
{
    size_t n = 0;

    for (size_t h = 1; h < f->count; h++) {
        n += f->at[h].kind != FACT_NOTHING;
    }
    return n;
}

static void
assert_same(struct facts *a, struct facts *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->stamp, b->stamp);
    assert_int_equal(count_of(a), count_of(b));
    assert_int_equal(a->device_count, b->device_count);
    for (uint32_t h = 1; h < a->count; h++) {
        if (a->at[h].kind != FACT_NOTHING) {
            assert_same_fact(a, b, h, handle_of(b, a->ids[h]));
        }
    }
}

// Kept under its name in the store, or nothing.
static struct facts *
opened(struct street *s, tandem_store *store)
{
    struct facts *f;

    GOOD(s->p->w, facts_open(store, &f, &s->p->w->e));
    return f;
}

static struct facts *
from_scratch(struct street *s, tandem_store *store)
{
    struct facts *f = opened(s, store);

    assert_int_equal(facts_clear(f), TANDEM_OK);
    GOOD(s->p->w, facts_refresh(f, &s->p->w->e));
    return f;
}

static void
assert_round(const struct facts *f, struct facts *again)
{
    uint8_t *bytes, *same;
    size_t len, n;

    assert_int_equal(facts_encode(f, &bytes, &len), TANDEM_OK);
    assert_int_equal(facts_clear(again), TANDEM_OK);
    again->stamp = f->stamp;
    assert_int_equal(facts_decode(again, bytes, len), TANDEM_OK);
    assert_int_equal(facts_encode(again, &same, &n), TANDEM_OK);
    assert_int_equal(len, n);
    assert_memory_equal(bytes, same, n);
    free(same);
    free(bytes);
}

static void
begin(struct street *s, void **state, size_t devices, uint64_t seed)
{
    street_begin(s, *state, devices, seed);
    street_gather(s);
}

// At the office, or at a tablet that hears most by others.
static void
follow(void **state, size_t devices, size_t who, uint64_t seed)
{
    struct street s;
    struct facts *f, *again, *scratch;
    size_t conflicts = 0, trashed = 0;

    begin(&s, state, devices, seed);
    f = opened(&s, s.at[who]);
    again = opened(&s, s.at[who]);
    for (int round = 0; round < 8; round++) {
        street_live(&s, 30);
        for (size_t i = 0; round % 3 != 1 && i < devices - 1; i++) {
            street_cross(&s);
        }
        if (round == 6) {
            street_gather(&s);
        }
        GOOD(s.p->w, facts_refresh(f, &s.p->w->e));
        scratch = from_scratch(&s, s.at[who]);
        assert_same(f, scratch);
        assert_same(scratch, f);
        assert_round(f, again);
        assert_same(again, scratch);
        facts_free(scratch);
        if (round % 4 == 3) { // goes on from what was kept
            f->read = SIZE_MAX;
            GOOD(s.p->w, facts_save(f, &s.p->w->e));
            facts_free(f);
            f = opened(&s, s.at[who]);
            assert_true(f->kept > 0 && f->kept == f->number);
        }
    }
    for (size_t h = 1; h < f->count; h++) {
        conflicts += f->at[h].conflicts;
        trashed += f->at[h].trashed;
    }
    assert_true(count_of(f) > 80 && conflicts > 5 && trashed > 2);
    facts_free(again);
    facts_free(f);
    street_end(&s);
}

static void
test_followed_kept_and_read_from_scratch_are_the_same(void **state)
{
    follow(state, 2, 0, 1);
}

static void
test_of_five_devices_the_office_follows_them_all(void **state)
{
    follow(state, 5, 0, 4);
}

static void
test_of_three_devices_a_tablet_follows_what_it_hears(void **state)
{
    follow(state, 3, 2, 5);
}

static void
test_what_is_doubtful_is_read_anew(void **state)
{
    struct street s;
    struct facts *f;
    uint8_t *bytes;
    size_t len, n;

    begin(&s, state, 2, 2);
    street_live(&s, 60);
    f = opened(&s, s.at[0]);
    GOOD(s.p->w, facts_refresh(f, &s.p->w->e));
    n = count_of(f);
    f->read = SIZE_MAX;
    GOOD(s.p->w, facts_save(f, &s.p->w->e));
    assert_int_equal(facts_encode(f, &bytes, &len), TANDEM_OK);
    facts_free(f);
    f = opened(&s, s.at[0]);
    assert_int_equal(count_of(f), n);
    facts_free(f);
    // A stamp of other packs; half of it; nothing that is facts.
    bytes[1] ^= 1;
    GOOD(s.p->w, tandem_local_put(s.at[0], "tandem.figures.facts",
                     tandem_bytes(bytes, len), &s.p->w->e));
    f = opened(&s, s.at[0]);
    assert_int_equal(count_of(f), 0);
    assert_int_equal(f->number, 0);
    GOOD(s.p->w, facts_refresh(f, &s.p->w->e));
    assert_int_equal(count_of(f), n);
    facts_free(f);
    bytes[1] ^= 1;
    for (size_t cut = 0; cut < len; cut += 7) {
        GOOD(s.p->w, tandem_local_put(s.at[0], "tandem.figures.facts",
                         tandem_bytes(bytes, cut), &s.p->w->e));
        f = opened(&s, s.at[0]);
        assert_int_equal(count_of(f), 0);
        facts_free(f);
        cut += len / 40;
    }
    free(bytes);
}

static void
test_few_changes_are_not_worth_a_save(void **state)
{
    struct street s;
    tandem_local *l = NULL;
    struct facts *f;

    begin(&s, state, 2, 3);
    street_live(&s, 20);
    f = opened(&s, s.at[0]);
    GOOD(s.p->w, facts_refresh(f, &s.p->w->e));
    GOOD(s.p->w, facts_save(f, &s.p->w->e));
    assert_int_equal(
        tandem_local_get(s.at[0], "tandem.figures.facts", &l, NULL),
        TANDEM_ENOTFOUND);
    facts_free(f);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, pair_open, pair_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_followed_kept_and_read_from_scratch_are_the_same),
        WITH(test_of_five_devices_the_office_follows_them_all),
        WITH(test_of_three_devices_a_tablet_follows_what_it_hears),
        WITH(test_what_is_doubtful_is_read_anew),
        WITH(test_few_changes_are_not_worth_a_save),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
