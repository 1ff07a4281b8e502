#!/usr/bin/python3
"""Operando series on the texture of real volumes, so that nothing can be tuned to a made-up one.

    real_texture.py OUT [CASE …] [--seed N] [--noise X] [--volumes DIR]

cell-*  the real volume is the electrolyte of a cell: collector | real texture | lithium, with plated lithium
bare-*  the real volume as it is, without layers: known rigid motions of up to 3°, new noise, and a dark inclusion that
        grows; two calibration blocks stand for collector and lithium, recipe.json gives the regions

Volumes (folders of DIR): a polymer fibre scaffold (X-ray microtomography, rshkarin/quanfima), a lung (computed
tomography, SuperElastix/elastix) and a battery cathode (segmented X-ray tomography, NREL/MATBOX).
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage

import textures
from other_cells import amounts, drift, interface, ramp, rough
from scene import Crack, Greys, Scene, branching, penny, rigid, shell
from series import write_series

VOLUMES = Path(os.environ.get("TOMOLAPSE_VOLUMES", Path(__file__).resolve().parents[3] / "shared" / "data"))


def polymer(root):
    """Polymer fibres, 128³, 8-bit."""
    path = root / "rshkarin_quanfima" / "polymer3d_8bit_128x128x128.raw"
    return np.fromfile(path, "u1").reshape(128, 128, 128).astype(np.float32)


def lung(root):
    """A lung in Hounsfield units, 129 × 157 × 115."""
    return textures.read_metaimage(root / "SuperElastix_elastix" / "Baselines" / "3DCT_lung.mha").astype(np.float32)


def cathode(root):
    """Pores, particles and binder of a cathode as grey values 0, 1, 0.6 with the scanner's blur put back."""
    folder = root / "NREL_MATBOX" / "From computed tomography with additives numerically generated"
    phases = tifffile.imread(folder / "nmc-1-cal_generatedCBD_bridge.tif")
    grey = np.array([0.0, 1.0, 0.6], np.float32)[phases[:140, :180, :180]]
    return ndimage.gaussian_filter(grey, 1.0)


VOLUME = {"polymer": polymer, "lung": lung, "cathode": cathode}


# --- real texture between the layers of a cell ------------------------------------------------------------------------


def cell(case, rng, volume, fine, contrast):
    """A cell whose electrolyte is the real volume, `fine` of its voxels to one of the cell's."""
    shape = (112, 180, 176)
    plane = shape[1:]
    case.update(
        type="uint16",
        voxelUm=1.625,
        axis="z",
        collectorEnd="low",
        form="tiff",
        blur=0.7,
        noise={"kind": "white", "sigma": 1300.0},
    )
    means = [0, 0.9, 2.2, 3.8, 5.1]
    scene = Scene(
        shape,
        Greys(43000, 25500, 8500, 42000, 14000, 1000),
        interface(plane, 28.4, (0.6, 0.5), 1.5, 0.5, 5, rng),
        interface(plane, 88.6, (0.4, 0.6), 1.0, 0.5, 6, rng),
        plated=amounts(plane, rough(plane, rng, 10, 0.5), means),
        lost=amounts(plane, ramp(plane, rng, 0.6), means),
        texture=textures.real(volume, shape, 20, fine, contrast, smooth=0.5),
    )
    if case["seed"] % 2:
        scene.cracks = [
            shell((40, 70, 65), 28, [0, 0, 0, 9, 13], [0, 0, 0, 1.5, 1.9], 3),
            penny((50, 120, 125), (0.8, 0.3, 0.5), [0, 0, 9, 11, 13], [0, 0, 1.6, 1.8, 2.0], 2),
        ]
    else:
        lean = [(0.8, 0.5, 0.3), (0.8, -0.6, 0.2), (0.9, 0.1, -0.5)]
        scene.cracks = [branching((32, 90, 100), lean, [0, 0, 0, 7, 9], [0, 0, 0, 1.5, 1.8], 3)]
    return scene, drift(shape, rng, 5)


# --- a real volume as it is -------------------------------------------------------------------------------------------


class Bare:
    """A real volume with two calibration blocks and a growing dark inclusion, sampled at any position."""

    MARGIN = 9  # voxels of the real volume kept around the field, so that moved scans see real voxels everywhere

    def __init__(self, volume, greys, radii, where):
        self.texture = ndimage.spline_filter(volume, 3, output=np.float32, mode="mirror")
        self.shape = tuple(n - 2 * self.MARGIN for n in volume.shape)
        self.greys = greys
        self.pellet, self.symmetric = None, False
        # Blocks of 16³ voxels near two corners: (centre, grey value).
        far = [n - 14 for n in self.shape]
        self.blocks = [((13, 13, 13), greys.collector), ((far[0], far[1], far[2]), greys.lithium)]
        self.radii, self.where = radii, np.asarray(where, float) * self.shape
        self.plated = self.lost = [lambda v, u: np.zeros(np.shape(v))] * len(radii)
        reach = max(radii) * 1.9
        onset = next(k for k, r in enumerate(radii) if r > 0)
        self.cracks = [Crack(None, self.where - reach, self.where + reach, onset)]

    def electrolyte_range(self):
        return [0.0, float(self.shape[0])]

    def inclusion(self, scan, s, v, u):
        """Part of the material at a position that the inclusion takes: two soft-edged balls that meet."""
        radius = self.radii[scan]
        if radius <= 0:
            return np.zeros(np.shape(s))
        distance = None
        for shift, share in (((0, 0, 0), 1.0), ((0.3, 0.7, -0.5), 0.7)):
            centre = self.where + np.asarray(shift) * radius
            d = np.sqrt((s - centre[0]) ** 2 + (v - centre[1]) ** 2 + (u - centre[2]) ** 2) - share * radius
            distance = d if distance is None else np.minimum(distance, d)
        return np.clip(0.5 - distance / 1.6, 0, 1)

    def sample(self, scan, s, v, u):
        at = np.stack([s, v, u]) + self.MARGIN
        grey = ndimage.map_coordinates(self.texture, at, order=3, prefilter=False, mode="mirror")
        for centre, value in self.blocks:
            outside = np.max(np.abs(np.stack([s, v, u]) - np.reshape(centre, (3, 1))), axis=0) - 8
            part = np.clip(0.5 - outside / 1.6, 0, 1)
            grey = grey + part * (value - grey)
        part = self.inclusion(scan, s, v, u)
        return grey + part * (self.greys.lithium - grey)

    def thickness(self, surface):
        return np.zeros(self.shape[1:])

    def crack_fraction(self, crack, scan):
        low = np.maximum(np.floor(crack.low).astype(int), 0)
        high = np.minimum(np.ceil(crack.high).astype(int) + 1, self.shape)
        axes = np.meshgrid(*(np.arange(a, b, dtype=float) for a, b in zip(low, high)), indexing="ij")
        return low, self.inclusion(scan, *axes)


def bare(case, rng, volume, scale, offset, kind, noise):
    """The real volume as `scale` × grey + `offset`, moved, with an inclusion of up to about 1500 voxels."""
    volume = (volume * scale + offset).astype(np.float32)
    low, high = np.percentile(volume, [1, 99.5])
    dark = float(volume.mean() - 1.4 * (volume.mean() - low) - 4 * noise)
    bright = float(high)
    greys = Greys(bright, float(volume.mean()), dark, bright, bright, dark)
    where = (0.5, 0.42, 0.55) + rng.uniform(-0.05, 0.05, 3)
    scene = Bare(volume, greys, [0, 0, 2.6, 4.4, 6.2], where)
    case.update(
        type=kind,
        voxelUm=1.625,
        axis="z",
        collectorEnd="low",
        form="tiff",
        blur=0.0,
        kind="bare",
        noise={"kind": "white", "sigma": noise},
    )
    n = scene.shape
    far = [m - 14 for m in n]
    case["recipe"] = {
        "cell": "zero-excess",
        "stack": {"axis": "z", "collectorEnd": "low"},
        "regions": {
            "stable": {"kind": "box", "min": [10, 26, 10], "max": [n[0] - 10, n[1] - 26, n[2] - 10]},
            "collector": {"kind": "box", "min": [8, 8, 8], "max": [19, 19, 19]},
            "lithium": {"kind": "box", "min": [m - 5 for m in far], "max": [m + 6 for m in far]},
            "inert": None,
            "analysis": {"kind": "box", "min": [24, 24, 24], "max": [n[0] - 24, n[1] - 24, n[2] - 24]},
            "counter": None,
        },
    }
    motions = [np.eye(4)]
    for _ in range(4):
        turn = rng.uniform(-1, 1, 3) * (0.8, 0.8, 3.0)
        motions.append(rigid(scene.shape, rng.uniform(-2.5, 2.5, 3), turn))
    return scene, motions


CASES = {
    "cell-polymer": lambda case, rng, root: cell(case, rng, polymer(root), 2 / 3, 0.08),
    "cell-lung": lambda case, rng, root: cell(case, rng, lung(root), 0.8, 0.11),
    "cell-cathode": lambda case, rng, root: cell(case, rng, cathode(root), 1.0, 0.10),
    "bare-polymer": lambda case, rng, root: bare(case, rng, polymer(root), 150.0, 9000.0, "uint16", 800.0),
    "bare-lung": lambda case, rng, root: bare(case, rng, lung(root), 1.0, 0.0, "int16", 25.0),
    "bare-cathode": lambda case, rng, root: bare(case, rng, cathode(root), 1.0, 0.7, "float32", 0.06),
}


def build(name, seed, noise=1.0, root=VOLUMES):
    """Case description, scene and motions; the same for the same name and seed."""
    rng = np.random.default_rng([seed, *name.encode()])
    case = {"name": name, "seed": seed}
    scene, motions = CASES[name](case, rng, Path(root))
    case["noise"] = {**case["noise"], "sigma": case["noise"]["sigma"] * noise}
    return case, scene, motions, rng


def write(name, seed, out, noise=1.0, root=VOLUMES, log=lambda line: None):
    """Writes one case into `out`, which it replaces."""
    out = Path(out)
    shutil.rmtree(out, ignore_errors=True)
    case, scene, motions, rng = build(name, seed, noise, root)
    return write_series(case, scene, motions, out, rng, log)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--volumes", default=str(VOLUMES))
    options = parser.parse_args()
    for name in options.cases or CASES:
        start = time.time()
        folder = Path(options.out) / f"{name}-s{options.seed}"
        truth = write(name, options.seed, folder, options.noise, options.volumes)
        print(f"{folder}  {len(truth['scans'])} scans  {time.time() - start:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
