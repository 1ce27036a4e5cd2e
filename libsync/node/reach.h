// SPDX-License-Identifier: Apache-2.0
// reach.h - is there any way to an endpoint? Asks the system's name service and
// its routing table; sends nothing to the endpoint.
#ifndef TD_NODE_REACH_H
#define TD_NODE_REACH_H

#include <stdbool.h>

enum td_reach {
    TD_REACH_YES,      // there is a way, or it cannot be told
    TD_REACH_NO_NAME,  // the host's name is not known here and now
    TD_REACH_NO_ROUTE, // no interface leads there
};
// `endpoint` as td_endpoint_valid takes it. `names`: ask the name service,
// which may take its time; a numeric host never does.
enum td_reach td_reach(const char *endpoint, bool names);

#endif
