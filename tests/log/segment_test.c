// SPDX-License-Identifier: Apache-2.0
// segment_test.c - segments: what a reader accepts, and what it never does.
#include "log/node_help.h"

#include "codec/writer.h"

static struct td_hash
workspace(void)
{
    struct td_hash w;

    memset(w.b, 0x11, sizeof(w.b));
    return w;
}

// Read without a store; what was allocated is freed.
static tandem_err
read_one(tandem_slice bytes, const struct td_log_info *known,
    const struct td_signed_head *head)
{
    struct td_hash ws = workspace();
    struct td_segment s;
    struct td_arena arena;
    tandem_err err;

    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    err = td_segment_read(bytes, &ws, known, head, &arena, &s);
    if (err == TANDEM_OK) {
        const struct td_header *h = &s.headers[s.count - 1];

        assert_int_equal(head->head.seq, h->seq);
        assert_int_equal(known == NULL, s.fresh);
    }
    td_arena_deinit(&arena);
    return err;
}

// A log of `commits` commits, its signed head, and its segment from the start.
struct scene {
    struct node n;
    struct write w;
    struct td_buf bytes;
};

static void
scene_init(struct scene *s, size_t commits)
{
    memset(s, 0, sizeof(*s));
    node_init(&s->n, 3);
    s->w = (struct write){.n = &s->n,
        .sector = node_sector(1),
        .commits = commits,
        .state = 4,
        .len_max = 40,
        .sign = true,
        .epoch = 1,
        .seen_count = 1};
    node_write(&s->w);
    td_buf_init(&s->bytes, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(&s->n, &s->w.log, true, 0, s->w.log.head_seq, &s->bytes);
}

static void
scene_deinit(struct scene *s)
{
    td_buf_deinit(&s->bytes);
    node_deinit(&s->n);
}

static void
test_segment_known_answer(void **state)
{
    struct td_signed_head head = {.head.seq = 1};
    struct help_known k;
    uint8_t room[1024], sig[64], hash[32];

    (void)state;
    help_known_init(&k);
    head.head.log = k.h[0].log;
    memcpy(head.head.hash.b, help_vector("chain1", hash, 32).ptr, 32);
    memcpy(head.sig.b, help_vector("head_signature", sig, 64).ptr, 64);
    assert_err(TANDEM_OK,
        read_one(help_vector("segment", room, sizeof(room)), NULL, &head));
}

static void
test_segment_truncated_anywhere_breaks_the_protocol(void **state)
{
    struct scene s;

    (void)state;
    scene_init(&s, 6);
    assert_err(TANDEM_OK, read_one(td_buf_slice(&s.bytes), NULL, &s.w.head));
    for (size_t len = 0; len < s.bytes.len; len++) {
        uint8_t *copy = malloc(len + 1); // its end is the sanitizer's

        assert_non_null(copy);
        memcpy(copy + 1, s.bytes.ptr, len);
        assert_err(TANDEM_EPROTO,
            read_one((tandem_slice){copy + 1, len}, NULL, &s.w.head));
        free(copy);
    }
    td_buf_put_u8(&s.bytes, 0xc0);
    assert_err(
        TANDEM_EPROTO, read_one(td_buf_slice(&s.bytes), NULL, &s.w.head));
    scene_deinit(&s);
}

static void
test_segment_with_any_bit_flipped_is_an_error(void **state)
{
    struct scene s;

    (void)state;
    scene_init(&s, 6);
    for (size_t bit = 0; bit < s.bytes.len * 8; bit++) {
        s.bytes.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(
            TANDEM_EPROTO, read_one(td_buf_slice(&s.bytes), NULL, &s.w.head));
        s.bytes.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < sizeof(s.w.head) * 8; bit++) {
        struct td_signed_head h = s.w.head;
        uint8_t *p = (uint8_t *)&h;

        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (memcmp(&h.head.log, &s.w.head.head.log, 16) == 0 &&
            h.head.seq == s.w.head.head.seq &&
            memcmp(&h.head.hash, &s.w.head.head.hash, 32) == 0 &&
            memcmp(&h.sig, &s.w.head.sig, 64) == 0) {
            continue; // padding
        }
        assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&s.bytes), NULL, &h));
    }
    assert_err(TANDEM_OK, read_one(td_buf_slice(&s.bytes), NULL, &s.w.head));
    scene_deinit(&s);
}

static void
test_segment_of_a_foreign_workspace_is_named_so(void **state)
{
    struct scene s;
    struct td_hash other = {{7}};
    struct td_segment out;
    struct td_arena arena;

    (void)state;
    scene_init(&s, 2);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_EWORKSPACE, td_segment_read(td_buf_slice(&s.bytes),
                                      &other, NULL, &s.w.head, &arena, &out));
    td_arena_deinit(&arena);
    scene_deinit(&s);
}

// Somebody signs, with a key of its own, a log whose opening claims another
// device's: the id it hashes to is not the one the head names.
static void
test_segment_with_a_liars_opening_breaks_the_protocol(void **state)
{
    struct help_known k;
    struct td_signed_head head = {.head.seq = 0};
    struct td_opening o;
    struct td_buf b;

    (void)state;
    help_known_init(&k);
    o = k.h[0].opening;
    o.incarnation[0] ^= 1;
    head.head.log = td_log_id_of(&o); // what it says it is
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_mp_array(&b, 1);
    td_wire_encode(&k.h[0], NULL, NULL, &b);
    head.head.hash = k.h[1].prev;
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &head));
    // The right id, but no signature of that device.
    head.head.log = k.h[0].log;
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &head));
    td_buf_deinit(&b);
}

static void
test_segment_counts_must_be_what_the_head_says(void **state)
{
    struct scene s;
    struct td_buf b;

    (void)state;
    scene_init(&s, 6);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_mp_array(&b, 0);
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &s.w.head));
    td_buf_reset(&b);
    node_tell(&s.n, &s.w.log, true, 0, 5, &b); // one commit short
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &s.w.head));
    td_buf_reset(&b);
    node_tell(&s.n, &s.w.log, false, 0, 6, &b); // without entry 0
    assert_err(TANDEM_EPROTO, read_one(td_buf_slice(&b), NULL, &s.w.head));
    td_buf_deinit(&b);
    scene_deinit(&s);
}

// A segment of `commits` commits, each with `changes` absent payloads of
// `length` bytes (the last of 1 byte each when `small_last`), well chained and
// signed by its author: only a bound can refuse it.
struct fat {
    size_t commits, changes;
    uint32_t length;
    bool small_last;
};

static tandem_err
read_fat(struct fat f)
{
    struct td_payload_ref refs[TD_COMMIT_CHANGES_MAX + 1] = {0};
    struct td_log_info known = {.head_seq = 4};
    struct td_signed_head head = {.head.seq = 4 + f.commits};
    struct td_header h = {.changes = refs, .change_count = f.changes};
    struct td_header before;
    struct td_device_keys keys;
    uint8_t message[56] = {0};
    struct td_buf b, one;
    tandem_err err;

    help_keys(3, &keys);
    known.device = keys.pub.sign;
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_buf_init(&one, NULL, 1 << 20);
    td_mp_array(&b, f.commits);
    for (size_t i = 0; i < f.commits; i++) {
        bool last = i + 1 == f.commits;

        for (size_t k = 0; k < f.changes; k++) {
            refs[k].length = last && f.small_last ? 1 : f.length;
        }
        h.seq = 5 + i;
        td_wire_encode(&h, i > 0 ? &before : NULL, NULL, &b);
        td_buf_reset(&one);
        td_header_encode(&h, &one);
        before = h;
        h.prev = td_header_chain(td_buf_slice(&one));
    }
    assert_err(TANDEM_OK, b.err);
    head.head.hash = h.prev;
    td_put_be64(message + 16, head.head.seq);
    memcpy(message + 24, h.prev.b, 32);
    head.sig = td_sign(&keys, TD_DOMAIN_HEAD, (tandem_slice){message, 56});
    err = read_one(td_buf_slice(&b), &known, &head);
    td_buf_deinit(&one);
    td_buf_deinit(&b);
    return err;
}

static void
test_segment_refuses_commits_beyond_their_bounds_though_signed(void **state)
{
    (void)state;
    assert_err(TANDEM_OK, read_fat((struct fat){1, 128, 8192, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){1, 128, 8193, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){1, 129, 1, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){1, 1, 0, false}));
    assert_err(TANDEM_EPROTO,
        read_fat((struct fat){1, 1, TD_PAYLOAD_BYTES_MAX + 1, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){1, 0, 0, false}));
}

// TD_SIGN_COMMITS commits, and TD_SIGN_BYTES before the last: what is more
// could not be passed on as one segment later.
static void
test_segment_refuses_more_than_one_signature_should_cover(void **state)
{
    (void)state;
    assert_err(TANDEM_OK, read_fat((struct fat){TD_SIGN_COMMITS, 1, 9, false}));
    assert_err(TANDEM_EPROTO,
        read_fat((struct fat){TD_SIGN_COMMITS + 1, 1, 9, false}));
    assert_err(TANDEM_OK, read_fat((struct fat){2, 128, 8192, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){3, 128, 8192, true}));
    assert_err(TANDEM_OK, read_fat((struct fat){3, 128, 4096, false}));
    assert_err(TANDEM_EPROTO, read_fat((struct fat){4, 128, 4096, true}));
}

static void
test_segment_is_told_from_signed_head_to_signed_head(void **state)
{
    struct scene s;
    struct td_signed_head head;
    struct td_txn *t;
    struct td_buf b;

    (void)state;
    scene_init(&s, 1);
    s.w.sign = false;
    s.w.commits = 300;
    node_write(&s.w); // signed at 257 on its own
    s.w.sign = true;
    s.w.commits = 1;
    node_write(&s.w);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    assert_err(TANDEM_OK, td_store_read(s.n.s, &t));
    assert_err(TANDEM_ELIMIT,
        td_segment_write(t, &s.w.log, true, 0, 256, NULL, NULL, &b));
    assert_int_equal(0, b.len);
    assert_err(TANDEM_ELIMIT,
        td_segment_write(t, &s.w.log, false, 5, 5, NULL, NULL, &b));
    assert_err(TANDEM_ENOTFOUND,
        td_segment_write(t, &s.w.log, false, 300, 303, NULL, NULL, &b));
    assert_err(TANDEM_OK, td_head_next(t, &s.w.log, 2, &head));
    assert_int_equal(257, head.head.seq);
    assert_err(TANDEM_OK, td_head_next(t, &s.w.log, 258, &head));
    assert_int_equal(302, head.head.seq);
    assert_err(TANDEM_ENOTFOUND, td_head_next(t, &s.w.log, 303, &head));
    assert_err(TANDEM_OK, td_head_reach(t, &s.w.log, true, 0, &head));
    assert_int_equal(1, head.head.seq);
    assert_err(TANDEM_OK, td_head_reach(t, &s.w.log, false, 46, &head));
    assert_int_equal(302, head.head.seq);
    assert_err(TANDEM_OK, td_head_reach(t, &s.w.log, false, 45, &head));
    assert_int_equal(257, head.head.seq);
    td_store_read_end(t);
    td_buf_deinit(&b);
    scene_deinit(&s);
}

static void
test_segment_memory_stays_within_its_arena(void **state)
{
    struct td_hash ws = workspace();
    struct td_log_info known = {.head_seq = 4};
    struct td_signed_head head = {.head.seq = 4 + TD_SIGN_COMMITS};
    struct td_segment out;
    struct td_arena arena;
    struct td_buf b;

    (void)state;
    // The most that one segment can make the reader hold: 256 commits of 128
    // changes of one byte each.
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    td_mp_array(&b, TD_SIGN_COMMITS);
    for (size_t i = 0; i < TD_SIGN_COMMITS; i++) {
        td_mp_array(&b, 3);
        if (i == 0) {
            td_mp_bool(&b, false);
        } else {
            td_mp_nil(&b);
        }
        td_mp_array(&b, TD_SEEN_MAX);
        for (size_t k = 0; k < TD_SEEN_MAX; k++) {
            uint8_t hash[32] = {(uint8_t)k};

            td_mp_bin(&b, hash, 32);
        }
        td_mp_array(&b, TD_COMMIT_CHANGES_MAX);
        for (size_t k = 0; k < TD_COMMIT_CHANGES_MAX; k++) {
            td_mp_bin(&b, "x", 1);
        }
    }
    assert_err(TANDEM_OK, b.err);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    // Read to the end: only the chain hash refuses it.
    assert_err(TANDEM_EPROTO,
        td_segment_read(td_buf_slice(&b), &ws, &known, &head, &arena, &out));
    assert_true(arena.used > 3u << 20);
    assert_true(arena.used < 6u << 20);
    td_arena_deinit(&arena);
    td_arena_init(&arena, NULL, 1 << 20);
    assert_err(TANDEM_ENOMEM,
        td_segment_read(td_buf_slice(&b), &ws, &known, &head, &arena, &out));
    td_arena_deinit(&arena);
    td_buf_deinit(&b);
}

// ------------------------------------------------------------ holding, forks

static void
test_segment_held_twice_changes_nothing(void **state)
{
    struct scene s;
    struct node other;
    struct td_log_info before, after;
    uint64_t lsn = 0, again = 1;
    struct td_txn *t;

    (void)state;
    scene_init(&s, 6);
    node_init(&other, 8);
    assert_err(TANDEM_OK, node_hear(&other, td_buf_slice(&s.bytes), &s.w.head));
    assert_err(TANDEM_OK, node_log(&other, s.w.log.id, &before));
    assert_err(
        TANDEM_EEXIST, node_hear(&other, td_buf_slice(&s.bytes), &s.w.head));
    assert_err(TANDEM_OK, td_store_read(other.s, &t));
    assert_err(TANDEM_OK, td_lsn(t, &lsn));
    td_store_read_end(t);
    // Read as a bundle is, from the start: every commit is found held.
    {
        struct td_hash ws = workspace();
        struct td_segment seg;
        struct td_arena arena;

        td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
        assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&s.bytes), &ws, NULL,
                                  &s.w.head, &arena, &seg));
        assert_err(TANDEM_OK, node_hold(&other, &seg));
        td_arena_deinit(&arena);
    }
    assert_err(TANDEM_OK, td_store_read(other.s, &t));
    assert_err(TANDEM_OK, td_lsn(t, &again));
    td_store_read_end(t);
    assert_int_equal(lsn, again);
    assert_err(TANDEM_OK, node_log(&other, s.w.log.id, &after));
    assert_memory_equal(before.head.b, after.head.b, 32);
    assert_int_equal(before.head_lsn, after.head_lsn);
    assert_false(after.forked);
    node_deinit(&other);
    scene_deinit(&s);
}

// A device copied with its store: both write entry 3 and more.
struct fork {
    struct node a, b; // the same device, the same incarnation
    struct write wa, wb;
    struct td_buf bytes_a, bytes_b; // from the start
};

static void
fork_init(struct fork *f, size_t more_a, size_t more_b)
{
    memset(f, 0, sizeof(*f));
    node_init(&f->a, 3);
    node_init(&f->b, 3);
    f->wa = (struct write){.n = &f->a,
        .sector = node_sector(1),
        .commits = 2,
        .state = 4,
        .sign = true};
    f->wb = f->wa;
    f->wb.n = &f->b;
    node_write(&f->wa);
    node_write(&f->wb);
    f->wb.epoch = 9; // from here they differ
    f->wa.commits = more_a;
    f->wb.commits = more_b;
    node_write(&f->wa);
    node_write(&f->wb);
    td_buf_init(&f->bytes_a, NULL, TD_SEGMENT_BYTES_MAX);
    td_buf_init(&f->bytes_b, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(&f->a, &f->wa.log, true, 0, f->wa.log.head_seq, &f->bytes_a);
    node_tell(&f->b, &f->wb.log, true, 0, f->wb.log.head_seq, &f->bytes_b);
}

static void
fork_deinit(struct fork *f)
{
    td_buf_deinit(&f->bytes_a);
    td_buf_deinit(&f->bytes_b);
    node_deinit(&f->a);
    node_deinit(&f->b);
}

// Holds branch A, then is given B from the start.
static void
meet_fork(size_t more_a, size_t more_b)
{
    struct td_hash ws = workspace();
    struct td_segment seg;
    struct td_log_info log;
    struct td_arena arena;
    struct fork f;
    struct node n;

    fork_init(&f, more_a, more_b);
    node_init(&n, 20);
    assert_err(TANDEM_OK, node_hear(&n, td_buf_slice(&f.bytes_a), &f.wa.head));
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&f.bytes_b), &ws, NULL,
                              &f.wb.head, &arena, &seg));
    assert_err(TANDEM_EFORK, node_hold(&n, &seg));
    assert_err(TANDEM_OK, node_log(&n, f.wa.log.id, &log));
    assert_true(log.forked); // never silently
    assert_memory_equal(f.wa.log.head.b, log.head.b, 32);
    assert_int_equal(f.wa.log.head_seq, log.head_seq);
    td_arena_deinit(&arena);
    node_deinit(&n);
    fork_deinit(&f);
}

static void
test_segment_of_another_branch_is_a_fork_and_is_flagged(void **state)
{
    (void)state;
    meet_fork(3, 3);
    meet_fork(1, 5);
    meet_fork(5, 1);
}

static void
test_segment_read_sees_a_fork_at_our_head(void **state)
{
    struct fork f;
    struct td_signed_head h;

    (void)state;
    fork_init(&f, 3, 3);
    assert_err(TANDEM_EFORK,
        read_one(td_buf_slice(&f.bytes_b), &f.wa.log, &f.wb.head));
    h = f.wb.head;
    h.sig.b[0] ^= 1; // nobody's word: no accusation
    assert_err(
        TANDEM_EPROTO, read_one(td_buf_slice(&f.bytes_b), &f.wa.log, &h));
    fork_deinit(&f);
}

static tandem_err
note_fork(struct td_txn *t, void *ctx)
{
    struct td_log_info *log = ctx;

    return td_log_fork_note(t, log);
}

static void
test_head_place_tells_held_new_and_forked(void **state)
{
    struct td_log_info log;
    struct td_signed_head h;
    struct td_txn *t;
    struct fork f;

    (void)state;
    fork_init(&f, 5, 3);
    assert_err(TANDEM_OK, td_store_read(f.a.s, &t));
    assert_err(TANDEM_OK, td_head_next(t, &f.wa.log, 1, &h));
    assert_int_equal(2, h.head.seq);
    assert_err(TANDEM_OK, td_head_place(t, &f.wa.log, &h));
    assert_err(TANDEM_OK, td_head_place(t, &f.wa.log, &f.wa.head));
    assert_err(TANDEM_EFORK, td_head_place(t, &f.wa.log, &f.wb.head));
    h = f.wb.head;
    h.sig.b[1] ^= 1;
    assert_err(TANDEM_EPROTO, td_head_place(t, &f.wa.log, &h));
    td_store_read_end(t);
    assert_err(TANDEM_OK, td_store_read(f.b.s, &t));
    assert_err(TANDEM_ENOTFOUND, td_head_place(t, &f.wb.log, &f.wa.head));
    td_store_read_end(t);
    log = f.wa.log;
    assert_err(TANDEM_OK, td_store_write(f.a.s, note_fork, &log, NULL));
    assert_err(TANDEM_OK, node_log(&f.a, log.id, &log));
    assert_true(log.forked);
    fork_deinit(&f);
}

static void
test_segment_behind_a_gap_is_not_held(void **state)
{
    struct scene s;
    struct node other;
    struct td_hash ws = workspace();
    struct td_log_info known, log;
    struct td_segment seg;
    struct td_arena arena;
    struct td_buf b;

    (void)state;
    scene_init(&s, 3);
    node_init(&other, 8);
    known = s.w.log;
    s.w.commits = 4;
    node_write(&s.w);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    node_tell(&s.n, &s.w.log, false, 3, 7, &b);
    td_arena_init(&arena, NULL, TD_SEGMENT_ARENA_MAX);
    assert_err(TANDEM_OK, td_segment_read(td_buf_slice(&b), &ws, &known,
                              &s.w.head, &arena, &seg));
    assert_err(TANDEM_EPROTO, node_hold(&other, &seg));
    assert_err(TANDEM_ENOTFOUND, node_log(&other, known.id, &log));
    td_arena_deinit(&arena);
    td_buf_deinit(&b);
    node_deinit(&other);
    scene_deinit(&s);
}

// ---------------------------------------------------------------- properties

static void
random_writes(struct node *n, uint64_t *state, size_t rounds)
{
    for (size_t i = 0; i < rounds; i++) {
        uint64_t sector = help_next(state) % 4;
        struct write w = {.n = n,
            .commits = help_next(state) % 40,
            .state = help_next(state) | 1,
            .count_max = 1 + help_next(state) % 5,
            .len_max = 1 + help_next(state) % 400,
            .absent = help_next(state) % 3 == 0 ? 4 : 0,
            .sign = help_next(state) % 2 == 0,
            .plain = sector == 0,
            .epoch = (uint8_t)(help_next(state) % 3),
            .seen_count = help_next(state) % 4};

        if (help_next(state) % 12 == 0) {
            w.commits = 1;
            w.count_max = 2;
            w.len_max = 500000;
        }
        w.sector =
            sector == 0 ? td_sector_control : node_sector((uint8_t)sector);
        for (size_t k = 0; k < w.seen_count; k++) {
            memset(w.seen[k].b, (int)(help_next(state) % 5), 32);
        }
        node_write(&w);
        if (help_next(state) % 4 == 0) {
            node_reopen(n);
        }
    }
}

static tandem_err
sign_all(struct td_txn *t, void *ctx)
{
    struct node *n = ctx;
    struct td_log_info *logs;
    struct td_signed_head h;
    struct td_arena arena;
    size_t count;
    tandem_err err;

    td_arena_init(&arena, NULL, 1 << 20);
    err = td_log_list(t, NULL, &arena, &logs, &count);
    for (size_t i = 0; err == TANDEM_OK && i < count; i++) {
        if (td_device_cmp(logs[i].device, n->keys.pub.sign) == 0) {
            err = td_head_sign(t, &n->author, &logs[i], &h);
        }
    }
    td_arena_deinit(&arena);
    return err;
}

// Every row of the tables that both must hold alike.
static void
same_entries(struct node *a, struct node *b)
{
    struct td_log_info *logs, other;
    struct td_arena arena;
    struct td_txn *ta, *tb;
    size_t count;

    td_arena_init(&arena, NULL, 64 << 20);
    assert_err(TANDEM_OK, td_store_read(a->s, &ta));
    assert_err(TANDEM_OK, td_store_read(b->s, &tb));
    assert_err(TANDEM_OK, td_log_list(ta, NULL, &arena, &logs, &count));
    for (size_t i = 0; i < count; i++) {
        assert_err(TANDEM_OK, td_log_get(tb, logs[i].id, &other));
        assert_int_equal(logs[i].head_seq, other.head_seq);
        assert_memory_equal(logs[i].seen_mark.b, other.seen_mark.b, 32);
        assert_int_equal(logs[i].seen_seq, other.seen_seq);
        assert_int_equal(logs[i].has_epoch, other.has_epoch);
        for (uint64_t seq = 0; seq <= other.head_seq; seq++) {
            struct td_hash x, y;
            struct td_header h;

            assert_err(TANDEM_OK,
                td_commit_get(ta, logs[i].number, seq, &arena, &h, &x, NULL));
            assert_err(TANDEM_OK, td_commit_chain(tb, other.number, seq, &y));
            assert_memory_equal(x.b, y.b, 32);
        }
    }
    td_store_read_end(ta);
    td_store_read_end(tb);
    td_arena_deinit(&arena);
}

// Random logs over several sectors, told segment by segment from wherever the
// other side stands, also through a third store: equal heads, equal roots.
static void
prop_log_told_and_heard_gives_equal_heads_and_roots(void **state)
{
    uint64_t rng = help_seed();
    struct node a, b, c;
    struct td_hash16 ra, rb, rc;
    size_t na, nb, nc;

    (void)state;
    node_init(&a, 3);
    node_init(&b, 100);
    node_init(&c, 180);
    for (int round = 0; round < 4; round++) {
        random_writes(&a, &rng, 8);
        random_writes(&b, &rng, 3);
        node_sync(&a, &b); // what is signed so far
        node_reopen(&b);
        node_sync(&b, &c);
    }
    assert_err(TANDEM_OK, td_store_write(a.s, sign_all, &a, NULL));
    assert_err(TANDEM_OK, td_store_write(b.s, sign_all, &b, NULL));
    node_sync(&a, &b);
    node_sync(&b, &a);
    node_sync(&b, &c);
    ra = node_root(&a, &na);
    rb = node_root(&b, &nb);
    rc = node_root(&c, &nc);
    assert_true(na > 4);
    assert_int_equal(na, nb);
    assert_int_equal(na, nc);
    assert_memory_equal(ra.b, rb.b, 16);
    assert_memory_equal(ra.b, rc.b, 16);
    same_entries(&a, &b);
    same_entries(&b, &c);
    node_deinit(&a);
    node_deinit(&b);
    node_deinit(&c);
}

// From every signed head to every later one within reach: the same chain.
static void
prop_log_resumes_from_any_signed_head(void **state)
{
    uint64_t rng = help_seed();
    struct td_signed_head heads[64];
    struct scene s;
    struct td_txn *t;
    size_t count = 0;

    (void)state;
    scene_init(&s, 1);
    for (int i = 0; i < 12; i++) {
        s.w.commits = 1 + help_next(&rng) % 60;
        s.w.epoch = (uint8_t)(help_next(&rng) % 2);
        node_write(&s.w);
    }
    assert_err(TANDEM_OK, td_store_read(s.n.s, &t));
    for (uint64_t from = 0; count < 64 && td_head_next(t, &s.w.log, from,
                                              &heads[count]) == TANDEM_OK;
         count++) {
        from = heads[count].head.seq + 1;
    }
    td_store_read_end(t);
    assert_true(count >= 13);
    for (size_t i = 0; i + 1 < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            struct td_log_info known = s.w.log;

            if (heads[k].head.seq - heads[i].head.seq > TD_SIGN_COMMITS) {
                break;
            }
            known.head_seq = heads[i].head.seq;
            known.head = heads[i].head.hash;
            td_buf_reset(&s.bytes);
            node_tell(&s.n, &s.w.log, false, known.head_seq, heads[k].head.seq,
                &s.bytes);
            assert_err(
                TANDEM_OK, read_one(td_buf_slice(&s.bytes), &known, &heads[k]));
            known.head.b[0] ^= 1; // behind another entry it is not
            assert_err(TANDEM_EPROTO,
                read_one(td_buf_slice(&s.bytes), &known, &heads[k]));
        }
    }
    scene_deinit(&s);
}

static tandem_err
wrong_payload(
    void *ctx, const struct td_header *h, uint16_t index, struct td_buf *out)
{
    struct tell *w = ctx;
    tandem_err err = tell_payload(w, h, index, out);

    if (err == TANDEM_OK && h->seq == 2 && index == 0) {
        out->ptr[0] ^= 1; // what a damaged disk could give
    }
    return err;
}

static void
test_segment_sends_a_damaged_payload_as_absent(void **state)
{
    struct scene s;
    struct tell w;
    struct td_buf b;

    (void)state;
    scene_init(&s, 4);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    w.number = s.w.log.number;
    assert_err(TANDEM_OK, td_store_read(s.n.s, &w.t));
    assert_err(TANDEM_OK,
        td_segment_write(w.t, &s.w.log, true, 0, 4, wrong_payload, &w, &b));
    td_store_read_end(w.t);
    assert_false(td_slice_eq(td_buf_slice(&b), td_buf_slice(&s.bytes)));
    assert_err(TANDEM_OK, read_one(td_buf_slice(&b), NULL, &s.w.head));
    td_buf_deinit(&b);
    scene_deinit(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segment_known_answer),
        cmocka_unit_test(test_segment_truncated_anywhere_breaks_the_protocol),
        cmocka_unit_test(test_segment_with_any_bit_flipped_is_an_error),
        cmocka_unit_test(test_segment_of_a_foreign_workspace_is_named_so),
        cmocka_unit_test(test_segment_with_a_liars_opening_breaks_the_protocol),
        cmocka_unit_test(test_segment_counts_must_be_what_the_head_says),
        cmocka_unit_test(
            test_segment_refuses_commits_beyond_their_bounds_though_signed),
        cmocka_unit_test(
            test_segment_refuses_more_than_one_signature_should_cover),
        cmocka_unit_test(test_segment_is_told_from_signed_head_to_signed_head),
        cmocka_unit_test(test_segment_memory_stays_within_its_arena),
        cmocka_unit_test(test_segment_held_twice_changes_nothing),
        cmocka_unit_test(
            test_segment_of_another_branch_is_a_fork_and_is_flagged),
        cmocka_unit_test(test_segment_read_sees_a_fork_at_our_head),
        cmocka_unit_test(test_head_place_tells_held_new_and_forked),
        cmocka_unit_test(test_segment_behind_a_gap_is_not_held),
        cmocka_unit_test(test_segment_sends_a_damaged_payload_as_absent),
        cmocka_unit_test(prop_log_told_and_heard_gives_equal_heads_and_roots),
        cmocka_unit_test(prop_log_resumes_from_any_signed_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
