"""What can go wrong, in one tree; worded once, where it is known, printed once, at the edge.

FarboardError                  exit 1
├── UsageError                 exit 2   the command line makes no sense
│   └── TargetError            exit 2   a target cannot be understood
├── ConnectError               exit 3   no connection: name, network, login, host key, jump host
│   ├── LoginError             exit 3   the far side refused us; never retried by itself
│   ├── HostKeyError           exit 3   the far side is not known; never retried by itself
│   │   └── IdentityChangedError   3   the far side is not who it was
│   ├── SetupError             exit 3   ssh's configuration is in the way; never retried by itself
│   └── RefusedError           exit 3   hung up before the login; retried after a minute
├── PortError                  exit 4   the local port cannot be had
├── LogdirError                exit 5   the path is missing or may not be read
├── RemoteError                exit 6   logged in, but our program cannot run there
└── SourceDown                 exit 7   the engine does not answer just now
    ├── EngineEnded            exit 7   the engine ended: killed, most likely
    ├── ClosedByRemote         exit 7   the far side hung up in order
    └── GarbledStream          exit 7   something else writes into the engine's stream

`cause` is one word for programs that have sentences of their own, as the page has.
"""

from __future__ import annotations


class FarboardError(Exception):
    """Anything that is told to the user as a sentence, never as a traceback.

    Args:
        message: what happened, one sentence without a prefix.
        hint: what the user can do, or empty.
    """

    exit_code = 1
    cause = ""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(FarboardError):
    """The command line makes no sense."""

    exit_code = 2


class TargetError(UsageError):
    """A target cannot be understood."""


class ConnectError(FarboardError):
    """No connection to the far side."""

    exit_code = 3
    cause = "network"


class LoginError(ConnectError):
    """The far side refused the login."""

    cause = "login"


class HostKeyError(ConnectError):
    """The far side's host key is unknown or has changed."""

    cause = "login"


class IdentityChangedError(HostKeyError):
    """The far side shows another host key than before."""

    cause = "identity"


class SetupError(ConnectError):
    """The configuration of ssh, here or on a jump host, stands in the way."""

    cause = "setup"


class RefusedError(ConnectError):
    """The far side hung up before anybody could log in."""

    cause = "refused"


class PortError(FarboardError):
    """The local port cannot be had."""

    exit_code = 4


class LogdirError(FarboardError):
    """The logdir is missing or may not be read."""

    exit_code = 5


class RemoteError(FarboardError):
    """Logged in, but our program cannot run there."""

    exit_code = 6
    cause = "remote"


class SourceDown(FarboardError):  # noqa: N818 - a state of the world rather than a mistake
    """The engine does not answer just now; the link goes on trying."""

    exit_code = 7
    cause = "network"


class EngineEnded(SourceDown):
    """The engine ended without being asked to."""

    cause = "engine"


class ClosedByRemote(SourceDown):
    """The far side ended the connection in order: a job, a session or the machine ended."""

    cause = "closed"


class GarbledStream(SourceDown):
    """Something else than the engine writes into its stream; the link begins anew."""

    cause = "garbled"
