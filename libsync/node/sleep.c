// SPDX-License-Identifier: Apache-2.0
// sleep.c - a host that sleeps: sockets go before, and come back after it.
//
// The sessions we began are kept as after a cut, without a try being counted;
// those that came to us end, for the other side begins them again. All that
// came whole is written before suspend returns.
#include "node/enrolment.h"

#include <poll.h>

enum {
    REBIND_TRIES = 100, // libzmq lets go of a port a moment after its socket
    REBIND_WAIT_MS = 20
};

static void
put_to_sleep(struct td_talk *t)
{
    struct tandem_node *n = t->node;

    if (n->worker != NULL) {
        td_worker_settle(n->worker, &t->job); // from here on in this thread
    }
    if (t->state == TD_TALK_ENDING) {
        td_talk_pump(t, td_node_mono(n));
    } else if (t->incoming || t->state == TD_TALK_CLOSING) {
        td_talk_end(t, TANDEM_ECUT, false);
    } else if (td_talk_live(t)) {
        td_talk_break(t);
    }
}

tandem_err
tandem_node_suspend(tandem_node *n, tandem_error *e)
{
    td_fail_clear(e);
    if (n == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    n->asleep = true;
    for (struct tandem_enrol *x = n->enrols; x != NULL; x = x->next) {
        put_to_sleep(&x->talk); // all that came whole of it is written
        td_enrolment_cut(x);
    }
    for (size_t i = 0; i < n->talk_max; i++) {
        put_to_sleep(&n->talks[i]);
    }
    td_node_tidy_end(n);
    td_beacon_close(&n->beacon);
    td_near_close(&n->near);
    td_wire_watch(n->wire, -1);
    td_line_close(n->door);
    n->door = NULL;
    td_wire_sleep(n->wire); // else their connections stand until the next turn
    return TANDEM_OK;
}

// The same endpoint with its real port.
static tandem_err
rebind(struct tandem_node *n, int *sys)
{
    char bound[TD_ADDRESS_ROOM];
    tandem_err err = TANDEM_OK;

    *sys = 0;
    for (int i = 0; i < REBIND_TRIES; i++) {
        err = td_wire_awake(n->wire, sys) ? TANDEM_OK : TANDEM_EIO;
        if (err == TANDEM_OK && n->door_at[0] != '\0') {
            err = td_line_bind(n->wire, n->door_at, &n->curve, "member", bound,
                sizeof(bound), &n->door, sys);
        }
        if (err != TANDEM_EIO) {
            break;
        }
        (void)poll(NULL, 0, REBIND_WAIT_MS);
    }
    return err;
}

tandem_err
tandem_node_resume(tandem_node *n, tandem_error *e)
{
    tandem_err err;
    uint64_t now;
    int sys;

    td_fail_clear(e);
    if (n == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_node_usable(n, e));
    if (!n->asleep) {
        return TANDEM_OK;
    }
    err = rebind(n, &sys);
    if (err != TANDEM_OK) {
        return td_node_listen_failed(n->door_at, err, sys, e);
    }
    n->asleep = false;
    now = td_node_mono(n);
    for (size_t i = 0; i < n->talk_max; i++) {
        struct td_talk *t = &n->talks[i];

        if (t->state == TD_TALK_BACKOFF) {
            t->tries = 0;
            t->heard_ms = now; // who slept cannot have heard
            td_dial_begin(t, now);
        }
    }
    return TANDEM_OK;
}
