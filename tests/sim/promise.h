// SPDX-License-Identifier: Apache-2.0
// promise.h - what the library is about to keep and does not keep yet: the
// checks stand, and are turned on here the day the code comes.
#ifndef TD_TESTS_SIM_PROMISE_H
#define TD_TESTS_SIM_PROMISE_H

enum {
    // An epoch's key that did not reach a reader is asked of its peers. Until
    // then a device that waits for one is not compared at rest.
    PROMISE_EPOCHS_ASKED = 0,
    // Both branches of a log written twice are held and applied.
    PROMISE_BRANCHES = 1,
    // Who was put back, or is a copy, begins logs of its own.
    PROMISE_INCARNATION = 1
};

#endif
