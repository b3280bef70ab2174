"""What a user sees of a bug of ours: one line, and where the rest is written."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime

from leadsync.cli.output import print_talk

LOG_NAME = "errors.log"


def report_bug(error: Exception) -> None:
    """Write the traceback to the log, without keys, and say where it is."""
    from leadsync.core.config import load_config
    from leadsync.core.errors import LeadSyncError
    from leadsync.core.logs import make_private
    from leadsync.core.redaction import Redactor

    try:
        config = load_config()
    except LeadSyncError:
        config = load_config(environment={})
    text = "".join(traceback.format_exception(error))
    path = config.state_folder / LOG_NAME
    try:
        make_private(path)
        with path.open("a", encoding="utf-8") as log:
            log.write(
                f"{datetime.now(UTC).isoformat()}\n{Redactor(config.secrets_in_use()).text(text)}\n"
            )
        where = f'the details are in "{path}"'
    except OSError as problem:
        where = f'the details could not be written to "{path}": {problem.strerror}'
    print_talk(f"error: this is a bug of LeadSync ({type(error).__name__}); {where}")
