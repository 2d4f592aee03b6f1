"""`pytest tests/queries --write-expected` writes the expected answers anew; look at the difference before committing it."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-expected", action="store_true", help="write tests/queries/expected/ anew")
