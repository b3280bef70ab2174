"""The guard of the network: while it is held, this process opens no connection and asks no name.

It is an audit hook, so it also sees what packages and plug-ins do behind our back. Simulated
answers stand in the place of requests already (transport.py); whatever was forgotten ends here. It
guards against mistakes, not against hostile code: native libraries that open sockets by themselves
raise no audit event.
"""

from __future__ import annotations

import errno
import socket
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from leadsync.core.practice.marks import LINE

_CONNECTIONS = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})
_NAMES = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)
_PROGRAMS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"})


class LeavesTheMachine(OSError):
    """Something would have left the machine from a practice workspace."""

    def __init__(self, what: str) -> None:
        """Say what; libraries take it for a network that is not there."""
        super().__init__(errno.ENETUNREACH, f"{LINE}; {what} was refused")


class NetworkGuard:
    """Refuses connections while anybody holds it; may be held from any thread.

    Attributes:
        refusals: how often something was refused; where all is simulated, never.
    """

    def __init__(self) -> None:
        """Refuse nothing yet."""
        self.refusals = 0
        self._lock = threading.Lock()
        self._holders = 0
        self._is_hooked = False
        self._programs: frozenset[str] = frozenset()

    @property
    def is_held(self) -> bool:
        """Whether connections are refused now."""
        return self._holders > 0

    def hold(self, programs: frozenset[str] = frozenset()) -> None:
        """Refuse connections from now on, and programs but these: they might open some."""
        with self._lock:
            self._holders += 1
            self._programs |= programs
            if not self._is_hooked:
                sys.addaudithook(self._audit)
                self._is_hooked = True

    def release(self) -> None:
        """Let go of it; the last one opens the network again."""
        with self._lock:
            self._holders -= 1

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Look at what is about to happen.

        Raises:
            LeavesTheMachine: it would leave the machine.
        """
        if not self._holders:
            return
        if event in _CONNECTIONS:
            if args[0].family != getattr(socket, "AF_UNIX", None):
                self._refuse(f"a connection to {args[-1]}")
        elif event in _NAMES:
            self._refuse(f'the look-up of "{args[0]}"')
        elif event in _PROGRAMS:
            program = _program_of(event, args)
            if program not in self._programs:
                self._refuse(f'the program "{program}", which might open connections,')

    def _refuse(self, what: str) -> NoReturn:
        self.refusals += 1
        raise LeavesTheMachine(what)


def _program_of(event: str, args: tuple[Any, ...]) -> str:
    """The name of a program that is about to start."""
    words: Any = args[1] if event == "subprocess.Popen" else args[0]
    if not isinstance(words, (str, bytes)):
        words = next(iter(words), "")
    return Path(words.decode(errors="replace") if isinstance(words, bytes) else str(words)).name


GUARD = NetworkGuard()
"""The one of this process: an audit hook is of a process, and cannot be taken off again."""
