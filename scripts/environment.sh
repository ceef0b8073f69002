# Sourced by the scripts. `prepare EXTRAS` creates .venv with the package and these extras, once.
# Later calls see that nothing has changed, and return immediately.

prepare() {
    stamp="$1 $(cksum < pyproject.toml)"
    if [ -x .venv/bin/snapshot ] && [ "$(cat .venv/prepared 2>/dev/null)" = "$stamp" ]; then
        return 0
    fi
    echo "Setting up .venv (once, takes about a minute) …" >&2
    if command -v uv > /dev/null; then
        [ -x .venv/bin/python ] || uv venv --quiet --python '>=3.11' .venv
        uv pip install --quiet --python .venv/bin/python --editable ".[$1]"
    else
        python=$(find_python)
        [ -x .venv/bin/python ] || make_venv "$python"
        pip_install "$python" --editable ".[$1]"
    fi
    echo "$stamp" > .venv/prepared
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    echo "error: Python 3.11 or later is needed" >&2
    echo "hint: install it, or install uv, which brings its own" >&2
    exit 1
}

# On Debian ensurepip is in a separate package; without it, a new venv has no pip.
make_venv() {
    if "$1" -c 'import ensurepip' 2> /dev/null; then
        "$1" -m venv .venv
    elif "$1" -m pip --version > /dev/null 2>&1; then
        "$1" -m venv --without-pip .venv
    elif [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        echo "Installing Debian's python3-venv …" >&2
        { apt-get update && apt-get install -y --no-install-recommends python3-venv; } > /dev/null
        "$1" -m venv .venv
    else
        echo "error: this Python has neither pip nor ensurepip" >&2
        echo "hint: sudo apt-get install python3-venv, or install uv" >&2
        exit 1
    fi
}

pip_install() {
    python=$1
    shift
    if .venv/bin/python -m pip --version > /dev/null 2>&1; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
    else
        "$python" -m pip --python .venv/bin/python install --quiet --disable-pip-version-check "$@"
    fi
}
