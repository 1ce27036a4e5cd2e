#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh - the day of two pairs, played with the command alone.
#
#   examples/tournees/demo.sh build/release/tandem
#
# Everything stands in a temporary folder, removed at the end unless KEEP=1.
# The status is 0 only if all of it held.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: demo.sh TANDEM" >&2; exit 2; }
exec python3 -B "$(dirname "$0")/demo.py" "$1"
