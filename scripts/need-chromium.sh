#!/bin/sh
# See to it that the browser tests find Debian's chromium, best as its headless shell: there a page
# opens in a third of the time. Without either they are skipped, so a failure here is told loudly
# but stops nothing; .ci/run insists on it.
set -eu

if command -v chromium-headless-shell >/dev/null; then
    exit 0
fi
if ! "$(dirname "$0")/apt-install.sh" chromium-headless-shell && ! command -v chromium >/dev/null; then
    echo "************************************************************************" >&2
    echo "* No chromium: the tests of the review page in a browser will not run. *" >&2
    echo "************************************************************************" >&2
fi
