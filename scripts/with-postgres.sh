#!/bin/sh
# Run a command with a temporary PostgreSQL server, whose address is in TEST_POSTGRES_URL:
#   scripts/with-postgres.sh make test
# Debian has it in the package postgresql. On other systems, initdb and pg_ctl must be on the PATH.
set -eu

bin=$(command -v pg_ctl || ls -d /usr/lib/postgresql/*/bin/pg_ctl 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "No PostgreSQL found; try: apt-get install postgresql" >&2; exit 1; }
bin=$(dirname "$bin")
home=$(mktemp -d)
# The server refuses to run as root.
if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$home"
    as_server="runuser -u postgres --"
else
    as_server=""
fi
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')

stop() {
    (cd / && $as_server "$bin/pg_ctl" -D "$home/data" -m immediate stop) >/dev/null 2>&1 || true
    rm -rf "$home"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Durability is switched off, since the data are temporary. There is no password, since the server
# listens on the loopback address only.
(
    cd /
    $as_server "$bin/initdb" -D "$home/data" -A trust -U storyfold -E UTF8 --locale=C --no-sync
    $as_server "$bin/pg_ctl" -D "$home/data" -w -l "$home/log" start \
        -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$home -F"
) >/dev/null

TEST_POSTGRES_URL="postgresql+psycopg://storyfold@127.0.0.1:$port/postgres" "$@"
