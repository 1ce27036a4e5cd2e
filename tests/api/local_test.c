// SPDX-License-Identifier: Apache-2.0
// local_test.c - bytes of the host's own: kept whole, sealed, sent to nobody.

#include "pair.h"

#define NAME "figures"

static void
put(struct world *w, tandem_store *s, const char *text)
{
    GOOD(w, tandem_local_put(s, NAME, tandem_bytes(text, strlen(text)), &w->e));
}

static void
assert_kept(struct world *w, tandem_store *s, const char *text)
{
    tandem_local *l;

    GOOD(w, tandem_local_get(s, NAME, &l, &w->e));
    assert_int_equal(tandem_local_bytes(l).len, strlen(text));
    assert_memory_equal(tandem_local_bytes(l).ptr, text, strlen(text));
    tandem_local_free(l);
}

static void
test_what_was_kept_is_there_after_a_reopen_until_taken_away(void **state)
{
    struct world *w = *state;
    tandem_local *l = NULL;

    assert_int_equal(tandem_local_get(w->s, NAME, &l, &w->e), TANDEM_ENOTFOUND);
    put(w, w->s, "first");
    put(w, w->s, "second, longer");
    tandem_store_close(w->s);
    GOOD(w, world_try(w, 7, TANDEM_OPEN_EXISTING, &w->s));
    assert_kept(w, w->s, "second, longer");
    assert_int_equal(
        tandem_local_get(w->s, "other", &l, &w->e), TANDEM_ENOTFOUND);
    put(w, w->s, "");
    put(w, w->s, "");
    assert_int_equal(tandem_local_get(w->s, NAME, &l, &w->e), TANDEM_ENOTFOUND);
    assert_null(l);
}

static void
test_names_and_sizes_have_bounds(void **state)
{
    struct world *w = *state;
    uint8_t *big = calloc(1, TANDEM_LOCAL_BYTES_MAX + 1);
    char name[TANDEM_LOCAL_NAME_MAX + 2];
    tandem_local *l;

    assert_non_null(big);
    memset(name, 'n', sizeof(name));
    name[TANDEM_LOCAL_NAME_MAX + 1] = '\0';
    big[TANDEM_LOCAL_BYTES_MAX - 1] = 0x5a;
    assert_int_equal(
        tandem_local_put(w->s, "", tandem_bytes(big, 1), &w->e), TANDEM_EVALUE);
    assert_int_equal(tandem_local_put(w->s, name, tandem_bytes(big, 1), &w->e),
        TANDEM_EVALUE);
    assert_int_equal(tandem_local_get(w->s, name, &l, &w->e), TANDEM_EVALUE);
    assert_int_equal(tandem_local_put(w->s, NAME,
                         tandem_bytes(big, TANDEM_LOCAL_BYTES_MAX + 1), &w->e),
        TANDEM_ELIMIT);
    assert_int_equal(tandem_local_put(w->s, NAME, tandem_bytes(NULL, 1), &w->e),
        TANDEM_EMISUSE);
    name[TANDEM_LOCAL_NAME_MAX] = '\0';
    GOOD(w, tandem_local_put(
                w->s, name, tandem_bytes(big, TANDEM_LOCAL_BYTES_MAX), &w->e));
    GOOD(w, tandem_local_get(w->s, name, &l, &w->e));
    assert_int_equal(tandem_local_bytes(l).len, TANDEM_LOCAL_BYTES_MAX);
    assert_memory_equal(tandem_local_bytes(l).ptr, big, TANDEM_LOCAL_BYTES_MAX);
    tandem_local_free(l);
    free(big);
}

static tandem_local_value
value(const char *name, const char *text)
{
    return (tandem_local_value){name, tandem_bytes(text, strlen(text))};
}

static void
test_several_stand_together_or_not_at_all(void **state)
{
    struct world *w = *state;
    tandem_local_value some[3];
    tandem_local *l = NULL;

    put(w, w->s, "as it was");
    some[0] = value(NAME, "one");
    some[1] = value("second", "two");
    some[2] = value("", "three");
    assert_int_equal(tandem_local_put_all(w->s, some, 3, &w->e), TANDEM_EVALUE);
    some[2] = value("third", "three");
    some[2].bytes.len = TANDEM_LOCAL_BYTES_MAX + 1;
    assert_int_equal(tandem_local_put_all(w->s, some, 3, &w->e), TANDEM_ELIMIT);
    some[2].name = NULL;
    assert_int_equal(
        tandem_local_put_all(w->s, some, 3, &w->e), TANDEM_EMISUSE);
    assert_int_equal(
        tandem_local_put_all(w->s, NULL, 1, &w->e), TANDEM_EMISUSE);
    assert_kept(w, w->s, "as it was");
    assert_int_equal(
        tandem_local_get(w->s, "second", &l, &w->e), TANDEM_ENOTFOUND);
    some[2] = value(NAME, "the last of that name");
    GOOD(w, tandem_local_put_all(w->s, some, 3, &w->e));
    GOOD(w, tandem_local_put_all(w->s, NULL, 0, &w->e));
    tandem_store_close(w->s);
    GOOD(w, world_try(w, 7, TANDEM_OPEN_EXISTING, &w->s));
    assert_kept(w, w->s, "the last of that name");
    GOOD(w, tandem_local_get(w->s, "second", &l, &w->e));
    assert_int_equal(tandem_local_bytes(l).len, 3);
    tandem_local_free(l);
    // One goes as another comes.
    some[0] = value("second", "");
    some[1] = value(NAME, "and another");
    GOOD(w, tandem_local_put_all(w->s, some, 2, &w->e));
    assert_kept(w, w->s, "and another");
    assert_int_equal(
        tandem_local_get(w->s, "second", &l, &w->e), TANDEM_ENOTFOUND);
}

static void
test_together_they_may_be_larger_than_one(void **state)
{
    struct world *w = *state;
    const size_t size = TANDEM_LOCAL_BYTES_MAX;
    uint8_t *big = malloc(size);
    tandem_local_value some[3];
    static const char *const names[] = {"a", "b", "c"};

    assert_non_null(big);
    memset(big, 0x5a, size);
    for (size_t i = 0; i < 3; i++) {
        some[i] = (tandem_local_value){names[i], tandem_bytes(big, size - i)};
    }
    GOOD(w, tandem_local_put_all(w->s, some, 3, &w->e));
    for (size_t i = 0; i < 3; i++) {
        tandem_local *l;

        GOOD(w, tandem_local_get(w->s, names[i], &l, &w->e));
        assert_int_equal(tandem_local_bytes(l).len, size - i);
        assert_memory_equal(tandem_local_bytes(l).ptr, big, size - i);
        tandem_local_free(l);
    }
    free(big);
}

// Does the file hold these bytes anywhere?
static bool
file_holds(const char *dir, const char *bytes)
{
    const size_t n = strlen(bytes);
    char path[128];
    size_t len, at = 0;
    bool found = false;
    uint8_t *all;
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/data.mdb", dir);
    f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    len = (size_t)ftell(f);
    rewind(f);
    all = malloc(len);
    assert_non_null(all);
    assert_int_equal(fread(all, 1, len, f), len);
    (void)fclose(f);
    for (; !found && at + n <= len; at++) {
        found = memcmp(all + at, bytes, n) == 0;
    }
    free(all);
    return found;
}

static void
test_neither_value_nor_name_stands_in_clear(void **state)
{
    struct world *w = *state;
    tandem_store *other;

    GOOD(w, tandem_local_put(w->s, "a name unlike others",
                tandem_bytes("a value unlike others", 21), &w->e));
    tandem_store_close(w->s);
    w->s = NULL;
    assert_int_equal(world_try(w, 8, 0, &other), TANDEM_EKEY);
    assert_false(file_holds(w->dir, "a value unlike others"));
    assert_false(file_holds(w->dir, "a name unlike others"));
    assert_true(file_holds(w->dir, "format"));
    GOOD(w, world_try(w, 7, 0, &w->s));
}

// A value of this size lies in pages of its own, the last of the file.
#define LARGE ((size_t)1 << 20)

static void
flip_in_the_last_pages(const char *dir)
{
    char path[128];
    FILE *f;
    int c;

    (void)snprintf(path, sizeof(path), "%s/data.mdb", dir);
    f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, -(long)(LARGE / 2), SEEK_END), 0);
    c = fgetc(f);
    assert_true(c != EOF);
    assert_int_equal(fseek(f, -1, SEEK_CUR), 0);
    assert_int_equal(fputc(c ^ 0x40, f), c ^ 0x40);
    assert_int_equal(fclose(f), 0);
}

static void
count_problem(void *ctx, const char *sentence)
{
    assert_non_null(strstr(sentence, "program"));
    (*(int *)ctx)++;
}

static void
test_an_altered_row_is_named_and_made_again(void **state)
{
    struct world *w = *state;
    tandem_verify_report report;
    uint8_t *large = calloc(1, LARGE);
    tandem_local *l = NULL;
    int told = 0;

    assert_non_null(large);
    GOOD(w, tandem_local_put(w->s, NAME, tandem_bytes(large, LARGE), &w->e));
    free(large);
    GOOD(w, tandem_verify(w->s, TANDEM_EN, NULL, NULL, &report, &w->e));
    assert_int_equal(report.problems, 0);
    tandem_store_close(w->s);
    flip_in_the_last_pages(w->dir);
    GOOD(w, world_try(w, 7, 0, &w->s));
    assert_int_equal(tandem_local_get(w->s, NAME, &l, &w->e), TANDEM_ECORRUPT);
    assert_null(l);
    GOOD(w,
        tandem_verify(w->s, TANDEM_EN, count_problem, &told, &report, &w->e));
    assert_int_equal(report.problems, 1);
    assert_int_equal(told, 1);
    put(w, w->s, "derived again");
    assert_kept(w, w->s, "derived again");
    GOOD(w, tandem_verify(w->s, TANDEM_EN, NULL, NULL, &report, &w->e));
    assert_int_equal(report.problems, 0);
}

static void
count_commit(void *ctx)
{
    (*(int *)ctx)++;
}

static void
test_it_is_no_change_and_travels_nowhere(void **state)
{
    struct pair *p = *state;
    tandem_change change;
    tandem_local *l = NULL;
    uint8_t before[32], after[32];
    uint64_t last = 0;
    size_t n = 1;
    int commits = 0;

    (void)world_contact(p->w, "Mme L.");
    (void)pair_meet(p);
    GOOD(p->w, tandem_digest(p->tablet, NULL, before, NULL, &p->w->e));
    while (n > 0) {
        GOOD(p->w, tandem_feed_read(p->w->s, last, &change, 1, &n, &p->w->e));
        last = n > 0 ? change.number : last;
    }
    tandem_store_notify(p->w->s, count_commit, &commits);
    put(p->w, p->w->s, "of the office");
    tandem_store_notify(p->w->s, NULL, NULL);
    assert_int_equal(commits, 0);
    GOOD(p->w, tandem_feed_read(p->w->s, last, &change, 1, &n, &p->w->e));
    assert_int_equal(n, 0);
    assert_true(pair_meet(p).equal);
    GOOD(p->w, tandem_digest(p->tablet, NULL, after, NULL, &p->w->e));
    assert_memory_equal(before, after, 32);
    assert_int_equal(
        tandem_local_get(p->tablet, NAME, &l, &p->w->e), TANDEM_ENOTFOUND);
    assert_null(l);
}

#define WITH(test)                                                             \
    cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_what_was_kept_is_there_after_a_reopen_until_taken_away),
        WITH(test_names_and_sizes_have_bounds),
        WITH(test_several_stand_together_or_not_at_all),
        WITH(test_together_they_may_be_larger_than_one),
        WITH(test_neither_value_nor_name_stands_in_clear),
        WITH(test_an_altered_row_is_named_and_made_again),
        cmocka_unit_test_setup_teardown(
            test_it_is_no_change_and_travels_nowhere, pair_open, pair_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
