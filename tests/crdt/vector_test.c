// SPDX-License-Identifier: Apache-2.0
// vector_test.c - bodies of changes, states of records and texts against the
// known answers of tests/vectors/change.py, whose inputs stand here again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/vector.h"

#include "base/arena.h"
#include "crdt/record.h"

#define A_CLOCK (UINT64_C(1785542400000) << 16)
#define B_CLOCK ((UINT64_C(1785542460000) << 16) + 3)

#define V(bytes)                                                               \
    {                                                                          \
        (const uint8_t *)(bytes), sizeof(bytes) - 1                            \
    }

static const uint8_t pack[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static tandem_id
id_of(uint8_t b)
{
    tandem_id id;

    memset(id.b, b, sizeof(id.b));
    return id;
}

static struct td_log_id
log_of(uint8_t b)
{
    struct td_log_id id;

    memset(id.b, b, sizeof(id.b));
    return id;
}

static struct td_hash16
hash_of(uint8_t b)
{
    struct td_hash16 h;

    memset(h.b, b, sizeof(h.b));
    return h;
}

static struct td_change
change(uint8_t log, uint64_t seq, uint8_t hash, uint8_t person, uint64_t clock)
{
    struct td_change c = {0};

    c.log = log_of(log);
    c.seq = seq;
    c.hash = hash_of(hash);
    c.prev_log = c.log;
    c.version = TD_BODY_VERSION;
    c.record = id_of(0xaa);
    memcpy(c.pack, pack, 8);
    c.kind = 4;
    c.person = id_of(person);
    c.clock = clock;
    return c;
}

static const struct td_op first_ops[] = {
    {.code = TD_OP_SET, .field = 1, .value = V("\xa6Mme L.")},
    {.code = TD_OP_ADD, .field = 2, .value = V("\x03")},
    {.code = TD_OP_PUT,
        .field = 3,
        .key = V("\x01"),
        .value = V("\xc3"),
        .why = V("asked")},
    {.code = TD_OP_COUNT, .field = 4, .delta = 40},
    {.code = TD_OP_INSERT, .field = 5, .utf8 = V("Bonjour \xc3\xa9")},
    {.code = TD_OP_WHY, .why = V("first visit")},
};

static struct td_change
first(void)
{
    struct td_change c = change(0x11, 1, 0xa1, 0x77, A_CLOCK);

    c.ops = first_ops;
    c.op_count = 6;
    return c;
}

// A character of the first change's text.
static struct td_char
of_first(uint32_t offset)
{
    return (struct td_char){
        .dot = {.log = log_of(0x11), .seq = 1, .op = 4}, .offset = offset};
}

static struct td_char
of_self(uint16_t op)
{
    return (struct td_char){
        .dot = {.log = log_of(0x22), .seq = TD_SEQ_SELF, .op = op}};
}

struct second {
    struct td_change c;
    struct td_seen seen;
    struct td_ref ref;
    struct td_char_range ranges[2];
    struct td_op ops[8];
};

static void
second(struct second *s)
{
    const struct td_op ops[8] = {
        {.code = TD_OP_SET, .field = 1, .value = V("\xa8Mme L\xc3\xa9.")},
        {.code = TD_OP_REMOVE, .field = 2, .value = V("\x03")},
        {.code = TD_OP_DROP, .field = 3, .key = V("\x01")},
        {.code = TD_OP_COUNT, .field = 4, .delta = -300},
        {.code = TD_OP_INSERT,
            .field = 5,
            .has_left = true,
            .has_right = true,
            .left = of_first(6),
            .right = of_first(7),
            .utf8 = V("!")},
        {.code = TD_OP_INSERT,
            .field = 5,
            .has_left = true,
            .has_right = true,
            .left = of_self(4),
            .right = of_first(7),
            .utf8 = V("?")},
        {.code = TD_OP_ERASE,
            .field = 5,
            .ranges = s->ranges,
            .range_count = 2},
        {.code = TD_OP_MARK, .deleted = true},
    };

    memset(s, 0, sizeof(*s));
    s->ranges[0] = (struct td_char_range){of_first(7), 2};
    s->ranges[1] = (struct td_char_range){of_self(5), 1};
    memcpy(s->ops, ops, sizeof(ops));
    s->seen =
        (struct td_seen){.log = log_of(0x11), .seq = 1, .hash = hash_of(0xa1)};
    s->c = change(0x22, 7, 0xb7, 0x78, B_CLOCK);
    s->c.context = &s->seen;
    s->c.context_count = 1;
    s->ref = (struct td_ref){.name = log_of(0x11),
        .log = log_of(0x11),
        .seq = 1,
        .hash = hash_of(0xa1)};
    s->c.refs = &s->ref;
    s->c.ref_count = 1;
    s->c.ops = s->ops;
    s->c.op_count = 8;
}

static const uint64_t skipped_six = 6;

struct third {
    struct td_change c;
    struct td_seen seen[2];
};

static void
third(struct third *t)
{
    static const struct td_op op = {
        .code = TD_OP_SET, .field = 1, .value = V("\xc0")};

    memset(t, 0, sizeof(*t));
    t->seen[0] = (struct td_seen){.log = log_of(0x11), .none = true};
    t->seen[1] = (struct td_seen){.log = log_of(0x22),
        .seq = 7,
        .hash = hash_of(0xb7),
        .skipped = &skipped_six,
        .skipped_count = 1};
    t->c = change(0x11, 5, 0xa5, 0x77, UINT64_C(5) << 16);
    t->c.has_prev = true;
    t->c.prev = 1;
    t->c.context = t->seen;
    t->c.context_count = 2;
    t->c.ops = &op;
    t->c.op_count = 1;
}

static void
assert_body(const char *name, const struct td_change *c)
{
    struct td_buf b;

    td_buf_init(&b, NULL, 1 << 20);
    assert_int_equal(TANDEM_OK, td_change_encode(c, &b));
    vector_same("change", name, td_buf_slice(&b));
    td_buf_deinit(&b);
}

static void
test_bodies_are_written_as_their_known_answers(void **state)
{
    struct td_change c = first();
    struct second s;
    struct third t;

    (void)state;
    assert_body("body_first", &c);
    second(&s);
    assert_body("body_second", &s.c);
    third(&t);
    assert_body("body_third", &t.c);
}

// What decodes encodes to the same bytes, an unknown operation included.
static void
test_known_bodies_read_and_write_again(void **state)
{
    static const struct {
        const char *name;
        uint8_t log;
        uint64_t seq;
    } all[] = {{"body_first", 0x11, 1}, {"body_second", 0x22, 7},
        {"body_third", 0x11, 5}, {"body_unknown", 0x11, 1},
        {"body_branch", 0x22, 9}, {"body_moved", 0x11, 1},
        {"body_logged", 0x11, 1}, {"body_listed", 0x11, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct td_change at = {.log = log_of(all[i].log), .seq = all[i].seq};
        tandem_slice body = vector("change", all[i].name);
        struct td_change c;
        struct td_arena arena;

        td_arena_init(&arena, NULL, 1 << 20);
        assert_int_equal(
            TANDEM_OK, td_change_decode(body, &at, NULL, &arena, &c));
        assert_body(all[i].name, &c);
        td_arena_deinit(&arena);
        vector_free(body);
    }
}

static void
assert_state(const char *name, const struct td_record *r)
{
    struct td_record *again;
    struct td_buf b;

    td_buf_init(&b, NULL, 1 << 20);
    assert_int_equal(TANDEM_OK, td_record_encode(r, &b));
    vector_same("change", name, td_buf_slice(&b));
    assert_int_equal(
        TANDEM_OK, td_record_decode(NULL, td_buf_slice(&b), &again));
    td_record_free(again);
    td_buf_deinit(&b);
}

static void
apply(struct td_record *r, const struct td_change *c, bool admitted)
{
    struct td_wait_for wait;
    enum td_applied how;

    assert_int_equal(TANDEM_OK, td_record_apply(r, c, admitted, &how, &wait));
    assert_int_equal(TD_APPLIED, how);
}

// The second names its own characters; the state has them by place.
static void
test_states_are_written_as_their_known_answers(void **state)
{
    struct td_change c = first();
    struct td_change at = {
        .log = log_of(0x22), .seq = 7, .hash = hash_of(0xb7)};
    tandem_slice body = vector("change", "body_second");
    struct td_arena arena;
    struct td_change heard;
    struct td_record *r;
    struct third t;

    (void)state;
    td_arena_init(&arena, NULL, 1 << 20);
    assert_int_equal(
        TANDEM_OK, td_change_decode(body, &at, NULL, &arena, &heard));
    assert_int_equal(TANDEM_OK, td_record_new(NULL, id_of(0xaa), pack, 4, &r));
    apply(r, &c, true);
    assert_state("state_first", r);
    apply(r, &heard, true);
    assert_state("state_second", r);
    third(&t);
    apply(r, &t.c, false);
    assert_state("state_held", r);
    td_record_free(r);
    td_arena_deinit(&arena);
    vector_free(body);
}

// What the second log's other branch did, in a log of its own that continues
// it.
static void
test_state_of_a_branch_is_written_as_its_known_answer(void **state)
{
    const struct td_change first_of = first();
    struct td_change at = {
        .log = log_of(0x22), .seq = 7, .hash = hash_of(0xb7)};
    tandem_slice second_body = vector("change", "body_second");
    tandem_slice branch_body = vector("change", "body_branch");
    struct td_change heard, branch;
    struct td_arena arena;
    struct td_record *r;

    (void)state;
    td_arena_init(&arena, NULL, 1 << 20);
    assert_int_equal(
        TANDEM_OK, td_change_decode(second_body, &at, NULL, &arena, &heard));
    at.seq = 9;
    at.hash = hash_of(0xc9);
    assert_int_equal(
        TANDEM_OK, td_change_decode(branch_body, &at, NULL, &arena, &branch));
    branch.log = log_of(0x33);
    assert_int_equal(TANDEM_OK, td_record_new(NULL, id_of(0xaa), pack, 4, &r));
    apply(r, &first_of, true);
    apply(r, &heard, true);
    apply(r, &branch, true);
    assert_state("state_branch", r);
    td_record_free(r);
    td_arena_deinit(&arena);
    vector_free(second_body);
    vector_free(branch_body);
}

// One body, and what it makes of an empty record.
static void
test_each_merge_has_its_known_state(void **state)
{
    static const char *const names[][2] = {{"body_moved", "state_moved"},
        {"body_logged", "state_logged"}, {"body_listed", "state_listed"}};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct td_change at = {
            .log = log_of(0x11), .seq = 1, .hash = hash_of(0xa1)};
        tandem_slice body = vector("change", names[i][0]);
        struct td_change c;
        struct td_arena arena;
        struct td_record *r;

        td_arena_init(&arena, NULL, 1 << 20);
        assert_int_equal(
            TANDEM_OK, td_change_decode(body, &at, NULL, &arena, &c));
        assert_int_equal(
            TANDEM_OK, td_record_new(NULL, id_of(0xaa), pack, 4, &r));
        apply(r, &c, true);
        assert_state(names[i][1], r);
        td_record_free(r);
        td_arena_deinit(&arena);
        vector_free(body);
    }
}

static void
assert_text(const char *name, const struct td_text *t)
{
    struct td_text *again;
    struct td_buf b;

    td_buf_init(&b, NULL, 1 << 20);
    td_text_encode(t, &b);
    vector_same("change", name, td_buf_slice(&b));
    assert_int_equal(TANDEM_OK, td_text_decode(NULL, td_buf_slice(&b), &again));
    td_text_free(again);
    td_buf_deinit(&b);
}

static void
test_texts_are_written_as_their_known_answers(void **state)
{
    const struct td_dot one = {.log = log_of(0x11), .seq = 1};
    const struct td_dot two = {.log = log_of(0x11), .seq = 2};
    const struct td_char b = {.dot = one, .offset = 1};
    const tandem_slice ab = V("ab"), cd = V("cd");
    struct td_text *t;

    (void)state;
    assert_int_equal(TANDEM_OK, td_text_new(NULL, &t));
    assert_int_equal(TANDEM_OK, td_text_insert(t, &one, NULL, NULL, ab, false));
    assert_int_equal(TANDEM_OK, td_text_insert(t, &two, &b, NULL, cd, false));
    assert_text("text_joined", t);
    td_text_free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_are_written_as_their_known_answers),
        cmocka_unit_test(test_known_bodies_read_and_write_again),
        cmocka_unit_test(test_states_are_written_as_their_known_answers),
        cmocka_unit_test(test_state_of_a_branch_is_written_as_its_known_answer),
        cmocka_unit_test(test_each_merge_has_its_known_state),
        cmocka_unit_test(test_texts_are_written_as_their_known_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
