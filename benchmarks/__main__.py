"""Measure everything in one run and write the table and the plot into docs/."""

import argparse
from pathlib import Path

import torch

from benchmarks import CORETYPE
from benchmarks.convolution import convolution_rows
from benchmarks.layers import batchnorm_rows, pooling_rows, rnn_rows
from benchmarks.measure import keep_freed_memory
from benchmarks.report import plot, table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="turns of every contestant (default 15)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "docs")
    options = parser.parse_args()
    print(f"OPENBLAS_CORETYPE was {CORETYPE or 'not set'}; NumPy chooses its kernel itself. One thread.")
    torch.set_num_threads(1)
    keep_freed_memory()
    rows = []
    for measure in (convolution_rows, pooling_rows, batchnorm_rows, rnn_rows):
        rows += measure(options.rounds)
        print(f"{measure.__name__}: done")
    (options.out / "benchmarks.md").write_text(table(rows, options.rounds))
    plot(rows, options.out / "benchmarks.svg")
    print(f"Wrote benchmarks.md and benchmarks.svg into {options.out}")


if __name__ == "__main__":
    main()
