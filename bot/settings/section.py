"""What every table of frontline.toml is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of frontline.toml. Unknown keys are faults: a misspelt setting must not be silently without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)
