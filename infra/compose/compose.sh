# What up.sh and down.sh share: compose in either version, and the program in a container beside the services.

docker=${DOCKER:-/usr/bin/docker}
project=tallystick
kept=.cache/compose
oracle=../shared/tools/oracle.py
healthy_seconds_max=300
mark=tallystick.compose
doing="beginning"

step() {
    doing=$*
    printf 'compose: %3d s  %s\n' "$SECONDS" "$*" >&2
}

# fail WHAT: end with what failed, where, and what to do
fail() {
    trap - ERR
    printf 'compose: failed at "%s": %s\n' "$doing" "$*" >&2
    printf 'compose: what a service says: docker logs CONTAINER (%s)\n' "$(names_of_containers)" >&2
    printf 'compose: `make up` goes on from here; `make down` removes everything, for a beginning from nothing\n' >&2
    exit 2
}
set -E
trap 'fail "a command ended with $?; what it said is above"' ERR

compose() {
    local words=(--project-name "$project" --file infra/compose.yaml "$@")
    if "$docker" compose version >/dev/null 2>&1; then
        "$docker" compose "${words[@]}"
    else
        docker-compose "${words[@]}"
    fi
}

if ! "$docker" compose version >/dev/null 2>&1 && ! command -v docker-compose >/dev/null; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "no compose here: install docker-compose"
    step "installing docker-compose"
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends docker-compose >/dev/null
fi

build() { infra/image.sh >/dev/null; }

# containers [SERVICE]: the containers of the project, or of one of its services
containers() {
    "$docker" ps --all --quiet --filter "label=com.docker.compose.project=$project" \
        ${1:+--filter "label=com.docker.compose.service=$1"}
}

names_of_containers() {
    "$docker" ps --all --filter "label=com.docker.compose.project=$project" --format '{{.Names}}' | sort | xargs
}

# program WORDS: a container of the image in the cluster's network; `options` are more of docker's
options=()
program() {
    "$docker" run --rm --label "$mark" --network "${project}_default" --no-healthcheck \
        --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges:true \
        --volume "$PWD/infra/compose/tallystick.toml:/etc/tallystick.toml:ro" \
        "${options[@]}" "$@"
}

tallystick() { program tallystick:local "$@"; }

# as_us WORDS: the same, as whoever runs this and with the folder of what is kept
as_us() {
    local options=(--user "$(id -u):$(id -g)" --volume "$PWD/$kept:/kept")
    "$@"
}

# play_day: where the simulated chains are, since holders act there
play_day() {
    local options=(--volume "${project}_chains:/var/lib/tallystick")
    [ ! -t 1 ] || [ ! -t 2 ] || options+=(--tty)
    tallystick demo --config /etc/tallystick.toml
}

# day_is_over: whether the last thing of the day, a bridge, is in the log
day_is_over() {
    tallystick log show --config /etc/tallystick.toml --json | grep '"type":"bridge_completed"' >/dev/null
}

# until_scraped TARGETS: until Prometheus has heard them all and has every rule
until_scraped() {
    local options=(
        --volume "$PWD/infra/compose/scraped.py:/scraped.py:ro"
        --volume "$PWD/infra/prometheus/alerts.yaml:/alerts.yaml:ro"
        --entrypoint python3
    )
    program tallystick:local /scraped.py "$@"
}

health() {
    local container
    container=$(containers "$1")
    [ -n "$container" ] || return 0
    "$docker" inspect --format '{{.State.Health.Status}}' "$container"
}

until_healthy() {
    local service deadline=$((SECONDS + healthy_seconds_max))
    for service in "$@"; do
        until [ "$(health "$service")" = healthy ]; do
            [ "$SECONDS" -lt "$deadline" ] || unhealthy "$service"
            sleep 0.5
        done
    done
}

unhealthy() {
    compose logs --tail 20 "$1" >&2
    fail "$1 is not healthy after $healthy_seconds_max s; its last words are above"
}
