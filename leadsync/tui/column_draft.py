"""The draft of a column: its definition as texts in fields, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from leadsync.core.columns.checking import ColumnSpec, find_type
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.columns.outputs import MANUAL
from leadsync.core.errors import InputError
from leadsync.core.models import ColumnType
from leadsync.core.money import MICROS, parse_usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadsync.core.engine.kind_help import SettingHelp
    from leadsync.core.models import Doc

LONG_SETTINGS = frozenset({"prompt", "system", "sender", "template", "body", "input", "steps"})
"""Settings whose text goes over several lines."""
_CONFIG = "config."
_PER_DAY = "usd_per_day"
_YES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class DraftField:
    """One field of the dialog.

    Attributes:
        name: `key`, `type`, `config.prompt` …
        text: what stands in it at first.
        takes: what it takes, in words.
        is_required: it must not be blank.
    """

    name: str
    label: str
    text: str
    takes: str
    meaning: str
    is_required: bool = False
    is_long: bool = False


def draft_fields(spec: ColumnSpec, *, is_new: bool) -> list[DraftField]:
    """The fields for a definition, in the order in which they are asked.

    Raises:
        NotFound: the kind is not installed.
    """
    types = ", ".join(str(kind) for kind in ColumnType)
    fields = [
        DraftField("label", "Label", spec.label, "text", "What people read; else the key."),
        DraftField("type", "Type", str(spec.type), f"one of: {types}", "What its cells are."),
    ]
    if is_new:
        meaning = "Small letters, digits and _; it never changes."
        fields.insert(0, DraftField("key", "Key", spec.key, "text", meaning, is_required=True))
    if spec.kind == TEMPLATE:
        text = str(spec.config.get(TEMPLATE, ""))
        meaning = "As in: Hi {{ first_name }}. Computed at once and always current; free."
        fields.append(
            DraftField(f"{_CONFIG}{TEMPLATE}", "Formula", text, "text", meaning, True, True)  # noqa: FBT003
        )
    elif spec.kind == MANUAL:
        options = _shown(spec.config.get("options"))
        meaning = "For type select: what may be chosen."
        fields.append(DraftField(f"{_CONFIG}options", "Options", options, "list of text", meaning))
    else:
        fields += _running_fields(spec)
    return fields


def spec_of_texts(
    start: ColumnSpec, fields: Mapping[str, DraftField], texts: Mapping[str, str]
) -> ColumnSpec:
    """The definition that the texts of a dialog mean.

    Raises:
        InputError: a text is not what its field takes.
    """
    config: Doc = {}
    for name, text in texts.items():
        if name.startswith(_CONFIG) and text.strip():
            config[name.removeprefix(_CONFIG)] = _value(fields[name], text)
    caps = dict(start.caps)
    if "caps" in texts:
        caps.pop(_PER_DAY, None)
        if texts["caps"].strip():
            caps[_PER_DAY] = parse_usd(texts["caps"], "a day at most")
    return replace(
        start,
        key=texts.get("key", start.key).strip(),
        label=texts.get("label", start.label).strip(),
        type=find_type(texts["type"].strip()) if texts.get("type", "").strip() else start.type,
        config=config,
        outputs=_outputs(texts["outputs"]) if "outputs" in texts else start.outputs,
        condition=texts.get("condition", start.condition).strip(),
        caps=caps,
    )


def _running_fields(spec: ColumnSpec) -> Iterator[DraftField]:
    from leadsync.core.engine.kind_help import kind_help

    settings = [s for s in kind_help(spec.kind).settings if "." not in s.name]
    for setting in sorted(settings, key=lambda s: not s.is_required):
        yield _field(setting, spec)
    outputs = "\n".join(f"{path} = {key}" for path, key in spec.outputs.items())
    meaning = (
        "Parts of the answer that fill columns, one a line: path = key. Blank: as the kind says."
    )
    yield DraftField("outputs", "Fills columns", outputs, "lines", meaning, is_long=True)
    meaning = "A filter; runs skip other leads."
    yield DraftField("condition", "Condition", spec.condition, "filter", meaning)
    cap = spec.caps.get(_PER_DAY)
    shown = f"{cap / MICROS:g}" if isinstance(cap, int) else ""
    yield DraftField("caps", "USD a day", shown, "amount", "It never spends more in a day.")


def _field(setting: SettingHelp, spec: ColumnSpec) -> DraftField:
    text = _shown(spec.config.get(setting.name))
    default = _shown(setting.default)
    takes = f"{setting.takes}; {default} by default" if default else setting.takes
    return DraftField(
        name=f"{_CONFIG}{setting.name}",
        label=setting.name.replace("_", " ").capitalize(),
        text=text,
        takes=takes,
        meaning=setting.meaning,
        is_required=setting.is_required,
        is_long=setting.name in LONG_SETTINGS or "table" in setting.takes or "\n" in text,
    )


def _shown(value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list() if all(isinstance(one, str) and "," not in one for one in value):  # type: ignore[reportUnknownVariableType]
            return ", ".join(value)  # type: ignore[reportUnknownArgumentType]
        case _:
            return json.dumps(value, indent=1, ensure_ascii=False)


def _value(field: DraftField, text: str) -> Any:
    """What a text means for its setting; the kind itself checks it further."""
    takes = field.takes
    if takes.startswith(("text", "one of")):
        return text
    if takes.startswith("true or false") and text.strip().lower() in _YES:
        return _YES[text.strip().lower()]
    try:
        return json.loads(text)
    except ValueError:
        if takes.startswith("list of text"):
            return [part.strip() for part in text.split(",") if part.strip()]
        if "text" in takes.partition(";")[0]:
            return text
        raise InputError(f'"{field.label}" takes {takes}') from None


def _outputs(text: str) -> dict[str, str]:
    outputs: dict[str, str] = {}
    for line in text.splitlines():
        path, equals, key = line.rpartition("=")
        if equals and path.strip() and key.strip():
            outputs[path.strip()] = key.strip()
        elif line.strip():
            raise InputError(f'the output "{line.strip()}" is no "path = key"')
    return outputs
