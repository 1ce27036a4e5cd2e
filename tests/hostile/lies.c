// SPDX-License-Identifier: Apache-2.0
// lies.c - see lies.h.
#include "hostile/lies.h"

#include <string.h>

#include "codec/writer.h"
#include "crypto/hash.h"
#include "support/store_help.h"

enum {
    HEADS_FEW = 70000, // more than are asked for in one round
    HEADS_MANY = TD_SESSION_ADVERTS_MAX + 1,
    BRANCHES = TD_BRANCHES_MAX + 4,
    PASSES_MAX = 10,
    WORDS_MAX = 200,
    WALK_MAX = 30,
    ABSENT = 35 // bytes of a payload that weighs no less than its hash
};

// A log that never was, and its only entry.
static struct td_msg_place
nobodys(struct driver *d)
{
    struct td_msg_place p = {.seq = 3};

    driver_junk(d, p.log.b, 16);
    driver_junk(d, p.hash.b, 16);
    return p;
}

// ----------------------------------------------------------------- the session

static void
no_message(struct driver *d)
{
    uint8_t junk[300];

    driver_hello(d);
    driver_junk(d, junk, sizeof(junk));
    td_buf_put(&d->m, junk, sizeof(junk));
    (void)driver_say(d);
}

static void
hello_twice(struct driver *d)
{
    driver_hello(d);
    driver_hello(d);
}

static void
no_version(struct driver *d)
{
    d->hello.proto_min = TD_PROTO_MAX + 1;
    d->hello.proto_max = TD_PROTO_MAX + 7;
    driver_hello(d);
}

static void
bye_of_no_code(struct driver *d)
{
    driver_hello(d);
    td_mp_array(&d->m, 2);
    td_mp_uint(&d->m, TD_MSG_BYE);
    td_mp_uint(&d->m, 200);
    (void)driver_say(d);
}

static void
answers_without_end(struct driver *d)
{
    driver_hello(d);
    for (int i = 0; i < WORDS_MAX && !d->over; i++) {
        td_msg_put_ack(&d->m, &d->place, 1);
        (void)driver_say(d);
    }
}

static void
credit_without_end(struct driver *d)
{
    driver_hello(d);
    for (uint64_t i = 0; i < WORDS_MAX && !d->over; i++) {
        td_msg_put_credit(&d->m, d->hello.credit + i);
        (void)driver_say(d);
    }
}

static void
credit_taken_back(struct driver *d)
{
    driver_hello(d);
    td_msg_put_credit(&d->m, d->hello.credit - 1);
    (void)driver_say(d);
}

static void
older_session(struct driver *d)
{
    for (size_t at = 0; at < d->older->len && !d->over;) {
        size_t n = td_be32(d->older->ptr + at);

        if (d->older->ptr[at + 4] == 0) {
            td_buf_put(&d->m, d->older->ptr + at + 5, n);
            (void)driver_say(d);
            driver_listen(d);
        }
        at += 5 + n;
    }
}

static void
older_fin(struct driver *d)
{
    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    driver_want(d, NULL, 0);
    driver_sent(d);
    driver_listen(d);
    d->theirs.session[0] ^= 1;
    driver_fin(d, true);
}

// ------------------------------------------------------------------- the heads

static void
heads_unsorted(struct driver *d)
{
    struct td_msg_place p[2] = {nobodys(d), nobodys(d)};

    driver_hello(d);
    p[0].log.b[0] = 2;
    p[1].log.b[0] = 1;
    driver_advert(d, true, p, 2);
}

static void
head_twice(struct driver *d)
{
    struct td_msg_place p = nobodys(d);

    driver_hello(d);
    driver_advert(d, false, &p, 1);
    driver_advert(d, true, &p, 1);
}

static void
list_twice(struct driver *d)
{
    struct td_msg_place p = nobodys(d);

    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    driver_advert(d, true, &p, 1);
}

// More than one round hears; fewer where that takes too long.
static void
heads_without_end(struct driver *d)
{
    const uint64_t count = d->full ? HEADS_MANY : HEADS_FEW;
    static struct td_msg_place p[TD_MSG_ITEMS];
    uint64_t at = 0;
    size_t n;

    driver_hello(d);
    while (at < count && !d->over) {
        for (n = 0; n < TD_MSG_ITEMS && at < count; n++) {
            p[n] = (struct td_msg_place){.seq = at};
            td_put_be64(p[n].log.b, ++at << 40);
        }
        driver_advert(d, false, p, n);
    }
    if (!d->full) { // and the end of it is heard, and what is asked for
        td_put_be64(p[0].log.b, ++at << 40);
        driver_advert(d, true, p, 1);
        driver_listen(d);
        driver_advert(d, true, p, 1);
    }
}

static void
want_untold(struct driver *d)
{
    struct td_msg_want w = {.from_start = true};

    driver_hello(d);
    w.n = d->told;
    driver_want(d, &w, 1);
}

static void
want_twice(struct driver *d)
{
    const struct td_msg_want w[2] = {
        {.from_start = true}, {.from_start = true}};

    driver_hello(d);
    driver_want(d, w, 2);
}

static void
roots_never(struct driver *d)
{
    driver_hello(d);
    for (int pass = 0; pass < PASSES_MAX && !d->over; pass++) {
        driver_advert(d, true, NULL, 0);
        driver_close(d, false);
    }
    assert_int_equal(TD_SESSION_PASSES, d->heard[TD_MSG_FIN]);
}

static void
heads_never(struct driver *d)
{
    driver_hello(d);
    for (int pass = 0; pass < PASSES_MAX && !d->over; pass++) {
        struct td_msg_place p = nobodys(d);

        driver_advert(d, true, &p, 1);
        driver_close(d, false);
    }
    assert_int_equal(TD_SESSION_PASSES, d->heard[TD_MSG_FIN]);
}

// A log of the honest side's own, as the liar holds it.
static struct td_head
log_of_victim(struct driver *d)
{
    struct td_log_info *logs = NULL;
    struct td_arena arena;
    struct td_head head;
    struct td_txn *t;
    size_t count = 0;

    td_arena_init(&arena, NULL, (size_t)1 << 20);
    assert_int_equal(TANDEM_OK, td_store_read(d->as->store, &t));
    assert_int_equal(TANDEM_OK,
        td_log_list_of(t, &d->shared, &d->victim, &arena, &logs, &count));
    td_store_read_end(t);
    assert_true(count > 0 && logs[0].head_seq > 0);
    head = (struct td_head){logs[0].id, logs[0].head_seq, logs[0].head};
    td_arena_deinit(&arena);
    return head;
}

// What it never wrote, behind its head and beside it.
static void
more_of_yours(struct driver *d)
{
    const struct td_head head = log_of_victim(d);

    driver_hello(d);
    for (uint64_t pass = 0; pass < PASSES_MAX && !d->over; pass++) {
        struct td_msg_place p = {.log = head.log, .seq = head.seq + pass};

        driver_junk(d, p.hash.b, sizeof(p.hash.b));
        driver_advert(d, true, &p, 1);
        driver_close(d, false);
    }
    assert_int_equal(TD_SESSION_PASSES, d->heard[TD_MSG_FIN]);
}

static void
control_never(struct driver *d)
{
    driver_junk(d, d->hello.control_root.b, 16);
    driver_hello(d);
    for (int pass = 0; pass < PASSES_MAX && !d->over; pass++) {
        for (int part = 0; part < 2; part++) {
            driver_advert(d, true, NULL, 0);
            driver_want(d, NULL, 0);
            driver_sent(d);
            driver_listen(d);
        }
        driver_fin(d, false);
    }
    assert_int_equal(TD_SESSION_PASSES, d->heard[TD_MSG_FIN]);
}

// Says back what it heard.
static void
roots_of_the_other(struct driver *d)
{
    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    driver_close(d, true);
}

static void
receipt_made_up(struct driver *d)
{
    const struct td_msg_want all = {.from_start = true};
    struct td_msg_fin f = {.same_control = true, .has_receipt = true};

    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    driver_want(d, &all, 1);
    driver_sent(d);
    driver_listen(d);
    memcpy(f.echo, d->theirs.session, sizeof(f.echo));
    driver_junk(d, f.receipt.b, sizeof(f.receipt.b));
    td_msg_put_fin(&d->m, &f);
    (void)driver_say(d);
}

static void
receipt_for_nothing(struct driver *d)
{
    struct td_msg_fin f = {.same_control = true, .moved = 7};

    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    driver_want(d, NULL, 0);
    driver_sent(d);
    driver_listen(d);
    memcpy(f.echo, d->theirs.session, sizeof(f.echo));
    td_msg_put_fin(&d->m, &f);
    (void)driver_say(d);
}

// ----------------------------------------------------------------- the entries

// A log of `sector` that `as` made up, told and asked for.
static void
offer(struct driver *d, struct forge *f, tandem_id sector, size_t commits)
{
    struct td_msg_place p;

    forge_init(f, d, sector);
    for (size_t i = 0; i < commits; i++) {
        forge_junk(f, d, 40);
    }
    p = forge_place(f);
    driver_hello(d);
    driver_advert(d, true, &p, 1);
    driver_listen(d);
    assert_true(d->over || d->heard[TD_MSG_WANT] == 1);
}

static void
chain_forged(struct driver *d)
{
    struct td_signed_head h;
    struct forge f;
    struct td_buf b;

    offer(d, &f, d->shared, 3);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    h = forge_head(&f);
    forge_take(&f, &b);
    b.ptr[b.len - 5] ^= 1; // of the last payload
    driver_segment(d, 0, true, 0, &h.sig, td_buf_slice(&b));
    td_buf_deinit(&b);
    forge_deinit(&f);
}

static void
signature_of_another(struct driver *d)
{
    struct td_device_keys keys;
    struct forge f;

    offer(d, &f, d->shared, 3);
    assert_err(TANDEM_OK, td_device_keys_new(help_rng(&d->random), &keys));
    f.keys = &keys;
    forge_send(&f, d, 0, true);
    forge_deinit(&f);
}

static void
joins_nothing(struct driver *d)
{
    struct td_buf b;
    struct forge f;

    forge_init(&f, d, d->shared);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    forge_take(&f, &b); // entry 0 is kept back
    forge_junk(&f, d, 40);
    driver_hello(d);
    driver_advert(d, true, (struct td_msg_place[]){forge_place(&f)}, 1);
    driver_listen(d);
    forge_send(&f, d, 0, true);
    td_buf_deinit(&b);
    forge_deinit(&f);
}

// A log of this device that goes on from an entry the honest side never saw.
static void
leaves_a_gap(struct driver *d)
{
    struct td_msg_place p;
    struct td_buf b;
    struct forge f;

    forge_init(&f, d, d->shared);
    td_buf_init(&b, NULL, TD_SEGMENT_BYTES_MAX);
    driver_hello(d);
    p = d->place; // a log that is held,
    p.seq += 2;   // two entries longer
    driver_junk(d, p.hash.b, 16);
    driver_advert(d, true, &p, 1);
    driver_listen(d);
    forge_take(&f, &b);
    forge_junk(&f, d, 40);
    forge_junk(&f, d, 40);
    forge_send(&f, d, 0, true);
    td_buf_deinit(&b);
    forge_deinit(&f);
}

static void
other_workspace(struct driver *d)
{
    struct forge f;

    forge_init(&f, d, d->shared);
    driver_junk(d, f.opening.workspace.b, 32);
    forge_open(&f);
    driver_hello(d);
    driver_advert(d, true, (struct td_msg_place[]){forge_place(&f)}, 1);
    driver_listen(d);
    forge_send(&f, d, 0, true);
    forge_deinit(&f);
}

static void
other_sector(struct driver *d)
{
    struct forge f;

    offer(d, &f, d->hidden, 3);
    forge_send(&f, d, 0, true);
    forge_deinit(&f);
}

static void
other_head(struct driver *d)
{
    struct td_msg_place p;
    struct forge f;

    forge_init(&f, d, d->shared);
    forge_junk(&f, d, 40);
    p = forge_place(&f);
    driver_junk(d, p.hash.b, 16);
    driver_hello(d);
    driver_advert(d, true, &p, 1);
    driver_listen(d);
    forge_send(&f, d, 0, true);
    forge_deinit(&f);
}

// HEAD of a segment of so many bytes, then what the lie adds.
static void
announce(struct driver *d, struct forge *f, uint64_t bytes)
{
    struct td_msg_head h = {.last = true, .bytes = bytes};

    offer(d, f, d->shared, 3);
    td_msg_put_head(&d->m, &h);
    (void)driver_say(d);
}

static void
more_than_announced(struct driver *d)
{
    uint8_t bytes[101] = {0};
    struct forge f;

    announce(d, &f, sizeof(bytes) - 1);
    td_msg_put_data(&d->m, 0, (tandem_slice){bytes, sizeof(bytes)});
    (void)driver_say(d);
    forge_deinit(&f);
}

static void
announces_too_much(struct driver *d)
{
    struct forge f;

    announce(d, &f, TD_SEGMENT_BYTES_MAX + 1);
    forge_deinit(&f);
}

static void
data_elsewhere(struct driver *d)
{
    uint8_t bytes[10] = {0};
    struct forge f;

    announce(d, &f, TD_SEGMENT_BYTES_MAX);
    td_msg_put_data(&d->m, 5, (tandem_slice){bytes, sizeof(bytes)});
    (void)driver_say(d);
    forge_deinit(&f);
}

static void
sent_in_the_middle(struct driver *d)
{
    uint8_t bytes[10] = {0};
    struct forge f;

    announce(d, &f, TD_SEGMENT_BYTES_MAX);
    td_msg_put_data(&d->m, 0, (tandem_slice){bytes, sizeof(bytes)});
    (void)driver_say(d);
    driver_sent(d);
    forge_deinit(&f);
}

// Whole segments that nobody writes, until the credit is gone.
static void
beyond_credit(struct driver *d)
{
    enum { SEGMENTS = 80, BYTES = 128 << 10 };
    struct td_msg_place p;
    struct forge f;

    forge_init(&f, d, d->shared);
    p = forge_place(&f);
    p.seq = 2 * SEGMENTS; // the credit alone ends it
    driver_hello(d);
    driver_advert(d, true, &p, 1);
    driver_listen(d);
    for (size_t i = 0; i < SEGMENTS && !d->over; i++) {
        forge_junk(&f, d, BYTES);
        forge_send(&f, d, 0, false);
    }
    forge_deinit(&f);
}

// ------------------------------------------------------------ written twice

struct branch {
    struct forge f;
    struct td_msg_place place;
};

static int
by_hash(const void *a, const void *b)
{
    const struct td_msg_place *x = &((const struct branch *)a)->place;
    const struct td_msg_place *y = &((const struct branch *)b)->place;

    return memcmp(x->hash.b, y->hash.b, sizeof(x->hash.b));
}

// One entry of a log, written so many times over by who may write it.
static void
written_over(struct driver *d, size_t times)
{
    static struct branch all[BRANCHES];
    struct td_msg_place places[BRANCHES];
    struct forge first;

    forge_init(&first, d, d->shared);
    for (size_t i = 0; i < times; i++) {
        all[i].f = first;
        td_buf_init(&all[i].f.wires, NULL, TD_SEGMENT_BYTES_MAX);
        td_buf_put_slice(&all[i].f.wires, td_buf_slice(&first.wires));
        forge_junk(&all[i].f, d, 40);
        all[i].place = forge_place(&all[i].f);
    }
    qsort(all, times, sizeof(all[0]), by_hash);
    for (size_t i = 0; i < times; i++) {
        places[i] = all[i].place;
    }
    d->forged = forge_log(&first);
    driver_hello(d);
    driver_advert(d, true, places, times);
    driver_listen(d);
    for (size_t i = 0; i < times; i++) {
        forge_send(&all[i].f, d, i, true);
        forge_deinit(&all[i].f);
    }
    driver_close(d, true);
    forge_deinit(&first);
}

static void
two_heads(struct driver *d)
{
    written_over(d, 2);
}

static void
many_heads(struct driver *d)
{
    written_over(d, BRANCHES);
}

// Asks for the head told last, as if after an entry nobody has.
static void
ask_apart(struct driver *d)
{
    struct td_msg_want w = {.from = d->place.seq};

    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    w.n = d->told - 1;
    w.from = d->place.seq;
    driver_junk(d, w.hash.b, 16);
    driver_want(d, &w, 1);
    driver_listen(d);
    assert_true(d->over || d->heard[TD_MSG_APART] == 1);
}

static void
locate_unasked(struct driver *d)
{
    struct td_msg_point p = {1, {{1}}};

    driver_hello(d);
    td_msg_put_locate(&d->m, 0, &p, 1);
    (void)driver_say(d);
}

static void
locate_without_end(struct driver *d)
{
    static struct td_msg_point p[TD_MSG_POINTS];

    ask_apart(d);
    for (size_t i = 0; i < TD_MSG_POINTS; i++) {
        p[i].seq = TD_MSG_POINTS - i;
        driver_junk(d, p[i].hash.b, 16);
    }
    for (int i = 0; i < WORDS_MAX && !d->over; i++) {
        td_msg_put_locate(&d->m, d->told - 1, p, TD_MSG_POINTS);
        (void)driver_say(d);
        driver_listen(d);
    }
}

static void
apart_without_end(struct driver *d)
{
    struct td_msg_place p;

    driver_hello(d);
    p = d->place;
    p.seq++;
    driver_junk(d, p.hash.b, 16);
    driver_advert(d, true, &p, 1);
    for (int i = 0; i < WORDS_MAX && !d->over; i++) {
        td_msg_put_apart(&d->m, 0);
        (void)driver_say(d);
        driver_listen(d);
    }
}

static void
found_nowhere(struct driver *d)
{
    struct td_msg_found found = {.at = {0, {{0xee}}}};
    struct td_msg_place p;

    driver_hello(d);
    p = d->place;
    p.seq++;
    driver_junk(d, p.hash.b, 16);
    driver_advert(d, true, &p, 1);
    td_msg_put_apart(&d->m, 0);
    (void)driver_say(d);
    driver_listen(d);
    td_msg_put_found(&d->m, &found);
    (void)driver_say(d);
}

// A branch that it would hold, and could pass on to nobody.
static void
found_and_far(struct driver *d)
{
    struct td_msg_head h = {.last = true, .bytes = 100};
    struct td_msg_found found = {0};
    struct td_msg_place p;

    driver_hello(d);
    found.at = (struct td_msg_point){d->place.seq, d->place.hash};
    p = d->place;
    p.seq += 2;
    driver_junk(d, p.hash.b, 16);
    driver_advert(d, true, &p, 1);
    td_msg_put_apart(&d->m, 0);
    (void)driver_say(d);
    driver_listen(d);
    td_msg_put_found(&d->m, &found);
    (void)driver_say(d);
    td_msg_put_head(&d->m, &h);
    (void)driver_say(d);
}

// --------------------------------------------------------------------- a walk

static void
walk_begin(struct driver *d)
{
    struct td_msg_sector s = {.sector = d->shared};

    driver_hello(d);
    driver_junk(d, s.root.b, 16);
    td_msg_put_status(&d->m, true, &s, 1);
    (void)driver_say(d);
    driver_listen(d);
}

static void
status_unsorted(struct driver *d)
{
    struct td_msg_sector s[2] = {{.sector = d->shared}, {.sector = d->shared}};

    driver_hello(d);
    td_msg_put_status(&d->m, false, s, 1);
    (void)driver_say(d);
    td_msg_put_status(&d->m, true, s + 1, 1);
    (void)driver_say(d);
}

static void
node_nowhere(struct driver *d)
{
    uint8_t hash[16] = {1};
    struct td_msg_node node = {1u << 20, 1, {hash, 16}};

    walk_begin(d);
    td_msg_put_node(&d->m, true, &node, 1);
    (void)driver_say(d);
}

// Leaves of heads nobody has, wherever one may stand.
static void
leaf_of_others(struct driver *d)
{
    struct td_msg_place p = nobodys(d);
    struct td_msg_leaf leaf = {0, 1};

    walk_begin(d);
    for (int i = 0; i < WALK_MAX && !d->over; i++) {
        leaf.at = (uint64_t)i;
        td_msg_put_leaf(&d->m, true, &leaf, 1, &p);
        (void)driver_say(d);
        driver_listen(d);
    }
}

static void
walk_without_end(struct driver *d)
{
    uint8_t hashes[16 * 64];
    struct td_msg_node node = {0, UINT64_MAX, {hashes, sizeof(hashes)}};

    walk_begin(d);
    for (int i = 0; i < WALK_MAX && !d->over; i++) {
        driver_junk(d, hashes, sizeof(hashes));
        td_msg_put_node(&d->m, true, &node, 1);
        (void)driver_say(d);
        driver_listen(d);
    }
}

// ------------------------------------------------------------------- payloads

static void
payload_unasked(struct driver *d)
{
    uint8_t bytes[64] = {0};
    struct td_msg_payload p = {.size = 64, .bytes = {bytes, 64}};

    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    td_msg_put_payload(&d->m, &p);
    (void)driver_say(d);
}

static void
payloads_asked_twice(struct driver *d)
{
    struct td_msg_change c = {.seq = 1};

    driver_hello(d);
    for (int i = 0; i < 2; i++) {
        td_msg_put_wantpayload(&d->m, &c, 1);
        (void)driver_say(d);
    }
}

static void
key_unasked(struct driver *d)
{
    struct td_msg_key key = {.held = true};

    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    driver_junk(d, key.wrapped, sizeof(key.wrapped));
    td_msg_put_epoch(&d->m, &key, 1);
    (void)driver_say(d);
}

static void
keys_asked_twice(struct driver *d)
{
    const struct td_epoch_id none = {{1}};

    driver_hello(d);
    for (int i = 0; i < 2; i++) {
        td_msg_put_wantepoch(&d->m, &none, 1);
        (void)driver_say(d);
    }
}

// As many commits, changes and bytes as there may be in one segment, hardly any
// of them there.
static void
largest_segment(struct driver *d)
{
    static uint8_t bytes[TD_PAYLOAD_BYTES_MAX];
    tandem_slice absent[TD_COMMIT_CHANGES_MAX];
    struct td_msg_place p;
    struct forge f;

    for (size_t i = 0; i < TD_COMMIT_CHANGES_MAX; i++) {
        absent[i] = (tandem_slice){NULL, ABSENT};
    }
    forge_init(&f, d, d->shared);
    // 25 + 40 of each change: so many still fit before the last commit.
    while (f.count <= TD_SIGN_BYTES / (25 + 40 * TD_COMMIT_CHANGES_MAX)) {
        forge_add(&f, absent, TD_COMMIT_CHANGES_MAX);
    }
    driver_junk(d, bytes, sizeof(bytes));
    forge_add(&f, (tandem_slice[]){{bytes, sizeof(bytes)}}, 1);
    p = forge_place(&f);
    driver_hello(d);
    driver_advert(d, true, &p, 1);
    driver_listen(d);
    forge_send(&f, d, 0, true);
    driver_close(d, true);
    forge_deinit(&f);
}

// After the one before: what is missing is asked for.
static void
payload_of_another(struct driver *d)
{
    static uint8_t bytes[ABSENT];
    struct td_msg_payload p = {
        .size = sizeof(bytes), .bytes = {bytes, sizeof(bytes)}};

    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    driver_listen(d);
    assert_true(d->over || d->heard[TD_MSG_WANTPAYLOAD] == 1);
    td_msg_put_payload(&d->m, &p);
    (void)driver_say(d);
    driver_close(d, false);
}

// Of every log from its start: the large ones that were told before, too.
static void
all_asked_for(struct driver *d)
{
    struct td_msg_want w[TD_MSG_ITEMS] = {{0}};

    driver_hello(d);
    driver_advert(d, true, NULL, 0);
    driver_listen(d);
    assert_true(d->over || (d->told > 0 && d->told <= TD_MSG_ITEMS));
    for (size_t i = 0; i < d->told; i++) {
        w[i].n = i;
        w[i].from_start = true;
    }
    driver_want(d, w, d->told);
    driver_listen(d);
    assert_true(d->over || d->heard[TD_MSG_DATA] > 0);
    driver_want(d, w, d->told);
}

// ---------------------------------------------------------------------- table

const struct lie lies[] = {
    {"bytes that are no message", no_message, .code = TANDEM_EPROTO},
    {"a second HELLO", hello_twice, .code = TANDEM_EPROTO},
    {"a version nobody speaks", no_version, .code = TANDEM_EVERSION},
    {"BYE with a code there is none of", bye_of_no_code,
        .code = TANDEM_EREFUSED},
    {"ACK without end", answers_without_end, .code = TANDEM_EPROTO},
    {"CREDIT without end", credit_without_end, .code = TANDEM_EPROTO},
    {"credit that shrinks", credit_taken_back, .code = TANDEM_EPROTO},
    {"an older session, word for word", older_session, .code = TANDEM_EPROTO},
    {"FIN of an older session", older_fin, .code = TANDEM_EPROTO},
    {"heads out of order", heads_unsorted, .code = TANDEM_EPROTO},
    {"a head twice", head_twice, .code = TANDEM_EPROTO},
    {"a list of heads after its last", list_twice, .code = TANDEM_EPROTO},
    {"heads without end", heads_without_end, .code = TANDEM_EPROTO,
        .room = LIE_LISTS},
    {"WANT of a head that was not told", want_untold, .code = TANDEM_EPROTO},
    {"WANT of one head twice", want_twice, .code = TANDEM_EPROTO},
    {"roots that never match", roots_never, .code = TANDEM_EPROTO},
    {"roots of the control sector that never match", control_never,
        .code = TANDEM_EPROTO},
    {"heads nobody has, in every pass", heads_never, .code = TANDEM_EPROTO},
    {"more of its own log than it wrote", more_of_yours, .code = TANDEM_EPROTO},
    {"the roots it was told", roots_of_the_other, .code = TANDEM_OK},
    {"a receipt that is made up", receipt_made_up, .code = TANDEM_EPROTO},
    {"more moved than was sent", receipt_for_nothing, .code = TANDEM_EPROTO},
    {"a chain that is forged", chain_forged, .code = TANDEM_EPROTO},
    {"a signature of another device", signature_of_another,
        .code = TANDEM_EPROTO},
    {"entries that follow nothing held", joins_nothing, .code = TANDEM_EPROTO},
    {"entries that follow others than those held", leaves_a_gap,
        .code = TANDEM_EPROTO},
    {"entries of another workspace", other_workspace,
        .code = TANDEM_EWORKSPACE},
    {"entries of a sector not shared", other_sector, .code = TANDEM_EPROTO},
    {"another head than was told", other_head, .code = TANDEM_EPROTO},
    {"more DATA than HEAD announced", more_than_announced,
        .code = TANDEM_EPROTO},
    {"HEAD of more than a segment", announces_too_much, .code = TANDEM_EPROTO},
    {"DATA that leaves a gap", data_elsewhere, .code = TANDEM_EPROTO},
    {"SENT in the middle of a segment", sent_in_the_middle,
        .code = TANDEM_EPROTO},
    {"LOCATE that nobody asked for", locate_unasked, .code = TANDEM_EPROTO},
    {"LOCATE without end", locate_without_end, .code = TANDEM_EPROTO},
    {"APART without end", apart_without_end, .code = TANDEM_EPROTO},
    {"FOUND where nothing is", found_nowhere, .code = TANDEM_EPROTO},
    {"a branch that begins with more than an entry", found_and_far,
        .code = TANDEM_EPROTO},
    {"sectors out of order", status_unsorted, .code = TANDEM_EPROTO},
    {"NODE of no node", node_nowhere, .code = TANDEM_EPROTO},
    {"LEAF of heads that stand elsewhere", leaf_of_others,
        .code = TANDEM_EPROTO},
    {"a walk without end", walk_without_end, .code = TANDEM_EPROTO},
    {"PAYLOAD that nobody asked for", payload_unasked, .code = TANDEM_EPROTO},
    {"WANTPAYLOAD twice", payloads_asked_twice, .code = TANDEM_EPROTO},
    {"EPOCH that nobody asked for", key_unasked, .code = TANDEM_EPROTO},
    {"WANTEPOCH twice", keys_asked_twice, .code = TANDEM_EPROTO},
    {"two heads of one entry, signed", two_heads, .code = TANDEM_OK,
        .keeps = true, .branches = 2},
    {"twenty heads of one entry, signed", many_heads, .code = TANDEM_OK,
        .keeps = true, .branches = TD_BRANCHES_MAX},
    // What these leave behind is large: asked for by any that came later, it
    // would be told in their stead.
    {"DATA beyond the credit", beyond_credit, .code = TANDEM_EPROTO,
        .room = LIE_CREDIT, .waits = true},
    {"the largest segment, nearly nothing in it", largest_segment,
        .code = TANDEM_OK, .keeps = true, .room = LIE_CREDIT},
    {"PAYLOAD that is another's", payload_of_another, .code = TANDEM_EPROTO},
    {"all there is, asked for and not heard to its end", all_asked_for,
        .code = TANDEM_EPROTO, .room = LIE_TOLD},
};
const size_t lie_count = sizeof(lies) / sizeof(lies[0]);

const struct lie_bound lie_bounds[LIE_ROOMS] = {
    [LIE_LITTLE] = {512 << 10, "512 KiB"},
    [LIE_TOLD] = {(512 << 10) + 3 * TD_SEGMENT_BYTES_MAX,
        "512 KiB + 3 segments"},
    [LIE_LISTS] = {10 << 20, "10 MiB"},
    [LIE_CREDIT] = {TD_SESSION_CREDIT + (4 << 20), "credit + 4 MiB"},
};
