// SPDX-License-Identifier: Apache-2.0
// incarnation.h - whether this store may go on with its logs, or is a copy or
// an older state of one that went on without it, and begins anew.
//
// A log is written by one incarnation of a device, 16 random bytes of META
// "replica". Outside the store's folder, where no copy and no backup of it
// reaches, stands a note (store/sent.c), canonical MessagePack:
//   [1, store id 16, born, inode, own lsn]
// the store's id, which file its rows are in, and the last commit of its own
// that anybody may have been told of. It is written before the store has any
// row, and before anything newer of ours leaves (td_incarnation_tell).
//
// A new incarnation and store id begin, before anything else is written, when
// (1) the note is missing, another store's, or says another file or a greater
//     own lsn than the store has: it was copied, or put back;
// (2) an entry of our present logs is heard that we do not hold: a segment
//     that our own signature covers, held or set apart. What a peer only says
//     of them begins nothing.
// Then the note says the new store. What died in between happens again.
//
// Before (2) nothing shows that a store was put back behind entries it had
// told nobody, if a copy of its folder made in between told them: the note
// says what this store told. The log is then written twice (fork.h).
#ifndef TD_REPLICA_INCARNATION_H
#define TD_REPLICA_INCARNATION_H

#include "replica/work.h"

// A store that no replica has opened yet: its ids, and its note.
tandem_err td_incarnation_first(struct td_replica *r, tandem_error *e);
// Rule (1), when opening.
tandem_err td_incarnation_check(struct td_replica *r, tandem_error *e);
// Rule (2): is it a log of ours that grows elsewhere? Called while entries are
// held; begins anew in this transaction. `lsns` NULL: it was set apart.
tandem_err td_incarnation_heard(
    struct td_work *w, const struct td_segment *s, const uint64_t *lsns);
// The note's bytes. false: it is none.
bool td_incarnation_read(tandem_slice bytes, struct td_file_id *file,
    uint64_t *own, uint8_t store_id[16]);
// New ids, in this transaction.
tandem_err td_incarnation_begin(struct td_work *w);

#endif
