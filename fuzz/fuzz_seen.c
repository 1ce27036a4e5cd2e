// SPDX-License-Identifier: Apache-2.0
// fuzz_seen.c - any bytes as the token of what somebody had seen of a record,
// against a live store: refused, or a snapshot that shows only values that
// were typed.
//
// First byte: 0 the rest is the token; else the store's own token is, and the
// rest changes it: [offset be16, a byte to xor]...
#include <string.h>

#include "one_file.h"

#include "base/reader.h"
#include "base/slice.h"
#include "tandem/tandem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_HERE = 4096, NAMES = 4 };

static struct {
    tandem_store *s;
    tandem_id id;
    uint8_t token[SIZE_MAX_HERE];
    size_t token_len;
} world;

static tandem_err
key(void *ctx, uint8_t out[32])
{
    (void)ctx;
    memset(out, 7, 32);
    return TANDEM_OK;
}

static void
world_close(void)
{
    static const char *const names[] = {
        "data.mdb", "lock.mdb", "keys", "lock", "reserve"};
    char path[FOLDER_ROOM + 16];

    tandem_store_close(world.s);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", one.dir, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof(path), "%s.sent", one.dir); // its note
    (void)unlink(path);
}

static void
rename_to(const tandem_record *seen, char letter)
{
    tandem_txn *t = NULL;
    tandem_edit *d = NULL;
    char name[2] = {letter, '\0'};

    must(tandem_txn_new(world.s, TANDEM_ME, &t, NULL) == TANDEM_OK);
    must(tandem_txn_edit(t, seen, &d) == TANDEM_OK);
    must(tandem_edit_set(d, "name", tandem_str(name)) == TANDEM_OK);
    must(tandem_txn_commit(t, NULL) == TANDEM_OK);
    tandem_txn_free(t);
}

// A person called P, then A beside B, C after one of them.
static void
world_open(void)
{
    tandem_store_opts o = TANDEM_STORE_OPTS_INIT;
    tandem_record *first = NULL, *now = NULL;

    if (world.s != NULL) {
        return;
    }
    one_put("data.new", NULL, 0);
    must(unlink(one.path) == 0);
    o.key = key;
    must(tandem_store_open(one.dir, &o, &world.s, NULL) == TANDEM_OK);
    must(atexit(world_close) == 0);
    must(tandem_workspace_create(world.s, "Nord", "un", NULL) == TANDEM_OK);
    must(tandem_person_add(world.s, "P", &world.id, NULL) == TANDEM_OK);
    must(tandem_record_open(world.s, world.id, &first, NULL) == TANDEM_OK);
    rename_to(first, 'A');
    rename_to(first, 'B');
    must(tandem_record_open(world.s, world.id, &now, NULL) == TANDEM_OK);
    rename_to(now, 'C');
    tandem_record_free(first);
    tandem_record_free(now);
    must(tandem_record_open(world.s, world.id, &now, NULL) == TANDEM_OK);
    world.token_len = strlen(tandem_record_seen(now)) / 2;
    must(world.token_len <= sizeof(world.token));
    must(td_unhex(tandem_record_seen(now), world.token, world.token_len));
    tandem_record_free(now);
}

// The token that the input means; its length.
static size_t
token_of(tandem_slice in, uint8_t out[SIZE_MAX_HERE])
{
    struct td_reader r;

    td_reader_init(&r, in);
    if (td_read_u8(&r) == 0) {
        memcpy(out, r.ptr, r.left);
        return r.left;
    }
    memcpy(out, world.token, world.token_len);
    while (r.left >= 3) {
        size_t at = td_read_be16(&r) % world.token_len;

        out[at] ^= td_read_u8(&r);
    }
    return world.token_len;
}

static void
look(const tandem_record *r)
{
    size_t n = tandem_record_versions(r, "name", NULL);

    must(n <= NAMES);
    for (size_t i = 0; i < n; i++) {
        tandem_field_version v;

        must(tandem_record_version(r, "name", NULL, i, &v) == TANDEM_OK);
        must(v.value.u.s.len == 1);
        must(memchr("PABC", v.value.u.s.ptr[0], 4) != NULL);
    }
    must(tandem_record_seen(r) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char hex[2 * SIZE_MAX_HERE + 1];
    tandem_record *r = NULL;
    tandem_error e = TANDEM_ERROR_INIT(TANDEM_EN);
    uint8_t token[SIZE_MAX_HERE];
    tandem_err err;

    if (size < 1 || size > SIZE_MAX_HERE) {
        return 0;
    }
    world_open();
    size = token_of((tandem_slice){data, size}, token);
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", token[i]);
    }
    hex[2 * size] = '\0';
    err = tandem_record_open_seen(world.s, world.id, hex, &r, &e);
    must((err == TANDEM_OK) == (r != NULL));
    if (err == TANDEM_OK) {
        look(r);
        tandem_record_free(r);
    } else {
        must(e.msg[0] != '\0');
        must(err == TANDEM_EVALUE || err == TANDEM_ENOTFOUND);
    }
    return 0;
}
