#!/usr/bin/env bash
# Gets uv into .uv/ if the machine has none. Tried in turn: a virtual environment, pip beside it, uv's own installer.
set -eu
command -v uv >/dev/null && exit 0
[ -x .uv/bin/uv ] && exit 0
echo "Getting uv …"
if python3 -m venv .uv >/dev/null 2>&1 && .uv/bin/pip install --quiet uv; then exit 0; fi
rm -rf .uv && mkdir -p .uv/bin
if python3 -m pip install --quiet --target .uv/packages uv 2>/dev/null; then
  ln -s ../packages/bin/uv .uv/bin/uv
  exit 0
fi
if command -v curl >/dev/null && curl -LsSf https://astral.sh/uv/install.sh | UV_INSTALL_DIR=.uv/bin UV_NO_MODIFY_PATH=1 sh; then exit 0; fi
echo "uv could not be installed. Install it from https://docs.astral.sh/uv/ and run make again." >&2
exit 1
