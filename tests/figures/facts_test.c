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

// The office's facts of a street of two, read after so many steps.
static struct facts *
read_after(struct street *s, void **state, uint64_t seed, size_t steps)
{
    struct facts *f;

    begin(s, state, 2, seed);
    street_live(s, steps);
    f = opened(s, s->at[0]);
    GOOD(s->p->w, facts_refresh(f, &s->p->w->e));
    return f;
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
keep(struct street *s, struct facts *f, size_t part_bytes)
{
    f->read = SIZE_MAX;
    f->part_bytes = part_bytes;
    GOOD(s->p->w, facts_save(f, &s->p->w->e));
}

// Of what is under that name; 0: nothing is.
static size_t
kept_bytes(struct street *s, const char *name)
{
    tandem_local *l = NULL;
    size_t n = 0;

    if (tandem_local_get(s->at[0], name, &l, NULL) == TANDEM_OK) {
        n = tandem_local_bytes(l).len;
        tandem_local_free(l);
    }
    return n;
}

static size_t
count_parts(struct street *s)
{
    size_t n = 0;

    for (unsigned i = 0; i < FACTS_PARTS_MAX; i++) {
        char name[40];

        (void)snprintf(name, sizeof(name), "%s.%u", FACTS_NAME, i);
        n += kept_bytes(s, name) > 0;
    }
    return n;
}

static void
replace(struct street *s, const char *name, const void *bytes, size_t len)
{
    GOOD(s->p->w, tandem_local_put(
                      s->at[0], name, tandem_bytes(bytes, len), &s->p->w->e));
}

// Nothing of what is kept there is taken for true.
static void
assert_read_anew(struct street *s, size_t records)
{
    struct facts *f = opened(s, s->at[0]);

    assert_int_equal(count_of(f), 0);
    assert_int_equal(f->number, 0);
    assert_int_equal(f->kept, 0);
    GOOD(s->p->w, facts_refresh(f, &s->p->w->e));
    assert_int_equal(count_of(f), records);
    facts_free(f);
}

static void
test_what_is_doubtful_is_read_anew(void **state)
{
    struct street s;
    struct facts *f;
    uint8_t *bytes;
    size_t len, n;

    f = read_after(&s, state, 2, 60);
    n = count_of(f);
    keep(&s, f, FACTS_PART_BYTES);
    assert_int_equal(count_parts(&s), 1);
    assert_int_equal(facts_encode(f, &bytes, &len), TANDEM_OK);
    // A stamp of other packs; half of it: kept whole, and refused.
    bytes[1] ^= 1;
    GOOD(s.p->w, facts_parts_put(f, bytes, len, &s.p->w->e));
    assert_read_anew(&s, n);
    bytes[1] ^= 1;
    for (size_t cut = 1; cut < len; cut += 7 + len / 40) {
        GOOD(s.p->w, facts_parts_put(f, bytes, cut, &s.p->w->e));
        facts_free(f);
        f = opened(&s, s.at[0]);
        assert_int_equal(count_of(f), 0);
    }
    GOOD(s.p->w, facts_parts_put(f, bytes, len, &s.p->w->e));
    facts_free(f);
    f = opened(&s, s.at[0]);
    assert_int_equal(count_of(f), n);
    facts_free(f);
    free(bytes);
}

// What more than one local value would be needed for goes on from what was
// kept, as what fits into one: counted by what is read again.
static void
test_parts_are_kept_and_followed_like_one(void **state)
{
    struct street s;
    struct facts *f, *scratch;
    size_t many, before;

    f = read_after(&s, state, 6, 60);
    keep(&s, f, 200);
    many = count_parts(&s);
    assert_true(many > 8);
    assert_int_equal(f->parts, many);
    facts_free(f);
    for (int round = 0; round < 3; round++) {
        f = opened(&s, s.at[0]);
        assert_int_equal(f->parts, count_parts(&s));
        assert_true(f->kept > 0 && f->kept == f->number);
        for (before = s.count; s.count == before;) {
            street_create(&s, s.at[0]);
        }
        f->read = 0;
        GOOD(s.p->w, facts_refresh(f, &s.p->w->e));
        assert_int_equal(f->read, s.count - before);
        scratch = from_scratch(&s, s.at[0]);
        assert_same(f, scratch);
        assert_same(scratch, f);
        facts_free(scratch);
        keep(&s, f, round == 1 ? 2000 : 200);
        facts_free(f);
    }
    // Fewer than before: what stood behind the last is gone.
    f = opened(&s, s.at[0]);
    keep(&s, f, FACTS_PART_BYTES);
    assert_int_equal(count_parts(&s), 1);
    assert_int_equal(f->parts, 1);
    facts_free(f);
}

static void
test_parts_that_are_not_of_one_save_are_none(void **state)
{
    static const char *const damaged = FACTS_NAME ".1";
    uint8_t head[FACTS_HEAD_BYTES] = {0};
    struct street s;
    tandem_local *l = NULL;
    struct facts *f;
    size_t n;

    f = read_after(&s, state, 7, 40);
    n = count_of(f);
    keep(&s, f, 900);
    // One is missing; one is longer, or of another save; no head; another one.
    replace(&s, damaged, NULL, 0);
    assert_read_anew(&s, n);
    replace(&s, damaged, head, sizeof(head));
    assert_read_anew(&s, n);
    keep(&s, f, 900);
    GOOD(s.p->w, tandem_local_get(s.at[0], FACTS_NAME ".0", &l, &s.p->w->e));
    replace(&s, damaged, tandem_local_bytes(l).ptr, tandem_local_bytes(l).len);
    tandem_local_free(l);
    assert_read_anew(&s, n);
    keep(&s, f, 900);
    replace(&s, FACTS_NAME, head, sizeof(head));
    assert_read_anew(&s, n);
    replace(&s, FACTS_NAME, NULL, 0);
    assert_read_anew(&s, n);
    // Not known how many stand there: a save takes all of them away.
    facts_free(f);
    f = opened(&s, s.at[0]);
    GOOD(s.p->w, facts_refresh(f, &s.p->w->e));
    keep(&s, f, FACTS_PART_BYTES);
    assert_int_equal(count_parts(&s), 1);
    facts_free(f);
}

static void
test_more_than_all_parts_hold_is_said_and_leaves_what_was(void **state)
{
    struct street s;
    struct facts *f;
    size_t n;

    f = read_after(&s, state, 8, 30);
    n = count_of(f);
    keep(&s, f, 200);
    f->read = SIZE_MAX;
    f->part_bytes = 8;
    assert_int_equal(facts_save(f, &s.p->w->e), TANDEM_ELIMIT);
    facts_free(f);
    f = opened(&s, s.at[0]);
    assert_int_equal(count_of(f), n);
    facts_free(f);
}

static void
test_few_changes_are_not_worth_a_save(void **state)
{
    struct street s;
    tandem_local *l = NULL;
    struct facts *f;

    f = read_after(&s, state, 3, 20);
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
        WITH(test_parts_are_kept_and_followed_like_one),
        WITH(test_parts_that_are_not_of_one_save_are_none),
        WITH(test_more_than_all_parts_hold_is_said_and_leaves_what_was),
        WITH(test_few_changes_are_not_worth_a_save),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
