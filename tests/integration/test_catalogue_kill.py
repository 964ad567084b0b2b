"""A catalogue that is being replaced when the process is killed is the old one or the new one, whole."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from recommender.adapters.yaml_catalogue import load_catalogue, read_catalogue
from recommender.adapters.yaml_writing import write_catalogue

ROOT = Path(__file__).parents[2]
CITY = ROOT / "experiments" / "city" / "services"
OTHER = ROOT / "experiments" / "nlsy97" / "services"
WRITE = (
    "import sys; from pathlib import Path\n"
    "from recommender.adapters.yaml_catalogue import read_catalogue\n"
    "from recommender.adapters.yaml_writing import write_catalogue\n"
    "written = [read_catalogue(Path(name)) for name in sys.argv[2:]]\n"
    "print('ready', flush=True)\n"
    "for turn in range(1_000): write_catalogue(Path(sys.argv[1]), written[turn % 2], force=True)\n"
)


def test_a_writer_killed_at_any_instant_leaves_one_of_the_two_catalogues_whole(tmp_path: Path) -> None:
    written = [read_catalogue(CITY), read_catalogue(OTHER)]
    write_catalogue(tmp_path / "c", written[1])
    for turn in range(8):
        command = [sys.executable, "-c", WRITE, str(tmp_path / "c"), str(CITY), str(OTHER)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(0.2 + 0.23 * turn)
            writer.send_signal(signal.SIGKILL)
        assert load_catalogue(tmp_path / "c").version in {one.version() for one in written}
    write_catalogue(tmp_path / "c", written[0], force=True)
    assert read_catalogue(tmp_path / "c").version() == written[0].version()
