// SPDX-License-Identifier: Apache-2.0
// sent.c - the note that a store keeps outside its folder.
//
// Whoever copies the folder, or puts an older one back, does not touch it; so
// what it says of the store (replica/incarnation.h) tells a copy from the
// store. It is a small file beside the folder, replaced whole and durable, or
// kept by the host.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // statx, which says when a file was made
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/env.h"
#include "store/file.h"

static const char suffix[] = ".sent";
static const char suffix_new[] = ".new";

// What stands in s->sent, and `more`.
static tandem_err
append(struct td_store *s, const char *more)
{
    const size_t len = strlen(s->sent);

    if (strlen(more) >= sizeof(s->sent) - len) {
        return TANDEM_ELIMIT;
    }
    memcpy(s->sent + len, more, strlen(more) + 1);
    return TANDEM_OK;
}

// Beside the folder by its real path, so that "." and "a/" have a sibling. A
// path is one from the root: the process may go elsewhere while the store is
// open, and a note written there would be missing at the next opening.
tandem_err
td_sent_place(struct td_store *s, const struct td_store_opts *o, int *raw)
{
    const char *from;

    if (o->keeper != NULL) {
        s->keeper = *o->keeper;
    }
    if (o->sent == NULL || o->keeper != NULL) {
        return TANDEM_OK;
    }
    if (o->sent[0] == '/') {
        return append(s, o->sent);
    }
    from = o->sent[0] == '\0' ? realpath(o->dir, s->sent)
                              : getcwd(s->sent, sizeof(s->sent));
    if (from == NULL) {
        *raw = errno;
        return td_file_err(*raw);
    }
    if (o->sent[0] == '\0') {
        return append(s, suffix);
    }
    TD_TRY(append(s, "/"));
    return append(s, o->sent);
}

bool
td_store_keeps(const struct td_store *s)
{
    return s->sent[0] != '\0' || s->keeper.load != NULL;
}

// The folder of the note's file and, in *name, its name there.
static int
open_folder(const struct td_store *s, const char **name)
{
    const char *slash = strrchr(s->sent, '/');
    char folder[PATH_MAX];
    size_t len;

    TD_ASSERT(slash != NULL);
    *name = slash + 1;
    len = slash == s->sent ? 1 : (size_t)(slash - s->sent);
    memcpy(folder, s->sent, len);
    folder[len] = '\0';
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

tandem_err
td_store_sent_load(struct td_store *s, struct td_buf *out)
{
    const char *name;
    tandem_err err;
    int raw = 0;
    int dir;

    if (s->keeper.load != NULL) {
        td_buf_reset(out);
        return s->keeper.load(s->keeper.ctx, out);
    }
    dir = open_folder(s, &name);
    if (dir < 0) {
        return td_file_err(errno);
    }
    err = td_file_read(dir, name, TD_SENT_BYTES_MAX, out, &raw);
    (void)close(dir);
    return err;
}

tandem_err
td_store_sent_save(struct td_store *s, tandem_slice bytes, tandem_error *e)
{
    char temp[NAME_MAX + sizeof(suffix_new)];
    const char *name;
    tandem_err err;
    int raw = 0;
    int dir;

    if (s->keeper.save != NULL) {
        return td_fail_code(e, s->keeper.save(s->keeper.ctx, bytes));
    }
    dir = open_folder(s, &name);
    if (dir < 0) {
        raw = errno;
        err = td_file_err(raw);
    } else if (strlen(name) > NAME_MAX) {
        err = TANDEM_ELIMIT;
    } else {
        memcpy(temp, name, strlen(name));
        memcpy(temp + strlen(name), suffix_new, sizeof(suffix_new));
        err = td_file_replace(dir, name, temp, bytes, &raw);
    }
    if (dir >= 0) {
        (void)close(dir);
    }
    if (err != TANDEM_OK) {
        (void)td_fail(e, err,
            "the note %s, which tells the store from a copy, cannot be "
            "written; make its folder writable or choose another place",
            "la note %s, qui distingue le dépôt d'une copie, ne peut être "
            "écrite ; rendez son dossier inscriptible ou choisissez un autre "
            "endroit",
            s->sent);
        if (e != NULL) {
            e->sys = raw;
        }
    }
    return err;
}

// When it was made, in nanoseconds. false: the file system does not say.
static bool
born(const struct td_store *s, uint64_t *out)
{
#ifdef STATX_BTIME
    struct statx st;

    if (statx(s->dir, "data.mdb", AT_SYMLINK_NOFOLLOW, STATX_BTIME, &st) == 0 &&
        (st.stx_mask & STATX_BTIME) != 0) {
        *out =
            (uint64_t)st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
        return true;
    }
#else
    (void)s;
    (void)out;
#endif
    return false;
}

// The number of a device is another one after a restart where it is given in
// the order of mounting (btrfs, overlayfs, ZFS, a card put in again): it only
// stands in where nothing says when the file was made.
tandem_err
td_store_file_id(const struct td_store *s, struct td_file_id *out)
{
    struct stat st;

    if (fstatat(s->dir, "data.mdb", &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return td_file_err(errno);
    }
    out->number = (uint64_t)st.st_ino;
    if (!born(s, &out->born)) {
        out->born = (uint64_t)st.st_dev;
    }
    return TANDEM_OK;
}
