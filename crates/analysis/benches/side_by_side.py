"""Times the Python library smartmoneyconcepts beside `perpsignal smc --compat smartmoneyconcepts` on the same candles.

    pip install smartmoneyconcepts
    python side_by_side.py PERPSIGNAL CANDLES.csv[.gz] [ROWS]

CANDLES has open_time, open, high, low, close, volume. Both times hold the reading of the file.
"""

import os
import subprocess
import sys
import tempfile
import time

os.environ["SMC_CREDIT"] = "0"

import pandas
from smartmoneyconcepts import smc


def python(path):
    table = pandas.read_csv(path)
    is_number = pandas.api.types.is_numeric_dtype(table["open_time"])
    table.index = pandas.to_datetime(table["open_time"], unit="ms" if is_number else None)
    smc.fvg(table)
    swings = smc.swing_highs_lows(table, swing_length=5)
    smc.bos_choch(table, swings)
    smc.ob(table, swings)
    smc.liquidity(table, swings)
    smc.previous_high_low(table, time_frame="1D")
    smc.sessions(table, session="London")
    smc.retracements(table, swings)


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main():
    program, candles = sys.argv[1:3]
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "candles.csv")
        table = pandas.read_csv(candles).head(rows)
        table.to_csv(path, index=False)
        command = [program, "smc", "--candles", path, "--swing-length", "5", "--compat", "smartmoneyconcepts", "--csv"]
        ours = timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
        theirs = timed(lambda: python(path))
    print(f"{len(table)} candles: smartmoneyconcepts {theirs:.2f} s, perpsignal {ours:.3f} s, {theirs / ours:.0f} times")


main()
