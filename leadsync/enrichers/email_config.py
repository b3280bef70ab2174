"""What a column of kind `email_verify` takes."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from leadsync.enrichers.email_verdict import Reason
from leadsync.enrichers.http_config import HttpConfig

Provider = Literal["", "hunter", "instantly", "http"]
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

    provider: Provider = Field(
        "",
        title="Provider",
        description="Who is asked about mailboxes that the free checks leave open; it costs. http: "
        "any other, by the request in http.",
    )
    http: HttpConfig | None = Field(
        None,
        title="Request",
        description="The request to a provider, with {{ email }} in it; its value is the verdict's "
        "word, or its outputs word and score.",
    )
    words: dict[str, Reason] = Field(
        default_factory=dict[str, Reason],
        title="Words",
        description="What the provider's words mean, as in valid = mailbox_exists; others are unsure.",
    )

    @model_validator(mode="after")
    def _can_ask(self) -> Self:
        if self.provider != "http":
            if self.http is not None or self.words:
                raise ValueError("http and words are for provider = http")
            return self
        if self.http is None or not self.words:
            raise ValueError("provider = http needs http, the request, and words")
        if self.http.mode != "sync" or self.http.batch_size > 1:
            raise ValueError("a provider is asked about one address, and answers at once")
        return self

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
