"""Tools as AI clients have them: unknown arguments are refused, and every error is one sentence.

The `mcp` package drops arguments that a tool has not, so that a filter under another name would be
none at all. Facts about it are of its version 2.3, read in November 2026.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from pydantic import ValidationError, create_model

from leadsync.core.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp.server.mcpserver import Context
    from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations

SHOWN_CHARS = 80
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list of texts",
}


def strict_tool(call: Callable[..., Awaitable[Any]], annotations: ToolAnnotations) -> Tool:
    """A tool that takes no argument beside its own, and whose schema says so."""
    tool = Tool.from_function(call, annotations=annotations)
    taken = tool.fn_metadata.arg_model
    strict = create_model(taken.__name__, __base__=taken, __cls_kwargs__={"extra": "forbid"})
    tool.fn_metadata.arg_model = strict
    tool.parameters = strict.model_json_schema(by_alias=True)
    return tool


class PlainServer(MCPServer[Any]):
    """A server whose clients are told what is wrong in our words alone."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; see `MCPServer.call_tool`.

        Raises:
            ToolError: its text is a sentence, and what to do next.
        """
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                tools = {tool.name: tool for tool in await self.list_tools()}
                words = _words_of(name, tools[name].input_schema, cause)
                raise ToolError(words) from cause
            raise ToolError(str(cause or error)) from cause


def _words_of(tool: str, schema: Mapping[str, Any], error: ValidationError) -> str:
    """What is wrong with the arguments; unknown ones first, as they explain what is missing."""
    properties = cast("dict[str, dict[str, Any]]", schema.get("properties", {}))
    slips = {str(slip["loc"][0]): slip for slip in reversed(error.errors()) if slip["loc"]}
    unknown = [name for name in slips if name not in properties]
    if unknown:
        near = nearest(unknown[-1], properties)
        hint = f'; did you mean "{near}"?' if near else ""
        takes = f"it takes {', '.join(properties)}" if properties else "it takes none"
        return f'{tool} has no argument "{unknown[-1]}"{hint}; next: {takes}'
    for name, slip in reversed(slips.items()):
        wanted = _wanted(properties[name])
        if slip["type"] == "missing":
            return f'{tool} needs "{name}": {wanted}'
        shown = json.dumps(slip["input"], ensure_ascii=False, default=str)[:SHOWN_CHARS]
        return f'{tool}: "{name}" is {wanted}, not {shown}'
    return f"{tool} was asked with something else than named arguments"


def _wanted(schema: Mapping[str, Any]) -> str:
    """What an argument is, from its JSON schema: `a whole number from 1 to 100`."""
    if "anyOf" in schema:
        kinds = [_wanted(one) for one in schema["anyOf"] if one.get("type") != "null"]
        return " or ".join(kinds)
    words = _TYPES.get(str(schema.get("type")), "something else")
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"{words} from {least} to {most}"
    return f"{words} of at least {least}" if least is not None else words
