"""What ssh and login shells say when things go wrong, turned into sentences people can act on.

The wording is OpenSSH's, as its client prints it; ssh ends with 255 for each of its own errors, so
only the text tells them apart. Each rule is tried in turn; the first that fits makes the error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from farboard.errors import (
    ClosedByRemote,
    ConnectError,
    EngineEnded,
    FarboardError,
    GarbledStream,
    HostKeyError,
    IdentityChangedError,
    LoginError,
    RefusedError,
    RemoteError,
    SetupError,
    SourceDown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.target import Target

_SSH_FAILED = 255
# How ssh begins the line that says that the login is over (LogLevel VERBOSE), and other such lines.
LOGGED_IN = "Authenticated to "
_CHATTER = (LOGGED_IN, "Authenticated using ", "Transferred: ", "Bytes per second: ", "no such id")
_QUOTE_CHARS = 200


@dataclass(frozen=True)
class Seen:
    """What was seen of an attempt that failed.

    Attributes:
        stderr: what ssh and the far side wrote there.
        noise: what came on stdout before our own first word.
        exit_code: of ssh; None while it runs.
        batch: whether ssh was forbidden to ask.
        logged_in: whether the login was over; `stderr` is then what was said after it.
        jump: the jump hosts on the way, as ssh's configuration names them, where that matters.
    """

    target: Target
    stderr: str = ""
    noise: str = ""
    exit_code: int | None = None
    batch: bool = False
    logged_in: bool = False
    jump: str = ""

    @property
    def machine(self) -> str:
        """What the machine is called."""
        return self.target.machine


_LOST = re.compile(
    r"closed by remote host|not responding|[Tt]imed? ?out|Broken pipe|reset by peer|disconnect"
)


def classify(seen: Seen) -> FarboardError:
    """Return the error for an attempt that ended before our own first word."""
    if seen.exit_code != _SSH_FAILED:
        return _no_first_word(seen)
    for pattern, make in _RULES_AFTER_LOGIN if seen.logged_in else _RULES:
        match = pattern.search(seen.stderr)
        if match:
            return make(seen, match)
    if seen.logged_in:
        return RemoteError(
            f"logged in to {seen.machine}, but the session was ended before anything ran",
            _by_hand(seen),
        )
    return ConnectError(f"ssh cannot connect to {seen.machine}{_said(seen.stderr)}", _by_hand(seen))


def classify_via(seen: Seen) -> FarboardError:
    """Return the error for a command of `--via` that ended before our own first word."""
    if seen.exit_code == _SSH_FAILED:
        # There may be an ssh in it, or in a ssh in it.
        for pattern, make in _RULES:
            match = pattern.search(seen.stderr)
            if match:
                return make(seen, match)
    line = _last_line(seen.stderr) or _last_line(seen.noise)
    said = f'. It said: "{line}"' if line else ""
    return ConnectError(
        f"the way to {seen.machine} ended before a shell was there (exit {seen.exit_code}){said}",
        f"this has to work first:  {seen.target.way} /bin/sh -c true",
    )


def is_error_line(line: str) -> bool:
    """Whether a line of ssh's is one that `classify` says in other words."""
    return any(pattern.search(line) for pattern, _ in _RULES if pattern is not _CHANGED)


def is_chatter(line: str) -> bool:
    """Whether a line of ssh's is of no use for anybody but us."""
    return line.startswith(_CHATTER)


def jump_is_to_blame(seen: Seen) -> bool:
    """Whether a jump host forbids what it is there for; then `Seen.jump` matters."""
    return bool(seen.exit_code == _SSH_FAILED and _NO_FORWARDING.search(seen.stderr))


def shell_hangs(target: Target) -> RemoteError:
    """Return the error for a login shell that never runs our command."""
    return RemoteError(
        f"logged in to {target.machine}, but the login shell never ran our command",
        f"usual cause: ~/.bashrc starts another shell or waits for input; test:  {target.way} true",
    )


def no_engine_for(
    target: Target, far_platform: str, our_platform: str, why: str = ""
) -> RemoteError:
    """Return the error for a machine we carry no engine for.

    Args:
        target: the machine.
        far_platform: what it is, as `uname -sm` says it.
        our_platform: what the engine we have is for.
        why: why none could be got, or empty.
    """
    another = f", and none could be got ({why})" if why else ""
    return RemoteError(
        f"{target.machine} is {far_platform}; this Farboard carries engines for {our_platform}"
        f"{another}",
        f'install Farboard on {target.machine} and run "farboard --logdir DIR" there, or give an '
        "engine built for it with --engine PATH",
    )


def cannot_install(target: Target, why: str) -> RemoteError:
    """Return the error for a machine on which no directory keeps and runs the engine."""
    return RemoteError(
        f"the engine cannot run on {target.machine}: {why}",
        "make room or allow programs in one of these, or set XDG_CACHE_HOME there to a directory "
        "that does",
    )


def why_lost(target: Target, stderr: str, exit_code: int | None) -> SourceDown:
    """Return the error for a connection that was live and has ended."""
    machine = target.machine
    if exit_code == 0:
        # It ended by itself: for a minute, asleep or cut off, it had not heard of us.
        return SourceDown(f"the connection to {machine} was lost")
    if exit_code is not None and (not target.is_far or exit_code != _SSH_FAILED):
        how = f"killed, signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
        return _engine_ended(target, how)
    if re.search(r"closed by remote host", stderr):
        return ClosedByRemote(f"{machine} closed the connection (job ended?)")
    if _LOST.search(stderr):
        return SourceDown(f"the connection to {machine} was lost{_said(stderr)}")
    if exit_code is None:
        return SourceDown(f"the connection to {machine} was lost")
    # ssh says nothing and returns 255 when a signal ended the far program.
    return _engine_ended(target, "killed there, or the connection broke")


def _engine_ended(target: Target, how: str) -> SourceDown:
    return EngineEnded(f"{_reader(target)} ended ({how})")


def keeps_ending(target: Target) -> SourceDown:
    """Return the error for an engine that ended again and again in a short time."""
    limits = "the login node" if target.is_far else "something on this machine"
    return EngineEnded(f"{_reader(target)} keeps being killed; {limits} may limit memory")


def _reader(target: Target) -> str:
    return f"{target.machine}: the reader" + (" on the server" if target.is_far else "")


def garbled(target: Target, error: GarbledStream) -> SourceDown:
    """Return the error for foreign text in the engine's stream."""
    if not target.is_far:
        return error
    quote = re.search(r"\(\".*\"\)$", error.message)
    what = f" {quote[0]}" if quote else ""
    return GarbledStream(
        f"{target.machine}: something on the server writes into our stream{what}",
        "check background jobs in ~/.bashrc",
    )


def _no_first_word(seen: Seen) -> FarboardError:
    """Return the error when ssh worked, but whatever ran on the far side was not our command."""
    machine = seen.machine
    if seen.exit_code == 0 and not seen.noise:
        return RemoteError(
            f"{machine} closed the session before running anything (exit 0)",
            'a start-up file probably ends with "exit" for non-interactive shells',
        )
    text = seen.noise or seen.stderr
    hint = f"test:  {seen.target.way} true"
    if re.search(r"\bPTY\b|pseudo-?terminal", text, re.IGNORECASE):
        hint = "use the provider's direct TCP ssh address"
    said = f'. It said: "{_last_line(text)}"' if text.strip() else f" (exit {seen.exit_code})"
    return RemoteError(f"{machine} does not run commands for you{said}", hint)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    printable = "".join(c for c in (lines[-1] if lines else "") if c.isprintable())
    return printable[:_QUOTE_CHARS]


def _said(text: str) -> str:
    line = _last_line(text)
    return f" (ssh: {line})" if line else ""


def _by_hand(seen: Seen) -> str:
    return f"the same as:  {seen.target.way}   - make that work first"


# One function per sentence.


def _changed(seen: Seen, match: re.Match[str]) -> FarboardError:
    del match
    return IdentityChangedError(
        f"the identity of {seen.machine} has changed; stopped, nothing was sent",
        "somebody may stand between, or it was installed anew: ask its administrator, then "
        f"remove the old key:  ssh-keygen -R {seen.target.host}",
    )


def _unverified(seen: Seen, match: re.Match[str]) -> FarboardError:
    del match
    if seen.batch:
        message = f"the identity of {seen.machine} is not known yet"
        return HostKeyError(message, "log in again in the terminal to check and accept it")
    return HostKeyError(f"the identity of {seen.machine} was not accepted; nothing was sent")


def _unknown_name(seen: Seen, match: re.Match[str]) -> FarboardError:
    del seen
    return ConnectError(
        f'cannot find a machine called "{match[1]}" (ssh: Could not resolve hostname)',
        "check the name or your network",
    )


def _silent(seen: Seen, match: re.Match[str]) -> FarboardError:
    return ConnectError(
        f"{seen.machine} ({match[1]} port {match[2]}) does not answer", "VPN? Is it switched on?"
    )


def _no_answer(seen: Seen, match: re.Match[str]) -> FarboardError:
    del match
    return ConnectError(f"{seen.machine} does not answer", "VPN? Is it switched on?")


def _unreachable(seen: Seen, match: re.Match[str]) -> FarboardError:
    return ConnectError(
        f"{seen.machine} ({match[1]} port {match[2]}) cannot be reached (ssh: {match[3]})",
        "check the port, or whether its ssh server runs"
        if "refused" in match[3]
        else "check your network or VPN",
    )


def _too_many_keys(seen: Seen, match: re.Match[str]) -> FarboardError:
    del match
    return LoginError(
        f"{seen.machine} refused the login: ssh offered it too many keys",
        "name the right one:  -i KEY -o IdentitiesOnly=yes",
    )


def _refused_login(seen: Seen, match: re.Match[str]) -> FarboardError:
    user, host, tried = match["user"] or seen.target.user, match["host"], match["methods"]
    who = f' as "{user}"' if user else ""
    # ssh names the address it came to, whatever the machine is called in its configuration. When it
    # was a jump host that refused, the connection through it broke, and is heard of afterwards.
    jump = re.search(_BROKE_EARLY, seen.stderr[match.end() :]) and host
    machine, destination = jump or seen.machine, f"{user}@{host}" if user else host
    return LoginError(
        f"{machine} refused the login{who} (tried: {tried})",
        f"the same as:  {f'ssh {destination}' if jump else seen.target.way}"
        "   - make that work first",
    )


def _no_forwarding(seen: Seen, match: re.Match[str]) -> FarboardError:
    del match
    jump = f"the jump host {seen.jump or f'in front of {seen.machine}'}"
    if "," in seen.jump:
        jump = f"one of the jump hosts {seen.jump}"
    return SetupError(
        f"{jump} does not allow forwarding",
        _around_the_jump(seen),
    )


def _around_the_jump(seen: Seen) -> str:
    """Return a command line that needs no forwarding: an ssh within an ssh."""
    hops = seen.jump.split(",") if seen.jump else ["JUMP"]
    ways = [f"ssh {_address(hop)}" for hop in hops]
    way = " ".join([*ways, f"ssh {seen.target.destination}"])
    return f'try:  farboard --via "{way}" :{seen.target.path}'


def _address(hop: str) -> str:
    """Return a hop of ProxyJump as words for ssh: `you@bastion:2222` is `-p 2222 you@bastion`."""
    host, colon, port = hop.removeprefix("ssh://").rpartition(":")
    return f"-p {port} {host}" if colon and port.isdigit() else hop.removeprefix("ssh://")


def _refused_early(seen: Seen, match: re.Match[str]) -> FarboardError:
    del match
    lines = [line for line in seen.stderr.splitlines() if not _EARLY.search(line)]
    behind_a_proxy = "UNKNOWN port" in seen.stderr and not _EARLY_BY_ADDRESS.search(seen.stderr)
    if behind_a_proxy and _last_line("\n".join(lines)):
        # ssh says only that its proxy or jump host broke off; that one has mostly said why.
        said = _last_line("\n".join(lines))
        return RefusedError(
            f'the way to {seen.machine} is closed: its proxy said "{said}"', _by_hand(seen)
        )
    return RefusedError(
        f"{seen.machine} refuses new connections for now{_said(seen.stderr)}",
        "too many connections or failed logins, perhaps; it forgets them after some minutes",
    )


def _bad_configuration(seen: Seen, match: re.Match[str]) -> FarboardError:
    del seen
    line = (match["line"] or match[0]).strip()
    return SetupError(f"ssh does not accept its configuration: {line}")


def _broke_off(seen: Seen, match: re.Match[str]) -> FarboardError:
    del match
    lost = why_lost(seen.target, seen.stderr, seen.exit_code)
    return ConnectError(f"{lost.message}, before anything ran", lost.hint)


def _no_session(seen: Seen, match: re.Match[str]) -> FarboardError:
    return RemoteError(
        f"{seen.machine} opens no session for you (ssh: {match[0].strip()})", _by_hand(seen)
    )


_BROKE_EARLY = r"(?:kex|ssh)_exchange_identification|UNKNOWN port"
_EARLY = re.compile(
    r"(?:kex|ssh)_exchange_identification|(?m:^Connection (?:closed|reset) by .* port)"
    r"|banner exchange: Connection to .*|Received disconnect from"
)
_EARLY_BY_ADDRESS = re.compile(r"(?m)^Connection (?:closed|reset) by (?!UNKNOWN).* port")
_NO_SESSION = re.compile(r"(?m)^.*(?:channel \d+: open failed|Session open refused).*$")
_NO_FORWARDING = re.compile(r"stdio forwarding failed")
_CHANGED = re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED")
_RULES: tuple[tuple[re.Pattern[str], Callable[[Seen, re.Match[str]], FarboardError]], ...] = (
    (_CHANGED, _changed),
    (re.compile(r"^Host key verification failed", re.MULTILINE), _unverified),
    (re.compile(r"Could not resolve hostname ([^\s:]+)"), _unknown_name),
    (
        re.compile(
            r"(?m)(?P<line>^.*\bline \d+: .*$)[\s\S]*terminating, \d+ bad configuration"
            r"|^.*(?:Bad configuration option|Bad owner or permissions|[Uu]nsupported option"
            r"|command-line: line 0:|unknown option|illegal option|Can't open user config file).*$"
        ),
        _bad_configuration,
    ),
    (_NO_FORWARDING, _no_forwarding),
    (re.compile(r"Too many authentication failures"), _too_many_keys),
    (
        re.compile(
            r"(?m)^(?:(?P<user>[^\s@]+)@)?(?P<host>[^\s:]*): "
            r"Permission denied \((?P<methods>[^)]*)\)"
        ),
        _refused_login,
    ),
    (
        re.compile(r"connect to host (\S+) port (\d+): (?:Connection|Operation) timed out"),
        _silent,
    ),
    (re.compile(r"connect to host (\S+) port (\d+): (.*\S)"), _unreachable),
    (
        re.compile(
            r"Connection timed out during banner exchange|Timeout, server"
            r"|(?m:^Connection to .* port \d+ timed out)"
        ),
        _no_answer,
    ),
    (_EARLY, _refused_early),
    (_NO_SESSION, _no_session),
)
_RULES_AFTER_LOGIN = ((_NO_SESSION, _no_session), (_LOST, _broke_off))
