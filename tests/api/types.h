// SPDX-License-Identifier: Apache-2.0
// types.h - a kind with a field of each merge that knows an order: states,
// logs, lists, and a computed one; in a world of its own.
#ifndef TESTS_API_TYPES_H
#define TESTS_API_TYPES_H

#include "help.h"

#include "schema/build.h"

enum { ASKED = 1, KEPT, MISSED, CLOSED, GONE }; // stage
enum { GIVEN = 1, REFUSED, WITHDRAWN };         // consent

static inline struct obj
types_word(int64_t n, const char *id, const char *a, const char *b, bool stop)
{
    const char *const after[] = {a, b, NULL};
    struct obj o = a_word(n, id);

    if (a != NULL) {
        obj_list(&o, "after", after);
    }
    if (stop) {
        obj_bool(&o, "stop", true);
    }
    return o;
}

// asked < kept, missed < closed; gone is a stop. Withdrawn is a stop.
static inline void
types_enums(struct obj *pack)
{
    struct obj stage[] = {types_word(ASKED, "asked", NULL, NULL, false),
        types_word(KEPT, "kept", "asked", NULL, false),
        types_word(MISSED, "missed", "asked", NULL, false),
        types_word(CLOSED, "closed", "kept", "missed", false),
        types_word(GONE, "gone", NULL, NULL, true)};
    struct obj consent[] = {types_word(GIVEN, "given", NULL, NULL, false),
        types_word(REFUSED, "refused", NULL, NULL, false),
        types_word(WITHDRAWN, "withdrawn", NULL, NULL, true)};
    struct td_buf *b = obj_key(pack, "enums");

    td_mp_map(b, 2);
    td_mp_str(b, td_slice_str("stage"));
    td_mp_array(b, 5);
    for (size_t i = 0; i < 5; i++) {
        obj_write(&stage[i], b);
    }
    td_mp_str(b, td_slice_str("consent"));
    td_mp_array(b, 3);
    for (size_t i = 0; i < 3; i++) {
        obj_write(&consent[i], b);
    }
}

static inline int
types_open(void **state)
{
    struct obj fields[] = {a_field(1, "name", "str:40", "vis"),
        a_field(2, "stage", "enum:stage", "state"),
        a_field(3, "bell", "bool", "state"),
        a_field(4, "consents", "map:str:9:enum:consent", "map"),
        a_field(5, "lines", "log", "log"),
        a_field(6, "steps", "list:str:40", "list"),
        a_field(7, "score", "int", "derived")};
    struct obj kind, pack;
    struct td_buf built;
    tandem_pack *p;
    struct world *w;

    assert_int_equal(world_open(state), 0);
    w = *state;
    obj_str(&fields[1], "index", "equal");
    obj_bool(&fields[2], "stop", true);
    kind = a_kind(1, "thing", fields, sizeof(fields) / sizeof(fields[0]));
    pack = a_pack(1, &kind, 1);
    types_enums(&pack);
    build(&pack, 1, &built);
    GOOD(w, tandem_pack_parse(td_buf_slice(&built), &p, &w->e));
    GOOD(w, tandem_pack_publish(w->s, p, &w->e));
    tandem_pack_free(p);
    td_buf_deinit(&built);
    return 0;
}

static inline tandem_txn *
types_begin(struct world *w)
{
    tandem_txn *t;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    return t;
}

// A thing called "x"; its id.
static inline tandem_id
types_new(struct world *w)
{
    tandem_txn *t = types_begin(w);
    tandem_edit *d;
    tandem_id id;

    GOOD(w, tandem_txn_create(t, "test.pack/thing", w->sector, &d));
    GOOD(w, tandem_edit_set(d, "name", tandem_str("x")));
    id = tandem_edit_id(d);
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
    return id;
}

// One value and maybe a reason, from what `seen` showed; what the commit says.
static inline tandem_err
types_set(struct world *w, const tandem_record *seen, const char *field,
    tandem_value v, const char *why)
{
    tandem_txn *t = types_begin(w);
    tandem_edit *d;
    tandem_err err;

    GOOD(w, tandem_txn_edit(t, seen, &d));
    GOOD(w, tandem_edit_why(d, why));
    (void)tandem_edit_set(d, field, v);
    err = tandem_txn_commit(t, &w->e);
    tandem_txn_free(t);
    return err;
}

static inline size_t
types_conflicts(const tandem_record *r)
{
    tandem_conflict x;
    size_t n = 0;

    while (tandem_record_conflict(r, n, &x) == TANDEM_OK) {
        n++;
    }
    return n;
}

#endif
