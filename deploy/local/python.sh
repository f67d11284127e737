#!/usr/bin/env bash
# Print the Python that the virtual environment is made with: the first that is 3.11 or newer and can make one
# (a pyenv shim may exist and not run; Debian's python3 comes without venv). Exit 3 with one line where there is none.
#
#   python.sh [FIRST]
#
# FIRST is tried before those on PATH. DSR_PYTHON names the only one to try.
set -euo pipefail

runs_and_is_new() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
makes_venvs() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

without_venv=""
for candidate in ${DSR_PYTHON:-${1:-} python3 python3.13 python3.12 python3.11 python}; do
  runs_and_is_new "$candidate" || continue
  if makes_venvs "$candidate"; then
    command -v "$candidate"
    exit 0
  fi
  without_venv=${without_venv:-$candidate}
done

if [ -n "$without_venv" ] && [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null; then
  echo "$without_venv cannot make virtual environments: installing python3-venv with apt-get …" >&2
  if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv; } \
    >/dev/null 2>&1 && makes_venvs "$without_venv"; then
    command -v "$without_venv"
    exit 0
  fi
fi

if [ -n "$without_venv" ]; then
  echo "$without_venv cannot make virtual environments: install its venv package (on Debian: python3-venv)." >&2
else
  echo "No Python 3.11 or newer on PATH: install one, or name it in DSR_PYTHON." >&2
fi
exit 3
