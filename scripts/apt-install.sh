#!/bin/sh
# Install Debian packages without asking, as root or by sudo. If neither is possible, print the
# command to run and fail.
set -eu

if ! command -v apt-get >/dev/null; then
    echo "Please install these packages, or those that your system has for them: $*" >&2
    exit 1
fi

if [ "$(id -u)" -eq 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo"
elif command -v sudo >/dev/null && [ -t 0 ]; then
    as_root="sudo" # a terminal is attached, where sudo can ask for the password
else
    echo "Please run this, then try again:" >&2
    echo "    sudo apt-get install $*" >&2
    exit 1
fi

echo "Installing $* by apt-get" >&2
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
