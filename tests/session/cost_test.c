// SPDX-License-Identifier: Apache-2.0
// cost_test.c - what a session costs, in bytes by message, round trips and rows
// read: ten changes on both sides; ten thousand logs of which k grew, found by
// cursor and by walk, against the model of docs/sync.md.
#include "session/carry.h"

static const char *const names[] = {"", "HELLO", "STATUS", "ADVERT", "WANT",
    "HEAD", "DATA", "CREDIT", "ACK", "SENT", "FIN", "BYE", "NODE", "LEAF",
    "APART", "LOCATE", "FOUND", "WANTPAYLOAD", "PAYLOAD", "WANTEPOCH", "EPOCH"};

enum { TYPES = sizeof(names) / sizeof(names[0]) };

struct account {
    uint64_t bytes[TYPES];
    uint64_t messages[TYPES];
    uint64_t total;
    size_t memory[2]; // of each side, at most
};

static struct account
account_of(const struct carry *c)
{
    struct account a = {.total = 0};

    for (size_t at = 0; at < c->wire.len;) {
        size_t n = td_be32(c->wire.ptr + at);
        struct td_msg m;

        ok(td_msg_decode((tandem_slice){c->wire.ptr + at + 5, n}, &m));
        assert_true((size_t)m.type < TYPES);
        a.bytes[m.type] += n;
        a.messages[m.type]++;
        a.total += n;
        at += 5 + n;
    }
    return a;
}

static void
account_print(const char *what, const struct account *a, unsigned trips)
{
    print_message("%s: %llu bytes, %u round trips, memory %zu and %zu\n", what,
        (unsigned long long)a->total, trips, a->memory[0], a->memory[1]);
    for (size_t i = 1; i < TYPES; i++) {
        if (a->messages[i] > 0) {
            print_message("  %-7s %4llu messages %8llu bytes\n", names[i],
                (unsigned long long)a->messages[i],
                (unsigned long long)a->bytes[i]);
        }
    }
}

// A session of side 0 with side 1.
static struct account
weigh(struct world *w, size_t first, tandem_report *r)
{
    struct account a;
    size_t before[2];
    struct carry c;

    for (size_t i = 0; i < 2; i++) {
        before[i] = meter_begin(&w->d[i].meter);
    }
    carry_init(&c, w, w->d[first].r, w->d[1 - first].r);
    carry_run(&c);
    carry_expect(&c, TANDEM_SESSION_DONE, TANDEM_OK);
    *r = carry_report(&c, 0);
    a = account_of(&c);
    carry_deinit(&c);
    for (size_t i = 0; i < 2; i++) {
        a.memory[i] = atomic_load(&w->d[i].meter.most) - before[i];
    }
    return a;
}

static void
test_ten_changes_on_both_sides_are_four_thousand_bytes(void **state)
{
    struct account a;
    tandem_id ids[20];
    tandem_report r;
    struct world w;

    (void)state;
    world_begin(&w, 50, 2, 1);
    for (size_t i = 0; i < 20; i++) {
        ids[i] = world_sheet(&w, w.d[i % 2].r, 0, "Mme L.");
    }
    (void)weigh(&w, 0, &r);
    for (size_t i = 0; i < 20; i++) {
        world_set(&w, w.d[i % 2].r, ids[i], F_NOTE, "rappeler mardi matin");
    }
    a = weigh(&w, 0, &r);
    account_print("ten changes on both sides", &a, r.round_trips);
    assert_int_equal(10, r.commits_sent);
    assert_int_equal(10, r.commits_received);
    assert_true(a.total <= 4000);
    // Besides the entries.
    assert_true(a.total - a.bytes[TD_MSG_DATA] <= 900);
    assert_int_equal(0, a.messages[TD_MSG_ACK] + a.messages[TD_MSG_CREDIT] +
                            a.messages[TD_MSG_STATUS]);
    assert_true(r.round_trips <= 3);
    world_assert_equal(w.d[0].r, w.d[1].r);
    world_deinit(&w);
}

// -------------------------------------------------------- ten thousand logs

// Of so many devices: of one no more than TD_DEVICE_LOGS_MAX are held.
enum { LOGS = 10000, AUTHORS = 16 };

struct logs {
    struct td_author author;
    struct td_device_keys keys[AUTHORS];
    tandem_id sector;
    const struct td_hash *seen;
    size_t seen_count;
    size_t step, count; // every step-th, so many
    bool append;
};

// Entry 0 of a log, as it would be heard: td_log_own looks at all earlier logs
// of the device, here ten thousand of them each time.
static tandem_err
open_log(struct td_txn *t, const struct td_author *a, const struct logs *l)
{
    struct td_header h = {
        .has_seen = true, .seen = l->seen, .seen_count = l->seen_count};
    struct td_segment s = {.fresh = true, .count = 1, .headers = &h};
    tandem_slice *none = NULL;
    struct td_hash chain;
    tandem_slice bytes;
    uint8_t message[56];
    struct td_buf b;
    uint64_t lsn;
    tandem_err err;

    h.opening.workspace = a->workspace;
    h.opening.device = s.log.device = a->keys->pub.sign;
    h.opening.sector = s.log.sector = l->sector;
    memcpy(h.opening.incarnation, a->incarnation, 16);
    memcpy(s.log.incarnation, a->incarnation, 16);
    h.log = s.log.id = td_log_id_of(&h.opening);
    td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
    td_header_encode(&h, &b);
    bytes = td_buf_slice(&b);
    chain = td_header_chain(bytes);
    s.head.head = (struct td_head){h.log, 0, chain};
    memcpy(message, h.log.b, 16);
    td_put_be64(message + 16, 0);
    memcpy(message + 24, chain.b, 32);
    s.head.sig = td_sign(
        a->keys, TD_DOMAIN_HEAD, (tandem_slice){message, sizeof(message)});
    s.chains = &chain;
    s.payloads = &none;
    err = td_segment_hold(t, &s, &lsn);
    td_buf_deinit(&b);
    return err;
}

static tandem_err
write_logs(struct td_txn *t, void *ctx)
{
    struct logs *l = ctx;
    struct td_epoch_id epoch = {{9}};
    tandem_slice payload = {
        (const uint8_t *)"sealed for nobody here, kept", 28};

    for (size_t i = 0; i < l->count; i++) {
        struct td_author a = l->author;
        struct td_signed_head head;
        struct td_log_info log;
        struct td_hash hash;
        uint64_t seq, lsn;

        a.keys = &l->keys[i * l->step % AUTHORS];
        td_put_be64(a.incarnation, i * l->step + 1);
        if (!l->append) {
            TD_TRY(open_log(t, &a, l));
            continue;
        }
        TD_TRY(td_log_own(t, &a, l->sector, l->seen, l->seen_count, &log));
        TD_TRY(td_log_append(t, &a, &log, &epoch, l->seen, l->seen_count,
            &payload, 1, &seq, &hash, &lsn));
        TD_TRY(td_payload_put(t, log.number, seq, 0, TD_SEAL_TRANSIT,
            &(struct td_payload){
                .hash = td_hash_of(payload), .bytes = payload}));
        TD_TRY(td_feed_put(t, &(struct td_feed_row){.lsn = lsn,
                                  .number = log.number,
                                  .has_seq = true,
                                  .seq = seq}));
        TD_TRY(td_head_sign(t, &a, &log, &head));
    }
    return TANDEM_OK;
}

// Logs as if written where `author` is, in the store of `r`.
static void
grow(struct world *w, struct td_replica *r, struct td_replica *author,
    size_t count, bool append)
{
    struct logs l = {.author = td_replica_author(author),
        .sector = w->sectors[0],
        .count = count,
        .step = count == 0 ? 0 : LOGS / count,
        .append = append};
    uint64_t random = 7;

    for (size_t i = 0; i < AUTHORS; i++) {
        ok(td_device_keys_new(help_rng(&random), &l.keys[i]));
    }
    memset(l.author.incarnation, 0, sizeof(l.author.incarnation));
    l.seen_count = td_member_heads(author->member, &l.seen);
    ok(td_store_write(r->store, write_logs, &l, NULL));
}

static void
forget(struct td_replica *a, struct td_replica *b)
{
    struct td_peer p;

    memset(&p, 0, sizeof(p));
    p.device = td_replica_device(b);
    ok(td_peer_put(a, &p));
}

// Bytes that say who holds which heads.
static uint64_t
heads_bytes(const struct account *a)
{
    return a->bytes[TD_MSG_STATUS] + a->bytes[TD_MSG_ADVERT] +
           a->bytes[TD_MSG_NODE] + a->bytes[TD_MSG_LEAF];
}

// docs/sync.md: what the cursor and the trie are to cost.
static const struct {
    uint64_t k, cursor, trie;
} model[] = {
    {0, 186, 33}, {1, 241, 2371}, {10, 619, 12748}, {1000, 42201, 178564}};

// What docs/sync.md says of the set, what a session takes without one, and what
// came with its lists.
static size_t
memory_of(uint64_t k)
{
    return 144 * (size_t)LOGS + (256 << 10) + 640 * (size_t)k;
}

// k logs of side `grown` grew; side 0 begins.
static void
find_them(struct world *w, size_t at, bool walk, size_t grown)
{
    struct td_replica *a = w->d[0].r;
    struct td_replica *b = w->d[1].r;
    const uint64_t k = model[at].k;
    uint64_t most;
    struct account got;
    tandem_report r;
    char what[64];

    grow(w, w->d[grown].r, a, k, true);
    if (walk) {
        forget(a, b);
        forget(b, a);
    }
    got = weigh(w, 0, &r);
    (void)snprintf(what, sizeof(what), "%llu of %d logs, by %s, side %zu",
        (unsigned long long)k, LOGS, walk ? "walk" : "cursor", grown);
    account_print(what, &got, r.round_trips);
    assert_int_equal(k, r.commits_received + r.commits_sent);
    for (size_t i = 0; i < 2; i++) {
        assert_true(got.memory[i] <= (k == 0 ? 64 << 10 : memory_of(k)));
    }
    if (walk) {
        // The side that began the walk says its heads once more, in ADVERT.
        most = model[at].trie + (grown == 1 ? 42 * k : 0);
        assert_true(heads_bytes(&got) <= most + most / 10);
        assert_true(r.round_trips <= (k == 0 ? 1 : 5));
    } else {
        most = model[at].cursor;
        assert_true(heads_bytes(&got) <= most + most / 10);
        assert_int_equal(0, got.messages[TD_MSG_STATUS]);
        assert_true(r.round_trips <= (k == 0 ? 1 : 3));
    }
    assert_memory_equal(heads_of(a).b, heads_of(b).b, 16);
}

static void
test_ten_thousand_logs_cost_what_the_model_says(void **state)
{
    struct world w;
    struct td_replica *a, *b;
    uint64_t reads[2];
    tandem_report r;

    (void)state;
    world_begin(&w, 51, 2, 1);
    a = w.d[0].r;
    b = w.d[1].r;
    (void)weigh(&w, 0, &r);
    grow(&w, a, a, LOGS, false);
    grow(&w, b, a, LOGS, false);
    (void)weigh(&w, 0, &r);
    for (size_t i = 0; i < sizeof(model) / sizeof(model[0]); i++) {
        for (size_t grown = 0; grown < 2; grown++) {
            find_them(&w, i, false, grown);
            find_them(&w, i, true, grown);
        }
    }
    // Nothing new: rows of the roots, not of the logs.
    reads[0] = td_store_reads(a->store);
    reads[1] = td_store_reads(b->store);
    r = meet(&w, a, b);
    assert_true(r.equal);
    for (size_t i = 0; i < 2; i++) {
        reads[i] = td_store_reads(w.d[i].r->store) - reads[i];
        print_message("nothing new over %d logs: %llu rows read, %llu bytes\n",
            LOGS, (unsigned long long)reads[i],
            (unsigned long long)(r.bytes_in + r.bytes_out));
        assert_true(reads[i] <= 12); // docs/sync.md says 10
    }
    world_deinit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_ten_changes_on_both_sides_are_four_thousand_bytes),
        cmocka_unit_test(test_ten_thousand_logs_cost_what_the_model_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
