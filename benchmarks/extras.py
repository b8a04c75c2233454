"""Goals that are not ratios to somebody's time: memory, the numerical check, the import."""

import subprocess
import sys

import numpy as np

from benchmarks.measure import best_times, peak_memory
from dnnkit import reference as ref
from dnnkit.numeric import numerical_gradient_of_batch, relative_error

__all__ = ["extra_lines"]


def extra_lines() -> str:
    share = convolution_memory()
    seconds, error = numerical_check()
    milliseconds = import_time()
    lines = [
        "Besides:",
        "",
        f"- Working memory of `conv2d` on A in float64, without its result: {share:.0%} of the whole im2col matrix "
        f"(goal 25 %) {mark(share <= 0.25)}",
        f"- Checking all of dx of a (2, 8, 8, 3) → 4 convolution numerically: {seconds * 1e3:.2f} ms, relative error "
        f"{error:.0e} (goal 2 ms at 1e-10) {mark(seconds <= 2e-3 and error <= 1e-10)}",
        f"- `import dnnkit` beyond NumPy: {milliseconds:.1f} ms (goal 10 ms) {mark(milliseconds <= 10)}",
    ]
    return "\n".join(lines) + "\n"


def mark(reached: bool) -> str:
    return "✓" if reached else "✗"


def convolution_memory() -> float:
    x, w = np.ones((64, 32, 32, 3)), np.ones((5, 5, 3, 32))
    result = ref.conv2d(x, w, padding=2)
    working = peak_memory(lambda: ref.conv2d(x, w, padding=2)) - result.nbytes
    return working / ref.im2col(x, 5, 5, padding=2).nbytes


def numerical_check() -> tuple[float, float]:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 8, 8, 3)), rng.normal(size=(3, 3, 3, 4))
    dy = rng.normal(size=ref.conv2d(x, w).shape)

    def check() -> float:
        dx, _, _ = ref.conv2d_backward(dy, x, w)
        return relative_error(dx, numerical_gradient_of_batch(lambda x: ref.conv2d(x, w), x, dy, h=1.0))

    return best_times({"check": check}, rounds=15)["check"], check()


def import_time() -> float:
    """Milliseconds that ``import dnnkit`` adds to ``import numpy``, the best of several fresh interpreters."""
    code = "import numpy, time; t = time.process_time(); import dnnkit; print(time.process_time() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], check=True, capture_output=True) for _ in range(7)]
    return min(float(run.stdout) for run in runs) * 1e3
