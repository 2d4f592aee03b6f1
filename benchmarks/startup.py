"""How long the command line takes to answer, as whole processes, beside a Python that does nothing.

    python benchmarks/startup.py [STORE]

Asked: `adckg --help` within 0.15 s, `adckg query` on the built store within 0.3 s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
ADCKG = str(Path(sys.executable).with_name("adckg"))
STORE = sys.argv[1] if len(sys.argv) > 1 else "build/store"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "adckg --help": [ADCKG, "--help"],
    "adckg queries": [ADCKG, "queries"],
    "adckg query composition": [ADCKG, "query", "composition", "--store", STORE],
    "adckg query trials-of --adc": [ADCKG, "query", "trials-of", "--adc", "T-DM1", "--store", STORE],
}


def seconds(command: list[str]) -> float:
    """Return how long one process takes from start to end."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    """Run the commands in turn, round by round, and print the median of each."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    bare = statistics.median(times["python -c pass"])
    print(f"{'command':<30}{'median s':>10}{'of bare Python':>16}")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:<30}{median:>10.3f}{median / bare:>15.1f}x")


if __name__ == "__main__":
    main()
