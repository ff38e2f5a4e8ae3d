#!/usr/bin/env bash
# Builds tallystick:local from this checkout, and prints its id.
set -euo pipefail
cd "$(dirname "$0")/.."
"${DOCKER:-/usr/bin/docker}" build --quiet --file infra/Dockerfile --tag tallystick:local .
