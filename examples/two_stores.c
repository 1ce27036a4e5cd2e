// SPDX-License-Identifier: Apache-2.0
// two_stores.c - two stores in one process. One founds a workspace and enrols
// the other by code; then both write apart, and a session is carried by hand,
// message by message, the way any link of a host would.
// usage: two_stores fr.terrain.pack
#include <stdio.h>
#include <string.h>
#include <tandem/tandem.h>

enum { STEPS_MAX = 4000, MESSAGES_MAX = 1000 };

static tandem_err
key(void *ctx, uint8_t out[32])
{
    memcpy(out, ctx, 32);
    return TANDEM_OK;
}

static tandem_err
open_store(const char *dir, uint8_t seed, tandem_store **out, tandem_error *e)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    uint8_t k[32];

    memset(k, seed, sizeof(k));
    o.key = key;
    o.key_ctx = k;
    return tandem_store_open(dir, &o, out, e);
}

// Both sides' nodes take turns until the newcomer is in.
static tandem_err
run_enrolment(tandem_node *office, tandem_node *tablet, tandem_enrol *inviter,
    tandem_enrol *newcomer, tandem_error *e)
{
    bool asked = false, more;
    tandem_event ev;
    tandem_err err;

    for (int i = 0; i < STEPS_MAX; i++) {
        if ((err = tandem_node_step(office, 5, &ev, &more, e)) != TANDEM_OK ||
            (err = tandem_node_step(tablet, 5, &ev, &more, e)) != TANDEM_OK) {
            return err;
        }
        if (!asked && tandem_enrol_digits(inviter) != NULL &&
            tandem_enrol_digits(newcomer) != NULL) {
            // Two people read these to each other.
            bool same = strcmp(tandem_enrol_digits(inviter),
                            tandem_enrol_digits(newcomer)) == 0;

            asked = true;
            if ((err = tandem_enrol_confirm(newcomer, same)) != TANDEM_OK ||
                (err = tandem_enrol_confirm(inviter, same)) != TANDEM_OK) {
                return err;
            }
        }
        if (tandem_enrol_status(inviter) == TANDEM_ENROL_DONE &&
            tandem_enrol_status(newcomer) == TANDEM_ENROL_DONE) {
            return TANDEM_OK;
        }
        if (tandem_enrol_status(newcomer) == TANDEM_ENROL_FAILED) {
            return tandem_enrol_error(newcomer, e);
        }
        if (tandem_enrol_status(inviter) == TANDEM_ENROL_FAILED) {
            return tandem_enrol_error(inviter, e);
        }
    }
    return TANDEM_EPEER;
}

static tandem_err
enrol(tandem_store *a, tandem_store *b, tandem_id sector, tandem_error *e)
{
    tandem_node_opts o = TANDEM_NODE_OPTS_INIT;
    tandem_node *office = NULL, *tablet = NULL;
    tandem_enrol *inviter = NULL, *newcomer = NULL;
    tandem_grant grant;
    char code[512];
    tandem_err err;

    memset(&grant, 0, sizeof(grant));
    grant.size = sizeof(grant);
    grant.right = TANDEM_RIGHT_AGENT;
    grant.sector_count = 1;
    grant.sectors[0] = sector;
    err = tandem_node_new(a, &o, &office, e);
    if (!err) {
        err = tandem_node_new(b, &o, &tablet, e);
    }
    if (!err) {
        err = tandem_invite_new(office, &grant, "tcp://127.0.0.1:*", NULL, code,
            sizeof(code), &inviter, e);
    }
    if (!err) {
        err = tandem_join_new(tablet, code, "tablette-1", &newcomer, e);
    }
    if (!err) {
        err = run_enrolment(office, tablet, inviter, newcomer, e);
    }
    tandem_enrol_free(inviter);
    tandem_enrol_free(newcomer);
    tandem_node_free(office);
    tandem_node_free(tablet);
    return err;
}

static tandem_err
write_sheet(
    tandem_store *s, tandem_id sector, const char *name, tandem_error *e)
{
    tandem_txn *t = NULL;
    tandem_edit *d;
    tandem_err err;

    err = tandem_txn_new(s, TANDEM_ME, &t, e);
    if (!err) {
        err = tandem_txn_create(t, "contact", sector, &d);
    }
    if (!err) {
        tandem_edit_set(d, "name", tandem_str(name)); // a failure shows
        tandem_edit_set(d, "met_by", tandem_enum(1)); // at the commit
        err = tandem_txn_commit(t, e);
    }
    tandem_txn_free(t);
    return err;
}

// Whatever one side gives, the other takes; a link would lie in between.
static tandem_err
carry(tandem_session *from, tandem_session *to, size_t *messages)
{
    tandem_slice m;
    tandem_err err = TANDEM_OK;

    while (err == TANDEM_OK && (m = tandem_session_give(from)).len > 0) {
        err = tandem_session_take(to, m);
        (*messages)++;
    }
    return err;
}

static tandem_err
exchange(tandem_store *a, tandem_store *b, tandem_error *e)
{
    tandem_session_opts oa = TANDEM_SESSION_OPTS_INIT;
    tandem_session_opts ob = TANDEM_SESSION_OPTS_INIT;
    tandem_session *xa = NULL, *xb = NULL;
    tandem_workspace wa, wb;
    tandem_report report;
    size_t messages = 0, before = 1;
    tandem_err err;

    if ((err = tandem_workspace_get(a, &wa, e)) ||
        (err = tandem_workspace_get(b, &wb, e))) {
        return err;
    }
    oa.peer = wb.device; // as the link has proven it
    ob.peer = wa.device;
    ob.initiator = true;
    err = tandem_session_new(a, &oa, &xa, e);
    if (!err) {
        err = tandem_session_new(b, &ob, &xb, e);
    }
    while (!err && before != messages && messages < MESSAGES_MAX) {
        before = messages;
        err = carry(xb, xa, &messages);
        if (!err) {
            err = carry(xa, xb, &messages);
        }
    }
    if (!err) {
        tandem_session_report(xb, &report);
        err = report.state == TANDEM_SESSION_DONE ? TANDEM_OK : TANDEM_ECUT;
        printf("%zu messages, %llu bytes, round trips: %u\n", messages,
            (unsigned long long)(report.bytes_in + report.bytes_out),
            (unsigned)report.round_trips);
    }
    tandem_session_free(xa);
    tandem_session_free(xb);
    return err;
}

static tandem_err
same_digest(tandem_store *a, tandem_store *b, tandem_id sector, tandem_error *e)
{
    uint8_t da[32], db[32];
    uint64_t na, nb;
    tandem_err err;

    if ((err = tandem_digest(a, &sector, da, &na, e)) ||
        (err = tandem_digest(b, &sector, db, &nb, e))) {
        return err;
    }
    printf("%llu records, digests %s\n", (unsigned long long)na,
        memcmp(da, db, 32) == 0 ? "equal" : "DIFFER");
    return memcmp(da, db, 32) == 0 && na == nb && na == 2 ? TANDEM_OK
                                                          : TANDEM_ECORRUPT;
}

int
main(int argc, char **argv)
{
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_store *a = NULL, *b = NULL;
    tandem_pack *pack = NULL;
    tandem_id fives;
    int rc = 1;

    if (open_store("office", 1, &a, &e) || open_store("tablet", 2, &b, &e) ||
        tandem_workspace_create(a, "Nord", "bureau", &e) ||
        tandem_sector_add(a, "FIVES", &fives, &e) ||
        tandem_pack_load(argc > 1 ? argv[1] : "fr.terrain.pack", &pack, &e) ||
        tandem_pack_publish(a, pack, &e) || enrol(a, b, fives, &e) ||
        write_sheet(a, fives, "Mme L.", &e) ||
        write_sheet(b, fives, "M. D.", &e) || exchange(a, b, &e) ||
        exchange(a, b, &e) || same_digest(a, b, fives, &e)) {
        fprintf(stderr, "%s\n", e.msg);
    } else {
        rc = 0;
    }
    tandem_pack_free(pack);
    tandem_store_close(b);
    tandem_store_close(a);
    return rc;
}
