// SPDX-License-Identifier: Apache-2.0
// space.c - file system kinds, free room, the reserve.
//
// The file `reserve` holds 1 MiB of allocated, empty room. LMDB needs new
// pages even to delete; when the disk is full the reserve is removed, so that
// the following deletions can be committed. It is made again at the next open
// that finds room for it eight times.
#include "store/space.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

bool
td_space_remote_type(uint32_t type)
{
    static const uint32_t remote[] = {
        0x6969,     // nfs
        0x517b,     // smb
        0xfe534d42, // smb2
        0xff534d42, // cifs
        0x65735546, // fuse
        0x01021997, // 9p
        0x5346414f, // openafs
        0x6b414653, // kafs
        0x73757245, // coda
        0x564c,     // ncp
        0x00c36400, // ceph
        0x0bd00bd0, // lustre
        0x7461636f, // ocfs2
        0x01161970, // gfs2
        0x47504653, // gpfs
        0x19830326, // beegfs
        0x786f4256, // vboxsf
        0xbacbacbc, // vmware hgfs
    };

    for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++) {
        if (remote[i] == type) {
            return true;
        }
    }
    return false;
}

bool
td_space_remote(int dir)
{
#ifdef __linux__
    struct statfs st;

    // f_type is signed on some machines: the magic numbers have 32 bits.
    return fstatfs(dir, &st) == 0 &&
           td_space_remote_type((uint32_t)((uint64_t)st.f_type & 0xffffffff));
#else
    (void)dir;
    return false;
#endif
}

bool
td_space_full(int dir, int sys)
{
    struct statvfs st;

    if (sys == ENOSPC || sys == EDQUOT || sys == EFBIG) {
        return true;
    }
    return sys == EIO && fstatvfs(dir, &st) == 0 &&
           (uint64_t)st.f_bavail * st.f_frsize < TD_RESERVE_BYTES;
}

void
td_reserve_make(int dir)
{
    struct statvfs vfs;
    struct stat st;
    int fd;

    if (fstatat(dir, "reserve", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_size == TD_RESERVE_BYTES) {
        return;
    }
    if (fstatvfs(dir, &vfs) != 0 ||
        (uint64_t)vfs.f_bavail * vfs.f_frsize < 8 * TD_RESERVE_BYTES) {
        return;
    }
    fd = openat(
        dir, "reserve", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return;
    }
    if (posix_fallocate(fd, 0, TD_RESERVE_BYTES) != 0) {
        (void)unlinkat(dir, "reserve", 0);
    }
    (void)close(fd);
}

bool
td_reserve_release(int dir)
{
    return unlinkat(dir, "reserve", 0) == 0;
}
