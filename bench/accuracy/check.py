#!/usr/bin/python3
"""Compares `tomolapse results --json` with the truth of a series.

    check.py RESULTS.json SERIES_DIR [RESULTS.json SERIES_DIR …] [--json OUT]

Registration: rms over voxel positions of |found · p − truth · p|, in the stable and in the analysis region of the resolved
recipe. Thickness: meanUm minus the mean of the truth's map over exactly the resolved analysis region. Cracks: matched by
their boxes; onset, volume, none false. Exit 1 when a goal is missed.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

AXES = "zyx"
GOALS = {"registration": 0.03, "relative": 0.01, "absoluteUm": 0.03, "crackVolume": 0.12, "crossSection": 0.60}
REAL_CRACK = 50  # voxels
POOL = 20  # scans from which on a coverage means something


def columns(region, shape, axis):
    """Mask over the plane across `axis` (a number): pixels whose centres lie in a region."""
    plane = [k for k in range(3) if k != axis]
    a, b = np.mgrid[: shape[plane[0]], : shape[plane[1]]]
    if region["kind"] == "box":
        low, high = region["min"], region["max"]
        inside = (a >= low[plane[0]]) & (a < high[plane[0]])
        return inside & (b >= low[plane[1]]) & (b < high[plane[1]])
    return (a - region["center"][0]) ** 2 + (b - region["center"][1]) ** 2 <= region["radius"] ** 2


def positions(region, shape, step=6):
    """Voxel positions of a region on a coarse grid, (n, 3)."""
    if region["kind"] == "box":
        axes = [np.linspace(a, b - 1, max(2, int((b - a) / step))) for a, b in zip(region["min"], region["max"])]
        return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    axis = AXES.index(region["axis"])
    plane = [k for k in range(3) if k != axis]
    mask = columns(region, shape, axis)
    a, b = np.nonzero(mask)
    keep = (a % step == 0) & (b % step == 0)
    along = np.linspace(region["range"][0], region["range"][1] - 1, 8)
    points = np.empty((along.size, keep.sum(), 3))
    points[..., axis] = along[:, None]
    points[..., plane[0]] = a[keep]
    points[..., plane[1]] = b[keep]
    return points.reshape(-1, 3)


def registration_error(found, truth, points):
    """rms and largest distance between two matrices' images of points, voxels."""
    found, truth = np.reshape(found, (4, 4)), np.reshape(truth, (4, 4))
    difference = found - truth
    off = np.linalg.norm(points @ difference[:3, :3].T + difference[:3, 3], axis=1)
    return float(np.sqrt((off**2).mean())), float(off.max())


def in_view(matrix, truth, mask, level):
    """Of the columns in `mask`, those whose point at `level` along the stack a moved scan still shows."""
    shape = truth["shape"]
    axis = AXES.index(truth["stack"]["axis"])
    plane = [k for k in range(3) if k != axis]
    a, b = np.nonzero(mask)
    points = np.empty((a.size, 3))
    points[:, axis] = level
    points[:, plane[0]], points[:, plane[1]] = a, b
    matrix = np.reshape(matrix, (4, 4))
    moved = points @ matrix[:3, :3].T + matrix[:3, 3]
    seen = np.all((moved >= 1) & (moved <= np.array(shape) - 2), axis=1)
    if truth.get("circle"):
        centre = [(shape[k] - 1) / 2 for k in plane]
        r = np.hypot(moved[:, plane[0]] - centre[0], moved[:, plane[1]] - centre[1])
        seen &= r < min(shape[k] for k in plane) / 2 - 3
    out = np.zeros_like(mask)
    out[a[seen], b[seen]] = True
    return out


def last_box(crack):
    """Box of a found crack over its whole life, or None."""
    lows, highs = crack.get("min"), crack.get("max")
    if not lows or not highs:
        return None
    if np.ndim(lows[0]) == 0 and lows[0] is not None:
        return np.array(lows, float), np.array(highs, float)
    lows = [p for p in lows if p is not None]
    highs = [p for p in highs if p is not None]
    if not lows:
        return None
    return np.min(lows, axis=0), np.max(highs, axis=0)


def check_cracks(found, truth):
    """Matches found cracks with true ones. Returns a row for each true crack, and the false ones."""
    boxes = [last_box(c) for c in found]
    owner = {}
    for k, box in enumerate(boxes):
        if box is None:
            continue
        best, overlap = None, 0.0
        for j, crack in enumerate(truth):
            low = np.maximum(box[0], np.array(crack["min"]) - 2)
            high = np.minimum(box[1], np.array(crack["max"]) + 2)
            if np.all(high >= low) and np.prod(high - low + 1) > overlap:
                best, overlap = j, float(np.prod(high - low + 1))
        if best is not None:
            owner[k] = best
    rows = []
    for j, crack in enumerate(truth):
        mine = [found[k] for k in owner if owner[k] == j]
        volumes = crack["volumeVoxels"]
        certain = next((k for k, v in enumerate(volumes) if v is not None and v >= REAL_CRACK), None)
        row = {"id": crack["id"], "required": certain is not None, "found": bool(mine), "pieces": len(mine)}
        if mine:
            onset = min(c["onsetScan"] for c in mine)
            row["onset"], row["trueOnset"] = onset, crack["onsetScan"]
            row["onsetRight"] = crack["onsetScan"] <= onset <= (certain if certain is not None else len(volumes))
            row["volumes"] = []
            for scan, true in enumerate(volumes):
                if true is None or true < REAL_CRACK:
                    continue
                got = sum((c["volumeVoxels"][scan] or 0) for c in mine if scan < len(c["volumeVoxels"]))
                row["volumes"].append({"scan": scan, "true": true, "found": got, "off": got / true - 1})
        rows.append(row)
    false = [
        {
            "id": c.get("id"),
            "onset": c.get("onsetScan"),
            "centroid": _last(c.get("centroid")),
            "volume": _last(c.get("volumeVoxels")),
        }
        for k, c in enumerate(found)
        if k not in owner
    ]
    return rows, false


def _last(values):
    if not values:
        return None
    if np.ndim(values[0]) == 0 and isinstance(values[0], (int, float)) and len(values) == 3:
        return values
    known = [v for v in values if v is not None]
    return known[-1] if known else None


def check(results, folder):
    """A report on one series: `rows` a scan, cracks, and `misses`, a line for every goal missed."""
    folder = Path(folder)
    truth = json.loads((folder / "truth.json").read_text())
    axis = AXES.index(truth["stack"]["axis"])
    voxel = truth["voxelSizeUm"][0]
    name = f"{truth['case']}-s{truth['seed']}"
    report = {
        "case": name,
        "rows": [],
        "cracks": [],
        "falseCracks": [],
        "misses": [],
        "notes": list(results.get("notes") or []),
    }
    misses = report["misses"]

    recipe = results.get("recipe") or {}
    regions = recipe.get("regions") or {}
    stack = recipe.get("stack")
    if stack and stack != truth["stack"]:
        misses.append(f"stack found {stack}, is {truth['stack']}")
    analysis, stable = regions.get("analysis"), regions.get("stable")
    mask = columns(analysis, truth["shape"], axis) if analysis else None
    if mask is None:
        misses.append("no analysis region")
    elif truth["kind"] == "cell":
        report["crossSection"] = share = float(mask.sum() / cell_area(truth, mask.shape))
        if share < GOALS["crossSection"]:
            misses.append(f"analysis region covers {100 * share:.0f} % of the cell")
    low, high = truth["electrolyte"]
    length = truth["shape"][axis]
    level = low if truth["stack"]["collectorEnd"] == "low" else length - 1 - low
    points = {
        "stable": positions(stable, truth["shape"]) if stable else None,
        "analysis": positions(analysis, truth["shape"]) if analysis else None,
    }

    found_scans = {s["index"]: s for s in results.get("scans") or []}
    for true in truth["scans"]:
        index = true["index"]
        scan = found_scans.get(index)
        if scan is None:
            misses.append(f"scan {index} is missing")
            continue
        if index == 0:
            check_reference(scan, misses)
            continue
        row = {"scan": index, "notes": scan.get("notes") or [], "flags": (scan.get("quality") or {}).get("flags") or []}
        matrix = (scan.get("registration") or {}).get("matrix") or None
        if matrix is None:
            misses.append(f"scan {index}: no matrix ({'; '.join(row['notes']) or 'no reason given'})")
        else:
            for label, where in points.items():
                if where is not None:
                    row[label], row[f"{label}Max"] = registration_error(matrix, true["registration"]["matrix"], where)
            error = row.get("stable", row.get("analysis"))
            if error is not None and error > GOALS["registration"]:
                misses.append(f"scan {index}: registration off {error:.3f} voxel rms")
        thickness = scan.get("thickness") or {}
        if truth["kind"] == "cell":
            compare_thickness(row, thickness, true, folder, mask, truth, level, misses)
            compare_counter(row, thickness, true, folder, regions.get("counter"), truth, axis)
        report["rows"].append(row)

    report["cracks"], report["falseCracks"] = check_cracks(results.get("cracks") or [], truth["cracks"])
    for crack in report["cracks"]:
        if crack["required"] and not crack["found"]:
            misses.append(f"crack {crack['id']} not found")
        if crack["found"]:
            if not crack["onsetRight"]:
                misses.append(f"crack {crack['id']} born in scan {crack['onset']}, is {crack['trueOnset']}")
            if crack["pieces"] > 1:
                misses.append(f"crack {crack['id']} in {crack['pieces']} pieces")
            for v in crack["volumes"]:
                if abs(v["off"]) > GOALS["crackVolume"]:
                    misses.append(
                        f"crack {crack['id']} scan {v['scan']}: {v['found']:.0f} of {v['true']:.0f} voxels ({100 * v['off']:+.0f} %)"
                    )
    for crack in report["falseCracks"]:
        misses.append(
            f"false crack {crack['id']}: scan {crack['onset']}, {crack['volume']} voxels at {crack['centroid']}"
        )
    return report


def cell_area(truth, shape):
    """Pixels of the cell's cross-section in view."""
    if truth["pellet"]:
        v, u = np.mgrid[: shape[0], : shape[1]]
        return (np.hypot(v - truth["pellet"][0], u - truth["pellet"][1]) < truth["pellet"][2]).sum()
    if truth.get("circle"):
        return np.pi * (min(shape) / 2) ** 2
    return shape[0] * shape[1]


def check_reference(scan, misses):
    """The reference has the identity and thickness 0."""
    matrix = (scan.get("registration") or {}).get("matrix")
    if matrix is None or np.abs(np.reshape(matrix, (4, 4)) - np.eye(4)).max() > 1e-9:
        misses.append("the reference's matrix is not the identity")
    mean = ((scan.get("thickness") or {}).get("working") or {}).get("meanUm")
    if mean is not None and abs(mean) > 1e-9:
        misses.append(f"the reference's thickness is {mean}")


def compare_thickness(row, thickness, true, folder, mask, truth, level, misses):
    working = thickness.get("working") or {}
    mean, u = working.get("meanUm"), working.get("uncertaintyUm")
    if mask is None:
        return
    whole = np.load(folder / true["thickness"]["working"]["map"])
    row["true"] = float(whole[mask].mean())
    # What has left the field cannot be measured: such a scan may be compared over the columns it still shows.
    seen = in_view(true["registration"]["matrix"], truth, mask, level)
    row["inView"] = float(seen.sum() / max(mask.sum(), 1))
    row.update(
        found=mean,
        uncertainty=u,
        published=working.get("publishedMeanUm"),
        coveredFraction=working.get("coveredFraction"),
    )
    if mean is None:
        misses.append(f"scan {row['scan']}: no thickness ({'; '.join(row['notes']) or 'no reason given'})")
        return
    if row["inView"] < 0.998 and abs(mean - whole[seen].mean()) < abs(mean - row["true"]):
        row["true"] = float(whole[seen].mean())
    row["error"] = mean - row["true"]
    row["goal"] = max(GOALS["relative"] * abs(row["true"]), GOALS["absoluteUm"])
    row["within"] = abs(row["error"]) <= row["goal"]
    row["covered"] = u is not None and abs(row["error"]) <= u
    if not row["within"]:
        misses.append(
            f"scan {row['scan']}: {mean:.3f} µm, is {row['true']:.3f} (off {row['error']:+.3f}, u {'–' if u is None else f'{u:.3f}'})"
        )
    if u is None:
        misses.append(f"scan {row['scan']}: no uncertainty")


def compare_counter(row, thickness, true, folder, region, truth, axis):
    counter = thickness.get("counter") or {}
    if counter.get("meanUm") is None or not region:
        return
    where = columns(region, truth["shape"], axis)
    row["counterTrue"] = float(np.load(folder / true["thickness"]["counter"]["map"])[where].mean())
    row["counterFound"], row["counterUncertainty"] = counter["meanUm"], counter.get("uncertaintyUm")


def summary(reports):
    """Pooled over all series: errors, uncertainties, coverage, cracks."""
    rows = [r for report in reports for r in report["rows"]]
    measured = [r for r in rows if r.get("error") is not None]
    errors = np.array([r["error"] for r in measured])
    bars = np.array([r["uncertainty"] for r in measured if r["uncertainty"] is not None])
    cracks = [c for report in reports for c in report["cracks"]]
    volumes = [v["off"] for c in cracks if c["found"] for v in c["volumes"]]
    out = {
        "series": len(reports),
        "scans": len(rows),
        "measured": len(measured),
        "within": int(sum(r["within"] for r in measured)),
        "rmsErrorUm": float(np.sqrt((errors**2).mean())) if errors.size else None,
        "worstErrorUm": float(np.abs(errors).max()) if errors.size else None,
        "medianUncertaintyUm": float(np.median(bars)) if bars.size else None,
        "coveragePercent": 100 * float(np.mean([r["covered"] for r in measured])) if measured else None,
        "registration": {
            key: {"rms": float(np.sqrt(np.mean(np.square(v)))), "worst": float(max(v))} if v else None
            for key in ("stable", "analysis")
            for v in [[r[key] for r in rows if key in r]]
        },
        "cracks": {
            "required": sum(c["required"] for c in cracks),
            "found": sum(c["required"] and c["found"] for c in cracks),
            "onsetRight": sum(c["found"] and c["onsetRight"] for c in cracks),
            "false": sum(len(report["falseCracks"]) for report in reports),
            "volumes": len(volumes),
            "volumesWithin": int(sum(abs(v) <= GOALS["crackVolume"] for v in volumes)),
            "rmsVolumeOff": float(np.sqrt(np.mean(np.square(volumes)))) if volumes else None,
        },
        "misses": sum(len(report["misses"]) for report in reports),
        "pooledMisses": [],
    }
    if len(measured) >= POOL:
        if not 90 <= out["coveragePercent"] <= 99 and out["medianUncertaintyUm"] > GOALS["absoluteUm"]:
            out["pooledMisses"].append(
                f"uncertainty covers truth in {out['coveragePercent']:.1f} % of scans, should in 90 to 99 %"
            )
        elif out["coveragePercent"] < 90:
            out["pooledMisses"].append(f"uncertainty covers truth in only {out['coveragePercent']:.1f} % of scans")
        if out["medianUncertaintyUm"] > max(3 * out["rmsErrorUm"], GOALS["absoluteUm"]):
            out["pooledMisses"].append(
                f"median uncertainty is {out['medianUncertaintyUm'] / out['rmsErrorUm']:.1f} times the rms error, should be at most 3"
            )
    return out


def _number(value, form):
    return format(value, form) if value is not None else "–"


def print_report(report, out=sys.stdout):
    """A table of one series, its cracks and what missed its goal."""
    share = report.get("crossSection")
    print(
        f"\n{report['case']}{'' if share is None else f'   analysis region {100 * share:.0f} % of the cell'}", file=out
    )
    if report["rows"]:
        print(
            "  scan  reg stable  analysis    true µm   found µm      error          u  published  counter true/found",
            file=out,
        )
    for r in report["rows"]:
        mark = "" if r.get("within", True) else "  MISS"
        mark += "" if r.get("covered", True) or r.get("found") is None else "  uncovered"
        counter = f"{r['counterTrue']:.3f} / {r['counterFound']:.3f}" if "counterTrue" in r else ""
        print(
            f"  {r['scan']:4d}  {_number(r.get('stable'), '10.4f'):>10}  {_number(r.get('analysis'), '8.4f'):>8}"
            f"  {_number(r.get('true'), '9.4f'):>9}  {_number(r.get('found'), '9.4f'):>9}  {_number(r.get('error'), '+9.4f'):>9}"
            f"  {_number(r.get('uncertainty'), '9.4f'):>9}  {_number(r.get('published'), '9.4f'):>9}  {counter}{mark}",
            file=out,
        )
        for note in r["notes"]:
            print(f"        note: {note}", file=out)
        if r["flags"]:
            print(f"        flags: {', '.join(map(str, r['flags']))}", file=out)
    for c in report["cracks"]:
        if not c["found"]:
            print(f"  crack {c['id']}: not found{'' if c['required'] else ' (too small to be required)'}", file=out)
            continue
        sizes = ", ".join(f"{v['found']:.0f}/{v['true']:.0f} ({100 * v['off']:+.0f} %)" for v in c["volumes"])
        print(f"  crack {c['id']}: born {c['onset']} (true {c['trueOnset']}), found/true {sizes}", file=out)
    for line in report["misses"]:
        print(f"  ✗ {line}", file=out)


def print_summary(s, out=sys.stdout):
    print(f"\n{s['series']} series, {s['scans']} moved scans, {s['measured']} with a thickness", file=out)
    print(f"  within max(1 %, 0.03 µm): {s['within']} of {s['measured']}", file=out)
    print(
        f"  error rms {_number(s['rmsErrorUm'], '.4f')} µm, worst {_number(s['worstErrorUm'], '.4f')}; "
        f"uncertainty median {_number(s['medianUncertaintyUm'], '.4f')} µm; covers truth in {_number(s['coveragePercent'], '.1f')} %",
        file=out,
    )
    for key, r in s["registration"].items():
        if r:
            print(f"  registration, {key} region: rms {r['rms']:.4f} voxel, worst scan {r['worst']:.4f}", file=out)
    c = s["cracks"]
    print(
        f"  cracks: {c['found']} of {c['required']} found, {c['onsetRight']} with the right first scan, {c['false']} false; "
        f"volumes within 12 %: {c['volumesWithin']} of {c['volumes']} (rms {_number(c['rmsVolumeOff'] and 100 * c['rmsVolumeOff'], '.1f')} %)",
        file=out,
    )
    for line in s["pooledMisses"]:
        print(f"  ✗ {line}", file=out)
    print(f"  goals missed: {s['misses'] + len(s['pooledMisses'])}", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", metavar="RESULTS.json SERIES_DIR")
    parser.add_argument("--json", metavar="OUT")
    options = parser.parse_args()
    if len(options.pairs) % 2:
        parser.error("give a results file and a series folder for each series")
    reports = []
    for results, folder in zip(options.pairs[::2], options.pairs[1::2]):
        reports.append(check(json.loads(Path(results).read_text()), folder))
        print_report(reports[-1])
    pooled = summary(reports)
    print_summary(pooled)
    if options.json:
        Path(options.json).write_text(json.dumps({"summary": pooled, "series": reports}, indent=1))
    sys.exit(1 if pooled["misses"] or pooled["pooledMisses"] else 0)


if __name__ == "__main__":
    main()
