#!/usr/bin/env bash
# Make .venv with exactly what requirements.lock holds, and this project as an editable install.
#
#   venv.sh PYTHON
#
# The lock holds the build backend too, so the project itself is built without fetching anything. editable_mode=compat
# puts this folder on the path; the default writes down the packages of today, and would not find tomorrow's.
set -euo pipefail

# A Python that was upgraded or removed leaves a .venv that no longer runs.
if ! .venv/bin/python -m pip --version; then
  "$1" -m venv --clear .venv
fi
pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input)
"${pip[@]}" install --require-hashes -r requirements.lock
"${pip[@]}" install --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
