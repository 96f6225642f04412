#!/usr/bin/env bash
# Releases the checkout it is run in: lint, build, test, change log, deploy to three servers, roll back if one is ill.
# The same job as release.xsh, to be read beside it.
set -euo pipefail

usage() {
    echo "Usage: release.sh [--break] [--limit N]"
    echo "Release this checkout; --break ships one that fails its health check."
}

broken='' limit=2
while [ $# -gt 0 ]; do
    case $1 in
        --break) broken=web3 ;;
        --limit) limit=${2:?--limit needs a number}; shift ;;
        --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

# Job control gives each background job a process group, so that it can be stopped with all it started.
set -m
work=$(mktemp -d)
running=()

stop_all() {
    local pid
    for pid in "${running[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
    for pid in "${running[@]}"; do wait "$pid" 2>/dev/null || true; done
    running=()
}
trap 'stop_all; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a function or command whose lines are shown behind a name.
start() {
    local name=$1
    shift
    { "$@" 2>&1 | sed -u "s/^/$name | /"; } &
    running+=("$!")
}

# Waits until fewer than N jobs run; the first that fails stops the others.
wait_below() {
    local pid ended status
    while [ "${#running[@]}" -ge "$1" ] && [ "${#running[@]}" -gt 0 ]; do
        status=0
        wait -n -p ended "${running[@]}" || status=$?
        local left=()
        for pid in "${running[@]}"; do [ "$pid" = "${ended:-}" ] || left+=("$pid"); done
        running=("${left[@]}")
        if [ "$status" != 0 ]; then
            stop_all
            return "$status"
        fi
    done
}

# The lines of a change log, one for each commit, `folder: what` split at the colon.
changes() {
    sed -E 's/^([^:]+): (.*)$/- **\1**: \2/; t; s/^/- /' |
        sed -e 's/^- \*\*feat\*\*/- **New**/' -e 's/^- \*\*fix\*\*/- **Fixed**/' \
            -e 's/^- \*\*docs\*\*/- **Documentation**/' -e 's/^- \*\*tests\*\*/- **Tests**/'
}

# Installs the wheel beside what runs, checks it there, and only then switches the server over.
# It runs on the left of a pipe, where `set -e` would be off in a condition: so each step says what happens when it fails.
deploy() {
    local server=$1 new=$1/releases/$version health='' try
    cd "$server" || return
    python -m venv --without-pip "$new" || return
    python -m pip --python "$new/bin/python" install --quiet --disable-pip-version-check "$wheel" || return
    if [ "$(basename "$server")" = "$broken" ]; then
        find "$new" -name cli.py -path '*/xsh/*' -delete || return
    fi
    for try in 1 2; do
        if health=$(timeout 20 "$new/bin/xsh" --version); then break; fi
        [ "$try" = 1 ] || return 1
        sleep 0.2
    done
    case $health in
        *"$version") ;;
        *) echo "$(basename "$server") runs $health" >&2; return 1 ;;
    esac
    ln -sfn "$new" current || return
    echo "healthy: $health"
}

# Puts the former release of a server back, if it has left it.
roll_back() {
    cd "$1" || return
    ln -sfn "$1/releases/old" current || return
    echo "back at $(current/bin/xsh --version)"
}

# A directory that stands for a server, with a former release running on it.
new_server() {
    mkdir -p "$1/releases/old/bin"
    printf '#!/bin/sh\necho xsh 0.0.9\n' >"$1/releases/old/bin/xsh"
    chmod +x "$1/releases/old/bin/xsh"
    ln -s "$1/releases/old" "$1/current"
}

git clone --quiet . "$work/repo"
cd "$work/repo"
ruff check --quiet xsh
python -m pip wheel --quiet --no-deps --no-build-isolation -w "$work" .
start 'words ' python -m pytest -q tests/words/test_split.py tests/words/test_duration.py
start 'script' python -m pytest -q tests/script/test_scan.py tests/script/test_mask.py
wait_below 1
log=$(git log --format=%s -n 20 | changes)

wheels=("$work"/*.whl)
wheel=${wheels[0]}
version=$(basename "$wheel" | cut -d - -f 2)
printf '\nxsh %s, %d KiB\n%s\n\n' "$version" "$(($(wc -c <"$wheel") / 1024))" "$log"

servers=("$work/web1" "$work/web2" "$work/web3")
for server in "${servers[@]}"; do new_server "$server"; done
status=0
for server in "${servers[@]}"; do
    wait_below "$limit" || { status=$?; break; }
    start "$(basename "$server")" deploy "$server"
done
[ "$status" != 0 ] || wait_below 1 || status=$?
if [ "$status" != 0 ]; then
    printf '\na server failed with exit %d\nrolling back\n' "$status"
    for server in "${servers[@]}"; do start "$(basename "$server")" roll_back "$server"; done
    wait_below 1
    exit 1
fi
echo
for server in "${servers[@]}"; do
    printf '%s: %s\n' "$(basename "$server")" "$(basename "$(readlink -f "$server/current")")"
done
