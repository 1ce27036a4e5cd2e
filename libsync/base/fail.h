// SPDX-License-Identifier: Apache-2.0
// fail.h - how a failure gets its code and its sentence; assertions.
//
// Both languages stand at the call, so they cannot drift:
//   return td_fail(e, TANDEM_EBUSY,
//       "the store %s is open in another program; close it first",
//       "le dépôt %s est ouvert par un autre programme ; fermez-le d'abord",
//       dir);
#ifndef TD_BASE_FAIL_H
#define TD_BASE_FAIL_H

#include "tandem/base.h"

// Fill `e` (may be NULL) and return `code`. Both formats take the arguments
// in the same order.
tandem_err td_fail(
    tandem_error *e, tandem_err code, const char *en, const char *fr, ...)
    __attribute__((format(printf, 3, 5))) __attribute__((format(printf, 4, 5)));
// The code's own sentence, keeping the raw code of the layer below.
tandem_err td_fail_sys(tandem_error *e, tandem_err code, int sys);
// Give `e` the code's general sentence unless a deeper layer filled it for
// this very code. For the outermost caller.
tandem_err td_fail_code(tandem_error *e, tandem_err code);
// Ready `e` for a call: code OK, empty sentence, same language.
void td_fail_clear(tandem_error *e);
void td_fail_record(tandem_error *e, tandem_id record);
void td_fail_field(tandem_error *e, const char *field);

// What one device tells another of a failure (BYE, NO, 'X'): the positive
// number of a code on the one list of those that are the other's business;
// `otherwise`, which is on it, for what is not: a full disk, say. Heard, what
// is not on it comes from a newer version or a liar: EREFUSED.
uint8_t td_fail_tell(tandem_err code, tandem_err otherwise);
tandem_err td_fail_heard(uint64_t number);

// Our own code is wrong: stop. Never reachable from outside bytes.
#define TD_ASSERT(x) ((x) ? (void)0 : td_assert_failed(#x, __FILE__, __LINE__))
#ifdef TD_DEBUG
#define TD_DASSERT(x) TD_ASSERT(x)
#else
#define TD_DASSERT(x) ((void)(false && (x))) // compiled, never run
#endif
_Noreturn void td_assert_failed(const char *what, const char *file, int line);

#define TD_TRY(call)                                                           \
    do {                                                                       \
        tandem_err td_try_err_ = (call);                                       \
        if (td_try_err_ != TANDEM_OK) {                                        \
            return td_try_err_;                                                \
        }                                                                      \
    } while (0)

#endif
