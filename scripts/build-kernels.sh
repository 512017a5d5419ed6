#!/bin/sh
# Compile clustering/kernels/*.c for this machine:  build-kernels.sh .venv/bin/python
# The compiler is zig, from a package for Python: no system compiler is needed. It takes 400 MB while
# it works, in a temporary folder.
set -eu

python=$1
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
kernels=$root/clustering/kernels
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m pip install --disable-pip-version-check --quiet --no-cache-dir --target "$work/zig" \
    --only-binary :all: --require-hashes --no-deps -r "$root/requirements/kernels.txt"
# Any processor of its kind can run the result: wider instructions are chosen at run time. Numbers
# are never contracted, so that every processor gets the same. The sanitizer that zig adds is off.
ZIG_LOCAL_CACHE_DIR=$work/cache ZIG_GLOBAL_CACHE_DIR=$work/cache PYTHONPATH=$work/zig \
    "$python" -m ziglang cc -O3 -std=c11 -mcpu=baseline -ffp-contract=off -fno-sanitize=undefined \
    -Wall -Wextra -Werror -shared -fPIC -s -o "$work/kernels.so" "$kernels"/*.c -lm
mv "$work/kernels.so" "$kernels/kernels.so"
