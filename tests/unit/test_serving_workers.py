"""A worker's step that fails is told once and tried again: one line for what was foreseen, a trace for what was not."""

import logging
from threading import Event

import pytest

from recommender.errors import WorkspaceError
from serving.workers import Worker


@pytest.mark.parametrize(
    ("error", "traced"), [(WorkspaceError("locked", mend="end the other writer"), False), (ValueError("no"), True)]
)
def test_a_failed_step_is_logged_and_tried_again(
    error: Exception, traced: bool, caplog: pytest.LogCaptureFixture
) -> None:
    tried, again = [], Event()

    def step() -> bool:
        tried.append(1)
        if len(tried) == 1:
            raise error
        again.set()
        return False

    worker = Worker("test", step, 0.01)
    with caplog.at_level(logging.ERROR, logger="herald.workers"):
        worker.start()
        assert again.wait(5)
        worker.stop()
    (line,) = (record for record in caplog.records if record.message == "worker_step_failed")
    assert (line.exc_info is not None and line.exc_info is not False) == traced
    assert vars(line)["reason"] == str(error)
