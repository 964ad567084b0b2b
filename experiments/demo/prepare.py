"""The steps before the server: each is a command that anyone can run, done once, and resumed where it stopped."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from recommender.errors import SetupError


@dataclass(frozen=True, slots=True)
class Step:
    """One `herald` command and what it is for. Done when its mark exists; the mark carries the command's words."""

    name: str
    title: str
    arguments: tuple[str, ...]

    @property
    def words(self) -> str:
        return "herald " + " ".join(self.arguments)


def run(steps: list[Step], marks: Path, console: Console) -> bool:
    """Run what was not yet run, in order; True when anything ran.

    A step whose command changed, and every step after it, runs again. Raises SetupError when a command fails: its own
    line stands above, the steps done so far stay done.
    """
    marks.mkdir(parents=True, exist_ok=True)
    ran = False
    for number, step in enumerate(steps, start=1):
        mark = marks / f"{step.name}.done"
        if not ran and mark.is_file() and mark.read_text() == step.words:
            console.print(f"[dim]{number}/{len(steps)} {step.title}: done before[/]")
            continue
        ran = True
        mark.unlink(missing_ok=True)
        console.print(f"[bold]{number}/{len(steps)} {step.title}[/]  [dim]{step.words}[/]")
        _herald(step)
        mark.write_text(step.words)
    return ran


def _herald(step: Step) -> None:
    done = subprocess.run([sys.executable, "-m", "recommender.cli", *step.arguments], check=False)
    if done.returncode != 0:
        raise SetupError(f"the step '{step.words}' failed with exit code {done.returncode}", mend="see its line above")
