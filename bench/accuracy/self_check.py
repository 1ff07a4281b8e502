#!/usr/bin/python3
"""Proves the truth of the generated series against their own noiseless voxels.

For each case, in its last scan: (1) unmoved and unblurred, the column sums of reference − scan over collector − lithium
are the truth map; (2) the same blurred, in the mean; (3) what a crack darkens is its volume; (4) in the moved scan, in
the file's axis order, that dark spot lies where the truth's matrix puts it. Exit 1 when one fails.
"""

import sys
from copy import copy
from dataclasses import replace

import numpy as np
from scipy.ndimage import center_of_mass as centre_of_mass

import other_cells
import real_texture
from scene import render
from series import file_matrix, orientation, to_file_order, to_file_point


def difference(a, b):
    return a.astype(np.float64) - b.astype(np.float64)


def check_crack(case, without, scene, moved, last):
    """A crack's dark spot in the last scan, unmoved and moved: its volume, and its centre in the file's own axis order."""
    axes, flip = orientation(case["axis"], case["collectorEnd"])
    greys, length = scene.greys, scene.shape[0]
    low, fraction = scene.crack_fraction(scene.cracks[0], last)
    lines = []
    for label, matrix in (("unmoved", np.eye(4)), ("moved", moved)):
        dark = difference(render(without, last, matrix, 0.6), render(scene, last, matrix, 0.6))
        dark = to_file_order(dark / (greys.electrolyte - greys.lithium), axes, flip)
        dark[np.abs(dark) < 1e-3] = 0
        volume = dark.sum() / fraction.sum() - 1
        to_file = file_matrix(matrix, axes, flip, length)
        point = to_file_point(centre_of_mass(fraction) + low, axes, flip, length)
        off = np.linalg.norm(to_file[:3, :3] @ point + to_file[:3, 3] - centre_of_mass(dark))
        good = abs(volume) < 0.015 and off < 0.02
        text = f"crack {label}: {fraction.sum():.0f} voxels, off {100 * volume:+.2f} %, centre off {off:.4f} voxel"
        lines.append((good, text))
    return lines


def check_bare(name, seed=1):
    """The inclusion of a real volume, its texture made flat."""
    case, scene, motions, _ = real_texture.build(name, seed)
    scene.texture = np.full_like(scene.texture, scene.greys.electrolyte)
    without = copy(scene)
    without.radii = [0] * len(motions)
    last = len(motions) - 1
    return check_crack(case, without, scene, motions[last], last)


def check(name, seed=1):
    build = real_texture.build if name in real_texture.CASES else other_cells.build
    case, scene, motions, _ = build(name, seed)
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

    lines += [
        line
        for crack in scene.cracks
        for line in check_crack(case, bare, replace(scene, cracks=[crack]), motions[last], last)
    ]
    most = scene.plated[last].table.max()
    lines.append((scene.symmetric or most < scene.working.table.min() - 1, f"thickest lithium {most:.1f} voxels"))
    lines.append((min(t.table.min() for t in scene.plated) >= 0, "no negative lithium"))
    return lines


def main():
    failed = 0
    names = sys.argv[1:] or [*other_cells.CASES, *(n for n in real_texture.CASES if real_texture.VOLUMES.is_dir())]
    for name in names:
        for good, line in check_bare(name) if name.startswith("bare-") else check(name):
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'} {name:15} {line}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
