// SPDX-License-Identifier: Apache-2.0
// embed.c - a workspace, a sector, one contact sheet: Tandem in forty lines.
// usage: embed fr.terrain.pack
#include <stdio.h>
#include <string.h>
#include <tandem/tandem.h>

static tandem_err
key(void *ctx, uint8_t out[32])
{
    memcpy(out, ctx, 32); /* a real host asks its keystore */
    return TANDEM_OK;
}

int
main(int argc, char **argv)
{
    uint8_t k[32] = {7};
    int rc = 1;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    tandem_store *s = NULL;
    tandem_pack *pack = NULL;
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    tandem_record *r = NULL;
    tandem_id nord;
    tandem_value name = tandem_none();

    o.key = key;
    o.key_ctx = k;
    if (tandem_pack_load(argc > 1 ? argv[1] : "fr.terrain.pack", &pack, &e) ||
        tandem_store_open("demo", &o, &s, &e) ||
        tandem_workspace_create(s, "Nord", "tablette-1", &e) ||
        tandem_sector_add(s, "FIVES", &nord, &e) ||
        tandem_pack_publish(s, pack, &e) ||
        tandem_txn_new(s, TANDEM_ME, &t, &e) ||
        tandem_txn_create(t, "contact", nord, &d) ||
        tandem_edit_set(d, "name", tandem_str("Mme L.")) ||
        tandem_edit_set(d, "met_by", tandem_enum(1)) /* door */
        || tandem_edit_add(d, "phones", tandem_str("+33320000001")) ||
        tandem_txn_commit(t, &e) ||
        tandem_record_open(s, tandem_edit_id(d), &r, &e) ||
        tandem_record_get(r, "name", &name)) {
        tandem_txn_failed(t, &e);
        fprintf(stderr, "%s\n", e.msg);
    } else {
        rc =
            printf("%.*s\n", (int)name.u.s.len, (const char *)name.u.s.ptr) < 0;
    }
    tandem_record_free(r);
    tandem_txn_free(t);
    tandem_pack_free(pack);
    tandem_store_close(s);
    return rc;
}
