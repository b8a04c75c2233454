"""How fast the reference is beside others: ``python -m benchmarks`` writes docs/benchmarks.md and its plot.

One BLAS thread, and whatever kernel NumPy chooses for this processor: both are settled here, before NumPy loads.
"""

import os

CORETYPE = os.environ.pop("OPENBLAS_CORETYPE", None)
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
