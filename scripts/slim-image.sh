#!/bin/sh
# Take out of an installation what a service that runs never opens:  slim-image.sh /opt/storyfold
set -eu

packages=$(echo "$1"/lib/python3*/site-packages)

# What libraries bring along for those who work on them or compile against them.
find "$packages" -depth \( -type d \( -name tests -o -name __pycache__ \) \
    -o -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.tp' \
        -o -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.a' \) \) \
    -exec rm -rf {} +

# Names inside of extension modules, which only debuggers read. Not those of the libraries beside
# them (*.libs), whose layout was changed after linking and does not bear it. Each is loaded after.
if command -v strip >/dev/null; then
    find "$packages" -type f -name '*.so*' ! -path '*.libs/*' -exec strip --strip-unneeded {} +
    find "$packages" -type f -name '*.so' ! -path '*.libs/*' -print0 | xargs -0 \
        "$1/bin/python" -c 'import ctypes, sys; [*map(ctypes.CDLL, sys.argv[1:])]'
fi

# Word lists: the best of a language is read, the large one where there is one. Those of jieba are
# for cutting Chinese into words, which storyfold leaves to pairs of characters.
lists=$packages/wordfreq/data
for large in "$lists"/large_*.msgpack.gz; do
    rm -f "$lists/small_${large##*/large_}"
done
rm -f "$lists"/jieba_zh*.txt

# How languages write dates and numbers: courlan asks babel for it, to tell the language of a web
# address, and of that nothing is used here. The root and English keep babel itself working.
find "$packages/babel/locale-data" -name '*.dat' ! -name root.dat ! -name en.dat -delete
