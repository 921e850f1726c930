"""German has two forms of address. Texts carry both, the operator chooses one."""

from __future__ import annotations

import re
from typing import Literal

Form = Literal["du", "sie"]
_FORMS = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


def address(text: str, form: Form) -> str:
    """`text` with one form of address: `{du|Sie}` becomes `du` or `Sie`."""
    return _FORMS.sub(lambda found: found.group(1 if form == "du" else 2), text)
