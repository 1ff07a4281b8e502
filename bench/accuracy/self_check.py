#!/usr/bin/python3
"""Proves the truth of the generated series against their own noiseless voxels.

For each case, in its last scan: (1) unmoved and unblurred, the column sums of reference − scan over collector − lithium
are the truth map; (2) the same blurred, in the mean; (3) what a crack darkens is its volume; (4) in the moved scan, in
the file's axis order, that dark spot lies where the truth's matrix puts it. Exit 1 when one fails.
"""

import sys
from dataclasses import replace

import numpy as np

import other_cells
from scene import render
from series import file_matrix, orientation, to_file_order


def difference(a, b):
    return a.astype(np.float64) - b.astype(np.float64)


def check(name, seed=1):
    case, scene, motions, _ = other_cells.build(name, seed)
    scene = replace(scene, texture=None)
    bare = replace(scene, cracks=[])
    last = len(motions) - 1
    greys, length = scene.greys, scene.shape[0]
    still = np.eye(4)
    first = greys.electrolyte if scene.symmetric else greys.collector
    depth = int(bare.levels(last, *(np.full(1, n / 2) for n in scene.shape[1:]))[1][0] + 30)
    lines = []

    truth = scene.thickness(scene.plated[last])
    plane = slice(6, -6), slice(6, -6)
    if scene.pellet is not None:
        v, u = np.mgrid[: scene.shape[1], : scene.shape[2]]
        inner = np.hypot(v - scene.pellet[0], u - scene.pellet[1]) < scene.pellet[2] - 5
        inner[:6] = inner[-6:] = inner[:, :6] = inner[:, -6:] = False
    else:
        inner = np.zeros(truth.shape, bool)
        inner[plane] = True
    for blur in (0.0, case["blur"]):
        a, b = (render(bare, k, still, blur) for k in (0, last))
        found = difference(a, b)[:depth].sum(0) / (first - greys.lithium)
        mean = found[inner].mean() / truth[inner].mean() - 1
        worst = np.abs(found - truth)[inner].max()
        good = abs(mean) < 0.005 and (blur > 0 or worst < 0.05)
        lines.append(
            (
                good,
                f"blur {blur}: mean {truth[inner].mean():.3f} voxels, off {100 * mean:+.3f} %, worst column {worst:.3f}",
            )
        )

    axes, flip = orientation(case["axis"], case["collectorEnd"])
    for number, crack in enumerate(scene.cracks, 1):
        low, fraction = scene.crack_fraction(crack, last)
        one = replace(scene, cracks=[crack])
        for label, matrix in (("unmoved", still), ("moved", motions[last])):
            dark = difference(render(bare, last, matrix, 0.6), render(one, last, matrix, 0.6))
            dark = to_file_order(dark / (greys.electrolyte - greys.lithium), axes, flip)
            dark[np.abs(dark) < 1e-3] = 0
            volume = dark.sum() / fraction.sum() - 1
            at = (
                np.stack(
                    [
                        (dark.sum(tuple(k for k in range(3) if k != n)) * np.arange(dark.shape[n])).sum()
                        for n in range(3)
                    ]
                )
                / dark.sum()
            )
            centre = np.stack(np.meshgrid(*(np.arange(n) for n in fraction.shape), indexing="ij")).reshape(3, -1)
            centre = (centre * fraction.ravel()).sum(1) / fraction.sum() + low
            to_file = file_matrix(matrix, axes, flip, length)
            point = np.zeros(3)
            for k, axis in enumerate(axes):
                point[axis] = length - 1 - centre[k] if flip and k == 0 else centre[k]
            off = np.linalg.norm(to_file[:3, :3] @ point + to_file[:3, 3] - at)
            good = abs(volume) < 0.015 and off < 0.02
            lines.append(
                (
                    good,
                    f"crack {number} {label}: {fraction.sum():.0f} voxels, off {100 * volume:+.2f} %, centre off {off:.4f} voxel",
                )
            )
    most = scene.plated[last].table.max()
    lines.append((scene.symmetric or most < scene.working.table.min() - 1, f"thickest lithium {most:.1f} voxels"))
    lines.append((min(t.table.min() for t in scene.plated) >= 0, "no negative lithium"))
    return lines


def main():
    failed = 0
    for name in sys.argv[1:] or other_cells.CASES:
        for good, line in check(name):
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'} {name:15} {line}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
