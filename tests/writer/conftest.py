"""The engine, as the black-box tests find it."""

from tests.engine.conftest import engine_program, start

__all__ = ["engine_program", "start"]
