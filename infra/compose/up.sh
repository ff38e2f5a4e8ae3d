#!/usr/bin/env bash
# Starts infra/compose.yaml, makes the topics and the log, carries a confirmation through it, and verifies the export.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/compose/compose.sh

step "building the image"
"$docker" build --quiet --file infra/Dockerfile --tag tallystick:local . >/dev/null
step "starting three brokers"
compose up -d kafka1 kafka2 kafka3 >/dev/null
until_healthy kafka1 kafka2 kafka3
step "making the topics and the log"
tallystick topics apply --config /etc/tallystick.toml
tallystick log create --config /etc/tallystick.toml
step "starting the workers"
compose up -d >/dev/null
until_healthy settlement1 settlement2 executor

step "submitting the rules of the house, a request and its settlement"
for file in house.jsonl request.json confirmation.xml; do
    tallystick submit --config /etc/tallystick.toml "/examples/$file" >/dev/null
    sleep 1 # a desk's orders stand before what they are about is sent
done
step "waiting for the tokens"
until_minted
export=$(mktemp -d)
chmod 777 "$export"
step "exporting and verifying"
volume=$export:/export tallystick audit export --config /etc/tallystick.toml --out /export/log >/dev/null
volume=$export:/export tallystick audit verify /export/log
rm -rf "$export"
step "up: \`make down\` ends it"
