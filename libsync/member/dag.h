// SPDX-License-Identifier: Apache-2.0
// dag.h - control commits as a DAG: which follow which, in an order that does
// not depend on how they arrived.
//
// Nodes are the commits whose whole past is held, every payload present, in
// the order (longest path from a root, hash). The rest waits and is counted.
//
// Pasts are bitsets over *marked* nodes, those that turned out to matter for
// rights or epochs, so a flood of commits without authority costs no bits. A
// row is shared with a parent whenever one parent's row holds the others'.
// Cost: memory at most nodes * marks / 8 bytes where every node truly joins
// two histories (12.5 MB for 10,000), in practice marks^2 / 16.
#ifndef TD_MEMBER_DAG_H
#define TD_MEMBER_DAG_H

#include "member/member.h"

#define TD_NO_MARK UINT32_MAX
#define TD_NO_NODE UINT32_MAX

// A set of marks. NULL is the empty set.
struct td_dag_row {
    size_t words;
    uint64_t w[];
};

// Does anybody's right or key depend on what a node says? Rights weigh more:
// only who has authority says something valid about them.
enum td_matters { TD_MATTERS_NOT, TD_MATTERS_KEYS, TD_MATTERS_RIGHTS };

struct td_node {
    struct td_hash hash;
    tandem_device_id author;
    const uint32_t *parents; // nodes before this one
    size_t parent_count;
    const tandem_slice *payloads; // copies
    size_t payload_count;
    const struct td_dag_row *past;   // without this node
    const struct td_dag_row *closed; // with it
    uint32_t mark;                   // TD_NO_MARK: it does not matter
    bool rights;                     // marked: it speaks of rights
    bool followed;
};

struct td_dag {
    struct td_node *nodes;
    size_t count;
    const uint32_t *by_hash;
    size_t waiting; // commits held whose past is not
    size_t marks;
    const struct td_hash *heads; // sorted
    size_t head_count;
};

// ELIMIT beyond TD_CONTROL_COMMITS_MAX. What is kept is in `arena`.
tandem_err td_dag_build(struct td_dag *dag, struct td_arena *arena,
    const struct td_control_commit *commits, size_t count);
// Node by node, in order: its past; then, once it is judged, whether it is
// marked. ENOMEM.
tandem_err td_dag_enter(struct td_dag *dag, struct td_arena *arena, uint32_t n);
tandem_err td_dag_leave(struct td_dag *dag, struct td_arena *arena, uint32_t n,
    enum td_matters matters);
// After the last node: the maximal ones, at most TD_SEEN_MAX.
tandem_err td_dag_find_heads(struct td_dag *dag, struct td_arena *arena);
uint32_t td_dag_find(const struct td_dag *dag, const struct td_hash *hash);

bool td_dag_row_has(const struct td_dag_row *row, uint32_t mark);
// The row among these that holds all others; false when none does.
bool td_dag_row_largest(const struct td_dag_row *const *rows, size_t count,
    const struct td_dag_row **out);
void td_dag_row_join(struct td_dag_row *into, const struct td_dag_row *from);

#endif
