// SPDX-License-Identifier: Apache-2.0
// fuzz_session.c - a live session between two real stores, whose
// one end hears what the input says: honest messages, changed ones, any bytes.
//
// Input: flags u8, then steps. flags: 1 the victim speaks first, 2 it has typed
// something new, 4 the peer has. A step is a byte, modulo 4:
//   0  the peer's next honest message
//   1  length be16 || bytes             as a message
//   2  offset be16 || u8                the next honest one, a byte xored
//   3  u8                               a sample of tests/session/samples.h
// Whatever comes: only codes a peer can cause, at most one BYE, and a session
// of the two afterwards ends well.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "folder.h"

#include "crypto/hash.h"
#include "session/samples.h"
#include "session/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW_MS = 1780000000, STEPS_MAX = 200, RUNS_PER_STORE = 500 };

static struct {
    bool open;
    int runs;
    char dir[2][FOLDER_ROOM];
    struct td_store *store[2];
    struct td_replica *r[2]; // the victim, its peer
} world;

static void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
world_close(void)
{
    static const char *names[] = {
        "data.mdb", "lock.mdb", "keys", "lock", "reserve"};
    char path[FOLDER_ROOM + 16];

    for (int i = 0; i < 2 && world.open; i++) {
        td_replica_close(world.r[i]);
        td_store_close(world.store[i]);
        for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
            (void)snprintf(path, sizeof(path), "%s/%s", world.dir[i], names[k]);
            (void)unlink(path);
        }
        (void)rmdir(world.dir[i]);
    }
    world.open = false;
}

static struct td_session *
session_of(int side, bool first)
{
    struct td_session_setup o = {.peer = td_replica_device(world.r[1 - side]),
        .initiator = first,
        .rng = td_sys_rng(td_sys_default())};
    struct td_session *x = NULL;

    must(td_session_new(world.r[side], &o, &x, NULL) == TANDEM_OK);
    return x;
}

// A whole honest session.
static void
meet(void)
{
    struct td_session *x[2] = {session_of(0, true), session_of(1, false)};
    bool moved = true;
    tandem_report report;

    while (moved) {
        moved = false;
        for (int i = 0; i < 2; i++) {
            tandem_slice m;

            while ((m = td_session_give(x[i], NOW_MS)).len > 0) {
                moved = true;
                must(td_session_take(x[1 - i], m, NOW_MS) == TANDEM_OK);
            }
        }
    }
    for (int i = 0; i < 2; i++) {
        td_session_report(x[i], &report);
        must(report.state == TANDEM_SESSION_DONE);
        td_session_free(x[i]);
    }
}

static void
world_open(void)
{
    static const struct td_key master = {{1}};
    tandem_id sector;

    if (world.open && world.runs++ < RUNS_PER_STORE) {
        return;
    }
    if (!world.open && world.runs == 0) {
        (void)atexit(world_close);
    }
    world_close();
    world.runs = 1;
    for (int i = 0; i < 2; i++) {
        struct td_store_opts o = {.sys = td_sys_default(),
            .master = &master,
            .dir = world.dir[i],
            .create = true,
            .any_fs = true};

        folder_new(world.dir[i]);
        must(td_store_open(&o, &world.store[i], NULL) == TANDEM_OK);
        must(td_replica_open(world.store[i], &world.r[i], NULL) == TANDEM_OK);
    }
    world.open = true;
    must(td_replica_found(world.r[0], "Nord", "un", NOW_MS, NULL) == TANDEM_OK);
    must(td_replica_sector_add(world.r[0], "FIVES", NOW_MS, &sector, NULL) ==
         TANDEM_OK);
    must(td_replica_enrol(world.r[0], &td_store_device(world.store[1])->pub,
             TANDEM_RIGHT_AGENT, &sector, 1, NOW_MS, NULL) == TANDEM_OK);
    must(
        td_replica_join(world.r[1], &world.r[0]->workspace, NULL) == TANDEM_OK);
    meet();
}

static void
type_something(int side)
{
    tandem_id person;

    must(td_replica_person_add(
             world.r[side], "Mme L.", NOW_MS, &person, NULL) == TANDEM_OK);
}

// Codes that say "the peer", none that says "we".
static bool
allowed(tandem_err err)
{
    return err == TANDEM_OK || err == TANDEM_EPROTO || err == TANDEM_EAUTH ||
           err == TANDEM_EWORKSPACE || err == TANDEM_EVERSION ||
           err == TANDEM_EFORK || err == TANDEM_EREFUSED ||
           err == TANDEM_ECUT || err == TANDEM_EMISUSE;
}

// The peer hears all the victim has to say; it may find it wrong by then.
static void
listen(struct td_session *x[2], bool failed)
{
    int byes = 0;
    tandem_slice m;

    while ((m = td_session_give(x[0], NOW_MS)).len > 0) {
        struct td_msg msg;

        must(td_msg_decode(m, &msg) == TANDEM_OK);
        byes += msg.type == TD_MSG_BYE ? 1 : 0;
        must(byes <= 1 && (!failed || msg.type == TD_MSG_BYE));
        must(allowed(td_session_take(x[1], m, NOW_MS)));
    }
}

// One step's message into `out`. false: the input ends.
static bool
step(struct td_session *peer, const uint8_t **p, const uint8_t *end,
    struct td_buf *out)
{
    size_t left = (size_t)(end - *p);
    const uint8_t *at = *p;
    size_t n;

    td_buf_reset(out);
    if (left == 0) {
        return false;
    }
    left--;
    switch (*at++ % 4) {
    case 0:
        td_buf_put_slice(out, td_session_give(peer, NOW_MS));
        break;
    case 1:
        if (left < 2) {
            return false;
        }
        n = (size_t)at[0] << 8 | at[1];
        at += 2;
        n = n < left - 2 ? n : left - 2;
        td_buf_put(out, at, n);
        at += n;
        break;
    case 2:
        if (left < 3) {
            return false;
        }
        td_buf_put_slice(out, td_session_give(peer, NOW_MS));
        if (out->len > 0) {
            out->ptr[((size_t)at[0] << 8 | at[1]) % out->len] ^= at[2];
        }
        at += 3;
        break;
    default:
        if (left < 1) {
            return false;
        }
        sample_put(out, *at++ % SAMPLES);
        break;
    }
    *p = at;
    return out->err == TANDEM_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    struct td_session *x[2];
    struct td_buf m;
    bool failed = false;

    if (size == 0) {
        return 0;
    }
    world_open();
    if ((*data & 2) != 0) {
        type_something(0);
    }
    if ((*data & 4) != 0) {
        type_something(1);
    }
    x[0] = session_of(0, (*data & 1) != 0);
    x[1] = session_of(1, (*data & 1) == 0);
    td_buf_init(&m, NULL, TD_MESSAGE_BYTES_MAX * 2);
    data++;
    listen(x, false);
    for (int i = 0; i < STEPS_MAX && step(x[1], &data, end, &m); i++) {
        tandem_err err = m.len == 0
                             ? TANDEM_OK
                             : td_session_take(x[0], td_buf_slice(&m), NOW_MS);

        must(allowed(err));
        must(!failed || err != TANDEM_OK || m.len == 0);
        failed = failed || (err != TANDEM_OK && err != TANDEM_EMISUSE);
        listen(x, failed);
    }
    td_buf_deinit(&m);
    td_session_free(x[0]);
    td_session_free(x[1]);
    meet();
    return 0;
}
