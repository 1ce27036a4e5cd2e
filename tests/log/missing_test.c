// SPDX-License-Identifier: Apache-2.0
// missing_test.c - how many payloads are missing of each sector: as many as
// rows say so, whatever happens to them.
#include "log/scene_help.h"

enum { SECTORS = 3 };

// Logs in three sectors, and one of a log that nobody knows.
struct lacking {
    struct node n;
    uint32_t number[SECTORS + 1];
    tandem_id sector[SECTORS];
};

static void
lacking_init(struct lacking *x)
{
    memset(x, 0, sizeof(*x));
    node_init(&x->n, 3);
    for (uint8_t i = 0; i < SECTORS; i++) {
        struct write w = {.n = &x->n,
            .sector = node_sector(i),
            .commits = 1,
            .state = 5,
            .sign = true};

        node_write(&w);
        x->number[i] = w.log.number;
        x->sector[i] = w.sector;
    }
    x->number[SECTORS] = 900;
}

enum { LACK, GIVE, GIVE_UP };

struct deed {
    struct lacking *x;
    size_t log;
    uint64_t seq;
    int what;
};

static tandem_err
run_deed(struct td_txn *t, void *ctx)
{
    const struct deed *d = ctx;
    const uint32_t number = d->x->number[d->log];
    const struct td_payload_ref ref = {.length = 3};
    const struct td_payload p = {
        .hash = td_hash_of(td_slice_str("abc")), .bytes = td_slice_str("abc")};

    switch (d->what) {
    case LACK:
        return td_payload_missing(t, number, d->seq, 0, &ref);
    case GIVE:
        return td_payload_put(t, number, d->seq, 0, TD_SEAL_TRANSIT, &p);
    case GIVE_UP:
    default:
        return td_payload_given_up(t, number, d->seq, 0);
    }
}

static void
do_deed(struct lacking *x, int what, size_t log, uint64_t seq)
{
    struct deed d = {x, log, seq, what};

    assert_err(TANDEM_OK, td_store_write(x->n.s, run_deed, &d, NULL));
}

static bool
is_it(void *ctx, tandem_id sector)
{
    return td_id_cmp(*(const tandem_id *)ctx, sector) == 0;
}

struct told {
    uint64_t of[SECTORS], all;
    bool sound, same;
};

static struct told
ask(struct lacking *x)
{
    struct told out;
    struct td_txn *t;
    bool sound;

    assert_err(TANDEM_OK, td_store_read(x->n.s, &t));
    for (size_t i = 0; i < SECTORS; i++) {
        assert_err(TANDEM_OK,
            td_missing_count(t, is_it, &x->sector[i], &out.of[i], &sound));
    }
    assert_err(
        TANDEM_OK, td_missing_count(t, NULL, NULL, &out.all, &out.sound));
    assert_err(TANDEM_OK, td_missing_check(t, &out.same));
    td_store_read_end(t);
    assert_int_equal(sound, out.sound);
    return out;
}

static void
test_counts_follow_the_rows(void **state)
{
    uint64_t have[SECTORS + 1] = {0}; // a bit an entry
    uint64_t dice = 77;
    struct lacking x;

    (void)state;
    lacking_init(&x);
    for (int i = 0; i < 400; i++) {
        const size_t log = help_next(&dice) % (SECTORS + 1);
        const uint64_t seq = help_next(&dice) % 8;
        const int what = (int)(help_next(&dice) % 3);
        struct told told;
        uint64_t all = 0;

        do_deed(&x, what, log, seq);
        have[log] = what == LACK ? have[log] | UINT64_C(1) << seq
                                 : have[log] & ~(UINT64_C(1) << seq);
        told = ask(&x);
        assert_true(told.sound && told.same);
        for (size_t k = 0; k <= SECTORS; k++) {
            uint64_t n = 0;

            for (uint64_t bit = 0; bit < 8; bit++) {
                n += have[k] >> bit & 1;
            }
            all += n;
            assert_true(k == SECTORS || told.of[k] == n);
        }
        assert_int_equal(all, told.all);
    }
    node_deinit(&x.n);
}

// However much is missing, as many rows are read.
static void
test_asking_how_many_reads_no_row_of_them(void **state)
{
    uint64_t reads[2];
    struct lacking x;
    struct td_txn *t;

    (void)state;
    lacking_init(&x);
    for (int k = 0; k < 2; k++) {
        uint64_t n;
        bool sound;

        for (uint64_t seq = 0; seq < (k == 0 ? 1 : 300); seq++) {
            do_deed(&x, LACK, 1, seq);
        }
        assert_err(TANDEM_OK, td_store_read(x.n.s, &t));
        reads[k] = td_txn_reads(t);
        assert_err(
            TANDEM_OK, td_missing_count(t, is_it, &x.sector[1], &n, &sound));
        reads[k] = td_txn_reads(t) - reads[k];
        td_store_read_end(t);
        assert_int_equal(k == 0 ? 1 : 300, n);
        assert_true(sound);
    }
    assert_int_equal(reads[0], reads[1]);
    assert_in_range(reads[0], 1, 4);
    node_deinit(&x.n);
}

// ---------------------------------------------------------------------- damage

enum { LOSE, SPOIL, RAISE, SWAP };

struct harm {
    tandem_id sector;
    int how;
};

static tandem_err
do_harm(struct td_txn *t, void *ctx)
{
    const struct harm *h = ctx;
    uint8_t key[23] = "missing";
    uint8_t row[8];
    const tandem_slice at = {key, sizeof(key)};

    memcpy(key + 7, h->sector.b, 16);
    td_put_be64(row, h->how == SWAP ? 3 : 9);
    return h->how == LOSE ? td_del(t, TD_T_META, at)
                          : td_put(t, TD_T_META, at, TD_SEAL_TRANSIT,
                                (tandem_slice){row, h->how == SPOIL ? 7 : 8});
}

static tandem_err
mend(struct td_txn *t, void *ctx)
{
    (void)ctx;
    return td_missing_mend(t);
}

static void
assert_told(const struct told *told)
{
    assert_int_equal(2, told->of[0]);
    assert_int_equal(3, told->of[1]);
    assert_int_equal(0, told->of[2]);
    assert_int_equal(6, told->all);
}

// A count that is lost, damaged or wrong is noticed, and the truth told.
static void
test_counts_that_do_not_add_up_are_not_believed(void **state)
{
    struct lacking x;
    struct told told;

    (void)state;
    lacking_init(&x);
    for (uint64_t seq = 0; seq < 3; seq++) {
        do_deed(&x, LACK, 1, seq);
        do_deed(&x, LACK, seq == 2 ? SECTORS : 0, seq);
    }
    for (int how = LOSE; how <= RAISE; how++) {
        struct harm h = {x.sector[0], how};

        assert_err(TANDEM_OK, td_store_write(x.n.s, do_harm, &h, NULL));
        told = ask(&x);
        assert_told(&told);
        assert_false(told.sound || told.same);
        assert_err(TANDEM_OK, td_store_write(x.n.s, mend, NULL, NULL));
        told = ask(&x);
        assert_told(&told);
        assert_true(told.sound && told.same);
    }
    node_deinit(&x.n);
}

// Two that are wrong and still add up: who looks at all of them sees it.
static void
test_counts_of_the_wrong_sector_are_found_by_a_look_at_all(void **state)
{
    struct lacking x;
    struct told told;
    struct harm h;

    (void)state;
    lacking_init(&x);
    for (uint64_t seq = 0; seq < 3; seq++) {
        do_deed(&x, LACK, 1, seq);
    }
    h = (struct harm){x.sector[1], LOSE};
    assert_err(TANDEM_OK, td_store_write(x.n.s, do_harm, &h, NULL));
    h = (struct harm){x.sector[0], SWAP};
    assert_err(TANDEM_OK, td_store_write(x.n.s, do_harm, &h, NULL));
    told = ask(&x);
    assert_true(told.sound);
    assert_false(told.same);
    do_deed(&x, GIVE, 1, 0); // below none: all are counted
    told = ask(&x);
    assert_true(told.sound && told.same);
    assert_int_equal(2, told.of[1]);
    node_deinit(&x.n);
}

static void
test_a_damaged_count_is_made_whole_by_the_next_change(void **state)
{
    struct lacking x;
    struct told told;
    struct harm h;

    (void)state;
    lacking_init(&x);
    do_deed(&x, LACK, 0, 1);
    do_deed(&x, LACK, 0, 2);
    h = (struct harm){x.sector[0], SPOIL};
    assert_err(TANDEM_OK, td_store_write(x.n.s, do_harm, &h, NULL));
    do_deed(&x, LACK, 0, 2); // nothing new
    assert_false(ask(&x).sound);
    do_deed(&x, LACK, 0, 3);
    told = ask(&x);
    assert_true(told.sound && told.same);
    assert_int_equal(3, told.of[0]);
    node_deinit(&x.n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_follow_the_rows),
        cmocka_unit_test(test_asking_how_many_reads_no_row_of_them),
        cmocka_unit_test(test_counts_that_do_not_add_up_are_not_believed),
        cmocka_unit_test(
            test_counts_of_the_wrong_sector_are_found_by_a_look_at_all),
        cmocka_unit_test(test_a_damaged_count_is_made_whole_by_the_next_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
