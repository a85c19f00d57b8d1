"""The engine, as the black-box tests find it."""

from tests.engine.conftest import engine_program

__all__ = ["engine_program"]
