#!/usr/bin/env bash
# From a bare Debian 12 machine, with apt and Maven Central but no image registry, to a running Docker engine with
# the images that the tests and the Dockerfile name. What is missing is made here, as a stand-in under its public
# name; TALLYSTICK_PULL=1 pulls the public images instead, where a registry is reached. When everything is there,
# nothing is downloaded and this takes a fraction of a second.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache/airgap
docker=${DOCKER:-/usr/bin/docker} # Debian's: another one that is first on the path may lack what builds need
lock=/run/lock/tallystick-containers
dockerd_log=/var/log/dockerd.log
export DEBIAN_FRONTEND=noninteractive DOCKER_BUILDKIT=1

debian=debian:bookworm-slim
python=python:3.11-slim-bookworm
kafka=apache/kafka:4.4.0
prometheus=prom/prometheus:v2.42.0
jars=$cache/kafka-$(sha256sum "$here/kafka/pom.xml" | cut -c1-16)

step() { printf 'containers: %3d s  %s\n' "$SECONDS" "$*" >&2; }
fail() {
    printf 'containers: %s\n' "$*" >&2
    exit 2
}

install_packages() {
    [ "$(id -u)" = 0 ] || fail "$* must be installed, and you are not root: apt-get install $*"
    command -v apt-get >/dev/null || fail "no apt-get here: install Docker, then TALLYSTICK_PULL=1 make containers"
    step "installing $*"
    mkdir -p "$cache"
    { apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } >"$cache/apt.log" 2>&1 ||
        fail "apt could not install $*; see $cache/apt.log"
}

answers() { "$docker" version --format '{{.Server.Version}}' >/dev/null 2>&1; }

start_engine() {
    command -v dockerd >/dev/null || install_packages docker.io iptables
    [ -x "$docker" ] || fail "no docker client at $docker: apt-get install docker.io, or say DOCKER=path"
    answers && return # the package may have started it
    [ "$(id -u)" = 0 ] || fail "no Docker engine answers $docker: start it, and see that you are in the group docker"
    step "starting dockerd"
    if [ -d /run/systemd/system ]; then
        systemctl start docker || fail "systemd could not start docker; see journalctl -u docker"
    else
        pgrep -x dockerd >/dev/null || rm -f /run/docker.pid # of an engine before the machine's last start
        setsid dockerd >>"$dockerd_log" 2>&1 </dev/null 9>&- &
    fi
    for _ in {1..300}; do
        answers && return
        sleep 0.2
    done
    fail "dockerd does not answer after 60 s; see $dockerd_log"
}

# recipe NAME: a digest of what NAME's stand-in is made from, which the stand-in has as a label
recipe() {
    (cd "$here/$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
}

label() { "$docker" image inspect --format '{{index .Config.Labels "tallystick.recipe"}}' "$1" 2>/dev/null; }

# present TAG NAME: whether the image is here, as the public one (no label) or as the stand-in of this recipe
present() {
    local found
    found=$(label "$1") || return 1
    [ -z "$found" ] || { [ "$found" = "$(recipe "$2")" ] && [ "${TALLYSTICK_PULL:-}" != 1 ]; }
}

# pull TAG: whether TALLYSTICK_PULL=1 asked for the public image and a registry gave it
pull() {
    [ "${TALLYSTICK_PULL:-}" = 1 ] || return 1
    step "pulling $1"
    "$docker" pull --quiet "$1" >/dev/null || { step "no registry gave $1" && return 1; }
}

# obtain TAG NAME: the image, pulled or made
obtain() {
    present "$1" "$2" || pull "$1" || { [ "$(label "$1" || true)" = "$(recipe "$2")" ] && return; } || {
        step "making $1"
        "make_$2"
    }
}

make_debian() {
    command -v mmdebstrap >/dev/null || install_packages mmdebstrap
    "$here/debian/root.sh" | "$docker" import --change 'CMD ["bash"]' \
        --change "LABEL tallystick.recipe=$(recipe debian)" - "$debian" >/dev/null
}

make_python() {
    "$docker" build --quiet --label "tallystick.recipe=$(recipe python)" --tag "$python" "$here/python" >/dev/null
}

need_maven() {
    [ -d "$jars" ] || command -v mvn >/dev/null || install_packages maven
}

# fetch_jars: Kafka's jars from Maven Central, into a folder that is named after what was asked for
fetch_jars() {
    [ -d "$jars" ] && return
    step "fetching Kafka's jars"
    rm -rf "$jars.part"
    mkdir -p "$cache"
    mvn --batch-mode --quiet --file "$here/kafka/pom.xml" -Dmaven.repo.local="$cache/maven" \
        dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars.part/libs" >"$cache/mvn.log" 2>&1 ||
        fail "mvn could not fetch Kafka's jars from Maven Central; see $cache/mvn.log"
    mv "$jars.part" "$jars"
}

make_kafka() {
    need_maven
    if [ "$fetching" ]; then wait "$fetching"; else fetch_jars; fi
    tar -c -C "$here/kafka" . -C "$jars" libs |
        "$docker" build --quiet --label "tallystick.recipe=$(recipe kafka)" --tag "$kafka" - >/dev/null
}

make_prometheus() {
    "$docker" build --quiet --label "tallystick.recipe=$(recipe prometheus)" --tag "$prometheus" \
        "$here/prometheus" >/dev/null
}

all_present() {
    present "$debian" debian && present "$python" python && present "$kafka" kafka &&
        present "$prometheus" prometheus
}

answers && all_present && exit 0
[ -e "$lock" ] || : >"$lock"
exec 9<"$lock" # for reading, which is enough to lock a file that another user made
flock --nonblock 9 || { step "waiting for another checkout that makes them" && flock 9; }
answers || start_engine
fetching=
if [ "${TALLYSTICK_PULL:-}" != 1 ] && ! present "$kafka" kafka; then
    need_maven
    fetch_jars & # while the base images are made
    fetching=$!
fi
obtain "$debian" debian
obtain "$python" python
obtain "$kafka" kafka
obtain "$prometheus" prometheus
step "ready (stand-ins are made here under public names; with a registry: TALLYSTICK_PULL=1 make containers)"
