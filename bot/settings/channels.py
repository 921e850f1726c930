"""The channels: what each needs to know. A channel that is not told its secret is off."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from bot.settings.section import Section

MetaId = Annotated[str, StringConstraints(pattern=r"^\d{1,32}$")]
Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]  # uploads.your-company.example
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^?#@\s]+$")]  # https://community.your-company.example


class Telegram(Section):
    """The Telegram bot; without a token the channel is off. With a `webhook_secret` and a public URL Telegram calls us."""

    token: SecretStr | None = None
    base_url: str = "https://api.telegram.org"
    webhook_secret: SecretStr | None = None

    @property
    def account(self) -> str:
        """The bot's own id, the public half of its token."""
        return self.token.get_secret_value().partition(":")[0] if self.token else ""


class MetaPage(Section):
    """A Facebook page: its own token, the Instagram account linked to it, and whether comments below its posts are answered."""

    id: MetaId
    token: SecretStr
    instagram: MetaId | None = None
    comments: bool = False


class MetaWhatsApp(Section):
    """A WhatsApp number: Meta's ids of the number and of the WhatsApp business account it is in, and a token for it."""

    number_id: MetaId
    account_id: MetaId
    token: SecretStr


class Meta(Section):
    """The Meta app by which Messenger, Instagram, page comments and WhatsApp are reached; without pages or numbers they are off.

    `verify_token` is made up by the operator and shown to Meta; `graph_url` and `version` say which Graph API is spoken to.
    """

    app_id: str = Field(default="", pattern=r"^\d*$")
    app_secret: SecretStr | None = None
    verify_token: SecretStr | None = None
    graph_url: Address = "https://graph.facebook.com"
    version: str = Field(default="v24.0", pattern=r"^v\d+\.\d+$")
    pages: tuple[MetaPage, ...] = ()
    whatsapp: tuple[MetaWhatsApp, ...] = ()

    @model_validator(mode="after")
    def _introduced(self) -> Self:
        if self.pages and not (self.app_id and self.app_secret and self.verify_token):
            raise ValueError("pages are reached by an app: app_id, app_secret and verify_token are needed with them")
        if self.whatsapp and not (self.app_secret and self.verify_token):
            raise ValueError("WhatsApp is reached by an app: app_secret and verify_token are needed with its numbers")
        return self

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        pages = [page.id for page in self.pages]
        accounts = [page.instagram for page in self.pages if page.instagram]
        for ids in (pages, accounts, [one.number_id for one in self.whatsapp]):
            if len(set(ids)) < len(ids):
                raise ValueError("a page, an Instagram account or a WhatsApp number is listed twice")
        return self


class X(Section):
    """The account on X; without an access token its channels are off. The `consumer_…` keys are the app's, the access token and its secret the account's."""

    consumer_key: SecretStr | None = None
    consumer_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    access_token_secret: SecretStr | None = None
    app_id: str = ""
    base_url: str = "https://api.x.com"


class Discourse(Section):
    """An account in a Discourse community; without an `api_key` the channel is off. In `categories` (ids or slugs) it answers topics, `private_messages` anywhere.

    Members of `staff_groups`, like moderators, speak for the company. `upload_hosts`: where members' uploads are, if the community keeps them elsewhere.
    """

    url: Address = "https://community.example"
    username: str = Field(default="", max_length=60)
    api_key: SecretStr | None = None
    webhook_secret: SecretStr | None = Field(default=None, min_length=12)
    categories: tuple[int | str, ...] = ()
    staff_groups: tuple[str, ...] = ()
    private_messages: bool = True
    upload_hosts: tuple[Host, ...] = ()


class Matrix(Section):
    """A Matrix account; without a `token` or a `password` the channel is off. `device` is what it is called among the account's devices.

    `groups`: it also accepts invitations to rooms of several. `encryption`: it reads and writes encrypted rooms.
    """

    homeserver: Address = "https://matrix.org"
    account: str = Field(default="", max_length=128)
    token: SecretStr | None = None
    password: SecretStr | None = None
    device: str = Field(default="FRONTLINE", min_length=1, max_length=64)
    groups: bool = False
    encryption: bool = True
