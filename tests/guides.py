"""Reading the guides in docs/: their fenced blocks, the commands in them, and running those one after the other."""

import doctest
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Block:
    """A fenced block: the word after its fence, its text, and the paragraph in front of it."""

    kind: str
    text: str
    before: str

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Of a console block: each command after `$ `, and the output shown below it."""
        found: list[tuple[str, str]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], ""))
            else:
                command, shown = found[-1]
                found[-1] = (command, f"{shown}{line}\n")
        return found


def blocks(file: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found, before = [], ""
    for token in MarkdownIt().parse(file.read_text("utf-8")):
        if token.type == "inline":
            before = token.content
        elif token.type == "fence":
            found.append(Block(token.info, token.content, before))
    return found


class Shell:
    """Runs commands as a reader would type them: in the folder that the last `cd` led to."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self._environment = os.environ | {"PATH": path, "COLUMNS": "200"} | environment

    def run(self, command: str, shown: str = "") -> str:
        """Run one command, which must succeed and print what is shown, among other things; "..." is anything."""
        program, *words = shlex.split(command)
        if program == "cd":
            self.folder = self.folder / words[0]
            assert self.folder.is_dir(), f"{command}: there is no such folder"
            return ""
        done = subprocess.run(
            [program, *words], cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}\n{done.stderr}"
        loose = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(f"...{shown.strip()}...", done.stdout, loose), (
            f"{command} printed\n{done.stdout}\nThe guide shows\n{shown}"
        )
        return done.stdout
