"""A writer in the workers of PyTorch's `DataLoader`."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Any

import pytest

from farboard.writer.summary_writer import SummaryWriter
from tests.writer.tensorboard_reader import curves, event_files, tensors

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


class Rows(torch.utils.data.Dataset):
    """Logs what is loaded, with the writer of the process that made it."""

    def __init__(self, writer: SummaryWriter) -> None:
        self.writer = writer

    def __len__(self) -> int:
        return 20

    def __getitem__(self, index: int) -> Any:
        worker = torch.utils.data.get_worker_info()
        self.writer.add_scalar(f"loaded/{worker.id}", index, index)
        self.writer.add_histogram("row", torch.full((4,), float(index)), index)
        return torch.tensor(index)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("persistent", [False, True], ids=["", "persistent"])
def test_workers_of_a_data_loader_log_too(method: str, persistent: bool, tmp_path: Path) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    writer = SummaryWriter(tmp_path, max_queue=1000)
    loader = torch.utils.data.DataLoader(
        Rows(writer),
        batch_size=5,
        num_workers=2,
        multiprocessing_context=method,
        persistent_workers=persistent,
    )
    for epoch in range(2):
        for number, batch in enumerate(loader):
            writer.add_scalar("mean", batch.float().mean(), epoch * 4 + number)
    del loader  # its workers end
    writer.close()
    written = curves(tmp_path)
    assert written["mean"] == [(step, 5.0 * (step % 4) + 2) for step in range(8)]
    of_worker = [[0, 1, 2, 3, 4, 10, 11, 12, 13, 14], [5, 6, 7, 8, 9, 15, 16, 17, 18, 19]]
    for worker, indices in enumerate(of_worker):
        assert sorted(written[f"loaded/{worker}"]) == sorted((i, float(i)) for i in indices * 2)
    assert sorted(step for step, _, _ in tensors(tmp_path)["row"]) == sorted([*range(20)] * 2)
    assert len(event_files(tmp_path)) == (3 if persistent else 5)
