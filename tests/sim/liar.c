// SPDX-License-Identifier: Apache-2.0
// liar.c - see liar.h.
#include "sim/liar.h"

#include <string.h>

#include "base/limits.h"
#include "session/message.h"
#include "session/session.h"
#include "sim/tap.h"

// One draw a statement: C does not say in which order several of one are made.
enum { FINS_MAX = 3, WORDS_MAX = 400 };

struct liar {
    struct world *w;
    struct device *victim;
    struct td_session *x;
    struct heads true_heads;
    struct td_msg_hello hello; // of the victim
    bool knows_hello;
    unsigned fins; // the victim's
    size_t next;   // in the order of a round
    bool polite;   // says only what keeps the session going
    bool walks;    // never says what it holds at once
    bool control;  // lies about the control sector too
    struct td_buf m;
};

static void
junk(struct liar *k, void *p, size_t n)
{
    uint8_t *bytes = p;

    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)world_pick(k->w, 256);
    }
}

static void
listen(struct liar *k)
{
    tandem_slice s;
    struct td_msg m;

    while ((s = td_session_give(k->x, device_wall(k->victim))).len > 0) {
        device_writes(k->victim);
        world_ok(k->w, td_msg_decode(s, &m), NULL);
        if (m.type == TD_MSG_HELLO) {
            k->hello = m.u.hello;
            k->knows_hello = true;
        }
        k->fins += m.type == TD_MSG_FIN ? 1 : 0;
    }
    model_wrote(k->victim);
}

static void
lie_hello(struct liar *k)
{
    struct td_msg_hello h = {
        .proto_min = 1, .proto_max = 1, .lacks = world_chance(k->w, 50)};

    junk(k, h.store_id, 16);
    junk(k, h.session, 8);
    junk(k, h.data_root.b, 16);
    junk(k, h.control_root.b, 16);
    if (!k->control) {
        h.control_root = device_root(k->victim, td_sector_control);
    }
    h.credit = world_chance(k->w, 50) ? 1 << 20 : world_pick(k->w, 1000);
    if (world_chance(k->w, 50)) {
        h.have_lsn = 1 + world_pick(k->w, 1000);
        junk(k, h.mark, 8);
    }
    td_msg_put_hello(&k->m, &h);
}

// A log that exists, or one that never did.
static struct td_head
some_head(struct liar *k)
{
    struct td_head h;

    junk(k, &h, sizeof(h));
    h.seq = world_pick(k->w, 20);
    if (k->true_heads.count > 0 && world_chance(k->w, 60)) {
        const struct td_log_info *log =
            &k->true_heads.of[world_pick(k->w, k->true_heads.count)];

        h.log = log->id;
        h.seq = log->head_seq + world_pick(k->w, 3);
        if (world_chance(k->w, 50)) {
            h.hash = log->head;
        }
    }
    return h;
}

static void
lie_advert(struct liar *k)
{
    struct td_msg_place places[4];
    size_t n = 0;

    for (size_t i = 0; i < 4; i++) {
        struct td_head h = some_head(k);

        if (n == 0 || td_log_id_cmp(places[n - 1].log, h.log) < 0) {
            places[n++] =
                (struct td_msg_place){h.log, h.seq, td_hash_short(&h.hash)};
        }
    }
    td_msg_put_advert(&k->m, true, places, world_pick(k->w, n + 1));
}

static void
lie_want(struct liar *k)
{
    struct td_msg_want want = {.n = world_pick(k->w, 6)};

    want.from_start = world_chance(k->w, 50);
    want.from = world_pick(k->w, 4);
    junk(k, want.hash.b, 16);
    if (want.from_start) {
        want.from = 0;
        memset(want.hash.b, 0, 16);
    }
    td_msg_put_want(&k->m, true, &want, world_pick(k->w, 2));
}

static void
lie_segment(struct liar *k)
{
    struct td_msg_head h = {.n = world_pick(k->w, 4)};
    uint8_t bytes[200];

    h.last = world_chance(k->w, 50);
    h.seq = h.last ? 0 : world_pick(k->w, 9);
    junk(k, &h.sig, sizeof(h.sig));
    junk(k, bytes, sizeof(bytes));
    h.bytes = sizeof(bytes);
    td_msg_put_head(&k->m, &h);
    if (world_chance(k->w, 80)) {
        (void)!td_session_take(
            k->x, td_buf_slice(&k->m), device_wall(k->victim));
        td_buf_reset(&k->m);
        td_msg_put_data(&k->m, 0, (tandem_slice){bytes, sizeof(bytes)});
    }
}

// A turn of a walk: nodes that never were, heads that never were.
static void
lie_turn(struct liar *k)
{
    struct td_msg_node node = {.at = world_pick(k->w, 130)};
    struct td_head h = some_head(k);
    struct td_msg_place place = {h.log, h.seq, td_hash_short(&h.hash)};
    struct td_msg_leaf leaf = {.at = world_pick(k->w, 130), .count = 1};
    uint8_t hashes[48];

    if (world_chance(k->w, 40)) {
        td_msg_put_leaf(&k->m, true, &leaf, 1, &place);
        return;
    }
    junk(k, hashes, sizeof(hashes));
    node.bitmap = UINT64_C(7) << world_pick(k->w, 60);
    node.hashes = (tandem_slice){hashes, sizeof(hashes)};
    td_msg_put_node(&k->m, true, &node, 1);
}

// Where branches part, without end.
static void
lie_branch(struct liar *k)
{
    struct td_msg_point points[3];
    struct td_msg_found found = {.n = world_pick(k->w, 4)};

    found.from_start = world_chance(k->w, 30);
    for (size_t i = 0; i < 3; i++) {
        points[i].seq = 30 - 10 * i - world_pick(k->w, 9);
        junk(k, points[i].hash.b, 16);
    }
    if (!found.from_start) {
        found.at = points[0];
    }
    switch (world_pick(k->w, 3)) {
    case 0:
        td_msg_put_apart(&k->m, world_pick(k->w, 4));
        break;
    case 1:
        td_msg_put_locate(&k->m, world_pick(k->w, 4), points, 3);
        break;
    default:
        td_msg_put_found(&k->m, &found);
        break;
    }
}

// It lacks the key of an epoch nobody made, or gives one nobody asked for.
static void
lie_epoch(struct liar *k)
{
    struct td_msg_key key = {.held = world_chance(k->w, 50)};
    struct td_epoch_id epoch;

    junk(k, epoch.b, sizeof(epoch.b));
    if (key.held) {
        junk(k, key.wrapped, sizeof(key.wrapped));
    }
    if (world_chance(k->w, 60)) {
        td_msg_put_wantepoch(&k->m, &epoch, 1);
    } else {
        td_msg_put_epoch(&k->m, &key, 1);
    }
}

// It lacks what nobody has, or has what nobody asked for.
static void
lie_payload(struct liar *k)
{
    struct td_head h = some_head(k);
    struct td_msg_payload p = {.i = world_pick(k->w, 4)};
    struct td_msg_change want = {.log = h.log,
        .seq = h.seq,
        .hash = td_hash_short(&h.hash),
        .index = (uint16_t)world_pick(k->w, 3)};
    uint8_t bytes[64];

    if (world_chance(k->w, 20)) {
        lie_epoch(k);
        return;
    }
    if (world_chance(k->w, 60)) {
        td_msg_put_wantpayload(&k->m, &want, 1);
        return;
    }
    junk(k, bytes, sizeof(bytes));
    p.bytes = (tandem_slice){bytes, world_pick(k->w, 2) * sizeof(bytes)};
    p.size = p.bytes.len;
    td_msg_put_payload(&k->m, &p);
}

static void
lie_status(struct liar *k)
{
    struct td_msg_sector sector;

    junk(k, &sector, sizeof(sector));
    if (k->w->sector_count > 0 && world_chance(k->w, 70)) {
        sector.sector = k->w->sectors[world_pick(k->w, k->w->sector_count)];
    }
    td_msg_put_status(&k->m, true, &sector, 1);
}

static void
lie_fin(struct liar *k)
{
    struct td_msg_fin f = {.same_data = world_chance(k->w, 20)};

    f.same_control = world_chance(k->w, 20);
    memcpy(f.echo, k->hello.session, 8);
    if (!f.same_data) {
        junk(k, f.data_root.b, 16);
    }
    if (!f.same_control) {
        f.control_root = device_root(k->victim, td_sector_control);
        f.control_root.b[0] ^= k->control ? 1 : 0;
    }
    f.lsn = world_pick(k->w, 5000);
    f.missing = world_pick(k->w, 3);
    td_msg_put_fin(&k->m, &f);
}

// What keeps a session going for as long as it lets itself: heads nobody has,
// nothing wanted, roots that never agree.
static void
lie_politely(struct liar *k)
{
    struct td_msg_fin f = {.lsn = 9};
    struct td_msg_place place = {.seq = world_pick(k->w, 9)};

    td_buf_reset(&k->m);
    switch (k->next++) {
    case 0:
        lie_hello(k);
        break;
    case 1:
        junk(k, place.log.b, 16);
        junk(k, place.hash.b, 16);
        td_msg_put_advert(&k->m, true, &place, world_pick(k->w, 2));
        break;
    case 2:
        td_msg_put_want(&k->m, true, NULL, 0);
        break;
    case 3:
        td_msg_put_sent(&k->m);
        break;
    default:
        memcpy(f.echo, k->hello.session, 8);
        junk(k, f.data_root.b, 16);
        f.same_control = true;
        td_msg_put_fin(&k->m, &f);
        k->next = 1;
        break;
    }
}

// The next word of a round, by walk or not, or now and then any other.
static void
lie(struct liar *k)
{
    size_t what = k->next;

    if (k->polite) {
        lie_politely(k);
        return;
    }
    if (world_chance(k->w, 4)) {
        what = world_pick(k->w, 11);
    } else {
        k->next = what == 6 ? 1 : what + 1;
    }
    td_buf_reset(&k->m);
    switch (what) {
    case 0:
        lie_hello(k);
        break;
    case 1:
        if (k->walks) {
            lie_status(k);
        } else {
            td_msg_put_credit(&k->m, TD_SEGMENT_BYTES_MAX * 16);
        }
        break;
    case 2:
        if (k->walks && world_chance(k->w, 70)) {
            lie_turn(k);
            k->next = 2; // and another one
        } else {
            lie_advert(k);
        }
        break;
    case 3:
        lie_want(k);
        break;
    case 4:
        if (world_chance(k->w, 25)) {
            lie_payload(k);
        } else if (world_chance(k->w, 30)) {
            lie_segment(k);
        } else {
            lie_branch(k);
        }
        break;
    case 5:
        td_msg_put_sent(&k->m);
        break;
    case 6:
        lie_fin(k);
        break;
    case 7:
        lie_turn(k);
        break;
    case 8:
        lie_branch(k);
        break;
    case 9:
        lie_payload(k);
        break;
    default:
        td_msg_put_ack(&k->m, NULL, 0);
        break;
    }
}

static bool
over(struct liar *k)
{
    tandem_report r;

    td_session_report(k->x, &r);
    if (r.state == TANDEM_SESSION_DONE) {
        world_fail(
            k->w, COUNT_LIAR, "device %zu believes a liar", k->victim->index);
    }
    return r.state == TANDEM_SESSION_FAILED;
}

void
liar_visit(struct world *w, struct device *victim, const struct device *as)
{
    struct liar k = {.w = w, .victim = victim};
    struct td_session_setup o = {
        .peer = as->id, .rng = td_sys_rng(&victim->sys)};
    struct heads after = {0};
    size_t words = 0;

    k.polite = world_chance(w, 50);
    k.walks = world_chance(w, 40);
    k.control = world_chance(w, 30) && !k.polite;
    o.initiator = world_chance(w, 50);
    device_writes(victim);
    if (td_session_new(victim->r, &o, &k.x, NULL) != TANDEM_OK) {
        return;
    }
    td_buf_init(&k.m, NULL, TD_MESSAGE_BYTES_MAX);
    heads_take(&k.true_heads, victim);
    for (; !over(&k) && words < WORDS_MAX; words++) {
        listen(&k);
        lie(&k);
        (void)!td_session_take(k.x, td_buf_slice(&k.m), device_wall(victim));
        tap_clock(w, victim);
    }
    listen(&k);
    if (!over(&k) || k.fins > FINS_MAX) {
        world_fail(w, COUNT_LIAR,
            "a liar keeps device %zu for %zu words, "
            "%u passes",
            victim->index, words, k.fins);
    }
    heads_take(&after, victim);
    if (heads_beyond(&after, &k.true_heads, victim, victim) > 0 ||
        after.count != k.true_heads.count) {
        world_fail(
            w, COUNT_LIAR, "device %zu holds a liar's entry", victim->index);
    }
    heads_free(&after);
    heads_free(&k.true_heads);
    td_buf_deinit(&k.m);
    td_session_free(k.x);
    world_note(w, words);
    world_count(w, COUNT_LIAR);
    if (k.fins == FINS_MAX) {
        world_count(w, COUNT_LAST_PASS);
    }
}
