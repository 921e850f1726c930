#!/usr/bin/env bash
# What tests need beside Python packages: a browser. Named, and failing, if it cannot be had.
set -eu
browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
browser >/dev/null && exit 0
echo "Installing Chromium for the browser tests …"
if command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
fi
browser >/dev/null && exit 0
echo "The browser tests need Chromium, and it could not be installed here. Install it and run make test again." >&2
exit 1
