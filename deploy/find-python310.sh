#!/usr/bin/env bash
# Prints the Python 3.10 that Rasa needs: one on the PATH, one of pyenv's, else "3.10", which uv downloads.
for candidate in "$(command -v python3.10)" "$(pyenv root 2>/dev/null)"/versions/3.10.*/bin/python3.10; do
  if [ -x "$candidate" ] && "$candidate" -c 'import ssl, sqlite3' 2>/dev/null; then
    echo "$candidate"
    exit 0
  fi
done
echo 3.10
