// SPDX-License-Identifier: Apache-2.0
// kill.c - see kill.h.
//
// Parent and child speak in turns, so that what has left the child when it
// dies follows from the seed: be32 length || message, a length of zero ends a
// turn. The child's writes to the socket are not among the calls counted.
#include "sim/kill.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "sim/look.h"
#include "sim/tap.h"
#include "sim/trouble.h"
#include "support/fault.h"

enum { TURNS_MAX = 60, CALLS_MAX = 160 };

static bool
put(int end, tandem_slice m)
{
    uint8_t head[4];

    td_put_be32(head, (uint32_t)m.len);
    return send(end, head, 4, MSG_NOSIGNAL) == 4 &&
           (m.len == 0 ||
               send(end, m.ptr, m.len, MSG_NOSIGNAL) == (ssize_t)m.len);
}

// @return the length, 0 at the end of the turn, -1 when the other is gone.
static ssize_t
get(int end, uint8_t room[TD_MESSAGE_BYTES_MAX])
{
    uint8_t head[4];
    size_t n;

    if (recv(end, head, 4, MSG_WAITALL) != 4) {
        return -1;
    }
    n = td_be32(head);
    TD_ASSERT(n <= TD_MESSAGE_BYTES_MAX);
    if (n > 0 && recv(end, room, n, MSG_WAITALL) != (ssize_t)n) {
        return -1;
    }
    return (ssize_t)n;
}

static bool
say_all(struct td_session *x, struct device *d, int end)
{
    tandem_slice m;

    while ((m = td_session_give(x, device_wall(d))).len > 0) {
        if (!put(end, m)) {
            return false;
        }
    }
    return put(end, (tandem_slice){NULL, 0});
}

static bool
hear_all(struct td_session *x, struct device *d, int end)
{
    static uint8_t room[TD_MESSAGE_BYTES_MAX];
    ssize_t n;

    while ((n = get(end, room)) > 0) {
        (void)!td_session_take(
            x, (tandem_slice){room, (size_t)n}, device_wall(d));
    }
    return n == 0;
}

static bool
running(const struct td_session *x)
{
    tandem_report r;

    td_session_report(x, &r);
    return r.state == TANDEM_SESSION_RUNNING;
}

// ---------------------------------------------------------------------- child

__attribute__((noreturn)) static void
child(struct world *w, struct device *d, const struct device *peer, int end,
    int calls, bool torn)
{
    struct td_session_setup o = {
        .peer = peer->id, .initiator = true, .rng = td_sys_rng(&d->sys)};
    struct td_session *x;
    tandem_id person;

    device_open(d, false);
    fault.torn = torn;
    fault.kill = true;
    fault_arm(FAULT_WRITE | FAULT_SYNC | FAULT_SIZE, calls, EIO);
    if (td_session_new(d->r, &o, &x, NULL) != TANDEM_OK) {
        _exit(0);
    }
    for (size_t turn = 0; turn < TURNS_MAX && running(x); turn++) {
        if (turn < 3) {
            world_ok(w,
                td_replica_person_add(
                    d->r, "M. N.", device_wall(d), &person, NULL),
                NULL);
        }
        if (!say_all(x, d, end) || !hear_all(x, d, end)) {
            break;
        }
    }
    _exit(0);
}

// --------------------------------------------------------------------- parent

static void
talk(struct world *w, struct device *peer, const tandem_device_id *id, int end)
{
    struct td_session_setup o = {
        .peer = *id, .initiator = false, .rng = td_sys_rng(&peer->sys)};
    struct td_session *x;

    device_writes(peer);
    if (td_session_new(peer->r, &o, &x, NULL) != TANDEM_OK) {
        return;
    }
    while (hear_all(x, peer, end) && say_all(x, peer, end)) {
        tap_clock(w, peer);
    }
    model_wrote(peer);
    td_session_free(x);
}

static bool
killed(struct world *w, pid_t pid)
{
    int status;

    TD_ASSERT(waitpid(pid, &status, 0) == pid);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        return true;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        world_fail(w, COUNT_KILLED, "a child ended with %d", status);
    }
    return false;
}

void
kill_amid(struct world *w, struct device *d, struct device *peer)
{
    int calls = 1 + (int)world_pick(w, CALLS_MAX);
    bool torn = world_chance(w, 50);
    int ends[2];
    pid_t pid;

    if (!d->introduced ||
        device_right(d, peer, td_sector_common) == TANDEM_RIGHT_NONE) {
        return;
    }
    trouble_before_death(w, d);
    links_drop(w, peer);
    (void)device_wall(d); // what the child will see
    device_close(d);
    TD_ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    (void)fflush(stdout);
    pid = fork();
    TD_ASSERT(pid >= 0);
    if (pid == 0) {
        (void)close(ends[0]);
        child(w, d, peer, ends[1], calls, torn);
    }
    (void)close(ends[1]);
    talk(w, peer, &d->id, ends[0]);
    (void)close(ends[0]);
    if (killed(w, pid)) {
        world_count(w, COUNT_KILLED);
    }
    device_open(d, false);
    d->random = world_next(&w->random) | 1;
    device_writes(d);
    d->crashed = true;
    model_wrote(d);
    device_check_tries(d);
    if (!d->rewritten) {
        trouble_nothing_beyond(w, d);
    }
    trouble_unmet(w, d, peer);
    look_at(w, d);
}
