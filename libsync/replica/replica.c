// SPDX-License-Identifier: Apache-2.0
// replica.c - open and close; who this store is.
//
// META "replica" is written when the store is first opened, and anew when it is
// found to be a copy or a restored state (incarnation.h): the store id names
// the numbering of what it holds, the incarnation its logs.
#include "replica/replica.h"

#include <string.h>

#include "base/slice.h"
#include "codec/cursor.h"
#include "codec/writer.h"
#include "crypto/hash.h"
#include "replica/incarnation.h"
#include "replica/meta.h"
#include "replica/packs.h"
#include "replica/run.h"
#include "replica/settle.h"

// ENOTFOUND: a store that no replica has opened yet.
static tandem_err
read_meta(struct td_txn *t, struct td_replica *r)
{
    struct td_identity id;
    tandem_err err;

    TD_TRY(td_meta_identity(t, &id));
    memcpy(r->store_id, id.store_id, sizeof(r->store_id));
    memcpy(r->incarnation, id.incarnation, sizeof(r->incarnation));
    r->runs_left = td_run_any(t);
    r->unsettled = td_has(t, TD_T_META, td_slice_str(TD_META_SETTLE));
    err = td_meta_exact(t, TD_META_WORKSPACE, r->workspace.b, 32);
    if (err == TANDEM_OK) {
        r->joined = true;
        TD_TRY(td_member_load(t, &r->workspace, &r->member));
    } else if (err != TANDEM_ENOTFOUND) {
        return err;
    }
    err = td_meta_exact(t, TD_META_ME, r->me.b, 16);
    if (err != TANDEM_OK && err != TANDEM_ENOTFOUND) {
        return err;
    }
    err = td_meta_clock(t, &r->clock.last);
    return err == TANDEM_ENOTFOUND ? TANDEM_OK : err;
}

static tandem_err
load(struct td_replica *r, tandem_error *e)
{
    struct td_txn *t;
    uint64_t records = 0;
    tandem_err err;
    bool fresh, same;

    TD_TRY(td_store_read(r->store, &t));
    err = read_meta(t, r);
    td_store_read_end(t);
    fresh = err == TANDEM_ENOTFOUND;
    TD_TRY(fresh ? td_incarnation_first(r, e) : err);
    TD_TRY(td_packs_schema(r->sys, r->member, NULL, &r->schema, &same));
    TD_TRY(fresh ? TANDEM_OK : td_incarnation_check(r, e));
    // What a crash interrupted. A clock heard in it is as old as ours.
    return td_settle(r, td_clock_ms(r->clock.last), &records, e);
}

tandem_err
td_replica_open(
    struct td_store *store, struct td_replica **out, tandem_error *e)
{
    const tandem_sys *sys = td_store_sys(store);
    struct td_replica *r;
    tandem_err err = td_crypto_init();

    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    r = td_alloc(sys, sizeof(*r));
    if (r == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    r->store = store;
    r->sys = sys;
    err = load(r, e);
    if (err != TANDEM_OK) {
        td_replica_close(r);
        return td_fail_code(e, err);
    }
    *out = r;
    return TANDEM_OK;
}

void
td_replica_close(struct td_replica *r)
{
    if (r == NULL) {
        return;
    }
    td_member_free(r->member);
    tandem_schema_free(r->schema);
    td_free(r->sys, r, sizeof(*r));
}

struct td_author
td_replica_author(const struct td_replica *r)
{
    struct td_author a = {
        .keys = td_store_device(r->store), .workspace = r->workspace};

    memcpy(a.incarnation, r->incarnation, 16);
    return a;
}

tandem_device_id
td_replica_device(const struct td_replica *r)
{
    return td_store_device(r->store)->pub.sign;
}
