// SPDX-License-Identifier: Apache-2.0
// pack.c - the one parser of built packs.
//
// Each map is first collected: the bytes of every key this version knows, in
// whatever order the canonical form puts them, the rest passed over. Then the
// parts are read in the order they depend on each other: enumerations, kinds,
// fields. The input is checked once as canonical MessagePack, so that no
// later step can meet a count beyond its bytes.
#include "schema/pack.h"

#include <string.h>

#include "base/fail.h"
#include "base/limits.h"
#include "base/slice.h"
#include "schema/parse.h"
#include "schema/type.h"

/* ------------------------------------------------------------ enumerations */

// The words it directly follows: of the same list, and standing before it, so
// that no word comes after itself.
static tandem_err
read_after(const struct td_parse *p, const struct td_map *m,
    const tandem_word *words, tandem_word *w)
{
    struct td_cur c;
    uint16_t *list = NULL;
    size_t n = 0;

    if (!td_parse_has(m, TD_KEY_AFTER)) {
        return TANDEM_OK;
    }
    TD_TRY(td_parse_array(p, m->at[TD_KEY_AFTER], "after", TD_WORD_AFTER_MAX,
        sizeof *list, &c, &n, &list));
    for (size_t i = 0; i < n; i++) {
        tandem_slice id = td_cur_str(&c, TD_NAME_BYTES_MAX);
        size_t at = 0;

        while (
            &words[at] != w && !td_slice_eq(id, td_slice_str(words[at].id))) {
            at++;
        }
        if (td_cur_failed(&c)) {
            return td_parse_damaged(p, "after");
        }
        if (&words[at] == w) {
            return td_parse_broken(p, TANDEM_EVALUE,
                "a word comes only after words that stand before it in the "
                "list",
                "un mot ne vient qu'après des mots placés avant lui dans la "
                "liste",
                w->id);
        }
        list[i] = (uint16_t)at;
    }
    w->after = list;
    w->after_count = n;
    return TANDEM_OK;
}

// `w` is one of `words`, those before it are read.
static tandem_err
read_word(const struct td_parse *p, tandem_slice raw, const tandem_word *words,
    tandem_word *w)
{
    struct td_map m;
    uint32_t n = 0;

    if (!td_parse_map(raw, &m)) {
        return td_parse_damaged(p, "enums");
    }
    TD_TRY(td_parse_n(p, &m, TD_KEY_N, &n));
    w->n = n;
    TD_TRY(td_parse_ident(p, &m, TD_KEY_ID, false, &w->id));
    TD_TRY(td_parse_text(p, &m, TD_KEY_FR, &w->fr));
    TD_TRY(td_parse_text(p, &m, TD_KEY_EN, &w->en));
    TD_TRY(read_after(p, &m, words, w));
    TD_TRY(td_parse_flag(p, &m, TD_KEY_STOP, &w->stop));
    return td_parse_flag(p, &m, TD_KEY_RETIRED, &w->retired);
}

static tandem_err
read_enum(struct td_parse *p, tandem_slice raw, tandem_enum_info *out)
{
    struct td_cur c;
    tandem_word *words = NULL;
    size_t n = 0;

    TD_TRY(td_parse_array(
        p, raw, "enums", TD_ENUM_VALUES_MAX, sizeof *words, &c, &n, &words));
    for (size_t i = 0; i < n; i++) {
        TD_TRY(read_word(p, td_cur_raw(&c), words, &words[i]));
        for (size_t j = 0; j < i; j++) {
            if (words[j].n == words[i].n ||
                strcmp(words[j].id, words[i].id) == 0) {
                return td_parse_twice(p, words[i].id);
            }
        }
    }
    out->words = words;
    out->word_count = n;
    return n > 0 ? TANDEM_OK : td_parse_damaged(p, "enums");
}

static tandem_err
read_enums(struct td_parse *p, tandem_slice raw)
{
    struct td_cur c;
    size_t n;

    td_cur_sub(&c, raw);
    n = td_cur_map(&c, TD_PACK_ENUMS_MAX);
    if (td_cur_failed(&c)) {
        return td_parse_damaged(p, "enums");
    }
    p->pack->enums = td_arena_array(&p->pack->arena, n, sizeof *p->pack->enums);
    if (p->pack->enums == NULL && n > 0) {
        return td_parse_nomem(p);
    }
    for (size_t i = 0; i < n; i++) {
        tandem_enum_info *info = &p->pack->enums[i];
        tandem_slice id = td_cur_str(&c, TD_NAME_BYTES_MAX);

        if (td_cur_failed(&c)) {
            return td_parse_damaged(p, "enums");
        }
        TD_TRY(td_parse_id(p, id, false, &info->id));
        p->kind = info->id;
        TD_TRY(read_enum(p, td_cur_raw(&c), info));
        p->kind = NULL;
    }
    p->pack->enum_count = n;
    return TANDEM_OK;
}

/* -------------------------------------------------------------------- pack */

static tandem_err
read_follows(const struct td_parse *p, const struct td_map *m)
{
    const char *hex = NULL;

    if (!td_parse_has(m, TD_KEY_FOLLOWS)) {
        return TANDEM_OK;
    }
    TD_TRY(td_parse_text(p, m, TD_KEY_FOLLOWS, &hex));
    if (!td_unhex(hex, p->pack->follows.b, sizeof p->pack->follows.b)) {
        return td_parse_damaged(p, "follows");
    }
    p->pack->has_follows = true;
    return TANDEM_OK;
}

static tandem_err
read_pack(struct td_parse *p)
{
    struct td_cur c;
    struct td_map m;
    tandem_slice body;
    uint64_t format;

    if (!td_cur_open(&c, p->pack->bytes) ||
        td_cur_array(&c, TD_PACK_KEYS_MAX) < 1) {
        return td_parse_damaged(p, NULL);
    }
    format = td_cur_uint(&c);
    if (!td_cur_failed(&c) && format > 1) {
        return td_parse_broken(p, TANDEM_EVERSION,
            "built for a newer version of this program; update it",
            "bâti pour une version plus récente de ce programme ; mettez-le "
            "à jour",
            NULL);
    }
    body = td_cur_raw(&c);
    if (!td_cur_done(&c) || format != 1 || !td_parse_map(body, &m)) {
        return td_parse_damaged(p, NULL);
    }
    TD_TRY(td_parse_ident(p, &m, TD_KEY_PACK, true, &p->pack->name));
    TD_TRY(td_parse_n(p, &m, TD_KEY_VERSION, &p->pack->version));
    TD_TRY(read_follows(p, &m));
    if (td_parse_has(&m, TD_KEY_ENUMS)) {
        TD_TRY(read_enums(p, m.at[TD_KEY_ENUMS]));
    }
    TD_TRY(td_parse_asked(p, &m));
    return td_parse_kinds(p, m.at[TD_KEY_KINDS]);
}

tandem_err
td_pack_parse(tandem_slice built, const tandem_sys *sys, struct td_pack **out,
    tandem_error *e)
{
    struct td_parse p = {NULL, e, NULL, NULL};
    tandem_err err;

    TD_ASSERT(out != NULL);
    if (built.len > TD_PACK_BYTES_MAX) {
        return td_fail(e, TANDEM_ELIMIT,
            "the pack is larger than %d bytes; split it",
            "le paquet dépasse %d octets ; scindez-le", TD_PACK_BYTES_MAX);
    }
    p.pack = td_alloc(sys, sizeof *p.pack);
    if (p.pack == NULL) {
        return td_fail_code(e, TANDEM_ENOMEM);
    }
    atomic_init(&p.pack->refs, 1);
    td_sys_fill(&p.pack->sys, sys);
    td_arena_init(&p.pack->arena, &p.pack->sys, TD_PACK_MEMORY_MAX);
    p.pack->bytes = td_arena_dup(&p.pack->arena, built);
    err = p.pack->bytes.ptr == NULL ? td_parse_nomem(&p) : read_pack(&p);
    if (err != TANDEM_OK) {
        td_pack_release(p.pack);
        return err;
    }
    *out = p.pack;
    return TANDEM_OK;
}

struct td_pack *
td_pack_retain(struct td_pack *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void
td_pack_release(struct td_pack *p)
{
    tandem_sys sys;

    if (p == NULL ||
        atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    sys = p->sys;
    td_arena_deinit(&p->arena);
    td_free(&sys, p, sizeof *p);
}
