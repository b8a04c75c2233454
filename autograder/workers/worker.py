"""A grading process: a warm pair for every notebook of one assignment, asked over standard input and output.

A line of JSON each way. The first line sets it up and is answered when the pairs are warm; then every line is one
submission. It ends when its input does, that is with the process that started it, or when nobody asks for long.
"""

import contextlib
import json
import os
import queue
import tempfile
import threading
from pathlib import Path
from typing import NoReturn, TextIO

from autograder.grading import Grader
from autograder.sandbox import Confinement
from autograder.workers.messages import Answer, Setup, unpack_cells
from autograder.workers.scratch import remove_abandoned
from dnnkit.errors import CourseError

__all__ = ["main"]

IDLE_SECONDS = 600.0
_ending = threading.Lock()


def main() -> None:
    """Serve until the input ends, or nothing came for `IDLE_SECONDS`."""
    requests, answers = _streams()
    pairs = contextlib.ExitStack()
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(requests, lines, pairs), daemon=True).start()
    setup = Setup.from_json(lines.get())
    try:
        graders = {name: pairs.enter_context(_grader(setup, name)) for name in setup.sources}
    except CourseError as error:
        _say(answers, json.dumps({"error": str(error)}))
        _end(pairs)
    confinement = "; ".join(sorted({_told(grader.confinement) for grader in graders.values()}))
    _say(answers, json.dumps({"confinement": confinement}))
    with contextlib.suppress(queue.Empty, BrokenPipeError):
        while True:
            cells = unpack_cells(lines.get(timeout=IDLE_SECONDS))
            graded = {name: graders[name].grade(own) for name, own in cells.items()}
            _say(answers, Answer(graded, confinement).to_json())
    _end(pairs)


def _streams() -> tuple[TextIO, TextIO]:
    """The two ends of the conversation, out of the way of whatever the instructor's notebook reads and prints."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, answers


def _grader(setup: Setup, name: str) -> contextlib.closing[Grader]:
    return contextlib.closing(Grader(setup.sources[name], setup.assignment, setup.seed, Path(setup.library)))


def _told(confinement: Confinement) -> str:
    """Which layers hold, in a few words."""
    holding = [name for name, holds in confinement.layers.items() if holds]
    return ", ".join(holding) + (f"; {len(confinement.attempts)} ways out tried, all closed" if holding else "none")


def _say(answers: TextIO, line: str) -> None:
    answers.write(line + "\n")
    answers.flush()


def _read(requests: TextIO, lines: queue.Queue[str], pairs: contextlib.ExitStack) -> None:
    """Pass requests on; at their end, end at once, whatever is being graded."""
    for line in requests:
        lines.put(line)
    _end(pairs)


def _end(pairs: contextlib.ExitStack) -> NoReturn:
    """End the student processes, and what an owner that was killed has left behind, and this process."""
    _ending.acquire()  # never released: of two threads that see the end, one waits here until all is done
    try:
        pairs.close()
    finally:
        try:
            remove_abandoned(Path(tempfile.gettempdir()).parent)
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
