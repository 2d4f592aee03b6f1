"""`pytest tests/queries --write-expected` writes the expected answers anew; read the difference before you commit."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-expected", action="store_true", help="write tests/queries/expected/ anew")
