// SPDX-License-Identifier: Apache-2.0
// key.c - where a host without a keystore gets its master key: a key file, or
// a passphrase.
//
// Key file: 64 hex digits and a newline, mode 0600.

#include "api/handles.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "crypto/hash.h"

enum { ARGON_MEM_KIB = 64 << 10, ARGON_PASSES = 3, FILE_BYTES = 65 };

tandem_err
tandem_key_passphrase(
    const char *dir, tandem_slice passphrase, uint8_t out[32], tandem_error *e)
{
    const tandem_sys *sys = td_sys_default();
    struct td_argon params;
    struct td_key key;

    td_fail_clear(e);
    if (dir == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    if (passphrase.len == 0) {
        return td_fail(e, TANDEM_EVALUE, "the passphrase is empty",
            "la phrase de passe est vide");
    }
    TD_TRY(td_fail_code(e, td_crypto_init()));
    TD_TRY(td_fail_code(e, td_store_kdf(dir, td_sys_rng(sys), ARGON_MEM_KIB,
                               ARGON_PASSES, &params, e)));
    TD_TRY(td_fail_code(e, td_key_argon(passphrase, &params, &key)));
    for (size_t i = 0; i < 32; i++) {
        out[i] = key.b[i];
    }
    td_wipe(&key, sizeof(key));
    return TANDEM_OK;
}

static tandem_err
from_errno(tandem_error *e, const char *path, int code)
{
    tandem_err err = TANDEM_EIO;

    if (code == ENOENT) {
        err = TANDEM_ENOTFOUND;
    } else if (code == EEXIST) {
        err = TANDEM_EEXIST;
    } else if (code == ENOSPC || code == EDQUOT) {
        err = TANDEM_EFULL;
    } else if (code == EACCES || code == EPERM || code == EROFS) {
        err = TANDEM_EREADONLY;
    }
    (void)td_fail(e, err, "key file %s: %s", "fichier de clé %s : %s", path,
        tandem_err_text(err, e != NULL ? e->lang : TANDEM_EN));
    if (e != NULL) {
        e->sys = code;
    }
    return err;
}

static bool
write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return false;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

// Its name is durable once its folder is: a key lost to a power cut would take
// the store with it.
static bool
sync_folder_of(const char *path)
{
    const char *end = strrchr(path, '/');
    char folder[PATH_MAX];
    size_t len = end == NULL ? 1 : (size_t)(end - path) + 1;
    int fd;
    bool done;

    if (len >= sizeof(folder)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(folder, end == NULL ? "." : path, len);
    folder[len] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    done = fsync(fd) == 0;
    (void)close(fd);
    return done;
}

tandem_err
tandem_key_file_new(const char *path, tandem_error *e)
{
    const tandem_sys *sys = td_sys_default();
    char text[FILE_BYTES + 1];
    uint8_t key[32];
    tandem_err err = TANDEM_OK;
    int fd;

    td_fail_clear(e);
    if (path == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    TD_TRY(td_fail_code(e, sys->random(sys->ctx, key, sizeof(key))));
    td_hex((tandem_slice){key, sizeof(key)}, text);
    text[64] = '\n';
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        err = from_errno(e, path, errno);
    } else {
        if (!write_all(fd, text, FILE_BYTES) || fsync(fd) != 0 ||
            !sync_folder_of(path)) {
            err = from_errno(e, path, errno);
            (void)unlink(path);
        }
        (void)close(fd);
    }
    td_wipe(text, sizeof(text));
    td_wipe(key, sizeof(key));
    return err;
}

static tandem_err
not_a_key(tandem_error *e, const char *path)
{
    return td_fail(e, TANDEM_EKEY, "%s is not a Tandem key file",
        "%s n'est pas un fichier de clé Tandem", path);
}

tandem_err
tandem_key_file_read(const char *path, uint8_t out[32], tandem_error *e)
{
    char text[FILE_BYTES + 2];
    struct stat st;
    ssize_t n;
    tandem_err err = TANDEM_OK;
    int fd;

    td_fail_clear(e);
    if (path == NULL || out == NULL) {
        return td_fail_code(e, TANDEM_EMISUSE);
    }
    // A pipe by that name would wait for a writer for ever.
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return from_errno(e, path, errno);
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        err = not_a_key(e, path);
    } else if ((st.st_mode & 077) != 0) {
        err = td_fail(e, TANDEM_EKEY,
            "the key file %s can be read by others; run: chmod 600 %s",
            "le fichier de clé %s est lisible par d'autres ; lancez : "
            "chmod 600 %s",
            path, path);
    } else {
        n = read(fd, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = '\0';
        if ((n != FILE_BYTES && n != FILE_BYTES - 1) ||
            (n == FILE_BYTES && text[64] != '\n')) {
            err = not_a_key(e, path);
        } else {
            text[64] = '\0';
            if (!td_unhex(text, out, 32)) {
                err = not_a_key(e, path);
            }
        }
    }
    (void)close(fd);
    td_wipe(text, sizeof(text));
    return err;
}
