#!/usr/bin/env bash
# Ends what up.sh started, and removes its volumes and its network.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/compose/compose.sh
compose down --volumes --remove-orphans
