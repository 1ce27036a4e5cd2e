// SPDX-License-Identifier: Apache-2.0
// opts.h - structs of options that hosts of other versions fill.
#ifndef TD_BASE_OPTS_H
#define TD_BASE_OPTS_H

#include <stdbool.h>
#include <stddef.h>

// Take what a host gives into `mine`, a struct of `size` bytes that begins with
// its own size, as the host's does. An older host's is shorter: what it does
// not know is zero, the default of every option. A newer one's is longer: fine
// while what lies beyond is zero.
// @return false: none given, its size never set, or it asks for something of
// a newer version; `mine` then holds what is known of it.
bool td_opts_take(void *mine, size_t size, const void *given);

#endif
