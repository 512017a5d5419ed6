#!/bin/sh
# Install Chromium for the browser tests, preferably its headless shell, which opens a page in a
# third of the time. Without either, these tests are skipped; so a failure here prints a warning and
# does not stop the caller. .ci/run requires it.
set -eu

if command -v chromium-headless-shell >/dev/null; then
    exit 0
fi
if ! "$(dirname "$0")/apt-install.sh" chromium-headless-shell && ! command -v chromium >/dev/null; then
    echo "************************************************************************" >&2
    echo "* No Chromium: the tests of the admin pages in a browser are skipped.  *" >&2
    echo "************************************************************************" >&2
fi
