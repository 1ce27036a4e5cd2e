// SPDX-License-Identifier: Apache-2.0
// change_test.c - bodies of changes: what is read, what is refused.
#include "crdt/record_help.h"

static struct td_arena arena;
static const struct td_change place = {
    .log = {{0x20}}, .seq = 50, .index = 3, .hash = {{9}}};

static int
setup(void **state)
{
    (void)state;
    td_arena_init(&arena, NULL, 8 << 20);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    td_arena_deinit(&arena);
    return 0;
}

static tandem_err
decode(const struct td_buf *b, struct td_change *out)
{
    return td_change_decode(td_buf_slice(b), &place, NULL, &arena, out);
}

// A body written by hand: all but the parts a test gives (canonical bytes).
struct parts {
    const char *prev, *context, *ops, *refs;
    size_t prev_n, context_n, ops_n, refs_n;
};
#define PART(name, text) .name = text, .name##_n = sizeof(text) - 1

static void
put_part(struct td_buf *b, const char *bytes, size_t n, const char *otherwise)
{
    if (bytes == NULL) {
        td_buf_put(b, otherwise, 1);
    } else {
        td_buf_put(b, bytes, n);
    }
}

static tandem_err
decode_parts(const struct parts *p, struct td_change *out)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, NULL, 1 << 20);
    td_mp_array(&b, 10);
    td_mp_uint(&b, 1);
    td_mp_bin(&b, help_id.b, 16);
    td_mp_bin(&b, help_pack, 8);
    td_mp_uint(&b, HELP_KIND);
    td_mp_bin(&b, help_id.b, 16);
    td_mp_uint(&b, 77);
    put_part(&b, p->prev, p->prev_n, "\xc0");
    put_part(&b, p->context, p->context_n, "\x90");
    put_part(&b, p->ops, p->ops_n, "\x90");
    put_part(&b, p->refs, p->refs_n, "\x90");
    assert_int_equal(b.err, TANDEM_OK);
    err = td_change_decode(
        td_arena_dup(&arena, td_buf_slice(&b)), &place, NULL, &arena, out);
    td_buf_deinit(&b);
    return err;
}

// A change with one of everything.
static void
full_change(struct td_change *c)
{
    static const uint64_t skipped[] = {3, 7};
    static struct td_seen context[3];
    static struct td_char_range ranges[2];
    static const struct td_ref refs[] = {
        {.name = {{0x10}}, .log = {{0x10}}, .seq = 9, .hash = {{1, 2}}},
        {.name = {{0x20}}, .log = {{0x20}}, .seq = 50, .hash = {{5}}}};
    static struct td_op ops[11];
    static const uint8_t unknown[] = {0x92, 0x40, 0x05};

    *c = place;
    c->version = 1;
    c->record = help_id;
    c->person = person_of(1);
    memcpy(c->pack, help_pack, 8);
    c->kind = HELP_KIND;
    c->clock = UINT64_MAX;
    c->has_prev = true;
    c->prev = 49;
    context[0] = (struct td_seen){.log = {{0x10}},
        .seq = 9,
        .hash = {{1, 2}},
        .skipped = skipped,
        .skipped_count = 2};
    context[1] = (struct td_seen){.log = {{0x20}}, .seq = 40, .hash = {{4}}};
    context[2] = (struct td_seen){.log = {{0x30}}, .none = true};
    c->context = context;
    c->context_count = 3;
    ops[0] = op_set(1, number(1), "why");
    ops[1] = op_value(TD_OP_ADD, 2, number(2));
    ops[2] = op_value(TD_OP_REMOVE, 2, number(3));
    ops[3] = op_put(3, number(4), number(5));
    ops[4] = op_drop(3, number(6));
    ops[5] = op_count(4, INT64_MIN);
    ops[6] = (struct td_op){.code = TD_OP_INSERT,
        .field = 5,
        .has_left = true,
        .left = {{{{0x10}}, 9, 1, 2}, 3},
        .utf8 = td_slice_str("h\xc3\xa9")};
    ops[7] = (struct td_op){.code = TD_OP_INSERT,
        .field = 5,
        .has_left = true,
        .left = {{{{0x20}}, 50, 3, 6}, 1},
        .has_right = true,
        .right = {{{{0x20}}, 49, 0, 0}, 0},
        .utf8 = td_slice_str("x")};
    ranges[0] = (struct td_char_range){{{{{0x10}}, 9, 1, 2}, 3}, 4};
    ranges[1] = (struct td_char_range){{{{{0}}, TD_SEQ_SELF, 0, 7}, 0}, 1};
    ops[8] = (struct td_op){
        .code = TD_OP_ERASE, .field = 5, .ranges = ranges, .range_count = 2};
    ops[9] = op_mark(true);
    ops[10] = (struct td_op){.code = 0x40, .raw = {unknown, sizeof unknown}};
    c->ops = ops;
    c->op_count = 11;
    c->refs = refs;
    c->ref_count = 2;
}

static void
encode(const struct td_change *c, struct td_buf *b)
{
    td_buf_init(b, NULL, 1 << 20);
    assert_int_equal(td_change_encode(c, b), TANDEM_OK);
}

static void
test_body_comes_back_as_it_was_written(void **state)
{
    struct td_change c;
    struct td_change d;
    struct td_buf b;
    struct td_buf again;

    (void)state;
    full_change(&c);
    encode(&c, &b);
    assert_int_equal(decode(&b, &d), TANDEM_OK);
    assert_int_equal(d.context_count, 3);
    assert_int_equal(d.context[0].skipped[1], 7);
    assert_true(d.context[2].none);
    assert_int_equal(d.op_count, 11);
    assert_true(d.ops[5].delta == INT64_MIN);
    assert_int_equal(d.ops[7].left.dot.seq, 50);
    assert_int_equal(d.ops[7].left.dot.change, 3);
    assert_int_equal(d.ops[7].left.dot.op, 6);
    assert_int_equal(d.ops[7].right.dot.seq, 49);
    assert_int_equal(d.ops[8].ranges[1].first.dot.seq, 50);
    assert_int_equal(d.ops[8].ranges[1].first.dot.op, 7);
    assert_int_equal(d.ops[10].code, 0x40);
    assert_int_equal(d.ops[10].field, 5);
    assert_int_equal(d.clock, UINT64_MAX);
    encode(&d, &again);
    assert_true(td_slice_eq(td_buf_slice(&b), td_buf_slice(&again)));
    td_buf_deinit(&b);
    td_buf_deinit(&again);
}

static void
test_body_cut_anywhere_is_refused(void **state)
{
    struct td_change c;
    struct td_change d;
    struct td_buf b;

    (void)state;
    full_change(&c);
    encode(&c, &b);
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *cut = malloc(n == 0 ? 1 : n);

        assert_non_null(cut);
        memcpy(cut, b.ptr, n);
        assert_int_equal(
            td_change_decode((tandem_slice){cut, n}, &place, NULL, &arena, &d),
            TANDEM_ECORRUPT);
        free(cut);
    }
    td_buf_deinit(&b);
}

// Every byte that could be a count, as the largest count there is.
static void
test_huge_counts_are_refused_without_memory(void **state)
{
    static const uint8_t heads[][5] = {{0xdd, 0xff, 0xff, 0xff, 0xff},
        {0xdf, 0xff, 0xff, 0xff, 0xff}, {0xc6, 0xff, 0xff, 0xff, 0xff},
        {0xdb, 0xff, 0xff, 0xff, 0xff}};
    struct td_change c;
    struct td_change d;
    struct td_buf b;

    (void)state;
    full_change(&c);
    encode(&c, &b);
    for (size_t at = 0; at < b.len; at++) {
        for (size_t h = 0; h < 4; h++) {
            struct td_buf big;

            td_buf_init(&big, NULL, 1 << 20);
            td_buf_put(&big, b.ptr, at);
            td_buf_put(&big, heads[h], 5);
            td_buf_put(&big, b.ptr + at + 1, b.len - at - 1);
            assert_int_equal(decode(&big, &d), TANDEM_ECORRUPT);
            td_buf_deinit(&big);
        }
    }
    assert_true(arena.used < 64 << 10);
    td_buf_deinit(&b);
}

static void
prop_changed_bytes_are_refused_or_canonical(void **state)
{
    uint64_t random = seed_of_run();
    struct td_change c;
    struct td_buf b;
    size_t accepted = 0;

    (void)state;
    full_change(&c);
    c.op_count = 10; // refs of unknown operations are theirs
    encode(&c, &b);
    for (size_t i = 0; i < 40000; i++) {
        size_t at = next_random(&random) % b.len;
        uint8_t was = b.ptr[at];
        struct td_change d;

        b.ptr[at] = (uint8_t)next_random(&random);
        td_arena_reset(&arena);
        if (decode(&b, &d) == TANDEM_OK) {
            bool unknown = false;
            struct td_buf again;

            for (size_t k = 0; k < d.op_count; k++) {
                unknown |= d.ops[k].raw.len > 0;
            }
            encode(&d, &again);
            if (!unknown) {
                assert_true(
                    td_slice_eq(td_buf_slice(&b), td_buf_slice(&again)));
            }
            td_buf_deinit(&again);
            accepted++;
        }
        b.ptr[at] = was;
    }
    assert_true(accepted > 0);
    td_buf_deinit(&b);
}

static void
test_newer_body_names_its_record(void **state)
{
    struct td_change d = {0};
    struct td_buf b;

    (void)state;
    td_buf_init(&b, NULL, 1 << 10);
    td_mp_array(&b, 5);
    td_mp_uint(&b, 2);
    td_mp_bin(&b, help_id.b, 16);
    td_mp_bin(&b, help_pack, 8);
    td_mp_uint(&b, HELP_KIND);
    td_mp_map(&b, 0);
    assert_int_equal(decode(&b, &d), TANDEM_EVERSION);
    assert_true(tandem_id_equal(d.record, help_id));
    assert_memory_equal(d.pack, help_pack, 8);
    assert_int_equal(d.kind, HELP_KIND);
    assert_int_equal(d.version, 2);
    td_buf_reset(&b);
    td_mp_array(&b, 2);
    td_mp_uint(&b, 9);
    td_mp_nil(&b);
    assert_int_equal(decode(&b, &d), TANDEM_EVERSION);
    assert_true(tandem_id_is_none(d.record));
    assert_int_equal(d.version, 9);
    td_buf_reset(&b);
    td_mp_array(&b, 1);
    td_mp_uint(&b, 0);
    assert_int_equal(decode(&b, &d), TANDEM_ECORRUPT);
    td_buf_deinit(&b);
}

static void
assert_refused(const struct parts *p)
{
    struct td_change d;

    assert_int_equal(decode_parts(p, &d), TANDEM_ECORRUPT);
}

#define LOG_A                                                                  \
    "\xc4\x10"                                                                 \
    "\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define PATH_A "\x93" LOG_A "\x05" HASH
#define LOG_OWN                                                                \
    "\xc4\x10"                                                                 \
    "\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define HASH                                                                   \
    "\xc4\x10"                                                                 \
    "\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void
test_prev_is_before_the_change(void **state)
{
    struct td_change d;

    (void)state;
    assert_refused(&(struct parts){PART(prev, "\x32")}); // 50, itself
    assert_refused(&(struct parts){PART(prev, "\x33")});
    assert_int_equal(
        decode_parts(&(struct parts){PART(prev, "\x31")}, &d), TANDEM_OK);
    assert_int_equal(d.prev, 49);
}

static void
test_context_is_sorted_and_of_the_past(void **state)
{
    struct td_change d;

    (void)state;
    assert_int_equal(decode_parts(&(struct parts){PART(context,
                                      "\x92\x94" LOG_A "\x05" HASH
                                      "\x91\x03\x94" LOG_OWN "\xc0\xc0\x90")},
                         &d),
        TANDEM_OK);
    assert_refused(&(struct parts){PART(context, // unsorted
        "\x92\x94" LOG_OWN "\xc0\xc0\x90\x94" LOG_A "\x05" HASH "\x90")});
    assert_refused(&(struct parts){PART(context, // twice
        "\x92\x94" LOG_A "\x05" HASH "\x90\x94" LOG_A "\x05" HASH "\x90")});
    assert_int_equal(decode_parts(&(struct parts){PART(context, // two branches
                                      "\x92\x94" LOG_A "\x05" HASH
                                      "\x90\x94" LOG_A "\x06" HASH "\x90")},
                         &d),
        TANDEM_OK);
    assert_int_equal(d.context_count, 2);
    assert_refused(&(struct parts){PART(context, // one of them and none
        "\x92\x94" LOG_A "\x05" HASH "\x90\x94" LOG_A "\xc0\xc0\x90")});
    assert_refused(&(struct parts){PART(prev, "\x05"), // the own log twice
        PART(context, "\x92\x94" LOG_OWN "\x01" HASH "\x90\x94" LOG_OWN
                      "\x02" HASH "\x90")});
    assert_refused(&(struct parts){PART(context, // a seq without its hash
        "\x91\x94" LOG_A "\x05\xc0\x90")});
    assert_refused(&(struct parts){PART(context, // a hash without its seq
        "\x91\x94" LOG_A "\xc0" HASH "\x90")});
    assert_refused(&(struct parts){PART(context, // skipped above
        "\x91\x94" LOG_A "\x05" HASH "\x91\x06")});
    assert_refused(&(struct parts){PART(context, // skipped of nothing
        "\x91\x94" LOG_A "\xc0\xc0\x91\x00")});
    assert_refused(&(struct parts){PART(context, // falling
        "\x91\x94" LOG_A "\x05" HASH "\x92\x03\x03")});
    assert_refused(&(struct parts){PART(prev, "\x05"), // own beyond prev
        PART(context, "\x91\x94" LOG_OWN "\x06" HASH "\x90")});
    assert_refused(&(struct parts){PART(context, // own, without prev
        "\x91\x94" LOG_OWN "\x01" HASH "\x90")});
}

static void
test_operations_have_their_shape(void **state)
{
    struct td_change d;

    (void)state;
    assert_int_equal(
        decode_parts(&(struct parts){PART(
                         ops, "\x92\x94\x01\x01\x07\xc0\x93\x09\x00\xc3")},
            &d),
        TANDEM_OK);
    assert_refused(&(struct parts){PART(ops, "\x91\x93\x01\x01\x07")});
    assert_refused(&(struct parts){PART(ops, "\x91\x95\x01\x01\x07\xc0\xc0")});
    assert_refused(&(struct parts){PART(ops, "\x91\x94\x01\x01\x07\xa0")});
    assert_refused(&(struct parts){PART(ops, "\x91\x94\x01\x01\x07\x05")});
    assert_refused(&(struct parts){PART(ops, "\x91\x93\x09\x01\xc3")});
    assert_refused(&(struct parts){PART(ops, "\x91\x93\x09\x00\x01")});
    assert_refused(&(struct parts){PART(ops, "\x91\x93\x06\x01\xc0")});
    assert_refused(&(struct parts){PART(ops, "\x91\x90")});
    assert_refused(&(struct parts){PART(ops, "\x91\x05")});
    assert_refused(&(struct parts){PART(ops, "\x91\x92\xc0\x01")});
    assert_refused(
        &(struct parts){PART(ops, "\x91\x93\x06\x01\xcf\xff\xff\xff\xff\xff"
                                  "\xff\xff\xff")});
}

static void
test_characters_are_of_the_past(void **state)
{
    struct td_change d;

    (void)state;
    // [insert at the begin, insert after its first character]
    assert_int_equal(decode_parts(&(struct parts){PART(ops,
                                      "\x92\x95\x07\x01\xc0\xc0\xa1z"
                                      "\x95\x07\x01\x92\x00\x00\xc0\xa1z")},
                         &d),
        TANDEM_OK);
    assert_refused(&(struct parts){PART(ops, // itself
        "\x91\x95\x07\x01\x92\x00\x00\xc0\xa1z")});
    assert_refused(&(struct parts){PART(ops, // of another field
        "\x92\x95\x07\x01\xc0\xc0\xa1z\x95\x07\x02\x92\x00\x00\xc0\xa1z")});
    assert_refused(&(struct parts){PART(ops, // no insertion
        "\x92\x93\x06\x01\x01\x95\x07\x01\x92\x00\x00\xc0\xa1z")});
    assert_refused(&(struct parts){PART(ops, // empty
        "\x91\x95\x07\x01\xc0\xc0\xa0")});
    assert_refused(&(struct parts){PART(ops, // no ref 0
        "\x91\x95\x07\x01\x95\x00\x01\x00\x00\x00\xc0\xa1z")});
    assert_int_equal(
        decode_parts(
            &(struct parts){
                PART(ops, "\x91\x95\x07\x01\x95\x00\x01\x00\x00\x00\xc0\xa1z"),
                PART(refs, "\x91" PATH_A)},
            &d),
        TANDEM_OK);
    assert_refused(&(struct parts){PART(refs, "\x91" PATH_A)}); // unused
    assert_refused(&(struct parts){PART(ops, // beyond the named path's end
                                       "\x91\x95\x07\x01\x95\x00\x06\x00\x00"
                                       "\x00\xc0\xa1z"),
        PART(refs, "\x91" PATH_A)});
    assert_refused(&(struct parts){PART(ops, // another log without a path
                                       "\x91\x95\x07\x01\x95\x00\x01\x00\x00"
                                       "\x00\xc0\xa1z"),
        PART(refs, "\x91" LOG_A)});
    assert_refused(&(struct parts){PART(prev, "\x05"), // the own log by a path
        PART(ops, "\x91\x95\x07\x01\x95\x00\x01\x00\x00\x00\xc0\xa1z"),
        PART(refs, "\x91\x93" LOG_OWN "\x05" HASH)});
    assert_refused(&(struct parts){PART(ops, // own log, beyond prev
                                       "\x91\x95\x07\x01\x95\x00\x01\x00\x00"
                                       "\x00\xc0\xa1z"),
        PART(refs, "\x91" LOG_OWN)});
    assert_refused(&(struct parts){PART(ops, // 65536 is no change
                                       "\x91\x95\x07\x01\x95\x00\x01\xce\x00"
                                       "\x01\x00\x00\x00\x00\xc0\xa1z"),
        PART(refs, "\x91" PATH_A)});
    assert_refused(&(struct parts){PART(ops, "\x91\x93\x08\x01\x90")});
    assert_refused(&(struct parts){PART(ops, // a length of nothing
                                       "\x91\x93\x08\x01\x91\x92\x95\x00\x01"
                                       "\x00\x00\x00\x00"),
        PART(refs, "\x91" PATH_A)});
    assert_refused(&(struct parts){PART(ops, // beyond all offsets
                                       "\x91\x93\x08\x01\x91\x92\x95\x00\x01"
                                       "\x00\x00\x02\xce\xff\xff\xff\xff"),
        PART(refs, "\x91" PATH_A)});
    assert_refused(&(struct parts){PART(ops, // an end is no character
        "\x91\x93\x08\x01\x91\x92\xc0\x01")});
}

static void
test_too_many_operations_are_over_the_limit(void **state)
{
    struct td_op *ops = calloc(TD_OPS_MAX + 1, sizeof *ops);
    struct td_change c = place;
    struct td_change d;
    struct td_buf b;

    (void)state;
    assert_non_null(ops);
    for (size_t i = 0; i <= TD_OPS_MAX; i++) {
        ops[i] = op_count(1, 1);
    }
    c.ops = ops;
    c.op_count = TD_OPS_MAX + 1;
    td_buf_init(&b, NULL, 1 << 20);
    assert_int_equal(td_change_encode(&c, &b), TANDEM_ELIMIT);
    assert_int_equal(b.len, 0);
    c.op_count = TD_OPS_MAX;
    assert_int_equal(td_change_encode(&c, &b), TANDEM_OK);
    assert_int_equal(decode(&b, &d), TANDEM_OK);
    assert_int_equal(d.op_count, TD_OPS_MAX);
    td_buf_deinit(&b);

    // The same written past our encoder.
    td_buf_init(&b, NULL, 1 << 20);
    td_mp_array(&b, TD_OPS_MAX + 1);
    for (size_t i = 0; i <= TD_OPS_MAX; i++) {
        td_buf_put(&b, "\x93\x06\x01\x01", 4);
    }
    assert_int_equal(
        decode_parts(
            &(struct parts){.ops = (const char *)b.ptr, .ops_n = b.len}, &d),
        TANDEM_ELIMIT);
    td_buf_deinit(&b);
    free(ops);
}

static void
test_bounded_memory_is_never_passed(void **state)
{
    struct td_change c;
    struct td_change d;
    struct td_buf b;
    size_t max = 0;

    (void)state;
    full_change(&c);
    encode(&c, &b);
    for (;; max += 64) {
        struct td_arena small;
        tandem_err err;

        td_arena_init(&small, NULL, max);
        err = td_change_decode(td_buf_slice(&b), &place, NULL, &small, &d);
        td_arena_deinit(&small);
        if (err == TANDEM_OK) {
            break;
        }
        assert_int_equal(err, TANDEM_ENOMEM);
    }
    assert_true(max > 0);
    td_buf_deinit(&b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_body_comes_back_as_it_was_written),
        T(test_body_cut_anywhere_is_refused),
        T(test_huge_counts_are_refused_without_memory),
        T(prop_changed_bytes_are_refused_or_canonical),
        T(test_newer_body_names_its_record),
        T(test_prev_is_before_the_change),
        T(test_context_is_sorted_and_of_the_past),
        T(test_operations_have_their_shape),
        T(test_characters_are_of_the_past),
        T(test_too_many_operations_are_over_the_limit),
        T(test_bounded_memory_is_never_passed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
