// SPDX-License-Identifier: Apache-2.0
// outside_test.c - every decoder of bytes from outside, on its known answers
// cut at every byte, and with every byte in turn made the largest count or
// length there is: refused, nothing written out, memory in proportion to what
// came in.
#include "base/faulty.h"

#include "support/vector.h"

#include "base/arena.h"
#include "base/limits.h"
#include "codec/cursor.h"
#include "crdt/record.h"
#include "crypto/hash.h"
#include "log/log.h"
#include "member/control.h"
#include "member/enrol.h"
#include "replica/row.h"
#include "replica/wait.h"
#include "schema/pack.h"
#include "session/message.h"

// What reads `in`, with all its memory from `sys`.
typedef tandem_err decoder(const tandem_sys *sys, tandem_slice in);

struct known {
    const char *file; // of tests/vectors, or a path below it
    const char *names;
    decoder *read;
};

enum {
    ARENA_MAX = 64 << 20, // far more than may be needed: see BYTES_EACH
    BYTES_EACH = 256,     // of memory for a byte of input
    BYTES_MORE = 64 << 10 // and to begin with
};

#define IN_ARENA(type, call)                                                   \
    struct td_arena arena;                                                     \
    type out;                                                                  \
    type was;                                                                  \
    tandem_err err;                                                            \
                                                                               \
    memset(&out, 0x5a, sizeof(out));                                           \
    memcpy(&was, &out, sizeof(was));                                           \
    td_arena_init(&arena, sys, ARENA_MAX);                                     \
    err = (call);                                                              \
    if (err == TANDEM_ECORRUPT) {                                              \
        assert_memory_equal(&was, &out, sizeof(was));                          \
    }                                                                          \
    td_arena_deinit(&arena);                                                   \
    return err

static tandem_err
read_header(const tandem_sys *sys, tandem_slice in)
{
    IN_ARENA(struct td_header, td_header_decode(in, &arena, &out));
}

static tandem_err
read_control(const tandem_sys *sys, tandem_slice in)
{
    IN_ARENA(struct td_control, td_control_decode(in, &arena, &out));
}

static tandem_err
read_row(const tandem_sys *sys, tandem_slice in)
{
    IN_ARENA(struct td_row, td_row_decode(in, &arena, &out));
}

// At a place above all that the known bodies name.
static tandem_err
read_body(const tandem_sys *sys, tandem_slice in)
{
    struct td_change at = {.seq = 1000};
    struct td_change out = {0};
    struct td_arena arena;
    tandem_err err;

    memset(at.log.b, 0xee, sizeof(at.log.b));
    td_arena_init(&arena, sys, ARENA_MAX);
    err = td_change_decode(in, &at, NULL, &arena, &out);
    td_arena_deinit(&arena);
    return err;
}

static tandem_err
read_wire(const tandem_sys *sys, tandem_slice in)
{
    struct td_header before = {.seq = 4, .has_epoch = true};
    struct td_header h = {.seq = 5};
    tandem_slice *payloads = NULL;
    struct td_arena arena;
    struct td_cur c;
    tandem_err err = TANDEM_EPROTO;

    td_arena_init(&arena, sys, ARENA_MAX);
    if (td_cur_open(&c, in)) {
        err = td_wire_decode(&c, &before, &arena, &h, &payloads);
    }
    td_arena_deinit(&arena);
    return err;
}

static void
take(const char *name, uint8_t *out, size_t n)
{
    tandem_slice v = vector("log", name);

    assert_int_equal(n, v.len);
    if (v.ptr != NULL) {
        memcpy(out, v.ptr, n);
    }
    vector_free(v);
}

// An entry 0, whose log is the one of the vectors.
static tandem_err
read_wire_first(const tandem_sys *sys, tandem_slice in)
{
    struct td_header h = {.seq = 0};
    tandem_slice *payloads = NULL;
    struct td_arena arena;
    struct td_cur c;
    tandem_err err = TANDEM_EPROTO;

    take("log_id", h.log.b, sizeof(h.log.b));
    td_arena_init(&arena, sys, ARENA_MAX);
    if (td_cur_open(&c, in)) {
        err = td_wire_decode(&c, NULL, &arena, &h, &payloads);
    }
    td_arena_deinit(&arena);
    return err;
}

static tandem_err
read_segment(const tandem_sys *sys, tandem_slice in)
{
    struct td_signed_head head = {.head.seq = 1};
    struct td_segment out;
    struct td_hash workspace;
    struct td_arena arena;
    tandem_err err;

    memset(workspace.b, 0x11, sizeof(workspace.b));
    take("log_id", head.head.log.b, sizeof(head.head.log.b));
    take("chain1", head.head.hash.b, sizeof(head.head.hash.b));
    take("head_signature", head.sig.b, sizeof(head.sig.b));
    td_arena_init(&arena, sys, TD_SEGMENT_ARENA_MAX);
    err = td_segment_read(in, &workspace, NULL, &head, &arena, &out);
    td_arena_deinit(&arena);
    return err;
}

static tandem_err
read_text(const tandem_sys *sys, tandem_slice in)
{
    struct td_text *t = NULL;
    tandem_err err = td_text_decode(sys, in, &t);

    assert_true((err == TANDEM_OK) == (t != NULL));
    td_text_free(t);
    return err;
}

static tandem_err
read_state(const tandem_sys *sys, tandem_slice in)
{
    struct td_record *r = NULL;
    tandem_err err = td_record_decode(sys, in, &r);

    assert_true((err == TANDEM_OK) == (r != NULL));
    td_record_free(r);
    return err;
}

static tandem_err
read_pack(const tandem_sys *sys, tandem_slice in)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
    struct td_pack *p = NULL;
    tandem_err err = td_pack_parse(in, sys, &p, &e);

    assert_true((err == TANDEM_OK) == (p != NULL));
    assert_true((err == TANDEM_OK) == (e.msg[0] == '\0'));
    td_pack_release(p);
    return err;
}

static tandem_err
read_message(const tandem_sys *sys, tandem_slice in)
{
    struct td_msg m;

    (void)sys; // it allocates nothing
    return td_msg_decode(in, &m);
}

static const struct known all[] = {
    {"log", "header0 header1", read_header},
    {"log", "wire0", read_wire_first},
    {"log", "wire1 wire1_absent wire1_same_epoch wire1_no_epoch", read_wire},
    {"log", "segment", read_segment},
    {"control",
        "genesis genesis_recovery sector enrol grant loss epoch pack share",
        read_control},
    {"change", "body_first body_second body_third body_unknown", read_body},
    {"change", "state_first state_second state_held", read_state},
    {"change", "text_first text_second text_joined", read_text},
    {"replica", "row_pointer row_state", read_row},
    {"replica", "built_in_pack", read_pack},
    {"session",
        "hello hello_new status advert want want_staged head head_between data "
        "credit "
        "ack sent bye fin fin_same node leaf apart locate found found_none "
        "wantpayload payload payload_none wantepoch epoch",
        read_message},
};

// The most memory at once that a call took.
struct meter {
    size_t live, most;
};

static void *
meter_resize(void *ctx, void *p, size_t was, size_t now)
{
    struct meter *m = ctx;
    void *q;

    m->live -= was;
    if (now == 0) {
        free(p);
        return NULL;
    }
    q = realloc(p, now);
    assert_non_null(q);
    m->live += now;
    m->most = m->live > m->most ? m->live : m->most;
    return q;
}

// Reads a copy of exactly `in`, so that one byte read beyond it is seen.
static tandem_err
metered(const struct known *k, const char *name, tandem_slice in)
{
    struct meter m = {0, 0};
    tandem_sys given = TANDEM_SYS_INIT;
    tandem_sys sys;
    uint8_t *copy = malloc(in.len > 0 ? in.len : 1);
    tandem_err err;

    assert_non_null(copy);
    if (in.len > 0) {
        memcpy(copy, in.ptr, in.len);
    }
    given.ctx = &m;
    given.resize = meter_resize;
    td_sys_fill(&sys, &given);
    err = k->read(&sys, (tandem_slice){copy, in.len});
    free(copy);
    assert_int_equal(0, m.live);
    if (m.most > BYTES_MORE + BYTES_EACH * in.len) {
        fail_msg("%s: %zu bytes of memory for %zu", name, m.most, in.len);
    }
    return err;
}

typedef void trial(const struct known *k, const char *name, tandem_slice in);

static void
each_known(trial *f)
{
    assert_int_equal(TANDEM_OK, td_crypto_init());
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        char names[256];
        char *rest = names;
        char *name;

        (void)snprintf(names, sizeof(names), "%s", all[i].names);
        while ((name = strtok_r(rest, " ", &rest)) != NULL) {
            tandem_slice in = vector(all[i].file, name);

            f(&all[i], name, in);
            vector_free(in);
        }
    }
}

static void
whole(const struct known *k, const char *name, tandem_slice in)
{
    tandem_err err = metered(k, name, in);

    if (err != TANDEM_OK) {
        fail_msg("%s: %d", name, (int)err);
    }
}

static void
test_every_known_answer_is_read(void **state)
{
    (void)state;
    each_known(whole);
}

// What a peer's or a disk's bytes may be answered with.
static bool
refused(tandem_err err)
{
    return err == TANDEM_ECORRUPT || err == TANDEM_EPROTO ||
           err == TANDEM_EVERSION || err == TANDEM_ELIMIT ||
           err == TANDEM_EWORKSPACE;
}

static void
cut(const struct known *k, const char *name, tandem_slice in)
{
    for (size_t n = 0; n < in.len; n++) {
        tandem_err err = metered(k, name, (tandem_slice){in.ptr, n});

        if (!refused(err)) {
            fail_msg("%s cut to %zu bytes: %d", name, n, (int)err);
        }
    }
}

static void
test_everything_cut_at_every_byte_is_refused(void **state)
{
    (void)state;
    each_known(cut);
}

// The largest array, map, bin and str of each width, and numbers.
static const struct {
    uint8_t bytes[9];
    size_t len;
} heads[] = {
    {{0xdd, 0xff, 0xff, 0xff, 0xff}, 5},
    {{0xdf, 0xff, 0xff, 0xff, 0xff}, 5},
    {{0xc6, 0xff, 0xff, 0xff, 0xff}, 5},
    {{0xdb, 0xff, 0xff, 0xff, 0xff}, 5},
    {{0xdc, 0xff, 0xff}, 3},
    {{0xde, 0xff, 0xff}, 3},
    {{0xc5, 0xff, 0xff}, 3},
    {{0xda, 0xff, 0xff}, 3},
    {{0xc4, 0xff}, 2},
    {{0xd9, 0xff}, 2},
    {{0x9f}, 1},
    {{0x8f}, 1},
    {{0xbf}, 1},
    {{0xce, 0xff, 0xff, 0xff, 0xff}, 5},
    {{0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9},
    {{0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0}, 9},
};

enum { COUNT_HEADS = 10 }; // of them longer than what they stand for

// Each value's first byte gives way to the head: its old content is what
// follows. Inside text and keys any byte is as good as another, so a head of
// one byte may be taken there, and a number anywhere a number may stand.
static void
swell(const struct known *k, const char *name, tandem_slice in)
{
    struct td_buf b;

    td_buf_init(&b, NULL, in.len + 16);
    for (size_t at = 0; at < in.len; at++) {
        for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
            tandem_err err;

            td_buf_reset(&b);
            td_buf_put(&b, in.ptr, at);
            td_buf_put(&b, heads[h].bytes, heads[h].len);
            td_buf_put(&b, in.ptr + at + 1, in.len - at - 1);
            err = metered(k, name, td_buf_slice(&b));
            if (!refused(err) && (err != TANDEM_OK || h < COUNT_HEADS)) {
                fail_msg("%s, head %02x at %zu: %d", name, heads[h].bytes[0],
                    at, (int)err);
            }
        }
    }
    td_buf_deinit(&b);
}

static void
test_every_count_and_length_at_its_maximum_costs_no_memory(void **state)
{
    (void)state;
    each_known(swell);
}

// What stands in WAITING rows: any short bytes, cut and swollen.
static void
test_waiting_rows_are_read_whole_or_not_at_all(void **state)
{
    uint64_t random = seed_of_run();
    size_t taken = 0;

    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        uint8_t bytes[48];
        size_t n = next_random(&random) % sizeof(bytes);
        struct td_wait out;
        struct td_wait was;
        tandem_err err;

        for (size_t j = 0; j < n; j++) {
            bytes[j] = (uint8_t)next_random(&random);
        }
        memset(&out, 0x5a, sizeof(out));
        memcpy(&was, &out, sizeof(was));
        err = td_wait_decode((tandem_slice){bytes, n}, &out);
        if (err == TANDEM_OK) {
            taken++;
            assert_true(out.reason != 0);
        } else {
            assert_int_equal(TANDEM_ECORRUPT, err);
            assert_memory_equal(&was, &out, sizeof(was));
        }
    }
    assert_true(taken < 20000);
}

// A code somebody mistyped, cut or lengthened.
static void
test_a_code_with_any_character_changed_or_gone_is_refused(void **state)
{
    tandem_slice text = vector("enrol", "code_text");
    char code[TD_CODE_TEXT_MAX];
    struct td_code out;

    (void)state;
    assert_int_equal(TANDEM_OK, td_crypto_init());
    assert_true(text.len < sizeof(code));
    memcpy(code, text.ptr, text.len);
    code[text.len] = '\0';
    assert_int_equal(TANDEM_OK, td_code_read(code, &out, NULL));
    for (size_t i = 0; i < text.len; i++) {
        for (unsigned c = 1; c < 256; c += 7) {
            tandem_error e = TANDEM_ERROR_INIT(TANDEM_FR);
            tandem_err err;

            code[i] = (char)c;
            err = td_code_read(code, &out, &e);
            if (err != TANDEM_OK) {
                assert_true(e.msg[0] != '\0');
            } else { // only what is written alike: case, blanks
                assert_true(text.ptr[i] == '-' || c == ' ' || c == '-' ||
                            strchr("oOiIlLzZ", text.ptr[i]) != NULL ||
                            (c | 0x20) == (text.ptr[i] | 0x20u) ||
                            strchr("oOiIlL01", (char)c) != NULL);
            }
        }
        code[i] = (char)text.ptr[i];
    }
    vector_free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_known_answer_is_read),
        cmocka_unit_test(test_everything_cut_at_every_byte_is_refused),
        cmocka_unit_test(
            test_every_count_and_length_at_its_maximum_costs_no_memory),
        cmocka_unit_test(test_waiting_rows_are_read_whole_or_not_at_all),
        cmocka_unit_test(
            test_a_code_with_any_character_changed_or_gone_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
