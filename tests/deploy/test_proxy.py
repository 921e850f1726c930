"""The example of a reverse proxy: nginx understands it, and it tells the front line what the front line listens to."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import read

CONFIG = read("deploy/nginx.conf")


def test_nginx_understands_it(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("nginx is not here: Debian has it as nginx-light")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=bot"]
    command = ["openssl", "req", "-x509", *kind, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    site = re.sub(r"ssl_certificate_key .*;", f"ssl_certificate_key {key};", CONFIG)
    site = re.sub(r"ssl_certificate  .*;", f"ssl_certificate {certificate};", site)
    (tmp_path / "site.conf").write_text(site, encoding="utf-8")
    whole = (
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/site.conf; }}"
    )
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    told = subprocess.run([nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_it_says_for_whom_it_asks_and_believes_nobody_else() -> None:
    headers = dict(re.findall(r"proxy_set_header (\S+) (\S+);", CONFIG))
    assert headers == {
        "Host": "$host",
        "X-Forwarded-For": "$remote_addr",
        "Upgrade": "$http_upgrade",
        "Connection": "$connection_upgrade",
    }


def test_the_figures_stay_inside() -> None:
    assert "location = /metrics { return 404; }" in CONFIG
