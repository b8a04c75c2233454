"""A grading process: a warm pair for every notebook of one assignment, asked over standard input and output.

A line of JSON each way. The first line sets it up and is answered when the pairs are warm; then every line is one
submission, which is graded in a fork: what one submission does to the instructor's namespace, the next never sees.
It ends when its input does, that is with the process that started it, or when nobody asks for long.
"""

import contextlib
import fcntl
import gc
import json
import os
import resource
import select
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TextIO

from autograder import silent
from autograder.grading import SUBMISSION_SECONDS, Graded, Grader
from autograder.sandbox import Confinement
from autograder.student_library import PICTURES
from autograder.workers.forked import in_a_fork
from autograder.workers.messages import Answer, Setup, unpack_cells
from autograder.workers.scratch import remove_abandoned
from dnnkit.errors import CourseError

__all__ = ["main"]

IDLE_SECONDS = 600.0
GRACE_SECONDS = 20.0
MEMORY = 8 << 30  # bytes that grading one submission may take here, where only the instructor's tests compute
TOO_LONG = "Grading this submission did not end in time: look at it by hand."


class HungUp(BaseException):
    """Nobody is at the other end any more."""


def main() -> None:
    """Serve until the input ends, or nothing came for `IDLE_SECONDS`."""
    # nobody sees the pictures of the instructor's notebook here, and matplotlib takes half a second to load
    sys.modules.update({f"dnnkit.{name}": silent for name in PICTURES})
    requests, answers = _streams()
    try:
        with contextlib.suppress(HungUp, BrokenPipeError), contextlib.ExitStack() as pairs:
            _raise_at_hang_up(requests)
            _serve(requests, answers, pairs)
    finally:
        try:
            remove_abandoned(Path(tempfile.gettempdir()).parent)  # what an owner that was killed has left behind
        finally:
            os._exit(0)


def _serve(requests: TextIO, answers: TextIO, pairs: contextlib.ExitStack) -> None:
    setup = Setup.from_json(_line(requests))
    try:
        graders = {name: pairs.enter_context(_grader(setup, name)) for name in setup.sources}
    except CourseError as error:
        _say(answers, json.dumps({"error": str(error)}))
        return
    confinement = "; ".join(sorted({_told(grader.confinement) for grader in graders.values()}))
    _say(answers, json.dumps({"confinement": confinement}))
    gc.collect()
    gc.freeze()  # the collector will not touch, and so not copy, what is shared with the forks
    seconds = len(graders) * SUBMISSION_SECONDS + GRACE_SECONDS
    while line := _line(requests):
        try:
            _say(answers, in_a_fork(partial(_graded, graders, line, confinement), seconds))
        except TimeoutError:
            nothing = {name: Graded() for name in graders}
            _say(answers, Answer(nothing, confinement, problem=TOO_LONG).to_json())
        except EOFError:  # no student process could be started, or this one died: another one has to try
            return


def _graded(graders: dict[str, Grader], line: str, confinement: str) -> str:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    graded = {name: graders[name].grade(own) for name, own in unpack_cells(line).items()}
    return Answer(graded, confinement).to_json()


def _streams() -> tuple[TextIO, TextIO]:
    """The two ends of the conversation, out of the way of whatever the instructor's notebook reads and prints."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, answers


def _raise_at_hang_up(requests: TextIO) -> None:
    """From here on HungUp is raised, whatever this process is doing, when the other end of its input is closed."""
    poll = select.poll()
    poll.register(requests, 0)  # hanging up is told without being asked for

    def told(number: int, frame: FrameType | None) -> None:
        if poll.poll(0):
            signal.signal(signal.SIGIO, signal.SIG_IGN)
            raise HungUp

    signal.signal(signal.SIGIO, told)
    fcntl.fcntl(requests, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(requests, fcntl.F_SETFL, fcntl.fcntl(requests, fcntl.F_GETFL) | os.O_ASYNC)


def _line(requests: TextIO) -> str:
    """The next line; nothing at the end of input, or when none came for `IDLE_SECONDS`."""
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    return requests.readline() if poll.poll(IDLE_SECONDS * 1000) else ""


def _grader(setup: Setup, name: str) -> contextlib.closing[Grader]:
    library = Path(setup.library)
    return contextlib.closing(
        Grader(setup.sources[name], setup.assignment, setup.seed, library, unconfined=setup.unconfined)
    )


def _told(confinement: Confinement) -> str:
    """Which layers hold, in a few words."""
    holding = [name for name, holds in confinement.layers.items() if holds]
    return ", ".join(holding) + (f"; {len(confinement.attempts)} ways out tried, all closed" if holding else "none")


def _say(answers: TextIO, line: str) -> None:
    answers.write(line + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
