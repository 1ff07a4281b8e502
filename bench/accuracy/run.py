#!/usr/bin/python3
"""The accuracy of the whole program on series that it was not made with.

    run.py [--quick] [--cases NAME …] [--seeds N …] [--noise X …] [--scratch DIR] [--volumes DIR] [--keep] [--json OUT]

Writes each series, analyses it with `bin/tomolapse` (create, run, results), compares with the truth, prints a table a series
and the pooled summary. Exit 1 when a goal is missed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import other_cells
import real_texture
from check import check, print_report, print_summary, summary

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["u8-grains", "attenuation", "counter-cracks", "cell-polymer", "bare-polymer"]


def tomolapse(*words, timeout):
    """Runs the program; its stdout. Raises RuntimeError with its one line of error."""
    done = subprocess.run(
        [str(ROOT / "bin" / "tomolapse"), *map(str, words)], capture_output=True, text=True, timeout=timeout
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = next((line for line in lines if line.startswith("error:")), lines[-1] if lines else "")
        raise RuntimeError(f"`tomolapse {words[0]}` ended with {done.returncode}: {reason}")
    return done.stdout


def analyse(series, project, timeout):
    """Results of a written series, as `results --json` prints them."""
    truth = json.loads((series / "truth.json").read_text())
    scans = [series / line for line in (series / "scan_order.txt").read_text().splitlines()]
    shutil.rmtree(project, ignore_errors=True)
    tomolapse(
        "create",
        project,
        "--scans",
        *scans,
        "--times",
        series / "times.csv",
        "--voxel-size",
        f"{truth['voxelSizeUm'][0]}um",
        "--cycling",
        series / "cycling.csv",
        "--working-area",
        f"{truth['workingAreaMm2']:.6g}mm2",
        timeout=timeout,
    )
    recipe = series / "recipe.json"
    tomolapse("run", project, *(["--recipe", recipe] if recipe.exists() else []), timeout=timeout)
    return json.loads(tomolapse("results", project, "--json", timeout=timeout))


def one(name, seed, noise, options):
    """Writes, analyses and checks one series; a report, with the program's own error as its only miss when it failed."""
    label = f"{name}-s{seed}" + ("" if noise == 1 else f"-n{noise:g}")
    series, project = options.scratch / label, options.scratch / f"{label}.tomolapse"
    try:
        if not (series / "truth.json").exists():
            if name in real_texture.CASES:
                real_texture.write(name, seed, series, noise, options.volumes)
            else:
                other_cells.write(name, seed, series, noise)
        start = time.time()
        results = analyse(series, project, options.timeout)
        (options.scratch / f"{label}.results.json").write_text(json.dumps(results))
        report = check(results, series)
        report["seconds"] = time.time() - start
    except (RuntimeError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        report = {"case": label, "rows": [], "cracks": [], "falseCracks": [], "misses": [str(error)], "notes": []}
    report["case"] = label
    if not options.keep:
        shutil.rmtree(project, ignore_errors=True)
        shutil.rmtree(series, ignore_errors=True)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cases", nargs="+")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--noise", nargs="+", type=float, default=[1.0])
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()) / "tomolapse-accuracy")
    parser.add_argument("--volumes", type=Path, default=real_texture.VOLUMES)
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each command")
    parser.add_argument("--keep", action="store_true", help="keep series and projects in the scratch folder")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = options.cases or (QUICK if options.quick else [*other_cells.CASES, *real_texture.CASES])
    known = {**other_cells.CASES, **other_cells.EXTRA, **real_texture.CASES}
    for name in names:
        if name not in known:
            parser.error(f"no case {name}; there are {', '.join(known)}")
    if not options.volumes.is_dir():
        skipped = [name for name in names if name in real_texture.CASES]
        if skipped:
            print(f"no real volumes in {options.volumes}: {', '.join(skipped)} left out", file=sys.stderr)
        names = [name for name in names if name not in skipped]
    options.scratch.mkdir(parents=True, exist_ok=True)
    os.nice(5)
    reports = []
    for noise in options.noise:
        for seed in options.seeds:
            for name in names:
                reports.append(one(name, seed, noise, options))
                print_report(reports[-1])
                sys.stdout.flush()
    pooled = summary(reports)
    print_summary(pooled)
    if options.json:
        options.json.write_text(json.dumps({"summary": pooled, "series": reports}, indent=1))
    sys.exit(1 if pooled["misses"] or pooled["pooledMisses"] else 0)


if __name__ == "__main__":
    main()
