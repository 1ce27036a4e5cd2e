// SPDX-License-Identifier: Apache-2.0
// fuzz_enrol.c - any bytes as an enrolment message, at every stage of either
// side: refused for good, or the machine moves on by its own rules.
//
// First byte: whose machine (bit 0: the inviter's) and how many honest
// messages came before (bits 1-2), whether its person says yes to the digits
// (bit 3). The rest: messages, each after two bytes
// of length, big end first.
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "crypto/hash.h"
#include "member/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The same "random" bytes every time, so that a corpus can hold real messages.
static tandem_err
fill(void *ctx, uint8_t *p, size_t n)
{
    uint8_t *state = ctx;

    for (size_t i = 0; i < n; i++) {
        p[i] = (*state)++;
    }
    return TANDEM_OK;
}

static struct td_enrol *
machine(bool inviter, uint8_t *state)
{
    static const tandem_id sector = {{1, 2, 3}};
    struct td_enrol_side s = {.sys = td_sys_default(),
        .keys = {.sign = {{(uint8_t)(inviter ? 1 : 2)}}, .box = {3}},
        .workspace = {{5}},
        .secret = {6},
        .rng = {state, fill},
        .inviter = inviter,
        .right = TANDEM_RIGHT_AGENT,
        .sectors = &sector,
        .sector_count = 1,
        .name = "x"};
    struct td_enrol *x = NULL;

    if (td_enrol_new(&s, &x) != TANDEM_OK) {
        abort();
    }
    return x;
}

static void
pass(struct td_enrol *from, struct td_enrol *to)
{
    tandem_slice m = td_enrol_give(from);

    if (m.len == 0 || td_enrol_take(to, m) != TANDEM_OK) {
        abort();
    }
}

// A failed machine stays failed and shows nothing new; nothing moves past the
// digits without the person's yes.
static void
check(struct td_enrol *x, tandem_err err, bool yes)
{
    if ((td_enrol_error(x) != TANDEM_OK) != (err != TANDEM_OK)) {
        abort();
    }
    if ((td_enrol_digits(x) == NULL) != (td_enrol_peer(x) == NULL)) {
        abort();
    }
    if ((td_enrol_welcomed(x) || td_enrol_agreed(x)) &&
        (td_enrol_digits(x) == NULL || !yes)) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t random[2] = {10, 20};
    struct td_enrol *newcomer, *inviter, *x;
    struct td_reader r;
    unsigned how;
    bool yes;

    if (td_crypto_init() != TANDEM_OK) {
        abort();
    }
    td_reader_init(&r, (tandem_slice){data, size});
    how = td_read_u8(&r);
    yes = (how & 8) != 0;
    newcomer = machine(false, &random[0]);
    inviter = machine(true, &random[1]);
    for (unsigned i = 0; i < (how >> 1 & 3); i++) {
        if (i % 2 == 0) {
            pass(newcomer, inviter);
        } else {
            pass(inviter, newcomer);
        }
    }
    x = (how & 1) != 0 ? inviter : newcomer;
    while (r.left > 0 && !r.failed) {
        tandem_slice m = td_read_bytes(&r, td_read_be16(&r));

        if (!r.failed) {
            check(x, td_enrol_take(x, m), yes);
            (void)td_enrol_give(x);
            if (yes) {
                (void)td_enrol_answer(x, true);
            }
        }
    }
    td_enrol_free(newcomer);
    td_enrol_free(inviter);
    return 0;
}
