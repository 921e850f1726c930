#!/usr/bin/env bash
# What tests need beside Python packages: a browser, PostgreSQL and Dovecot. Named, and failing, if they cannot be had. Root, who alone can make hosts of
# network namespaces, gets iproute2 for it.
set -eu
browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
postgres() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }
mailbox() { command -v dovecot || ls /usr/sbin/dovecot; }
hosts() { [ "$(id -u)" != 0 ] || { command -v ip && command -v bridge; }; }
missing=""
browser >/dev/null 2>&1 || missing="$missing chromium fonts-dejavu-core"
postgres >/dev/null 2>&1 || missing="$missing postgresql"
mailbox >/dev/null 2>&1 || missing="$missing dovecot-imapd"
hosts >/dev/null 2>&1 || missing="$missing iproute2"
[ -z "$missing" ] && exit 0
echo "Installing what the tests need:$missing …"
if command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi
  # Debian's packages would start servers of their own; the tests start theirs
  $sudo mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
  [ -e /usr/sbin/dovecot ] || [ ! -d /etc/systemd/system ] || $sudo ln -sfn /dev/null /etc/systemd/system/dovecot.service
  # shellcheck disable=SC2086  # a list
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
browser >/dev/null 2>&1 && postgres >/dev/null 2>&1 && mailbox >/dev/null 2>&1 && exit 0
echo "The tests need Chromium, PostgreSQL and Dovecot, and they could not be installed here. Install them and run make test again." >&2
exit 1
