"""Writes an operando series of a scene as its owner would find it on disk, and the truth about it.

    DIR/scans/…      TIFF stacks, folders of slices or raw files, in the file's own axis order
    DIR/times.csv, cycling.csv, recipe.json (where the case needs one)
    DIR/truth.json   matrices (z, y, x, reference → moved), crack volumes in voxels, onset scans, centroids, amounts
    DIR/truth_working_NNN.npy, truth_counter_NNN.npy   lithium in µm over the plane, in the reference's file coordinates
"""

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage

from scene import render

AXES = "zyx"
FACTOR = 4.85  # µm of lithium per mAh/cm²


def orientation(axis, collector_end):
    """File axes of (s, v, u) and whether s runs backwards along its own."""
    first = AXES.index(axis)
    return [first, *(k for k in range(3) if k != first)], collector_end == "high"


def file_matrix(matrix, axes, flip, length):
    """A matrix in view coordinates as one in file coordinates; `length` voxels along the stack."""
    to_file = np.zeros((4, 4))
    for k, axis in enumerate(axes):
        to_file[axis, k] = 1
    to_file[3, 3] = 1
    if flip:
        to_file[axes[0], 0] = -1
        to_file[axes[0], 3] = length - 1
    return to_file @ matrix @ np.linalg.inv(to_file)


def to_file_point(point, axes, flip, length):
    out = [0.0, 0.0, 0.0]
    for k, axis in enumerate(axes):
        out[axis] = float(point[k])
    if flip:
        out[axes[0]] = length - 1 - out[axes[0]]
    return out


def to_file_order(volume, axes, flip):
    """A volume (s, v, u) as its file holds it (z, y, x)."""
    if flip:
        volume = volume[::-1]
    return np.ascontiguousarray(np.transpose(volume, np.argsort(axes)))


def add_noise(volume, noise, rng):
    """`noise`: kind and standard deviation in grey values, for Poisson-like noise at grey value `at`."""
    kind, sigma = noise["kind"], noise["sigma"]
    white = rng.standard_normal(volume.shape, dtype=np.float32)
    if kind == "correlated":
        white = ndimage.gaussian_filter(white, noise["length"])
        white /= white.std()
        return volume + sigma * white
    if kind == "poisson":
        # A flat part (the projections' noise spreads over the slice) and one that grows with the grey value.
        return volume + sigma * white * np.sqrt(0.5 + 0.5 * np.abs(volume) / noise["at"])
    return volume + sigma * white


def quantise(volume, kind):
    if np.dtype(kind).kind == "f":
        return volume.astype(kind)
    limits = np.iinfo(kind)
    return np.clip(np.rint(volume), limits.min, limits.max).astype(kind)


def write_scan(folder, index, volume, form):
    """One scan on disk: `form` is tiff, bigtiff, tiff-be, slices or raw. Returns its path relative to the case."""
    name = f"tomo_{index:03d}"
    if form == "slices":
        out = folder / name
        out.mkdir()
        for z, plane in enumerate(volume):
            tifffile.imwrite(out / f"slice_{z + 1}.tif", plane)  # natural order, no leading zeros
        return out
    if form == "raw":
        kind = {"uint8": "u8", "uint16": "u16", "int16": "i16", "float32": "f32"}[volume.dtype.name]
        out = folder / f"{name}_{'x'.join(str(n) for n in volume.shape)}_{kind}.raw"
        volume.tofile(out)
        return out
    out = folder / f"{name}.tif"
    tifffile.imwrite(
        out,
        volume,
        bigtiff=form == "bigtiff",
        byteorder=">" if form == "tiff-be" else "<",
        photometric="minisblack",
        metadata=None if form == "tiff-be" else {"axes": "ZYX"},
    )
    return out


def write_times(path, files, starts, exposure_h, style):
    """times.csv with the middle of the exposure, its ends, or a clock (ISO 8601)."""
    clock = datetime.fromisoformat("2025-03-02T09:00:00")
    with open(path, "w", newline="") as out:
        rows = csv.writer(out)
        if style == "middle":
            rows.writerow(["file", "time_h"])
            rows.writerows([f.name, f"{s + exposure_h / 2:.6f}"] for f, s in zip(files, starts))
        elif style == "clock":
            rows.writerow(["file", "start", "end"])
            for f, s in zip(files, starts):
                begin = clock + timedelta(hours=s)
                rows.writerow([f.name, begin.isoformat(), (begin + timedelta(hours=exposure_h)).isoformat()])
        else:
            rows.writerow(["file", "start_h", "end_h"])
            rows.writerows([f.name, f"{s:.6f}", f"{s + exposure_h:.6f}"] for f, s in zip(files, starts))


def write_cycling(path, times, amounts_um, area_mm2, efficiency):
    """A log whose charge between scans is that of the lithium, over `efficiency` when plating. Cathodic is negative."""
    with open(path, "w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["time_h", "voltage_V", "current_mA"])
        rows.writerow([f"{times[0] - 1:.6f}", "1.2", "0"])
        for k in range(len(times) - 1):
            change = amounts_um[k + 1] - amounts_um[k]
            charge = change / FACTOR * (1 / efficiency if change > 0 else 1)
            current = -charge * area_mm2 / 100 / (times[k + 1] - times[k])
            for t in np.linspace(times[k], times[k + 1], 20, endpoint=False)[1:]:
                rows.writerow([f"{t:.6f}", f"{-0.02 if current < 0 else 0.03:.4f}", f"{current:.9g}"])
        rows.writerow([f"{times[-1] + 0.05:.6f}", "0.0", "0"])


def write_series(case, scene, matrices, out, rng, log=lambda line: None):
    """Renders every scan of a case (see other_cells.py for its fields) and writes scans, tables and truth to `out`."""
    out = Path(out)
    scans = out / "scans"
    scans.mkdir(parents=True)
    axes, flip = orientation(case["axis"], case["collectorEnd"])
    length = scene.shape[0]
    voxel = case["voxelUm"]
    files = []
    for k, matrix in enumerate(matrices):
        volume = render(scene, k, matrix, case["blur"])
        gain, offset = case.get("drift", {}).get(k, (1.0, 0.0))
        volume = add_noise(volume, case["noise"], rng) * gain + offset
        if case.get("circle"):
            n_v, n_u = volume.shape[1:]
            v, u = np.mgrid[:n_v, :n_u]
            r = np.hypot(v - (n_v - 1) / 2, u - (n_u - 1) / 2)
            volume[:, r > min(n_v, n_u) / 2 - 1] = 0
        files.append(write_scan(scans, k, to_file_order(quantise(volume, case["type"]), axes, flip), case["form"]))
        log(f"  scan {k}")

    starts = np.arange(len(matrices)) * case.get("intervalH", 2.0)
    write_times(out / "times.csv", files, starts, case.get("exposureH", 0.05), case.get("times", "ends"))
    working = [scene.thickness(t) * voxel for t in scene.plated]
    counter = [-scene.thickness(t) * voxel for t in scene.lost]
    if scene.pellet is not None:
        v, u = np.mgrid[: scene.shape[1], : scene.shape[2]]
        inside = np.hypot(v - scene.pellet[0], u - scene.pellet[1]) < scene.pellet[2]
        area_mm2 = np.pi * (scene.pellet[2] * voxel / 1000) ** 2
    else:
        inside = np.ones(scene.shape[1:], bool)
        area_mm2 = inside.size * (voxel / 1000) ** 2
    amounts = [float(m[inside].mean()) for m in working]
    write_cycling(out / "cycling.csv", starts + case.get("exposureH", 0.05) / 2, amounts, area_mm2, 0.95)

    records = []
    for k, matrix in enumerate(matrices):
        np.save(out / f"truth_working_{k:03d}.npy", working[k].astype(np.float32))
        np.save(out / f"truth_counter_{k:03d}.npy", counter[k].astype(np.float32))
        records.append(
            {
                "index": k,
                "name": files[k].name,
                "registration": {"matrix": file_matrix(matrix, axes, flip, length).ravel().tolist()},
                "thickness": {
                    "working": {"meanUm": amounts[k], "map": f"truth_working_{k:03d}.npy"},
                    "counter": {"meanUm": float(counter[k][inside].mean()), "map": f"truth_counter_{k:03d}.npy"},
                },
            }
        )

    cracks = []
    for number, crack in enumerate(scene.cracks, 1):
        volumes, low, fraction = [], None, None
        for k in range(len(matrices)):
            low, fraction = scene.crack_fraction(crack, k)
            volumes.append(float(fraction.sum()))
        where = np.argwhere(fraction > 0.1) + low
        centroid = ndimage.center_of_mass(fraction) + low
        corners = np.array([to_file_point(p, axes, flip, length) for p in (where.min(0), where.max(0))])
        cracks.append(
            {
                "id": number,
                "onsetScan": crack.onset,
                "volumeVoxels": [v if k >= crack.onset else None for k, v in enumerate(volumes)],
                "centroid": to_file_point(centroid, axes, flip, length),
                "min": corners.min(0).tolist(),
                "max": corners.max(0).tolist(),
                "fill": "lithium",
            }
        )

    (out / "scan_order.txt").write_text("".join(f"{f.relative_to(out)}\n" for f in files))
    if case.get("recipe"):
        (out / "recipe.json").write_text(json.dumps(case["recipe"], indent=1))
    truth = {
        "case": case["name"],
        "seed": case["seed"],
        "shape": [int(n) for n in np.array(scene.shape)[np.argsort(axes)]],
        "type": case["type"],
        "voxelSizeUm": [voxel] * 3,
        "stack": {"axis": case["axis"], "collectorEnd": case["collectorEnd"]},
        "cell": "symmetric" if scene.symmetric else "zero-excess",
        "workingAreaMm2": area_mm2,
        "kind": case.get("kind", "cell"),
        "electrolyte": scene.electrolyte_range(),
        "greys": vars(scene.greys),
        "noise": case["noise"],
        "circle": bool(case.get("circle")),
        "pellet": None if scene.pellet is None else list(map(float, scene.pellet)),
        "scans": records,
        "cracks": cracks,
    }
    (out / "truth.json").write_text(json.dumps(truth, indent=1))
    return truth
