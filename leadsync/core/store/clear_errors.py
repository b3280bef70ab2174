"""The rim of an engine: whatever its driver raises becomes one of our own errors there."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")


def clear_errors(method: Callable[P, T]) -> Callable[P, T]:
    """Let a method of a store, a plain one or a stream, raise only our own errors.

    The store says how in `translated()`, a context manager.
    """
    if inspect.isgeneratorfunction(method):

        @functools.wraps(method)
        def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            with cast("Any", args[0]).translated():
                yield from cast("Iterator[Any]", method(*args, **kwargs))

        return cast("Callable[P, T]", stream)

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        with cast("Any", args[0]).translated():
            return method(*args, **kwargs)

    return call
