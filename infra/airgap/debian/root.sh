#!/usr/bin/env bash
# Writes the root file system of a small Debian 12 to standard output, as a tar. Of this machine it has the
# certificates that it trusts, so that no Dockerfile has to name them: pip and apt work inside as they do here.
set -euo pipefail
certificates=/etc/ssl/certs/ca-certificates.crt
trusted=()
if [ -e "$certificates" ]; then
    trusted=(--customize-hook="upload $certificates $certificates")
fi

mmdebstrap --quiet --variant=minbase --include=ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "${trusted[@]}" \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/*' \
    bookworm -
