"""The command `dnnkit`, for students.

Exit status: 0 done, 2 something to put right first (one sentence says what).
"""

import sys
from pathlib import Path

import click

from dnnkit import __version__
from dnnkit.errors import DnnkitError


@click.group(epilog=__doc__.split("\n\n")[1], context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Work on the course: open the notebooks, gather your own library, look over the installation."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--port", type=int, default=8888, show_default=True, help="Where JupyterLab listens.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def lab(folder: Path, port: int, no_browser: bool) -> None:
    """Open JupyterLab on the course's notebooks in FOLDER (default: here)."""
    from dnnkit.lab import start

    try:
        start(folder, port, browser=not no_browser)
    except DnnkitError as error:
        click.echo(f"dnnkit: {error}", err=True)
        sys.exit(2)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--force", is_flag=True, help="Overwrite what you changed by hand in mytorch/, keeping a copy.")
def mytorch(folder: Path, force: bool) -> None:
    """Gather your own functions from the notebooks in FOLDER (default: here) into the package mytorch/."""
    from dnnkit.mytorch import gather

    try:
        click.echo(gather(folder, force))
    except DnnkitError as error:
        click.echo(f"dnnkit: {error}", err=True)
        sys.exit(2)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def doctor(folder: Path) -> None:
    """Look over the installation and the notebooks in FOLDER, and say how to mend what is wrong."""
    from dnnkit.doctor import examine

    findings = examine(folder)
    for finding in findings:
        click.echo(f"{'ok   ' if finding.ok else 'WRONG'}  {finding.what}")
        if not finding.ok:
            click.echo(f"       {finding.remedy}")
    sys.exit(0 if all(finding.ok for finding in findings) else 2)
