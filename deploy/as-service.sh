#!/usr/bin/env bash
# Runs a command of the front line as its services do, with their settings, secrets and user. As root:
#
#   deploy/as-service.sh staff add anna --name "Anna Weber"
set -eu
settings=${FRONTLINE_ETC:-/etc/frontline}
export FRONTLINE_CONFIG="$settings/frontline.toml" FRONTLINE_HOME="${FRONTLINE_HOME:-/var/lib/frontline}"
while read -r name variable; do
  [ -e "$settings/secrets/$name" ] && export "$variable=$(cat "$settings/secrets/$name")"
done <<'NAMES'
database_url FRONTLINE_DATABASE_URL
metrics_token FRONTLINE_WEB__METRICS_TOKEN
rasa_token FRONTLINE_RASA__TOKEN
telegram_token FRONTLINE_TELEGRAM__TOKEN
NAMES
cd "$(dirname "$0")/.."
exec setpriv --reuid=frontline --regid=frontline --init-groups .venv/bin/frontline "$@"
