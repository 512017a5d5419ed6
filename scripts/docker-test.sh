#!/usr/bin/env bash
# Build the images and test them as compose.yaml runs them: read-only, without privileges.
# Without a Docker daemon, on Debian as root: with buildah and podman, on a base made by mmdebstrap.
set -euo pipefail
cd "$(dirname "$0")/.."

IMAGE=localhost/storyfold:test
CRAWLER=localhost/storyfold-crawler:test
BASE=localhost/storyfold-base:trixie
MAX_IMAGE_MB=450

main() {
    scratch=$(mktemp -d)
    trap clean_up EXIT
    if docker info >/dev/null 2>&1; then
        run=(docker)
        docker build --tag "$IMAGE" .
        docker build --tag "$CRAWLER" --file examples/crawler/Dockerfile .
    else
        install_missing buildah podman runc mmdebstrap
        run=(podman --runtime runc --cgroup-manager=cgroupfs)
        podman image exists "$BASE" || make_base
        share_pip_settings
        build Dockerfile "$IMAGE"
        build examples/crawler/Dockerfile "$CRAWLER"
    fi
    check_size
    mkdir -p build
    # Without these limits, podman requests more than some machines allow.
    "${run[@]}" run --rm --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$IMAGE" \
        cat /opt/storyfold/sbom.cdx.json >build/sbom.cdx.json
    echo "build/sbom.cdx.json is the bill of materials of the image."
    "${PYTHON:-python3}" scripts/try_image.py "$IMAGE" "$CRAWLER" "${run[@]}"
}

clean_up() {
    rm -rf "$scratch"
}

install_missing() {
    for program in "$@"; do
        command -v "$program" >/dev/null || { scripts/apt-install.sh "$@" && return; }
    done
}

# The content of debian:trixie-slim: apt, without documents, manuals and translations.
make_base() {
    mmdebstrap --quiet --variant=apt \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        trixie "$scratch/base.tar"
    podman import --quiet "$scratch/base.tar" "$BASE"
    rm "$scratch/base.tar"
}

# pip in the build uses the package index and certificate of this machine, if any are configured.
# They are mounted, so that no layer contains them.
share_pip_settings() {
    local python=python3 index certificate
    [ ! -x .venv/bin/python ] || python=.venv/bin/python
    setting() { "$python" -m pip config get "$1" 2>/dev/null || true; }
    index=${PIP_INDEX_URL:-$(setting global.index-url)}
    certificate=${PIP_CERT:-$(setting global.cert)}
    touch "$scratch/certificate"
    {
        echo "[global]"
        [ -z "$index" ] || echo "index-url = $index"
        if [ -f "$certificate" ]; then
            cp --dereference "$certificate" "$scratch/certificate"
            echo "cert = /run/certificate"
        fi
    } >"$scratch/pip.conf"
}

build() { # Dockerfile, name of the image
    buildah build --isolation chroot --format docker --layers --build-arg BASE="$BASE" \
        --volume "$scratch/pip.conf:/etc/pip.conf:ro" \
        --volume "$scratch/certificate:/run/certificate:ro" --file "$1" --tag "$2" .
}

check_size() {
    local bytes
    bytes=$("${run[@]}" image inspect --format '{{.Size}}' "$IMAGE")
    echo "The image has $((bytes / 1000000)) MB."
    if [ "$bytes" -ge $((MAX_IMAGE_MB * 1000000)) ]; then
        echo "The limit is $MAX_IMAGE_MB MB." >&2
        exit 1
    fi
}

main
