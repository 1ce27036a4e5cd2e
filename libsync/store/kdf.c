// SPDX-License-Identifier: Apache-2.0
// kdf.c - how a store's passphrase becomes its master key: the parameters.
//
// Bytes of `kdf` (numbers big-endian, all in clear):
//   magic 8        "TDKDF\r\n\0"
//   version u32    1
//   salt 16
//   mem_kib u32    65,536..1,048,576
//   passes u32     2..16
//   sum 32         BLAKE2b-256 of all bytes before it
// The sum finds damage; who alters the parameters on purpose and mends the
// sum gets another key, for they are hashed into it (crypto/seal.c), and
// cannot go below the floor. Nothing lowers the floor.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reader.h"
#include "crypto/hash.h"
#include "store/file.h"
#include "store/lock.h"
#include "store/store.h"

#define MAGIC "TDKDF\r\n"

enum {
    VERSION = 1,
    SUM = 32,
    BYTES = 8 + 4 + 16 + 4 + 4 + SUM,
    BYTES_MAX = 4096,
    MEM_MIN = 64 << 10,
    MEM_MAX = 1 << 20,
    PASSES_MIN = 2,
    PASSES_MAX = 16
};

static bool
within(const struct td_argon *a)
{
    return a->mem_kib >= MEM_MIN && a->mem_kib <= MEM_MAX &&
           a->passes >= PASSES_MIN && a->passes <= PASSES_MAX;
}

static tandem_err
decode(tandem_slice in, struct td_argon *out)
{
    struct td_argon a;
    struct td_reader r;
    struct td_hash sum;
    tandem_slice magic;
    uint32_t version;

    if (in.len < 12 + SUM) {
        return TANDEM_ECORRUPT;
    }
    sum = td_hash_of((tandem_slice){in.ptr, in.len - SUM});
    td_reader_init(&r, (tandem_slice){in.ptr, in.len - SUM});
    magic = td_read_bytes(&r, 8);
    version = td_read_be32(&r);
    if (memcmp(magic.ptr, MAGIC, 8) != 0 || version == 0 ||
        memcmp(in.ptr + in.len - SUM, sum.b, SUM) != 0) {
        return TANDEM_ECORRUPT;
    }
    if (version > VERSION) {
        return TANDEM_EVERSION;
    }
    td_read_copy(&r, a.salt, sizeof(a.salt));
    a.mem_kib = td_read_be32(&r);
    a.passes = td_read_be32(&r);
    if (!td_reader_done(&r) || !within(&a)) {
        return TANDEM_ECORRUPT;
    }
    *out = a;
    return TANDEM_OK;
}

static tandem_err
load(int dir, struct td_argon *out, int *raw)
{
    struct td_buf b;
    tandem_err err;

    td_buf_init(&b, td_sys_default(), BYTES_MAX);
    err = td_file_read(dir, "kdf", BYTES_MAX, &b, raw);
    if (err == TANDEM_OK) {
        err = decode(td_buf_slice(&b), out);
    }
    td_buf_deinit(&b);
    return err;
}

static tandem_err
make(int dir, struct td_rng rng, struct td_argon *a, int *raw)
{
    uint8_t bytes[BYTES];
    struct td_hash sum;
    struct stat st;

    if (fstatat(dir, "keys", &st, AT_SYMLINK_NOFOLLOW) == 0) {
        return TANDEM_ENOTFOUND; // made without a passphrase, or `kdf` lost
    }
    TD_TRY(rng.fill(rng.ctx, a->salt, sizeof(a->salt)));
    memcpy(bytes, MAGIC, 8);
    td_put_be32(bytes + 8, VERSION);
    memcpy(bytes + 12, a->salt, 16);
    td_put_be32(bytes + 28, a->mem_kib);
    td_put_be32(bytes + 32, a->passes);
    sum = td_hash_of((tandem_slice){bytes, BYTES - SUM});
    memcpy(bytes + BYTES - SUM, sum.b, SUM);
    return td_file_replace(
        dir, "kdf", "kdf.new", (tandem_slice){bytes, BYTES}, raw);
}

// Read, or make under the store's lock, so that of two programs that start
// together both get the same salt.
static tandem_err
load_or_make(int dir, struct td_rng rng, struct td_argon *a, int *raw)
{
    struct td_lock lock = {.fd = -1};
    tandem_err err = load(dir, a, raw);

    if (err != TANDEM_ENOTFOUND || a->mem_kib == 0) {
        return err;
    }
    TD_TRY(td_lock_take(&lock, dir, raw));
    err = load(dir, a, raw);
    if (err == TANDEM_ENOTFOUND) {
        err = make(dir, rng, a, raw);
    }
    td_lock_release(&lock);
    return err;
}

tandem_err
td_store_kdf(const char *dir, struct td_rng rng, uint32_t mem_kib,
    uint32_t passes, struct td_argon *out, tandem_error *e)
{
    struct td_argon a = {.mem_kib = mem_kib, .passes = passes};
    tandem_err err;
    int raw = 0;
    int fd;

    if (mem_kib != 0 && !within(&a)) {
        return td_fail(e, TANDEM_EVALUE,
            "passphrase strength: 64 MiB to 1 GiB, 2 to 16 passes",
            "force de la phrase de passe : 64 Mio à 1 Gio, 2 à 16 passes");
    }
    err = td_crypto_init();
    if (err != TANDEM_OK) {
        return td_fail_code(e, err);
    }
    if (mem_kib != 0 && mkdir(dir, 0700) != 0 && errno != EEXIST) {
        raw = errno;
        return td_fail_sys(e, td_file_err(raw), raw);
    }
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        raw = errno;
        return td_fail_sys(e, td_file_err(raw), raw);
    }
    err = load_or_make(fd, rng, &a, &raw);
    (void)close(fd);
    if (err != TANDEM_OK) {
        return td_fail_sys(e, err, raw);
    }
    *out = a;
    return TANDEM_OK;
}
