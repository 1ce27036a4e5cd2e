// SPDX-License-Identifier: Apache-2.0
// trie_test.c - the Merkle trie over a set of heads.
#include "log/log_help.h"

#include "log/trie.h"

static void
be32_hash(uint32_t n, struct td_hash *out)
{
    uint8_t b[4];

    td_put_be32(b, n);
    *out = td_hash_of((tandem_slice){b, 4});
}

// The heads of tests/vectors/log.py.
static struct td_head *
make(size_t count, bool deep)
{
    struct td_head *heads = calloc(count + 1, sizeof(*heads));

    assert_non_null(heads);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t b[4];
        const tandem_slice part = {b, sizeof(b)};
        struct td_hash16 id;

        td_put_be32(b, i);
        id = td_hash16_parts(&part, 1);
        memcpy(heads[i].log.b, id.b, 16);
        if (deep) {
            uint32_t low = 0xabfcu ^ i;

            memset(heads[i].log.b, 0xab, 16);
            heads[i].log.b[14] = (uint8_t)(low >> 8);
            heads[i].log.b[15] = (uint8_t)low;
        }
        be32_hash(i + 1000000, &heads[i].hash);
        heads[i].seq = i;
    }
    return heads;
}

static void
shuffle(struct td_head *heads, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = help_next(state) % i;
        struct td_head h = heads[i - 1];

        heads[i - 1] = heads[k];
        heads[k] = h;
    }
}

static void
known(const char *name, size_t count, bool deep)
{
    struct td_head *heads = make(count, deep);
    uint64_t state = 77;
    uint8_t room[16];
    struct td_hash16 root;

    shuffle(heads, count, &state);
    root = td_heads_root(heads, count);
    help_same(help_vector(name, room, sizeof(room)),
        (tandem_slice){root.b, sizeof(root.b)});
    free(heads);
}

static void
test_trie_known_answers(void **state)
{
    (void)state;
    known("trie_0", 0, false);
    known("trie_1", 1, false);
    known("trie_2", 2, false);
    known("trie_64", 64, false);
    known("trie_65", 65, false);
    known("trie_1000", 1000, false);
    known("trie_deep_200", 200, true);
}

static void
test_trie_empty_is_zero_and_doubles_count_once(void **state)
{
    static const struct td_hash16 zero;
    struct td_head *heads = make(3, false);
    struct td_hash16 once, twice;

    (void)state;
    assert_memory_equal(zero.b, td_heads_root(NULL, 0).b, 16);
    once = td_heads_root(heads, 2);
    heads[2] = heads[0];
    twice = td_heads_root(heads, 3);
    assert_memory_equal(once.b, twice.b, 16);
    free(heads);
}

static void
test_trie_changes_with_every_head(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 300; n += n < 60 || n > 70 ? 23 : 1) {
        struct td_head *heads = make(n, false);
        struct td_hash16 root = td_heads_root(heads, n);

        for (size_t i = 0; i < n; i += 1 + n / 16) {
            struct td_hash16 other;

            heads[i].hash.b[31] ^= 1; // sorting by log id stays as it was
            other = td_heads_root(heads, n);
            assert_memory_not_equal(root.b, other.b, 16);
            heads[i].hash.b[31] ^= 1;
        }
        assert_memory_not_equal(root.b, td_heads_root(heads, n - 1).b, 16);
        free(heads);
    }
}

// Two branches of one forked log both count.
static void
test_trie_holds_both_heads_of_a_forked_log(void **state)
{
    struct td_head *heads = make(2, false);
    struct td_hash16 one, both;

    (void)state;
    one = td_heads_root(heads, 1);
    heads[1].log = heads[0].log;
    both = td_heads_root(heads, 2);
    assert_memory_not_equal(one.b, both.b, 16);
    free(heads);
}

// More than 64 heads under one log id: deeper than the path goes.
static void
test_trie_ends_below_the_last_level(void **state)
{
    enum { COUNT = 200 };
    struct td_head *heads = make(COUNT, false);
    uint64_t seed = 5;
    struct td_hash16 root, other;

    (void)state;
    for (size_t i = 1; i < COUNT; i++) {
        heads[i].log = heads[0].log;
    }
    root = td_heads_root(heads, COUNT);
    shuffle(heads, COUNT, &seed);
    other = td_heads_root(heads, COUNT);
    assert_memory_equal(root.b, other.b, 16);
    heads[COUNT - 1].hash.b[31] ^= 1;
    other = td_heads_root(heads, COUNT);
    assert_memory_not_equal(root.b, other.b, 16);
    free(heads);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trie_known_answers),
        cmocka_unit_test(test_trie_empty_is_zero_and_doubles_count_once),
        cmocka_unit_test(test_trie_changes_with_every_head),
        cmocka_unit_test(test_trie_holds_both_heads_of_a_forked_log),
        cmocka_unit_test(test_trie_ends_below_the_last_level),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
