#!/usr/bin/env bash
# Makes the environment in .venv from uv.lock, if it is not of that lock already. Usage: setup.sh run|dev
set -euo pipefail
cd "$(dirname "$0")/.."
groups=${1:-run}
wanted="$groups $(cat uv.lock pyproject.toml | cksum)"
stamp=.venv/.made-from
[ -f "$stamp" ] && { [ "$(cat "$stamp")" = "$wanted" ] || [ "$(cat "$stamp")" = "${wanted/#run/dev}" ]; } && exit 0

say() { printf '%s\n' "$*" >&2; }
is_310() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; }

python=""
for candidate in python3.10 python3 python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python3; do
  path=$(command -v "$candidate" 2>/dev/null) || continue
  # A shim (pyenv's) stands for another file; uv compares files.
  if is_310 "$path"; then python=$("$path" -c 'import sys; print(sys.executable)'); break; fi
done

free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
if [ "$free_mb" -lt 6000 ] && [ ! -d .venv ]; then
  say "The disk is nearly full: $free_mb MB free, 6000 MB are needed for the first set-up."
  exit 1
fi

if command -v uv >/dev/null 2>&1; then
  uv=uv
else
  maker=${python:-$(command -v python3 || true)}
  if [ -z "$maker" ]; then
    say "Python 3.10 is needed and no Python was found. Install it (for example with pyenv or your package manager)."
    exit 1
  fi
  if [ ! -x .tools/bin/uv ]; then
    say "Getting uv, which installs the rest ..."
    "$maker" -m venv .tools && .tools/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.5"
  fi
  uv=.tools/bin/uv
fi

if [ -z "$python" ]; then
  say "No Python 3.10 here; trying to fetch one ..."
  if ! "$uv" python install 3.10; then
    say "Python 3.10 is needed (Rasa 3.6 runs on no later one). Install it, for example: pyenv install 3.10"
    exit 1
  fi
  python=3.10
fi

say "Installing what uv.lock names (about 2.5 GB the first time) ..."
if [ "$groups" = dev ]; then
  "$uv" sync --frozen --python "$python"
else
  "$uv" sync --frozen --python "$python" --no-dev --inexact
fi
printf '%s' "$wanted" > "$stamp"
