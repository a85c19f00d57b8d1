"""Runs an engine on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from farboard.errors import FarboardError, SourceDown
from farboard.link.engine import find_engine
from farboard.link.process import Child
from farboard.link.session import Session, engine_arguments, shake_hands

if TYPE_CHECKING:
    from farboard.link.state import LinkOptions
    from farboard.target import Target


async def open_local(target: Target, options: LinkOptions) -> Session:
    """Start an engine on this machine.

    Raises:
        FarboardError: there is no engine, or it cannot be started.
    """
    engine = find_engine(options.engine)
    if not engine.runs_here():
        # It was given for a far machine of the same board.
        engine = find_engine()
    arguments = engine_arguments(target.path, far=False, threads=options.threads)
    try:
        child = await Child.start([str(engine.path), *arguments])
    except OSError as error:
        raise FarboardError(f"the engine cannot be started ({error})") from error
    try:
        return await shake_hands(child)
    except SourceDown as error:
        await child.end(0.2)
        raise FarboardError(_early_end(child, error)) from error
    except BaseException:
        await child.end(0)
        raise


def _early_end(child: Child, error: SourceDown) -> str:
    said = child.stderr.strip().splitlines()
    quote = f': "{said[-1]}"' if said else ""
    return f"the engine did not start ({error.message}, exit code {child.exit_code}){quote}"
