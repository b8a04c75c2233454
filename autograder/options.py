"""What the commands of `autograder` have in common: options, and how an error ends them."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from dnnkit.errors import DnnkitError

__all__ = ["in_course", "of_student", "on_jobs", "on_scheduler", "on_trust", "plain_errors", "processes"]

in_course = click.option(
    "--course",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The course directory [default: here].",
)
of_student = click.option(
    "--student", metavar="ID", help="Of this student alone, or of those whose ids match, as in 'a*'."
)
on_jobs = click.option("--jobs", type=click.IntRange(1), help="Processes of this machine [default: all cores].")
on_scheduler = click.option(
    "--scheduler", metavar="ADDRESS", help="Use the Dask cluster of this scheduler, tcp://HOST:8786."
)
on_trust = click.option(
    "--unconfined-with-my-rights",
    "unconfined",
    is_flag=True,
    help="Where nothing can confine students' code, run it all the same: it may then do whatever you may.",
)


def plain_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn the errors of this project and of the disk into one sentence and exit status 2, Ctrl-C into status 130."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except DnnkitError as error:
            click.echo(f"autograder: {error}", err=True)
            sys.exit(2)
        except ConnectionError:  # a pipe that is closed is click's, and no fault
            raise
        except OSError as error:
            click.echo(f"autograder: {_disk_problem(error)} Put this right and run the same command again.", err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo(
                "\nautograder: stopped. What was finished is kept; the same command goes on from there.",
                err=True,
            )
            sys.exit(130)

    return wrapped


def processes(jobs: int | None, scheduler: str | None) -> int:
    """How many processes of this machine to use. Raises UsageError where a cluster is to be used too."""
    if jobs and scheduler:
        raise click.UsageError("--jobs is for this machine; on a cluster every thread of its workers grades.")
    return jobs or os.cpu_count() or 1


def _disk_problem(error: OSError) -> str:
    where = f"{error.filename} cannot be read or written" if error.filename else "A file cannot be read or written"
    return f"{where}: {error.strerror or error}."
