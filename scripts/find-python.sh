#!/bin/sh
# Print the Python interpreter for .venv: $PYTHON if set, else the newest version that the
# requirements were tested with, else any python3 that is new enough.
set -eu

new_enough() {
    # Run it: version managers leave launchers for versions that are not installed.
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    if new_enough "$PYTHON"; then
        echo "$PYTHON"
        exit 0
    fi
    echo "PYTHON=$PYTHON is not a working Python 3.11 or newer." >&2
    exit 1
fi

for candidate in python3.13 python3.12 python3.11 python3; do
    if new_enough "$candidate"; then
        echo "$candidate"
        exit 0
    fi
done

echo "Python 3.11 or newer was not found. On Debian or Ubuntu:" >&2
echo "    sudo apt-get install python3 python3-venv" >&2
echo "Or name an interpreter: make PYTHON=/path/to/python3" >&2
exit 1
