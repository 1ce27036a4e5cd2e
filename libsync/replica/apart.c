// SPDX-License-Identifier: Apache-2.0
// apart.c - logs that are set apart. See apart.h.
#include "replica/apart.h"

#include "codec/writer.h"
#include "log/trie.h"

tandem_err
td_apart_why(tandem_err held)
{
    switch ((int)held) {
    case TANDEM_EFORK:
    case TANDEM_ECORRUPT:
    case TANDEM_ENOTFOUND:
        return held;
    case TANDEM_EDENIED:
        return TANDEM_ELIMIT;
    default:
        return TANDEM_OK;
    }
}

bool
td_apart_lasts(tandem_err why)
{
    return why == TANDEM_OK || why == TANDEM_EFORK || why == TANDEM_ELIMIT;
}

static uint64_t
number_of(tandem_err why)
{
    return (uint64_t)(-(int)why);
}

void
td_apart_write(const struct td_apart *at, size_t count, struct td_buf *out)
{
    td_mp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        td_mp_array(out, 5);
        td_mp_bin(out, at[i].sector.b, sizeof(at[i].sector.b));
        td_mp_bin(out, at[i].head.log.b, sizeof(at[i].head.log.b));
        td_mp_uint(out, at[i].head.seq);
        td_mp_bin(out, at[i].head.hash.b, sizeof(at[i].head.hash.b));
        td_mp_uint(out, number_of(at[i].why));
    }
}

static tandem_err
reason(uint64_t n)
{
    return n == 0                          ? TANDEM_OK
           : n == number_of(TANDEM_EFORK)  ? TANDEM_EFORK
           : n == number_of(TANDEM_ELIMIT) ? TANDEM_ELIMIT
                                           : TANDEM_ECORRUPT;
}

size_t
td_apart_read(struct td_cur *c, struct td_apart *at)
{
    const size_t count = td_cur_array(c, TD_PEER_APART_MAX);

    if (td_cur_failed(c)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        td_cur_array_exact(c, 5);
        td_cur_bin_exact(c, at[i].sector.b, sizeof(at[i].sector.b));
        td_cur_bin_exact(c, at[i].head.log.b, sizeof(at[i].head.log.b));
        at[i].head.seq = td_cur_uint(c);
        td_cur_bin_exact(c, at[i].head.hash.b, sizeof(at[i].head.hash.b));
        at[i].why = reason(td_cur_uint(c));
        if (!td_apart_lasts(at[i].why) ||
            (i > 0 && td_trie_order(&at[i - 1].head, &at[i].head) >= 0)) {
            td_cur_fail(c);
        }
        if (td_cur_failed(c)) {
            return 0;
        }
    }
    return count;
}
