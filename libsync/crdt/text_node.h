// SPDX-License-Identifier: Apache-2.0
// text_node.h - inside of the text type: runs, authors, the two indexes.
//
// A node is a run of code points of one author that stand together in the
// document: each but the first is the right child of the one before and has
// the run's right origin. Explicit children hang at a run's ends only: left
// children at its first code point, right children at its last one. Attaching
// a child elsewhere splits the run first; the second half is then an ordinary
// right child of the first.
//
// A character is named by (author, number), the number counting the author's
// code points in order of arrival. Numbers are local to the handle and decide
// nothing: ties go by the full id, and encode() renumbers.
//
// Every node stands in two balanced trees: DOC (document order, with counts)
// and ID (author, number). Nodes are never removed, only split and resized,
// and links are indexes, so that a copy of the handle is a copy of arrays.
#ifndef TD_CRDT_TEXT_NODE_H
#define TD_CRDT_TEXT_NODE_H

#include "crdt/text.h"

#define TD_TEXT_NONE      UINT32_MAX
#define TD_TEXT_CHARS_MAX (UINT32_MAX / 4) // code points of one text

enum {
    TD_TEXT_ROOT = 0,   // sentinel: stands before all text
    TD_TEXT_ADRIFT = 1, // sentinel: stands after all text; the runs whose
                        // neighbours are gone are its left children
    TD_TEXT_FIRST = 2   // the first real node
};

enum td_text_tree { TD_TEXT_DOC, TD_TEXT_ID };

struct td_text_ref { // one character; author NONE = null
    uint32_t author;
    uint32_t num;
};

struct td_text_link {
    uint32_t kid[2], up;
    uint32_t height;
};

struct td_text_list { // siblings in order
    uint32_t first, last;
};

enum td_text_side { TD_TEXT_LEFT, TD_TEXT_RIGHT };

struct td_text_node {
    uint32_t author, num, len;
    struct td_text_ref parent; // of the first code point; author NONE = `hang`
    struct td_text_ref right;  // right origin; author NONE = the end
    uint32_t hang;             // the sentinel it hangs at, if no parent
    uint8_t side;              // enum td_text_side
    bool deleted;
    uint32_t byte, byte_count; // in the author's bytes; live runs only
    uint32_t prev, next;       // siblings
    struct td_text_list kids[2];
    struct td_text_link link[2];
    uint32_t sum_live, sum_nodes; // of the DOC subtree
};

struct td_text_op {
    uint64_t seq;
    uint16_t change, op;
    uint32_t num; // its first code point; the next op's is its end
};

struct td_text_author {
    struct td_log_id log;
    uint32_t place;        // among the authors in order of log id
    uint32_t chars;        // code points so far
    struct td_text_op *op; // in order of arrival
    size_t op_count, op_cap;
    uint32_t *rank; // op numbers in order of id
    size_t rank_cap;
    uint8_t *bytes; // of live runs; zeroed when deleted
    size_t byte_count, byte_cap;
};

struct td_text {
    tandem_sys sys;
    struct td_text_node *node;
    size_t node_count, node_cap;
    struct td_text_author *author;
    size_t author_count, author_cap;
    uint32_t *by_log; // author numbers in order of log id
    size_t by_log_cap;
    uint32_t root[2];
    uint32_t chars; // all, deleted ones included
};

// text_tree.c
// Link `x` before (dir 0) or after (dir 1) `at`, in tree order.
void td_text_tree_put(struct td_text *t, enum td_text_tree which, uint32_t at,
    int dir, uint32_t x);
// The neighbour in tree order, or NONE.
uint32_t td_text_tree_step(
    const struct td_text *t, enum td_text_tree which, uint32_t n, int dir);
uint32_t td_text_tree_end(
    const struct td_text *t, enum td_text_tree which, int dir);
// The last node of the ID tree at or before `r`, or NONE.
uint32_t td_text_tree_find(const struct td_text *t, struct td_text_ref r);
// The run that holds live code point `at`; `at` becomes the place inside it.
uint32_t td_text_tree_live(const struct td_text *t, size_t *at);
uint32_t td_text_tree_rank(const struct td_text *t, uint32_t n);
// After a change of `n`'s length or deletion.
void td_text_tree_touch(struct td_text *t, uint32_t n);

// text_name.c
tandem_err td_text_room(
    const tandem_sys *sys, void **p, size_t *cap, size_t size, size_t need);
// The author's number, or NONE.
uint32_t td_text_author_find(
    const struct td_text *t, const struct td_log_id *log);
// Where the author stands or would stand in by_log.
size_t td_text_author_place(
    const struct td_text *t, const struct td_log_id *log);
tandem_err td_text_author_room(struct td_text *t);
// Memory must be there; `place` from td_text_author_place().
uint32_t td_text_author_add(
    struct td_text *t, const struct td_log_id *log, size_t place);
// Place of an operation in the author's list by id; *found says whether it
// is there.
size_t td_text_rank_of(const struct td_text_author *a, uint64_t seq,
    uint16_t change, uint16_t op, bool *found);
size_t td_text_op_rank(const struct td_text_author *a, uint32_t op);
uint32_t td_text_op_at(const struct td_text_author *a, uint32_t num);
uint32_t td_text_op_end(const struct td_text_author *a, uint32_t op);
struct td_char td_text_name(const struct td_text *t, struct td_text_ref r);
enum td_text_known {
    TD_TEXT_KNOWN,
    TD_TEXT_UNKNOWN,
    TD_TEXT_BEYOND // the insertion is known and shorter than that
};
enum td_text_known td_text_resolve(
    const struct td_text *t, const struct td_char *c, struct td_text_ref *out);

// text_run.c
bool td_text_ref_eq(struct td_text_ref a, struct td_text_ref b);
bool td_text_ref_null(struct td_text_ref r);
struct td_text_ref td_text_first(const struct td_text_node *n);
struct td_text_ref td_text_last(const struct td_text_node *n);
uint32_t td_text_holder(const struct td_text *t, struct td_text_ref r);
// The tree parent as a node: `side` says at which of its ends.
uint32_t td_text_parent(const struct td_text *t, const struct td_text_node *n);
// Document order of two characters; null is the end.
int td_text_place_cmp(
    const struct td_text *t, struct td_text_ref a, struct td_text_ref b);
// Order of two siblings of one parent and side.
int td_text_sibling_cmp(const struct td_text *t, const struct td_text_node *a,
    const struct td_text_node *b);
// A cleared node; memory for it must be there.
uint32_t td_text_node_new(struct td_text *t);
tandem_err td_text_node_room(struct td_text *t, size_t more);
// The first `keep` code points stay in `n`; returns the rest.
uint32_t td_text_split(struct td_text *t, uint32_t n, uint32_t keep);
// So that `r` ends (side RIGHT) or begins (side LEFT) its run; returns it.
uint32_t td_text_cut(struct td_text *t, struct td_text_ref r, int side);
// Link `x` into its parent's siblings and into both trees.
void td_text_attach(struct td_text *t, uint32_t x);
bool td_text_descends(
    const struct td_text *t, struct td_text_ref r, struct td_text_ref l);
void td_text_wipe(
    struct td_text *t, uint32_t author, uint32_t num, uint32_t end);

// text_check.c
// Whether document order, tree and origins agree and could come from
// operations. *sound only set on TANDEM_OK.
tandem_err td_text_check(const struct td_text *t, bool *sound);

#endif
