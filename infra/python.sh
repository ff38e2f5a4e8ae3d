#!/usr/bin/env bash
# Makes the virtual environment from the lock. Usage: infra/python.sh PYTHON VENV
set -euo pipefail
python=$1
venv=$2

if ! command -v "$python" >/dev/null; then
    echo "make: $python is not here; install it with: apt-get install python3.11 python3.11-venv" >&2
    exit 2
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "make: $python cannot make virtual environments; install: apt-get install python3.11-venv" >&2
        exit 2
    fi
    apt-get update -qq && apt-get install -y -qq python3.11-venv >/dev/null
fi

echo "making $venv from requirements.lock" >&2
rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
