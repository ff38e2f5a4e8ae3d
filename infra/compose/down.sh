#!/usr/bin/env bash
# Ends what up.sh started, and removes its containers, volumes, network and export.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/compose/compose.sh
step "ending the services, and removing their volumes"
# First the commands of an up.sh that was killed: their network could not be removed otherwise.
"$docker" ps --all --quiet --filter "label=$mark" | xargs --no-run-if-empty "$docker" rm --force >/dev/null
compose down --volumes --remove-orphans
rm -rf "$kept"
