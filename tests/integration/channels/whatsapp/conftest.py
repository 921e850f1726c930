"""A WhatsApp number on the fake Graph API, with a customer, and what the operator has set for it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.settings import Meta, MetaWhatsApp
from tests.fakes.graph import APP_SECRET, VERIFY_TOKEN, FakeGraph
from tests.fakes.graph_whatsapp import Customer, Number

TOKEN = "EAAJ-whatsapp-token-of-the-tests"


@pytest.fixture
def number(graph: FakeGraph) -> Number:
    """The company's number."""
    return Number(graph, "106540352242922", TOKEN)


@pytest.fixture
def zoe(number: Number) -> Customer:
    """Somebody of whom Meta tells both ids."""
    return number.customer()


@pytest.fixture
def meta(graph: FakeGraph, number: Number) -> Meta:
    """What the operator has set: a number, and no page."""
    mine = MetaWhatsApp(number_id=number.id, account_id=number.account, token=SecretStr(number.token))
    secrets = {"app_secret": SecretStr(APP_SECRET), "verify_token": SecretStr(VERIFY_TOKEN)}
    return Meta(graph_url=graph.base_url, whatsapp=(mine,), **secrets)
