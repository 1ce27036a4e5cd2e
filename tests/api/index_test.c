// SPDX-License-Identifier: Apache-2.0
// index_test.c - what a search believes of index rows: nothing.

#include "pair.h"

#include "base/slice.h"
#include "replica/index.h"

static tandem_err
forge_row(struct td_txn *t, void *ctx)
{
    uint8_t *key = ctx; // 16 of a blind's row, then where it shall lead

    return td_put(t, TD_T_INDEXES, (tandem_slice){key, TD_INDEX_KEY_BYTES},
        TD_SEAL_INDEX, (tandem_slice){0});
}

// Index rows are not sealed: somebody with the file in hand adds one that
// leads from a name to another sheet.
static void
test_a_forged_index_row_leads_to_nothing(void **state)
{
    struct world *w = *state;
    struct td_replica *r = w->s->replica;
    tandem_query q = TANDEM_QUERY_INIT;
    tandem_id a = world_contact(w, "Mme A."), b = world_contact(w, "Mme B.");
    uint8_t row[TD_INDEX_KEY_BYTES], other[TD_ROW_KEY_BYTES];
    const tandem_kind_info *kind;
    tandem_page *p = NULL;
    struct td_hash16 blind;
    tandem_record *rec = world_read(w, b);

    kind = rec->kind;
    blind = td_index_field(r->store, td_kind_pack(kind)->tag, kind->n,
        tandem_kind_field(kind, "name")->n, td_slice_str("mme a."));
    td_row_key(b, rec->snap.sector, td_kind_pack(kind)->tag, kind->n, other);
    td_index_key(&blind, other, row);
    GOOD(w, td_store_write(r->store, forge_row, row, NULL));
    q.kind = "contact";
    q.field = "name";
    q.value = tandem_str("Mme A.");
    GOOD(w, tandem_find(w->s, &q, &p, &w->e));
    assert_int_equal(tandem_page_count(p), 1);
    assert_true(tandem_id_equal(a, tandem_record_id(tandem_page_record(p, 0))));
    tandem_page_free(p);
    tandem_record_free(rec);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_forged_index_row_leads_to_nothing, world_open, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
