"""Farboard: the training curves of a far-away machine, live, on the machine in front of you."""

from __future__ import annotations

TYPE_CHECKING = False  # not typing's, which takes longer to load than the whole writer
if TYPE_CHECKING:
    from farboard.writer.init import init as init
    from farboard.writer.summary_writer import SummaryWriter as SummaryWriter

__all__ = ["SummaryWriter", "__version__", "init"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load the writer when somebody asks for it, so that `import farboard` costs nothing."""
    if name == "SummaryWriter":
        from farboard.writer.summary_writer import SummaryWriter

        return SummaryWriter
    if name == "init":
        from farboard.writer.init import init

        return init
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
