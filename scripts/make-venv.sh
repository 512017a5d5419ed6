#!/bin/sh
# Bring .venv to what a requirements file says:  make-venv.sh requirements/runtime.txt
set -eu

requirements=$1
scripts=$(dirname "$0")

# A .venv that works is kept. One that was interrupted half-way starts afresh, and so does one whose
# interpreter a system upgrade took away.
if [ -e .venv/.unfinished ] || ! .venv/bin/python -c '' 2>/dev/null; then
    python=$("$scripts/find-python.sh")
    # Debian splits the venv machinery off into a package of its own.
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        release=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        "$scripts/apt-install.sh" "python$release-venv"
    fi
    rm -rf .venv
    mkdir .venv
    touch .venv/.unfinished
    "$python" -m venv .venv
fi
touch .venv/.unfinished

install() {
    # Wheels only: building from source would download build tools that no hash vouches for.
    .venv/bin/python -m pip install --disable-pip-version-check \
        --only-binary :all: --require-hashes -r "$requirements" "$@"
}
echo "Installing $requirements into .venv (500 MB, a minute or two)" >&2
# Quiet twice: pip warns of an extra that lxml no longer has, although what it stood for is there.
# But then it doesn't say either that there is no network, for one.
install --quiet --quiet || { echo "Once more, with all that pip has to say" >&2; install; }
# The project itself, editable; its build backend came with the requirements.
.venv/bin/python -m pip install --disable-pip-version-check --quiet \
    --no-deps --no-build-isolation -e .
rm .venv/.unfinished
