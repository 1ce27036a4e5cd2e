// SPDX-License-Identifier: Apache-2.0
// space.h - the file system under a store: its kind, its free room, and a
// reserve to let go of when it is full.
#ifndef TD_STORE_SPACE_H
#define TD_STORE_SPACE_H

#include "base/fail.h"

#define TD_RESERVE_BYTES (1 << 20)

// Is this kind of file system one whose locks and shared maps hold for other
// machines or depend on a server? (Network and FUSE.)
bool td_space_remote(int dir);
bool td_space_remote_type(uint32_t type); // by statfs f_type; for tests
// Did a write fail because the disk is full? `sys` is its errno; LMDB reports
// a short write as EIO, so there the free room decides.
bool td_space_full(int dir, int sys);
// Best effort: a store without a reserve works as well, until the disk is
// full.
void td_reserve_make(int dir);
bool td_reserve_release(int dir); // true when there was one

#endif
