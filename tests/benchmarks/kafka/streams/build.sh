#!/usr/bin/env bash
# Fetches Kafka Streams from Maven Central, as the machine's Maven is set up, and compiles the contender, both into
# .cache. Where there is no JDK, no Maven or no registry it says so, and the benchmark goes on without this row.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../../../.." && pwd)/.cache
made=$cache/streams-$(cat "$here/pom.xml" "$here/AddShares.java" | sha256sum | cut -c1-16)

without() {
    printf 'bench-kafka: Kafka Streams is left out: %s\n' "$*" >&2
    exit 0
}

[ ! -d "$made" ] || exit 0
command -v javac >/dev/null || without "no javac here (apt-get install openjdk-17-jdk-headless)"
command -v mvn >/dev/null || without "no mvn here (apt-get install maven)"
rm -rf "$made.part"
mkdir -p "$made.part/classes"
mvn --batch-mode --quiet --file "$here/pom.xml" -Dmaven.repo.local="$cache/airgap/maven" \
    dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$made.part/libs" >"$cache/streams.log" 2>&1 ||
    without "Maven Central did not give its jars; see .cache/streams.log"
javac -d "$made.part/classes" -cp "$made.part/libs/*" "$here/AddShares.java"
find "$cache" -maxdepth 1 -name 'streams-*' ! -name '*.part' -exec rm -rf {} + # of earlier sources
mv "$made.part" "$made"
