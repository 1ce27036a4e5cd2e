// SPDX-License-Identifier: Apache-2.0
// driver.c - see driver.h.
#include "hostile/driver.h"

#include <string.h>

#include "codec/writer.h"
#include "session/session.h"
#include "support/store_help.h"

#define ok(call) assert_err(TANDEM_OK, call)

void
driver_junk(struct driver *d, void *p, size_t n)
{
    (void)help_rng_fill(&d->random, p, n);
}

// What an honest session of that member would say first.
static void
take_hello(struct driver *d, int64_t now_ms, const tandem_device_id *peer)
{
    struct td_session_setup o = {
        .peer = *peer, .initiator = true, .rng = help_rng(&d->random)};
    struct td_session *x = NULL;
    struct td_msg m;

    ok(td_session_new(d->as, &o, &x, NULL));
    ok(td_msg_decode(td_session_give(x, now_ms), &m));
    assert_int_equal(TD_MSG_HELLO, m.type);
    d->hello = m.u.hello;
    td_session_free(x);
}

void
driver_init(struct driver *d, const struct driver_carrier *carrier, void *ctx,
    struct td_replica *as, const tandem_device_id *victim, int64_t now_ms,
    uint64_t seed)
{
    memset(d, 0, sizeof(*d));
    d->carrier = carrier;
    d->ctx = ctx;
    d->as = as;
    d->victim = *victim;
    d->random = seed;
    td_buf_init(&d->m, NULL, 2 * (size_t)TD_MESSAGE_BYTES_MAX);
    td_buf_init(&d->in, NULL, TD_MESSAGE_BYTES_MAX);
    take_hello(d, now_ms, victim);
    driver_junk(d, d->hello.data_root.b, 16);
    d->hello.have_lsn = 0;
    d->hello.lacks = false;
}

void
driver_deinit(struct driver *d)
{
    d->carrier->end(d->ctx);
    td_buf_deinit(&d->m);
    td_buf_deinit(&d->in);
}

bool
driver_say(struct driver *d)
{
    ok(d->m.err);
    d->over = d->over || !d->carrier->say(d->ctx, td_buf_slice(&d->m));
    td_buf_reset(&d->m);
    return !d->over;
}

// Heads told: of an ADVERT, or of one leaf.
static void
note_heads(struct driver *d, struct td_msg *m, size_t count)
{
    d->told += count;
    for (size_t i = 0; i < count; i++) {
        td_msg_next_place(m, &d->place);
    }
}

static void
note(struct driver *d, struct td_msg *m)
{
    struct td_msg_leaf leaf;

    d->heard[m->type]++;
    if (m->type == TD_MSG_HELLO) {
        d->theirs = m->u.hello;
    } else if (m->type == TD_MSG_FIN) {
        d->fin = m->u.fin;
    } else if (m->type == TD_MSG_BYE) {
        d->over = true;
    } else if (m->type == TD_MSG_ADVERT) {
        note_heads(d, m, m->count);
    }
    for (size_t i = 0; m->type == TD_MSG_LEAF && i < m->count; i++) {
        td_msg_next_leaf(m, &leaf);
        note_heads(d, m, leaf.count);
    }
}

void
driver_listen(struct driver *d)
{
    struct td_msg m;

    for (;;) {
        td_buf_reset(&d->in);
        if (!d->carrier->hear(d->ctx, &d->in)) {
            return;
        }
        ok(td_msg_decode(td_buf_slice(&d->in), &m));
        note(d, &m);
    }
}

// --------------------------------------------------------- words of a session

void
driver_hello(struct driver *d)
{
    td_msg_put_hello(&d->m, &d->hello);
    (void)driver_say(d);
    driver_listen(d);
}

void
driver_advert(
    struct driver *d, bool last, const struct td_msg_place *places, size_t n)
{
    td_msg_put_advert(&d->m, last, places, n);
    (void)driver_say(d);
}

void
driver_want(struct driver *d, const struct td_msg_want *wants, size_t n)
{
    td_msg_put_want(&d->m, true, wants, n);
    (void)driver_say(d);
}

void
driver_sent(struct driver *d)
{
    td_msg_put_sent(&d->m);
    (void)driver_say(d);
}

void
driver_fin(struct driver *d, bool same)
{
    struct td_msg_fin f = {
        .same_control = true, .lsn = 9, .data_root = d->fin.data_root};

    memcpy(f.echo, d->theirs.session, sizeof(f.echo));
    if (!same) {
        driver_junk(d, f.data_root.b, 16);
    } else if (d->fin.same_data) {
        f.data_root = d->theirs.data_root;
    }
    td_msg_put_fin(&d->m, &f);
    (void)driver_say(d);
    driver_listen(d);
}

void
driver_close(struct driver *d, bool same)
{
    driver_want(d, NULL, 0);
    driver_listen(d);
    driver_sent(d);
    driver_listen(d);
    driver_fin(d, same);
}

// ------------------------------------------------------------- a log made up

static void
chain_on(struct forge *f, const struct td_header *h)
{
    struct td_buf b;

    td_buf_init(&b, NULL, TD_HEADER_BYTES_MAX);
    td_header_encode(h, &b);
    ok(b.err);
    f->chain = td_header_chain(td_buf_slice(&b));
    td_buf_deinit(&b);
    f->last = *h;
    f->next = h->seq + 1;
    f->count++;
}

void
forge_init(struct forge *f, struct driver *d, tandem_id sector)
{
    struct td_author a = td_replica_author(d->as);

    memset(f, 0, sizeof(*f));
    f->keys = a.keys;
    f->opening = (struct td_opening){
        .workspace = a.workspace, .device = a.keys->pub.sign, .sector = sector};
    driver_junk(d, f->opening.incarnation, 16);
    driver_junk(d, f->epoch.b, 16);
    td_buf_init(&f->wires, NULL, (size_t)4 << 20);
    forge_open(f);
}

void
forge_open(struct forge *f)
{
    struct td_header h = {.has_seen = true};

    td_buf_reset(&f->wires);
    f->count = 0;
    h.log = td_log_id_of(&f->opening);
    h.opening = f->opening;
    td_wire_encode(&h, NULL, NULL, &f->wires);
    chain_on(f, &h);
}

void
forge_deinit(struct forge *f)
{
    td_buf_deinit(&f->wires);
}

void
forge_add(struct forge *f, const tandem_slice *payloads, size_t count)
{
    struct td_header h = {.log = f->last.log,
        .seq = f->next,
        .prev = f->chain,
        .has_epoch = true,
        .epoch = f->epoch,
        .changes = f->refs,
        .change_count = count};

    for (size_t i = 0; i < count; i++) {
        f->refs[i].length = (uint32_t)payloads[i].len;
        memset(f->refs[i].hash.b, (int)(i + 1), 32);
        if (payloads[i].ptr != NULL) {
            f->refs[i].hash = td_hash_of(payloads[i]);
        }
    }
    td_wire_encode(&h, f->count == 0 ? NULL : &f->last, payloads, &f->wires);
    chain_on(f, &h);
}

void
forge_junk(struct forge *f, struct driver *d, size_t len)
{
    static uint8_t bytes[TD_PAYLOAD_BYTES_MAX];
    tandem_slice one = {bytes, len};

    driver_junk(d, bytes, len < 64 ? len : 64);
    forge_add(f, &one, 1);
}

struct td_log_id
forge_log(const struct forge *f)
{
    return td_log_id_of(&f->opening);
}

struct td_signed_head
forge_head(const struct forge *f)
{
    struct td_signed_head h = {
        .head = {.log = forge_log(f), .seq = f->next - 1, .hash = f->chain}};
    uint8_t bytes[16 + 8 + 32];

    memcpy(bytes, h.head.log.b, 16);
    td_put_be64(bytes + 16, h.head.seq);
    memcpy(bytes + 24, h.head.hash.b, 32);
    h.sig =
        td_sign(f->keys, TD_DOMAIN_HEAD, (tandem_slice){bytes, sizeof(bytes)});
    return h;
}

struct td_msg_place
forge_place(const struct forge *f)
{
    return (struct td_msg_place){
        forge_log(f), f->next - 1, td_hash_short(&f->chain)};
}

void
forge_take(struct forge *f, struct td_buf *out)
{
    td_mp_array(out, f->count);
    td_buf_put_slice(out, td_buf_slice(&f->wires));
    ok(out->err);
    td_buf_reset(&f->wires);
    f->count = 0;
}

void
driver_segment(struct driver *d, uint64_t n, bool last, uint64_t seq,
    const struct td_sig *sig, tandem_slice bytes)
{
    struct td_msg_head h = {.n = n,
        .last = last,
        .seq = last ? 0 : seq,
        .sig = *sig,
        .bytes = bytes.len};
    size_t at = 0;

    td_msg_put_head(&d->m, &h);
    (void)driver_say(d);
    while (at < bytes.len && !d->over) {
        size_t part = bytes.len - at;

        part = part < TD_FRAME_BYTES_MAX ? part : TD_FRAME_BYTES_MAX;
        td_msg_put_data(&d->m, at, (tandem_slice){bytes.ptr + at, part});
        (void)driver_say(d);
        at += part;
    }
}

void
forge_send(struct forge *f, struct driver *d, uint64_t n, bool last)
{
    struct td_signed_head h = forge_head(f);
    struct td_buf bytes;

    td_buf_init(&bytes, NULL, TD_SEGMENT_BYTES_MAX);
    forge_take(f, &bytes);
    driver_segment(d, n, last, h.head.seq, &h.sig, td_buf_slice(&bytes));
    td_buf_deinit(&bytes);
}
