// SPDX-License-Identifier: Apache-2.0
// list.h - an ordered list whose elements move.
//
// Order comes from a text of places: every PLACE types one character into it,
// between two others, by the rule of text.h. An element is named by the dot of
// the PLACE that made it and has a register of versions, each the dot of a
// PLACE (its character says where) and a value. Placing an element again
// replaces the versions its author saw and adds one: it has moved. Taking it
// away removes those that were seen; a place that another gave it meanwhile
// stays, and the element with it. The character of a version that is gone is
// deleted.
//
// Of several places, given at the same time, an element is shown at the one
// its register shows first.
#ifndef TD_CRDT_LIST_H
#define TD_CRDT_LIST_H

#include "crdt/map.h"
#include "crdt/text.h"

#define TD_LIST_KEY_BYTES 28

struct td_list {
    struct td_text *places;
    struct td_map items; // by td_list_key()
};

// An element's name in the order of dots: log, seq, change, op, big-endian.
void td_list_key(const struct td_dot *dot, uint8_t out[TD_LIST_KEY_BYTES]);
struct td_dot td_list_dot(const uint8_t key[TD_LIST_KEY_BYTES]);

void td_list_deinit(const tandem_sys *sys, struct td_list *l);

// What a PLACE says.
struct td_placing {
    const struct td_dot *element; // NULL: a new one
    const struct td_char *left, *right;
    tandem_slice value, why;
    bool hidden; // in quarantine: only its character stands, deleted
};
// `like` has dot, person, clock. EVALUE: as td_text_insert; nothing changed.
tandem_err td_list_place(const tandem_sys *sys, struct td_list *l,
    const struct td_placing *p, const struct td_ver *like,
    const struct td_eff *e);
// Remove the versions of the element that `e` saw.
tandem_err td_list_leave(const tandem_sys *sys, struct td_list *l,
    const struct td_dot *element, const struct td_eff *e);

struct td_listed {
    struct td_dot element;
    tandem_slice value; // borrowed from the list
    size_t place;       // among the live characters
};
// The elements in order: an array of struct td_listed appended to `out`.
tandem_err td_list_read(const struct td_list *l, struct td_buf *out);
// For decoding: does every live character belong to one version, and every
// version to a live character? *sound only set on TANDEM_OK.
tandem_err td_list_check(
    const tandem_sys *sys, const struct td_list *l, bool *sound);

#endif
