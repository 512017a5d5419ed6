#!/bin/sh
# Create or update .venv from a requirements file:  make-venv.sh requirements/runtime.txt
set -eu

requirements=$1
scripts=$(dirname "$0")

# A working .venv is kept. It is created again if its creation was interrupted, or if a system
# upgrade removed its interpreter.
if [ -e .venv/.unfinished ] || ! .venv/bin/python -c '' 2>/dev/null; then
    python=$("$scripts/find-python.sh")
    # Debian has venv in a package of its own.
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
    # Wheels only: building from source would download build tools without checking a hash.
    .venv/bin/python -m pip install --disable-pip-version-check \
        --only-binary :all: --require-hashes -r "$requirements" "$@"
}
echo "Installing $requirements into .venv (500 MB, a minute or two)" >&2
# Twice --quiet hides a warning about an extra that lxml no longer has; its package is installed
# anyway. It also hides errors, such as a missing network, so a failed installation is repeated with
# full output.
install --quiet --quiet || { echo "Installation failed; repeating with full output" >&2; install; }
# The project itself, editable; its build backend came with the requirements.
.venv/bin/python -m pip install --disable-pip-version-check --quiet \
    --no-deps --no-build-isolation -e .
"$scripts/build-kernels.sh" .venv/bin/python ||
    echo "The kernels could not be compiled: everything works, but slower" >&2
rm .venv/.unfinished
