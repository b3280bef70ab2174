"""What a column of kind `email_verify` takes."""

from __future__ import annotations

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.I)


class EmailVerifyConfig(BaseModel):
    """Settings of a verification column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email_field: str = Field("email", description="Which field holds the address.")
    dns: bool = Field(
        default=True,
        description="Look up the domain's mail servers; without it nothing leaves the machine.",
    )
    smtp: bool = Field(
        default=False,
        description="Ask mail servers about mailboxes. Most connections at home and in offices "
        "cannot, and asking from there harms the reputation of their address.",
    )
    smtp_from: str = Field("", description="The sender that probes name; a mailbox of yours.")
    smtp_helo: str = Field(
        "", description="The host name that probes introduce themselves with; its DNS leads here."
    )
    free_mail_is_risky: bool = Field(
        default=False, description="Addresses at Gmail and the like count as risky."
    )
    greylist_waits_s: list[float] = Field(
        default=[300.0, 1200.0, 3600.0],
        max_length=10,
        description='Pauses in seconds before a server that said "later" is asked again.',
    )

    @model_validator(mode="after")
    def _can_probe(self) -> Self:
        if not self.smtp:
            return self
        if not self.dns:
            raise ValueError("smtp needs dns: a probe asks the mail servers that DNS names")
        if "@" not in self.smtp_from or not _HOST.fullmatch(self.smtp_from.rpartition("@")[2]):
            raise ValueError("smtp needs smtp_from, a mailbox of yours that answers")
        if not _HOST.fullmatch(self.smtp_helo):
            raise ValueError("smtp needs smtp_helo, the real name of the host that probes")
        return self
