// SPDX-License-Identifier: Apache-2.0
// info.c - the row of LOGS that says what one log, or one branch of it, is.
// Layout: log.h.
#include <string.h>

#include "codec/cursor.h"
#include "codec/writer.h"
#include "log/row.h"

size_t
td_log_info_key(
    const struct td_log_info *i, uint8_t out[TD_LOG_INFO_BRANCH_KEY])
{
    memcpy(out, i->id.b, TD_LOG_INFO_KEY);
    td_put_be32(out + TD_LOG_INFO_KEY, i->number);
    return i->further ? TD_LOG_INFO_BRANCH_KEY : TD_LOG_INFO_KEY;
}

bool
td_log_info_is(tandem_slice key)
{
    return key.len == TD_LOG_INFO_KEY || key.len == TD_LOG_INFO_BRANCH_KEY;
}

void
td_log_info_write(const struct td_log_info *i, struct td_buf *out)
{
    td_mp_array(out, 16);
    td_mp_uint(out, i->number);
    td_mp_bin(out, i->device.b, sizeof(i->device.b));
    td_mp_bin(out, i->sector.b, sizeof(i->sector.b));
    td_mp_bin(out, i->incarnation, sizeof(i->incarnation));
    td_mp_uint(out, i->head_seq);
    td_mp_bin(out, i->head.b, sizeof(i->head.b));
    td_mp_uint(out, i->head_lsn);
    td_mp_uint(out, i->signed_seq);
    td_mp_uint(out, i->unsigned_bytes);
    if (i->has_epoch) {
        td_mp_bin(out, i->epoch.b, sizeof(i->epoch.b));
    } else {
        td_mp_nil(out);
    }
    td_mp_bin(out, i->seen_mark.b, sizeof(i->seen_mark.b));
    td_mp_uint(out, i->seen_seq);
    td_mp_bool(out, i->forked);
    td_mp_uint(out, i->parent);
    td_mp_uint(out, i->base_seq);
    td_mp_bool(out, i->cut);
}

// What its numbers have to be to each other, whatever the log. A branch leaves
// one with a lower number: no path is a circle.
static bool
is_sound(const struct td_log_info *i)
{
    return i->number > 0 && i->number <= TD_LOG_NUMBER_MAX &&
           i->head_seq < UINT64_MAX && i->head_lsn <= TD_LSN_MAX &&
           i->signed_seq <= i->head_seq && i->parent < i->number &&
           (i->parent == 0 ? i->base_seq == 0 : i->further) &&
           (!i->further || i->forked);
}

tandem_err
td_log_info_read(tandem_slice key, tandem_slice row, struct td_log_info *out)
{
    struct td_log_info i = {0};
    struct td_cur c;

    if (!td_log_info_is(key) || !td_cur_open(&c, row)) {
        return TANDEM_ECORRUPT;
    }
    memcpy(i.id.b, key.ptr, sizeof(i.id.b));
    i.further = key.len == TD_LOG_INFO_BRANCH_KEY;
    td_cur_array_exact(&c, 16);
    i.number = (uint32_t)td_cur_uint_max(&c, UINT32_MAX);
    td_cur_bin_exact(&c, i.device.b, sizeof(i.device.b));
    td_cur_bin_exact(&c, i.sector.b, sizeof(i.sector.b));
    td_cur_bin_exact(&c, i.incarnation, sizeof(i.incarnation));
    i.head_seq = td_cur_uint(&c);
    td_cur_bin_exact(&c, i.head.b, sizeof(i.head.b));
    i.head_lsn = td_cur_uint(&c);
    i.signed_seq = td_cur_uint(&c);
    i.unsigned_bytes = td_cur_uint(&c);
    i.has_epoch = !td_cur_nil(&c);
    if (i.has_epoch) {
        td_cur_bin_exact(&c, i.epoch.b, sizeof(i.epoch.b));
    }
    td_cur_bin_exact(&c, i.seen_mark.b, sizeof(i.seen_mark.b));
    i.seen_seq = td_cur_uint(&c);
    i.forked = td_cur_bool(&c);
    i.parent = (uint32_t)td_cur_uint_max(&c, UINT32_MAX);
    i.base_seq = td_cur_uint(&c);
    i.cut = td_cur_bool(&c);
    if (!td_cur_done(&c) || !is_sound(&i) ||
        (i.further && td_be32(key.ptr + TD_LOG_INFO_KEY) != i.number)) {
        return TANDEM_ECORRUPT;
    }
    *out = i;
    return TANDEM_OK;
}
