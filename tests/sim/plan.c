// SPDX-License-Identifier: Apache-2.0
// plan.c - see plan.h.
#include "sim/plan.h"

#include <stdio.h>
#include <string.h>

#include "sim/damage.h"
#include "sim/keys.h"
#include "sim/kill.h"
#include "sim/liar.h"
#include "sim/look.h"
#include "sim/tap.h"
#include "sim/trouble.h"
#include "sim/twin.h"
#include "sim/typing.h"
#include "support/sheet.h"

enum { STEPS = 400, ROUNDS_MAX = 12 };

// ------------------------------------------------------------------ beginning

static void
publish(struct world *w)
{
    tandem_error e = {0};
    struct td_buf b;

    td_buf_init(&b, NULL, TD_PACK_BYTES_MAX);
    sheet_pack(&b, 1);
    world_ok(w, td_replica_pack_publish(w->d[0].r, td_buf_slice(&b), &e), &e);
    td_buf_deinit(&b);
}

static void
add_sector(struct world *w)
{
    static const char *names[] = {
        "FIVES", "WAZEMMES", "VIEUX-LILLE", "MOULINS"};
    tandem_error e = {0};
    size_t i = w->sector_count;

    device_writes(&w->d[0]);
    world_ok(w,
        td_replica_sector_add(
            w->d[0].r, names[i % 4], device_wall(&w->d[0]), &w->sectors[i], &e),
        &e);
    w->sector_count++;
    model_wrote(&w->d[0]);
}

// Two and two form a pair and see the same sectors: the first, and one more.
static size_t
sectors_of(const struct world *w, size_t index, tandem_id out[WORLD_SECTORS])
{
    size_t pair = (index + 1) / 2;
    size_t n = 0;

    out[n++] = w->sectors[0];
    if (w->sector_count > 1 && pair % 2 == 1) {
        out[n++] = w->sectors[1];
    }
    if (w->sector_count > 2 && pair % 2 == 0) {
        out[n++] = w->sectors[2];
    }
    return n;
}

static void
introduce(struct world *w, struct device *d)
{
    char name[16];
    tandem_err err;

    if (d->introduced) {
        return;
    }
    (void)snprintf(name, sizeof(name), "tablette %zu", d->index);
    device_writes(d);
    err = td_replica_introduce(d->r, name, device_wall(d), NULL);
    d->introduced = err == TANDEM_OK;
    if (err != TANDEM_OK && err != TANDEM_ENOKEY) {
        world_ok(w, err, NULL);
    }
    model_wrote(d);
}

// A new device, enrolled at the office; it hears of it when they meet.
static struct device *
join(struct world *w)
{
    struct device *office = &w->d[0];
    struct device *d = &w->d[w->count];
    tandem_id sectors[WORLD_SECTORS];
    size_t n = sectors_of(w, w->count, sectors);
    tandem_error e = {0};

    device_new(w, d, w->count++);
    device_writes(office);
    world_ok(w,
        td_replica_enrol(office->r, &td_store_device(d->store)->pub,
            TANDEM_RIGHT_AGENT, sectors, n, device_wall(office), &e),
        &e);
    model_wrote(office);
    world_ok(w, td_replica_join(d->r, &office->r->workspace, &e), &e);
    return d;
}

static bool
meet(struct world *w, struct device *a, struct device *b)
{
    struct link l;
    bool done;

    if (!link_open(w, &l, a, b)) {
        return false;
    }
    done = link_run(w, &l);
    introduce(w, a);
    introduce(w, b);
    return done;
}

static void
found(struct world *w)
{
    struct device *office = &w->d[0];
    size_t devices = 3 + world_pick(w, 4);
    tandem_error e = {0};

    device_new(w, office, w->count++);
    world_ok(w,
        td_replica_found(office->r, "Nord", "bureau", device_wall(office), &e),
        &e);
    office->introduced = true;
    publish(w);
    for (size_t i = 1 + world_pick(w, 3); i > 0; i--) {
        add_sector(w);
    }
    while (w->count < devices) {
        (void)meet(w, join(w), office);
    }
    if (world_chance(w, 50)) {
        device_writes(office);
        world_ok(w,
            td_replica_grant(office->r, &w->d[1].id, w->sectors[0],
                TANDEM_RIGHT_COORDINATOR, &e),
            &e);
        model_wrote(office);
    }
}

// --------------------------------------------------------------------- living

static struct device *
someone(struct world *w)
{
    return &w->d[world_pick(w, w->count)];
}

static struct device *
someone_else(struct world *w, const struct device *d)
{
    size_t i = world_pick(w, w->count - 1);

    return &w->d[i < d->index ? i : i + 1];
}

static void
ended(struct world *w, struct link *l)
{
    struct device *a = l->side[0].d, *b = l->side[1].d;
    bool lost = l->lossy && l->lost > 0;

    link_end(w, l);
    introduce(w, a);
    introduce(w, b);
    if (lost && meet(w, a, b)) {
        world_count(w, COUNT_LOSSY);
    }
}

static void
carry(struct world *w)
{
    struct link *l = &w->links[world_pick(w, WORLD_LINKS)];

    if (!l->on) {
        return;
    }
    if (l->stalled) {
        l->stalled = world_chance(w, 80);
        return;
    }
    for (size_t n = 1 + world_pick(w, 20); n > 0; n--) {
        if (!link_step(w, l)) {
            ended(w, l);
            return;
        }
    }
}

static void
dial(struct world *w, struct device *d)
{
    struct link *l = links_free_one(w);

    if (l == NULL || !link_open(w, l, d, someone_else(w, d))) {
        return;
    }
    switch (world_pick(w, 10)) {
    case 0: // mostly early, sometimes late
        l->cut_at = 1 + world_pick(w, (size_t)1 << (6 + world_pick(w, 12)));
        break;
    case 1:
    case 2:
        l->hostile = true;
        break;
    case 3:
        l->thrift = 1 + world_pick(w, 3000);
        break;
    case 4:
        l->lossy = true;
        break;
    default:
        break;
    }
}

// Beside a link that carries nothing, another session ends in the steps it
// would have needed anyhow.
static void
beside_a_stalled_one(struct world *w)
{
    struct link *l = &w->links[world_pick(w, WORLD_LINKS)];
    struct device *a, *b;
    struct link other;
    uint64_t steps = 0;

    if (!l->on || w->count < 3) {
        return;
    }
    l->stalled = true;
    a = l->side[world_pick(w, 2)].d;
    b = someone_else(w, a);
    if (b == l->side[0].d || b == l->side[1].d || !link_open(w, &other, a, b)) {
        return;
    }
    while (link_step(w, &other)) {
        steps++;
    }
    if ((!link_done(&other) && !link_denied(&other)) ||
        other.carried > 40 + 12 * w->model.truth_count) {
        world_fail(w, COUNT_STALLED,
            "a stalled link keeps devices %zu and %zu from ending", a->index,
            b->index);
    }
    world_note(w, steps);
    world_count(w, COUNT_STALLED);
    ended(w, &other);
}

// The office decides; so does, in the first sector, a coordinator, who may not
// have heard of it.
static void
membership(struct world *w)
{
    static const tandem_right rights[] = {
        TANDEM_RIGHT_NONE, TANDEM_RIGHT_READER, TANDEM_RIGHT_AGENT};
    struct device *by = &w->d[world_chance(w, 30) ? 1 : 0];
    struct device *d = someone(w);
    tandem_right right = rights[world_pick(w, 3)];
    size_t sector = by->index == 0 ? world_pick(w, w->sector_count) : 0;
    tandem_error e = {0};
    tandem_err err;

    if (by->index == 0 && world_chance(w, 40) && !w->forks &&
        w->count < WORLD_DEVICES - 1) {
        (void)join(w);
    } else if (by->index == 0 && world_chance(w, 30) &&
               w->sector_count < WORLD_SECTORS) {
        add_sector(w);
    } else if (d->index != 0 && d != by && by->introduced) {
        if (d->index == 1 && sector == 0 && world_chance(w, 70)) {
            right = TANDEM_RIGHT_COORDINATOR;
        }
        device_writes(by);
        err = td_replica_grant(by->r, &d->id, w->sectors[sector], right, &e);
        // The coordinator may know of neither, or be none any more.
        if (err != TANDEM_OK &&
            (by->index == 0 ||
                (err != TANDEM_EDENIED && err != TANDEM_EWORKSPACE &&
                    err != TANDEM_ENOKEY))) {
            world_ok(w, err, &e);
        }
        model_wrote(by);
    }
}

static void
grant(struct world *w, const struct device *d, size_t sector, tandem_right r)
{
    struct device *office = &w->d[0];
    tandem_error e = {0};

    device_writes(office);
    world_ok(
        w, td_replica_grant(office->r, &d->id, w->sectors[sector], r, &e), &e);
    model_wrote(office);
}

// One loses its right; who heard of it types under a key made anew, while the
// office lets in somebody whom that key is not sealed to.
static void
key_made_elsewhere(struct world *w)
{
    struct device *office = &w->d[0];
    struct device *d = &w->d[1 + world_pick(w, w->count - 1)];
    struct device *by = someone_else(w, d);
    size_t sector = world_pick(w, w->sector_count);

    if (by == office || td_device_cmp(by->id, d->id) == 0 ||
        device_right(office, d, w->sectors[sector]) == TANDEM_RIGHT_NONE) {
        return;
    }
    grant(w, d, sector, TANDEM_RIGHT_NONE);
    if (!meet(w, by, office)) {
        return;
    }
    if (w->count < WORLD_DEVICES - 1 && !w->forks && world_chance(w, 50)) {
        (void)join(w);
    } else {
        grant(w, d, sector, TANDEM_RIGHT_AGENT);
    }
    (void)typing_new(w, by, sector, 0);
}

static void
burst(struct world *w, struct device *d)
{
    size_t sector = world_pick(w, w->sector_count);
    size_t bytes = world_chance(w, 30) ? 2000 + world_pick(w, 6000) : 0;

    for (size_t n = 5 + world_pick(w, 30); n > 0; n--) {
        (void)typing_new(w, d, sector, bytes);
    }
}

static void
bad_day(struct world *w, struct device *d)
{
    struct device *other = someone_else(w, d);
    struct link *l = &w->links[world_pick(w, WORLD_LINKS)];

    switch (world_pick(w, 14)) {
    case 0:
        trouble_crash(w, d);
        break;
    case 1:
        if (l->on && !l->hostile) {
            trouble_crash_behind(w, l);
        }
        break;
    case 2:
        trouble_keep(w, d);
        break;
    case 3:
        trouble_put_back(w, d);
        break;
    case 11:
        trouble_copy(w, d);
        break;
    case 4:
        trouble_forget(w, d, other);
        break;
    case 5:
        trouble_clock(w, d);
        break;
    case 6:
        (void)twin_meet(w, d, other, world_chance(w, 60));
        break;
    case 7:
        liar_visit(w, d, other);
        break;
    case 8:
        beside_a_stalled_one(w);
        break;
    case 13:
        damage_payload(w, d, other);
        break;
    case 12:
        key_made_elsewhere(w);
        break;
    case 9:
        kill_amid(w, d, other);
        break;
    default:
        membership(w);
        break;
    }
}

// A dispatch table.
static void
step(struct world *w)
{
    struct device *d = someone(w);
    size_t what = world_pick(w, 100);

    w->now_ms += (int64_t)world_pick(w, 600000);
    world_note(w, what);
    if (what < 30) {
        typing_any(w, d);
        tap_clock(w, d);
    } else if (what < 34) {
        typing_look(w, d);
    } else if (what < 35) {
        burst(w, d);
    } else if (what < 47) {
        dial(w, d);
    } else if (what < 90) {
        carry(w);
    } else if (what < 98) {
        bad_day(w, d);
    } else {
        look_at(w, d);
        look_across(w, d, someone_else(w, d));
    }
}

// -------------------------------------------------------------------- at rest

// Everybody meets everybody until nothing moves any more.
static void
everybody_meets(struct world *w)
{
    bool moved = true;

    for (size_t round = 0; moved; round++) {
        uint64_t before = 0, after = 0;

        if (round == ROUNDS_MAX) {
            world_fail(w, COUNT_REST, "no rest after %zu rounds", round);
        }
        for (size_t i = 0; i < w->count; i++) {
            before += device_lsn(&w->d[i]);
        }
        for (size_t i = 0; i < w->count; i++) {
            for (size_t k = 0; k < i; k++) {
                bool dials = world_chance(w, 50);

                (void)meet(w, &w->d[dials ? i : k], &w->d[dials ? k : i]);
            }
        }
        for (size_t i = 0; i < w->count; i++) {
            after += device_lsn(&w->d[i]);
        }
        moved = after != before;
    }
}

static void
settle(struct world *w)
{
    for (size_t i = 0; i < WORLD_LINKS; i++) {
        link_close(&w->links[i]);
    }
    everybody_meets(w);
    for (size_t i = 0; i < 6; i++) { // with nothing new to say, too
        struct device *d = someone(w);
        struct link l;

        if (link_open(w, &l, d, someone_else(w, d))) {
            l.hostile = true;
            (void)link_run(w, &l);
        }
    }
    everybody_meets(w);
}

static void
problem(void *ctx, const char *sentence)
{
    struct device *d = ctx;

    world_fail(d->w, COUNT_VERIFIED, "device %zu: %s", d->index, sentence);
}

static void
verify(struct world *w, struct device *d)
{
    tandem_verify_report report;
    tandem_error e = {0};

    world_ok(
        w, td_replica_verify(d->r, TANDEM_EN, problem, d, &report, &e), &e);
    world_count(w, COUNT_VERIFIED);
}

static void
check_rest(struct world *w)
{
    struct device *office = &w->d[0];

    for (size_t i = 0; i < w->count; i++) {
        struct device *d = &w->d[i];

        look_at(w, d);
        look_across(w, office, d);
        verify(w, d);
        keys_rest(w, d);
        for (size_t s = 0; s < w->sector_count; s++) {
            struct td_hash a, b;
            uint64_t n;

            if (device_right(office, d, w->sectors[s]) < TANDEM_RIGHT_READER) {
                continue;
            }
            world_ok(
                w, td_replica_digest(office->r, &w->sectors[s], &a, &n), NULL);
            world_ok(w, td_replica_digest(d->r, &w->sectors[s], &b, &n), NULL);
            if (!look_same_heads(office, d, w->sectors[s])) {
                world_fail(w, COUNT_REST,
                    "device %zu holds another sector %zu than the office", i,
                    s);
            }
            if (!td_hash_eq(&a, &b)) {
                look_say_waiting(d);
                world_fail(w, COUNT_REST,
                    "device %zu shows another sector %zu than the office", i,
                    s);
            }
            world_note_bytes(w, (tandem_slice){b.b, 32});
            world_count(w, COUNT_REST);
        }
        model_check(w, office, d);
    }
}

void
plan_run(struct world *w)
{
    found(w);
    for (w->step = 1; w->step <= STEPS; w->step++) {
        step(w);
    }
    settle(w);
    check_rest(w);
    for (size_t i = 0; i < w->count; i++) {
        typing_forget(&w->d[i]);
    }
}
