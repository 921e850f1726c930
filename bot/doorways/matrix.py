"""Matrix."""

from __future__ import annotations

from bot.channels.matrix import MatrixChannel, MatrixSettings
from bot.doorways.doorways import Doorways
from bot.rates import Rates
from bot.settings import Settings


def matrix_settings(settings: Settings) -> MatrixSettings | None:
    """What the channel needs to know; None where no account is set up."""
    matrix = settings.matrix
    if matrix.token is None and matrix.password is None:
        return None
    return MatrixSettings(
        homeserver=matrix.homeserver,
        account=matrix.account,
        token=matrix.token.get_secret_value() if matrix.token else "",
        password=matrix.password.get_secret_value() if matrix.password else "",
        device=matrix.device,
        groups=matrix.groups,
        keys=settings.home / "matrix" if matrix.encryption else None,
    )


def add_matrix(doorways: Doorways, settings: Settings, rates: Rates) -> None:
    """Add the account, if one is set up."""
    chosen = matrix_settings(settings)
    if chosen is not None:
        doorways.channels.append(MatrixChannel(chosen, rates=rates))
