#!/usr/bin/env bash
# Starts infra/compose.yaml, makes the topics and the log, plays the demo's day through it, and verifies the export.
# What is there already is left as it is: run again, this looks whether everything still holds.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/compose/compose.sh

step "building the image"
build
step "starting three brokers"
compose up -d kafka1 kafka2 kafka3
until_healthy kafka1 kafka2 kafka3
step "making the topics and the log"
tallystick topics apply --config /etc/tallystick.toml
tallystick log create --config /etc/tallystick.toml
step "starting the chains, the workers and Prometheus"
compose up -d
until_healthy chains settlement1 settlement2 executor

if day_is_over; then
    step "the day is in the log already"
    tallystick state --config /etc/tallystick.toml
else
    step "playing the demo's day"
    play_day
fi

mkdir -p "$kept"
step "exporting the log to $kept/log, and verifying it"
as_us tallystick audit export --config /etc/tallystick.toml --out /kept/log >/dev/null
as_us tallystick audit verify /kept/log
if [ -e "$oracle" ]; then
    step "an independent reader looks at the export"
    python3 "$oracle" "$kept/log" | tail -n 1 | cut -c 1-200
fi
step "looking whether Prometheus hears every worker"
until_scraped settlement1:6066 settlement2:6066 executor:6066
step "up: figures and alerts at http://$(compose port prometheus 9090), \`make down\` ends it"
