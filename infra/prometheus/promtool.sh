#!/usr/bin/env bash
# Has promtool, which checks the alert rules: the one on the path, else Debian's, unpacked into .cache; nothing is
# installed, so no Prometheus starts on this machine. Prints where it is. Where apt cannot fetch it, says so and
# ends well: the tests of the rules are then skipped, and a skipped test fails in CI.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=$here/.cache/promtool
found=$folder/promtool

missing() {
    printf 'promtool: %s; tests of the alert rules are skipped without it\n' "$*" >&2
    exit 0
}

command -v promtool && exit
if [ ! -x "$found" ]; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || missing "no apt here: put promtool on the path"
    rm -rf "$folder"
    mkdir -p "$folder"
    log=$folder/apt.log
    cd "$folder" # apt downloads to where it is called
    if ! apt-get download prometheus >"$log" 2>&1; then
        [ "$(id -u)" = 0 ] || missing "apt has no package prometheus; as root: apt-get update"
        { apt-get update -q && apt-get download prometheus; } >"$log" 2>&1 || missing "apt cannot fetch it, see $log"
    fi
    dpkg-deb -x prometheus_*.deb unpacked
    mv unpacked/usr/bin/promtool "$found"
    rm -rf unpacked prometheus_*.deb
fi
"$found" --version >/dev/null 2>&1 || missing "$found does not run here"
echo "$found"
