#!/usr/bin/python3
"""The published image subtraction analysis as a script on scipy and scikit-image, one thing after another.

    scipy_chain.py SCANS --voxel 1.625 --stable 45:90 --collector 15:28 --lithium 106:112 --roi 12:52 --radius 100
                   [--extent whole|slab] [--cracks] [--json]

SCANS is a folder of TIFF stacks (z along the stack, the reference first by name). For each scan: shift by unwhitened
cross-correlation of the windowed stable slices (to 1/50 voxel), cubic spline shift, Gaussian σ 1, reference − scan over
collector − lithium (LVF), median over a ball of radius 3, sum over the slices of --roi: a thickness map and its mean inside
--radius. `--extent slab` smooths and medians only the slices that the sum reads. `--cracks` adds what has darkened of the
stable slices inside --radius: the same difference over electrolyte − lithium beyond a threshold, labelled with 26 neighbours, parts of
few voxels left out. Prints seconds by part and the means.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage
from skimage.registration import phase_cross_correlation

GAUSSIAN_REACH = 4
CRACK_FRACTION = 0.2
LEAST_VOXELS = 50


class Clock:
    """Seconds spent by part."""

    def __init__(self):
        self.parts = {}

    def __call__(self, part, work):
        start = time.perf_counter()
        out = work()
        self.parts[part] = self.parts.get(part, 0.0) + time.perf_counter() - start
        return out


def slices(text):
    low, high = (int(n) for n in text.split(":"))
    return slice(low, high)


def windowed(volume, stable, radius):
    """The stable slices over the square inside `radius`, mean taken off, under a Hann window along each axis."""
    # Only electrolyte: the edge of the pellet under a window would be a pattern that does not move with the cell.
    half = int(radius / np.sqrt(2))
    cy, cx = (n // 2 for n in volume.shape[1:])
    block = volume[stable, cy - half : cy + half, cx - half : cx + half]
    block = block - block.mean()
    for axis, n in enumerate(block.shape):
        block = block * np.hanning(n).reshape([-1 if k == axis else 1 for k in range(3)])
    return block


def ball(radius):
    z, y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1, -radius : radius + 1]
    return z**2 + y**2 + x**2 <= radius**2


def grey(volume, part):
    """Mean grey value of some slices over the middle of the plane."""
    _, ny, nx = volume.shape
    return float(volume[part, ny // 3 : -(ny // 3), nx // 3 : -(nx // 3)].mean())


def find_cracks(fraction, inside):
    """Number of the parts beyond the threshold that are large enough, and their voxels."""
    labels, count = ndimage.label((fraction > CRACK_FRACTION) & inside, structure=np.ones((3, 3, 3), int))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = sizes[sizes >= LEAST_VOXELS]
    return {"count": int(kept.size), "volumeVoxels": int(kept.sum())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scans", type=Path)
    parser.add_argument("--voxel", type=float, required=True)
    for name in ("stable", "collector", "lithium", "roi"):
        parser.add_argument(f"--{name}", type=slices, required=True)
    parser.add_argument("--radius", type=float, required=True)
    parser.add_argument("--extent", choices=("whole", "slab"), default="whole")
    parser.add_argument("--cracks", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    clock, footprint = Clock(), ball(3)
    begin = time.perf_counter()
    files = sorted(options.scans.glob("*.tif"))
    reference = clock("read", lambda: tifffile.imread(files[0]).astype(np.float32))
    lithium = grey(reference, options.lithium)
    factor = grey(reference, options.collector) - lithium
    crack_factor = grey(reference, options.stable) - lithium
    fixed = clock("register", lambda: windowed(reference, options.stable, options.radius))
    if options.extent == "slab":
        reach = GAUSSIAN_REACH + 3
        low = max(options.roi.start - reach, 0)
        extent = slice(low, options.roi.stop + reach)
    else:
        low, extent = 0, slice(None)
    smooth = clock("gaussian", lambda: ndimage.gaussian_filter(reference[extent], 1.0))
    _, ny, nx = reference.shape
    y, x = np.ogrid[:ny, :nx]
    inside = (y - (ny - 1) / 2) ** 2 + (x - (nx - 1) / 2) ** 2 <= options.radius**2

    scans = []
    for path in files[1:]:
        moved = clock("read", lambda: tifffile.imread(path).astype(np.float32))
        shift = clock(
            "register",
            lambda: phase_cross_correlation(
                fixed, windowed(moved, options.stable, options.radius), upsample_factor=50, normalization=None
            )[0],
        )
        aligned = clock("shift", lambda: ndimage.shift(moved, shift, order=3, mode="nearest"))
        filtered = clock("gaussian", lambda: ndimage.gaussian_filter(aligned[extent], 1.0))
        difference = clock("fraction", lambda: smooth - filtered)
        fraction = clock("fraction", lambda: difference / factor)
        fraction = clock("median", lambda: ndimage.median_filter(fraction, footprint=footprint))
        rows = slice(options.roi.start - low, options.roi.stop - low)
        thickness = clock("sum", lambda: fraction[rows].sum(0) * options.voxel)
        found = {"name": path.name, "shift": [float(-s) for s in shift], "meanUm": float(thickness[inside].mean())}
        if options.cracks:
            rows = slice(options.stable.start - low, options.stable.stop - low)
            found["cracks"] = clock("cracks", lambda: find_cracks(difference[rows] / crack_factor, inside))
        scans.append(found)
    total = time.perf_counter() - begin
    if options.json:
        print(json.dumps({"seconds": total, "parts": clock.parts, "scans": scans}))
        return
    for part, seconds in clock.parts.items():
        print(f"{part:10} {seconds:8.2f} s")
    print(f"{'in all':10} {total:8.2f} s")
    for scan in scans:
        print(f"{scan['name']}  shift {' '.join(f'{s:+.2f}' for s in scan['shift'])}  {scan['meanUm']:.3f} µm")


if __name__ == "__main__":
    main()
