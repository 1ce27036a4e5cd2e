// SPDX-License-Identifier: Apache-2.0
/* tandem.h - the whole public interface. */
#ifndef TANDEM_TANDEM_H
#define TANDEM_TANDEM_H

#include "tandem/base.h"
#include "tandem/history.h"
#include "tandem/member.h"
#include "tandem/node.h"
#include "tandem/record.h"
#include "tandem/schema.h"
#include "tandem/session.h"
#include "tandem/store.h"

#endif /* TANDEM_TANDEM_H */
