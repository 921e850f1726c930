#!/usr/bin/env bash
# Makes up the secrets that deploy/compose.yml hands to the containers, in deploy/secrets. What is there stays.
set -eu
folder=$(dirname "$0")/secrets
mkdir -p -m 700 "$folder"  # closed to everybody else; the files are open, for containers read them as users of their own
random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keep() { [ -e "$folder/$1" ] || printf '%s' "$2" >"$folder/$1"; }
keep postgres_password "$(random)"
keep database_url "postgresql+psycopg://frontline:$(cat "$folder/postgres_password")@postgres/frontline"
keep rasa_token "$(random)"
keep metrics_token "$(random)"
chmod 444 "$folder"/*
echo "The secrets are in $folder."
