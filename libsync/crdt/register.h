// SPDX-License-Identifier: Apache-2.0
// register.h - versions of one value that stand side by side.
//
// A write removes the versions its context saw and adds its own. No clock
// ever removes a version: it only decides which one shows first.
#ifndef TD_CRDT_REGISTER_H
#define TD_CRDT_REGISTER_H

#include "crdt/context.h"

struct td_ver {
    struct td_dot dot;
    tandem_id person;
    uint64_t clock;
    uint8_t *bytes; // value, then why
    size_t value_len, why_len;
    bool why_own;        // the operation's own reason, else its change's
    struct td_vec *seen; // marks only: all that the marking change had seen
};

// In order of showing: latest clock, then smallest dot. The lines of a log
// stand here too, none ever removed: earliest clock, then smallest dot.
struct td_reg {
    struct td_ver *v;
    size_t count, cap;
    bool rising; // lines
};

tandem_slice td_ver_value(const struct td_ver *v);
tandem_slice td_ver_why(const struct td_ver *v);

// Does `a` stand before `b` there?
bool td_reg_before(
    const struct td_reg *r, const struct td_ver *a, const struct td_ver *b);
void td_reg_deinit(const tandem_sys *sys, struct td_reg *r);
tandem_err td_reg_dup(
    const tandem_sys *sys, const struct td_reg *r, struct td_reg *out);
// Remove the versions that `e` saw.
void td_reg_drop(
    const tandem_sys *sys, struct td_reg *r, const struct td_eff *e);
// Add a version: `like` has all but `bytes`; value and why are copied.
// `like->seen` becomes the register's, also on failure.
tandem_err td_reg_add(const tandem_sys *sys, struct td_reg *r,
    const struct td_ver *like, tandem_slice value, tandem_slice why);
// Give a version a reason in place of none.
tandem_err td_reg_explain(
    const tandem_sys *sys, struct td_ver *v, tandem_slice why);
size_t td_reg_distinct(const tandem_sys *sys, const struct td_reg *r);

#endif
