#!/usr/bin/env bash
# Run one step of the setup quietly: a line for the person, the rest for var/setup.log.
#
#   step.sh "What happens" "What to do if it fails" command [argument…]
#
# The command's exit code is passed on. Its output is kept apart until it ends, because steps run side by side.
set -euo pipefail

title=$1 advice=$2
shift 2
log=var/setup.log
mkdir -p var
output=$(mktemp)
trap 'rm -f "$output"' EXIT

echo "$title …"
code=0
"$@" >"$output" 2>&1 || code=$?
{ printf '%s  %s (exit %s)\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$title" "$code"; cat "$output"; } >>"$log"
if [ "$code" -ne 0 ]; then
  {
    tail -n 15 "$output" | sed 's/^/    /'
    echo "FAILED: $title. $advice All of it is in $log."
  } >&2
fi
exit "$code"
