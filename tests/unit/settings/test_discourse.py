"""What operators may say of a community: a store of uploads is a host, whole and without more."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.doorways.discourse import discourse_settings
from bot.errors import SettingsError
from bot.settings import Settings

KEY = '[discourse]\nurl = "https://community.example"\nusername = "bot"\napi_key = "k"\n'


def test_the_channel_is_told_where_uploads_are(tmp_path: Path) -> None:
    file = tmp_path / "frontline.toml"
    file.write_text(f'{KEY}upload_hosts = ["bucket.s3.dualstack.eu-central-1.amazonaws.com"]\n')
    chosen = discourse_settings(Settings.load(file))
    assert chosen is not None
    assert chosen.upload_hosts == ("bucket.s3.dualstack.eu-central-1.amazonaws.com",)


@pytest.mark.parametrize(
    "host", ["https://uploads.example", "uploads.example/x", "uploads.example:443", "com", "*.com", ""]
)
def test_a_store_is_named_by_its_host_alone(tmp_path: Path, host: str) -> None:
    file = tmp_path / "frontline.toml"
    file.write_text(f'{KEY}upload_hosts = ["{host}"]\n')
    with pytest.raises(SettingsError) as refused:
        Settings.load(file)
    assert {fault.id for fault in refused.value.faults} == {"settings.discourse.upload_hosts.0"}
