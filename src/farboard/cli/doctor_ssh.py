"""What `farboard doctor` says about ssh: its configuration, its phases, the login shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from farboard.cli.phases import NAMES
from farboard.cli.report import quoted
from farboard.cli.words import counted, listed
from farboard.link.ssh_configuration import (
    SshConfiguration,
    master_lives,
    ssh_configuration,
    ssh_version,
)

if TYPE_CHECKING:
    from farboard.cli.phases import Phases
    from farboard.cli.report import Report
    from farboard.target import Target

# From which duration on a phase is worth a look, and what helps.
SLOW_SHELL = (
    "start-up files of the login shell are slow: put what is only for people behind "
    '"case $- in *i*) ;; *) return;; esac" at the top of ~/.bashrc (conda, module, nvm …)'
)
SLOW_S = {
    "look-up": (2.0, "looking up the name is slow: write the address as HostName in ~/.ssh/config"),
    "shell": (1.0, SLOW_SHELL),
}
HANDSHAKE = ("connection", "key exchange", "login")
SLOW_HANDSHAKE_S = 2.0
SHARE = (
    "every login takes {s:.1f} s: with a shared connection (ControlMaster auto, ControlPath "
    "~/.ssh/cm-%C, ControlPersist 4h in ~/.ssh/config) only the first one does"
)
MANY_KEYS = 3


async def look_at_ssh(target: Target, arguments: tuple[str, ...], report: Report) -> None:
    """Report on ssh here.

    Raises:
        ConnectError: there is no ssh.
    """
    version = await ssh_version()
    report.find("ssh", version or "does not say its version", "ok" if version else "look")
    configuration = await ssh_configuration(target, arguments)
    if not configuration.values:
        report.find("configuration", "ssh -G does not say", "look")
        return
    _say_way(configuration, report)
    await _say_shared(target, arguments, configuration, report)
    if configuration.overridden:
        text = f"{listed(configuration.overridden)}: not used here, as they break such sessions"
        report.find("overridden", text, overridden=configuration.overridden)


def _say_way(configuration: SshConfiguration, report: Report) -> None:
    first = configuration.first
    jump, proxy = first("proxyjump"), first("proxycommand")
    way = f" through {jump}" if jump else ""
    if proxy:
        # The rest of it may hold what is nobody's business.
        way = f" through the command {proxy.split()[0]} …"
    report.find(
        "goes to",
        f"{first('user')}@{first('hostname')} port {first('port')}{way}",
        hostname=first("hostname"),
        user=first("user"),
        port=first("port"),
        proxyjump=jump,
    )
    only = " and no others (IdentitiesOnly)" if first("identitiesonly") == "yes" else ""
    keys = listed(configuration.keys) if configuration.keys else "no key files"
    report.find("keys", f"{keys}{only}", keys=configuration.keys)


async def _say_shared(
    target: Target, arguments: tuple[str, ...], configuration: SshConfiguration, report: Report
) -> None:
    path = configuration.first("controlpath")
    if not path:
        return
    lives = await master_lives(target, arguments)
    text = f"{path}: in use" if lives else f"{path}: nobody holds it open now"
    report.find("shared connection", text, path=path, lives=lives)


def say_phases(phases: Phases, report: Report) -> None:
    """Report how long each phase took that has ended."""
    durations_s = phases.durations_s()
    if set(durations_s) <= {"engine"}:
        # Here there is nothing to connect to.
        for took_s in durations_s.values():
            report.find("starts within", _shown(took_s), took_s=took_s)
        return
    for name, took_s in durations_s.items():
        limit_s, advice = SLOW_S.get(name, (float("inf"), ""))
        slow = took_s > limit_s
        text = f"{NAMES[name]}: {_shown(took_s)}"
        if name == "login" and phases.method:
            text += f" ({phases.method}, {counted(phases.offered_keys, 'key')} offered)"
        report.find(
            "time",
            text,
            "look" if slow else "ok",
            advice if slow else "",
            phase=name,
            took_s=took_s,
        )
    handshake_s = sum(durations_s.get(name, 0.0) for name in HANDSHAKE)
    if handshake_s > SLOW_HANDSHAKE_S:
        report.find(
            "login", f"{handshake_s:.1f} s until logged in", "look", SHARE.format(s=handshake_s)
        )
    if phases.offered_keys > MANY_KEYS:
        report.find(
            "login",
            f"ssh offered {phases.offered_keys} keys; after 6 most servers hang up",
            "look",
            "name the right key:  IdentityFile KEY  and  IdentitiesOnly yes  for this host in "
            "~/.ssh/config",
        )
    if phases.sessions_full:
        report.find(
            "login",
            "the shared connection takes no more sessions; a new one was made",
            "look",
            "the server allows few sessions per connection (MaxSessions): end others, or use "
            "-o ControlPath=none",
        )


def say_greeting(phases: Phases, report: Report) -> None:
    """Report what the far side said first."""
    greeting = phases.greeting
    if greeting is None:
        return
    report.find(
        "login shell",
        f"{greeting.shell or 'not told'} on {greeting.platform}, home {greeting.home}",
        shell=greeting.shell,
        platform=greeting.platform,
        home=greeting.home,
    )
    if not phases.noise.strip():
        report.find("noise", "none: start-up files print nothing")
        return
    report.find(
        "noise",
        f"start-up files print {quoted(phases.noise)}",
        "look",
        "Farboard passes over what start-up files print, but scp, rsync and git may not: print "
        "only for people, behind  [ -t 1 ] &&",
        noise=phases.noise,
    )


def _shown(took_s: float) -> str:
    return f"{took_s * 1000:.0f} ms" if took_s < 1 else f"{took_s:.1f} s"
