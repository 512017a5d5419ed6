#!/bin/sh
# Remove files from an installation that a running service never opens:
#   slim-image.sh /opt/storyfold
set -eu

packages=$(echo "$1"/lib/python3*/site-packages)

# Tests, type stubs, headers and sources of the libraries.
find "$packages" -depth \( -type d \( -name tests -o -name __pycache__ \) \
    -o -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.tp' \
        -o -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.a' \) \) \
    -exec rm -rf {} +

# Symbols of extension modules, which only debuggers read. Libraries in *.libs are left out: their
# layout was changed after linking, and stripping breaks them. Each module is loaded afterwards as a
# test.
if command -v strip >/dev/null; then
    find "$packages" -type f -name '*.so*' ! -path '*.libs/*' -exec strip --strip-unneeded {} +
    find "$packages" -type f -name '*.so' ! -path '*.libs/*' -print0 | xargs -0 \
        "$1/bin/python" -c 'import ctypes, sys; [*map(ctypes.CDLL, sys.argv[1:])]'
fi

# Word lists: the large list of a language is used if there is one, so the small one is not needed.
# Those of jieba are for splitting Chinese into words; storyfold uses pairs of characters instead.
lists=$packages/wordfreq/data
for large in "$lists"/large_*.msgpack.gz; do
    rm -f "$lists/small_${large##*/large_}"
done
rm -f "$lists"/jieba_zh*.txt

# Locale data for dates and numbers: courlan uses babel to guess the language of a URL, which
# storyfold does not need. The root and English locales keep babel itself working.
find "$packages/babel/locale-data" -name '*.dat' ! -name root.dat ! -name en.dat -delete
