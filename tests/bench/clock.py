"""What the measured scripts have in common: a clock of wall and own CPU time, and how they tell their figures."""

from __future__ import annotations

CLOCK = """
import json, os, resource, sys, time

def now():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime

def tell(start, count, scale=1, per=1e6):
    end = now()
    figures = {"": count / scale / (end[0] - start[0]), "own CPU": (end[1] - start[1]) / count * per}
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w") as file:
            json.dump(figures, file)
    else:
        print(json.dumps(figures))
"""
"""`tell(now() from before, how much was done)` gives an amount (over `scale`) per second and CPU for each of it.

The figures go to the file that is the script's argument, else to standard output.
"""

NODE_CLOCK = """
const now = () => [performance.now() / 1e3, process.cpuUsage()];
const tell = ([wall, cpu], count) => {
    const used = process.cpuUsage(cpu);
    const taken = performance.now() / 1e3 - wall;
    console.log(JSON.stringify({"": count / taken, "own CPU": (used.user + used.system) / count}));
};
"""
