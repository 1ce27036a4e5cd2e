// SPDX-License-Identifier: Apache-2.0
// help.h - a founded store in a folder of its own, for the tests of the
// public interface. Only public headers.
#ifndef TESTS_API_HELP_H
#define TESTS_API_HELP_H

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tandem/member.h"
#include "tandem/record.h"
#include "tandem/session.h"

struct world {
    char dir[64];
    tandem_store *s;
    tandem_id sector;
    tandem_error e;
};

static tandem_err
world_key(void *ctx, uint8_t out[32])
{
    memset(out, *(const uint8_t *)ctx, 32);
    return TANDEM_OK;
}

static inline tandem_err
world_try(struct world *w, uint8_t seed, uint64_t flags, tandem_store **out)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;

    o.key = world_key;
    o.key_ctx = &seed;
    o.flags = flags;
    return tandem_store_open(w->dir, &o, out, &w->e);
}

#define GOOD(w, call)                                                          \
    do {                                                                       \
        tandem_err good_err_ = (call);                                         \
        if (good_err_ != TANDEM_OK) {                                          \
            fail_msg(                                                          \
                "%s: %s (%s)", #call, tandem_err_name(good_err_), (w)->e.msg); \
        }                                                                      \
    } while (0)

static inline void
world_publish(struct world *w, const char *path)
{
    tandem_pack *p;

    GOOD(w, tandem_pack_load(path, &p, &w->e));
    GOOD(w, tandem_pack_publish(w->s, p, &w->e));
    tandem_pack_free(p);
}

#define WORLD_PACK TEST_BINARY_DIR "/packs/fr.terrain.pack"

// The other packs that are built, also one of which no test knows yet.
static inline void
world_publish_rest(struct world *w)
{
    glob_t packs;

    assert_int_equal(glob(TEST_BINARY_DIR "/packs/*.pack", 0, NULL, &packs), 0);
    assert_true(packs.gl_pathc >= 2);
    for (size_t i = 0; i < packs.gl_pathc; i++) {
        if (strcmp(packs.gl_pathv[i], WORLD_PACK) != 0) {
            world_publish(w, packs.gl_pathv[i]);
        }
    }
    globfree(&packs);
}

static inline int
world_open(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/td-api-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    GOOD(w, world_try(w, 7, 0, &w->s));
    GOOD(w, tandem_workspace_create(w->s, "Nord", "bureau", &w->e));
    GOOD(w, tandem_sector_add(w->s, "FIVES", &w->sector, &w->e));
    world_publish(w, WORLD_PACK);
    *state = w;
    return 0;
}

static inline int
world_close(void **state)
{
    struct world *w = *state;
    char command[256];

    tandem_store_close(w->s);
    (void)snprintf(
        command, sizeof(command), "rm -rf '%s' '%s.sent'", w->dir, w->dir);
    assert_int_equal(system(command), 0);
    free(w);
    return 0;
}

// A contact sheet; returns its id.
static inline tandem_id
world_contact(struct world *w, const char *name)
{
    tandem_txn *t;
    tandem_edit *d;
    tandem_id id;

    GOOD(w, tandem_txn_new(w->s, TANDEM_ME, &t, &w->e));
    GOOD(w, tandem_txn_create(t, "contact", w->sector, &d));
    GOOD(w, tandem_edit_set(d, "name", tandem_str(name)));
    GOOD(w, tandem_edit_set(d, "met_by", tandem_enum(1)));
    id = tandem_edit_id(d);
    GOOD(w, tandem_txn_commit(t, &w->e));
    tandem_txn_free(t);
    return id;
}

static inline tandem_record *
world_read(struct world *w, tandem_id id)
{
    tandem_record *r;

    GOOD(w, tandem_record_open(w->s, id, &r, &w->e));
    return r;
}

static inline void
assert_text(const tandem_record *r, const char *field, const char *text)
{
    tandem_value v;

    assert_int_equal(tandem_record_get(r, field, &v), TANDEM_OK);
    assert_int_equal(v.type, TANDEM_STR);
    assert_int_equal(v.u.s.len, strlen(text));
    assert_memory_equal(v.u.s.ptr, text, strlen(text));
}

#endif
