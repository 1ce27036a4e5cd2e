// SPDX-License-Identifier: Apache-2.0
// control.c - the bytes of control entries.
//
// Canonical both ways: decoding refuses lists that are not strictly sorted,
// so encoding what was decoded gives the same bytes.
#include "member/control.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "crypto/hash.h"

#define CONTROL_VERSION 1

// ------------------------------------------------------------------ encoding

static void
put_device(struct td_buf *out, const struct td_device_public *d)
{
    td_mp_bin(out, d->sign.b, sizeof(d->sign.b));
    td_mp_bin(out, d->box, sizeof(d->box));
    td_mp_bin(out, d->curve, sizeof(d->curve));
}

static void
put_id(struct td_buf *out, tandem_id id)
{
    td_mp_bin(out, id.b, sizeof(id.b));
}

static void
put_seals(
    struct td_buf *out, const struct td_control *c, bool device, bool epoch)
{
    td_mp_array(out, c->seal_count);
    for (size_t i = 0; i < c->seal_count; i++) {
        const struct td_control_seal *s = &c->seals[i];

        td_mp_array(out, 1u + (device ? 1u : 0u) + (epoch ? 1u : 0u));
        if (device) {
            td_mp_bin(out, s->device.b, sizeof(s->device.b));
        }
        if (epoch) {
            td_mp_bin(out, s->epoch.b, sizeof(s->epoch.b));
        }
        td_mp_bin(out, s->wrapped, sizeof(s->wrapped));
    }
}

static void
begin(struct td_buf *out, const struct td_control *c, size_t fields)
{
    td_mp_array(out, 2 + fields);
    td_mp_uint(out, CONTROL_VERSION);
    td_mp_uint(out, c->type);
}

static void
encode_genesis(const struct td_control *c, struct td_buf *out)
{
    begin(out, c, 4);
    td_mp_bin(out, c->random, sizeof(c->random));
    td_mp_array(out, c->admin_count);
    for (size_t i = 0; i < c->admin_count; i++) {
        td_mp_array(out, 3);
        put_device(out, &c->admins[i]);
    }
    td_mp_uint(out, c->agree);
    if (c->has_recovery) {
        td_mp_bin(out, c->recovery, sizeof(c->recovery));
    } else {
        td_mp_nil(out);
    }
}

static void
encode_enrol(const struct td_control *c, struct td_buf *out)
{
    begin(out, c, 7);
    put_device(out, &c->device);
    td_mp_uint(out, c->right);
    td_mp_array(out, c->sector_count);
    for (size_t i = 0; i < c->sector_count; i++) {
        put_id(out, c->sectors[i]);
    }
    td_mp_int(out, c->wall_ms);
    put_seals(out, c, false, true);
}

static void
encode_epoch(const struct td_control *c, struct td_buf *out)
{
    begin(out, c, 6);
    put_id(out, c->sector);
    td_mp_bin(out, c->epoch.b, sizeof(c->epoch.b));
    td_mp_bin(out, c->commitment.b, sizeof(c->commitment.b));
    td_mp_array(out, c->parent_count);
    for (size_t i = 0; i < c->parent_count; i++) {
        td_mp_bin(out, c->parents[i].b, sizeof(c->parents[i].b));
    }
    put_seals(out, c, true, false);
    td_mp_bin(out, c->inner.ptr, c->inner.len);
}

void
td_control_encode(const struct td_control *c, struct td_buf *out)
{
    switch (c->type) {
    case TD_CONTROL_GENESIS:
        encode_genesis(c, out);
        break;
    case TD_CONTROL_SECTOR:
        begin(out, c, 1);
        put_id(out, c->sector);
        break;
    case TD_CONTROL_ENROL:
        encode_enrol(c, out);
        break;
    case TD_CONTROL_GRANT:
        begin(out, c, 4);
        td_mp_bin(out, c->device.sign.b, sizeof(c->device.sign.b));
        put_id(out, c->sector);
        td_mp_uint(out, c->right);
        put_seals(out, c, false, true);
        break;
    case TD_CONTROL_LOSS:
        begin(out, c, 2);
        td_mp_bin(out, c->device.sign.b, sizeof(c->device.sign.b));
        put_id(out, c->sector);
        break;
    case TD_CONTROL_EPOCH:
        encode_epoch(c, out);
        break;
    case TD_CONTROL_PACK:
        begin(out, c, 1);
        td_mp_bin(out, c->pack.ptr, c->pack.len);
        break;
    case TD_CONTROL_SHARE:
        begin(out, c, 2);
        put_id(out, c->sector);
        put_seals(out, c, true, true);
        break;
    default:
        out->err = TANDEM_EMISUSE; // no type this version writes
    }
}

// ------------------------------------------------------------------ decoding

struct decoder {
    struct td_cur cur;
    struct td_arena *arena;
    struct td_control *c;
    bool no_memory;
};

static void *
array(struct decoder *d, size_t count, size_t size)
{
    void *p = td_arena_array(d->arena, count, size);

    if (p == NULL) {
        d->no_memory = true;
        td_cur_fail(&d->cur);
    }
    return p;
}

static void
take_device(struct decoder *d, struct td_device_public *out)
{
    td_cur_bin_exact(&d->cur, out->sign.b, sizeof(out->sign.b));
    td_cur_bin_exact(&d->cur, out->box, sizeof(out->box));
    td_cur_bin_exact(&d->cur, out->curve, sizeof(out->curve));
}

// Strictly rising, or the same set could be written in two ways.
static void
rising(struct decoder *d, bool first, int cmp)
{
    if (!first && cmp >= 0) {
        td_cur_fail(&d->cur);
    }
}

static void
take_genesis(struct decoder *d)
{
    struct td_control *c = d->c;
    struct td_device_public *admins;
    size_t n;

    td_cur_bin_exact(&d->cur, c->random, sizeof(c->random));
    n = td_cur_array(&d->cur, TD_ADMINS_MAX);
    admins = array(d, n, sizeof(*admins));
    if (admins == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        td_cur_array_exact(&d->cur, 3);
        take_device(d, &admins[i]);
        rising(d, i == 0,
            i == 0 ? 0 : td_device_cmp(admins[i - 1].sign, admins[i].sign));
    }
    c->admins = admins;
    c->admin_count = n;
    c->agree = td_cur_uint(&d->cur);
    c->has_recovery = !td_cur_nil(&d->cur);
    if (c->has_recovery) {
        td_cur_bin_exact(&d->cur, c->recovery, sizeof(c->recovery));
    }
}

static int
seal_cmp(const struct td_control_seal *a, const struct td_control_seal *b)
{
    int cmp = td_device_cmp(a->device, b->device);

    return cmp != 0 ? cmp : memcmp(a->epoch.b, b->epoch.b, sizeof(a->epoch.b));
}

// The device stands in the seal, or is the one the entry is about; likewise
// the epoch.
static void
take_seals(struct decoder *d, bool device, bool epoch)
{
    size_t n = td_cur_array(&d->cur, TD_SEALS_MAX);
    struct td_control_seal *seals = array(d, n, sizeof(*seals));

    if (seals == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct td_control_seal *s = &seals[i];

        td_cur_array_exact(
            &d->cur, 1u + (device ? 1u : 0u) + (epoch ? 1u : 0u));
        s->device = d->c->device.sign;
        s->epoch = d->c->epoch;
        if (device) {
            td_cur_bin_exact(&d->cur, s->device.b, sizeof(s->device.b));
        }
        if (epoch) {
            td_cur_bin_exact(&d->cur, s->epoch.b, sizeof(s->epoch.b));
        }
        td_cur_bin_exact(&d->cur, s->wrapped, sizeof(s->wrapped));
        rising(d, i == 0, i == 0 ? 0 : seal_cmp(&seals[i - 1], s));
    }
    d->c->seals = seals;
    d->c->seal_count = n;
}

static void
take_id(struct decoder *d, tandem_id *out)
{
    td_cur_bin_exact(&d->cur, out->b, sizeof(out->b));
}

static void
take_enrol(struct decoder *d)
{
    struct td_control *c = d->c;
    tandem_id *sectors;
    size_t n;

    take_device(d, &c->device);
    c->right = td_cur_uint(&d->cur);
    n = td_cur_array(&d->cur, TD_SECTORS_MAX);
    sectors = array(d, n, sizeof(*sectors));
    if (sectors == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        take_id(d, &sectors[i]);
        rising(d, i == 0, i == 0 ? 0 : td_id_cmp(sectors[i - 1], sectors[i]));
    }
    c->sectors = sectors;
    c->sector_count = n;
    c->wall_ms = td_cur_int(&d->cur);
    take_seals(d, false, true);
}

static void
take_epoch(struct decoder *d)
{
    struct td_control *c = d->c;
    struct td_epoch_id *parents;
    size_t n;

    take_id(d, &c->sector);
    td_cur_bin_exact(&d->cur, c->epoch.b, sizeof(c->epoch.b));
    td_cur_bin_exact(&d->cur, c->commitment.b, sizeof(c->commitment.b));
    n = td_cur_array(&d->cur, TD_EPOCH_PARENTS_MAX);
    parents = array(d, n, sizeof(*parents));
    if (parents == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        td_cur_bin_exact(&d->cur, parents[i].b, sizeof(parents[i].b));
        rising(d, i == 0,
            i == 0
                ? 0
                : memcmp(parents[i - 1].b, parents[i].b, sizeof(parents[i].b)));
    }
    c->parents = parents;
    c->parent_count = n;
    take_seals(d, true, false);
    c->inner = td_cur_bin(&d->cur, TD_EPOCH_INNER_MAX);
}

// @return false for a type of a newer version.
static bool
take_fields(struct decoder *d, size_t count)
{
    static const size_t fields[] = {[TD_CONTROL_GENESIS] = 4,
        [TD_CONTROL_SECTOR] = 1,
        [TD_CONTROL_ENROL] = 7,
        [TD_CONTROL_GRANT] = 4,
        [TD_CONTROL_LOSS] = 2,
        [TD_CONTROL_EPOCH] = 6,
        [TD_CONTROL_PACK] = 1,
        [TD_CONTROL_SHARE] = 2};
    struct td_control *c = d->c;

    if (c->type == 0 || c->type >= sizeof(fields) / sizeof(fields[0])) {
        return false;
    }
    if (count != 2 + fields[c->type]) {
        td_cur_fail(&d->cur);
        return true;
    }
    switch (c->type) {
    case TD_CONTROL_GENESIS:
        take_genesis(d);
        break;
    case TD_CONTROL_SECTOR:
        take_id(d, &c->sector);
        break;
    case TD_CONTROL_ENROL:
        take_enrol(d);
        break;
    case TD_CONTROL_GRANT:
        td_cur_bin_exact(&d->cur, c->device.sign.b, sizeof(c->device.sign.b));
        take_id(d, &c->sector);
        c->right = td_cur_uint(&d->cur);
        take_seals(d, false, true);
        break;
    case TD_CONTROL_LOSS:
        td_cur_bin_exact(&d->cur, c->device.sign.b, sizeof(c->device.sign.b));
        take_id(d, &c->sector);
        break;
    case TD_CONTROL_EPOCH:
        take_epoch(d);
        break;
    case TD_CONTROL_PACK:
        c->pack = td_cur_bin(&d->cur, TD_PACK_BYTES_MAX);
        break;
    case TD_CONTROL_SHARE:
        take_id(d, &c->sector);
        take_seals(d, true, true);
        break;
    default:
        return false;
    }
    return true;
}

tandem_err
td_control_decode(
    tandem_slice in, struct td_arena *arena, struct td_control *out)
{
    struct td_control c = {0};
    struct decoder d = {.arena = arena, .c = &c};
    uint64_t version;
    size_t count;

    if (in.len > TD_CONTROL_BYTES_MAX || !td_cur_open(&d.cur, in)) {
        return TANDEM_ECORRUPT;
    }
    count = td_cur_array(&d.cur, SIZE_MAX);
    version = td_cur_uint(&d.cur);
    if (!td_cur_failed(&d.cur) && version > CONTROL_VERSION) {
        return TANDEM_EVERSION;
    }
    c.type = td_cur_uint(&d.cur);
    if (td_cur_failed(&d.cur) || version != CONTROL_VERSION || c.type == 0) {
        return TANDEM_ECORRUPT;
    }
    if (!take_fields(&d, count)) {
        *out = c; // canonical, of a type we do not know
        return TANDEM_OK;
    }
    if (d.no_memory) {
        return TANDEM_ENOMEM;
    }
    if (!td_cur_done(&d.cur)) {
        return TANDEM_ECORRUPT;
    }
    *out = c;
    return TANDEM_OK;
}

struct td_epoch_id
td_control_epoch_id(tandem_id sector, const struct td_hash *commitment,
    const tandem_device_id *author)
{
    tandem_slice parts[3] = {{sector.b, sizeof(sector.b)},
        {commitment->b, sizeof(commitment->b)}, {author->b, sizeof(author->b)}};
    struct td_hash16 h = td_hash16_parts(parts, 3);
    struct td_epoch_id out;

    _Static_assert(sizeof(h.b) == sizeof(out.b), "wire size");
    memcpy(out.b, h.b, sizeof(out.b));
    return out;
}
