# What up.sh and down.sh share: compose in either version, and the program in a container beside the services.

docker=${DOCKER:-/usr/bin/docker}
project=tallystick

step() { printf 'compose: %3d s  %s\n' "$SECONDS" "$*" >&2; }
fail() {
    printf 'compose: %s\n' "$*" >&2
    exit 2
}

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

# tallystick WORDS: a command in the cluster's network; `volume` is one more to mount
tallystick() {
    "$docker" run --rm --network "${project}_default" --read-only --tmpfs /tmp \
        --volume "$PWD/infra/compose/tallystick.toml:/etc/tallystick.toml:ro" \
        --volume "$PWD/examples:/examples:ro" ${volume:+--volume "$volume"} tallystick:local "$@"
}

health() {
    local container
    container=$(compose ps -q "$1" 2>/dev/null | head -1)
    [ -n "$container" ] && "$docker" inspect --format '{{.State.Health.Status}}' "$container" 2>/dev/null || true
}

until_healthy() {
    local service
    for service in "$@"; do
        for _ in {1..240}; do
            [ "$(health "$service")" = healthy ] && continue 2
            sleep 0.5
        done
        compose logs --tail 20 "$service" >&2
        fail "$service is not healthy after two minutes; its last words are above"
    done
}

until_minted() {
    for _ in {1..60}; do
        tallystick log show --config /etc/tallystick.toml --json 2>/dev/null | grep -q '"issuance_completed"' && return
        sleep 1
    done
    fail "no issuance was completed after a minute; see \`docker logs ${project}_executor_1\`"
}
