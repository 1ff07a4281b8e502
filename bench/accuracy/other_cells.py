#!/usr/bin/python3
"""Operando series as other groups would make them: other greys, sizes, axes, geometries, textures, noise and cracks.

    other_cells.py --list
    other_cells.py OUT [CASE …] [--seed N] [--noise X]     writes OUT/CASE-sN/ for each case (all of them by default)

`--noise` scales the noise of a case. Needs Debian's python3 with numpy, scipy and tifffile.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

import numpy as np
from scipy import ndimage

import textures
from scene import Greys, Scene, Surface, branching, penny, rigid, shell
from series import write_series


# --- surfaces and amounts ---------------------------------------------------------------------------------------------


def interface(plane, level, tilt_deg, dome, rough, length, rng):
    """A surface about `level`: tilted (degrees along v and u), domed and rough (rms, correlation length), in voxels."""
    v, u = Surface.grid(plane)
    cv, cu = (n / 2 for n in plane)
    height = level + np.tan(np.radians(tilt_deg[0])) * (v - cv) + np.tan(np.radians(tilt_deg[1])) * (u - cu)
    height = height + dome * ((v - cv) ** 2 + (u - cu) ** 2) / (max(plane) / 2) ** 2
    noise = ndimage.gaussian_filter(rng.standard_normal(height.shape), 2 * length)
    return Surface(height + rough * noise / noise.std(), 12)


def islands(plane, rng, count, spread):
    """Lithium as separate mounds; their height and reach grow with the amount."""
    at = [(rng.uniform(0, plane[0]), rng.uniform(0, plane[1]), rng.uniform(0.6, 1.5)) for _ in range(count)]

    def shape(progress):
        v, u = Surface.grid(plane)
        out = np.zeros(np.broadcast_shapes(v.shape, u.shape))
        for cv, cu, size in at:
            reach = spread * size * (0.6 + 0.4 * progress)
            out = np.maximum(out, size * np.clip(1 - ((v - cv) ** 2 + (u - cu) ** 2) / reach**2, 0, None))
        return out

    return shape


def ramp(plane, rng, low=0.2):
    """From one side of the cell to the other."""
    angle = rng.uniform(0, 2 * np.pi)

    def shape(progress):
        v, u = Surface.grid(plane)
        along = np.cos(angle) * (v / plane[0] - 0.5) + np.sin(angle) * (u / plane[1] - 0.5)
        return np.clip(0.5 * (1 + low) + (1 - low) * along, 0.02, None)

    return shape


def stripes(plane, rng, period):
    """Wrinkles, sharper as they grow."""
    angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 6)

    def shape(progress):
        v, u = Surface.grid(plane)
        wave = np.sin((np.cos(angle) * v + np.sin(angle) * u) * 2 * np.pi / period + phase)
        return 1.05 + wave * (0.4 + 0.6 * progress)

    return shape


def rough(plane, rng, length, depth=0.7):
    """A skewed random field."""
    v, u = Surface.grid(plane)
    noise = ndimage.gaussian_filter(rng.standard_normal((v.size, u.size)), 2 * length)
    noise = np.exp(depth * noise / noise.std())

    return lambda progress: noise


def edge(plane, rng, pellet):
    """More at the rim than in the middle."""

    def shape(progress):
        v, u = Surface.grid(plane)
        r = np.hypot(v - pellet[0], u - pellet[1]) / pellet[2]
        return 0.35 + 1.6 * np.clip(r, 0, 1.1) ** 4 + 0.0 * v

    return shape


def amounts(plane, shape, means, residue=None, from_scan=None, pellet=None):
    """One Surface a scan whose mean over the cell is means[scan] voxels; from `from_scan` on shaped as `residue`."""
    v, u = Surface.grid(plane)
    inside = (v > -0.5) & (v < plane[0] - 0.5) & (u > -0.5) & (u < plane[1] - 0.5)
    if pellet is not None:
        inside = np.hypot(v - pellet[0], u - pellet[1]) < pellet[2]
    top = max(max(means), 1e-9)
    out = []
    for scan, mean in enumerate(means):
        chosen = residue if from_scan is not None and scan >= from_scan else shape
        table = np.broadcast_to(chosen(mean / top), (v.size, u.size)).astype(float)
        out.append(Surface(table * (mean / table[inside].mean()), 12))
    return out


def drift(shape, rng, count, step=2.0, turn=0.25, axial=1.0):
    """A wandering stage: `count` rigid motions, the first the identity; `axial` scales the way along the stack."""
    matrices, shift, degrees = [np.eye(4)], np.zeros(3), np.zeros(3)
    for _ in range(count - 1):
        shift = shift + rng.normal(0, step, 3)
        degrees = degrees + rng.normal(0, turn, 3)
        way = np.clip(shift, -7, 7) * (axial, 1, 1)
        matrices.append(rigid(shape, way, np.clip(degrees, -0.9, 0.9)))
    return matrices


# --- the cases --------------------------------------------------------------------------------------------------------


def pellet_of(plane, radius):
    return ((plane[0] - 1) / 2 + 1.3, (plane[1] - 1) / 2 - 2.1, radius)


def u8_grains(case, rng):
    """8-bit, coarse Voronoi grains, islands, tube and air in view, copper behind the foil, a penny above the interface."""
    shape = (120, 180, 180)
    plane = shape[1:]
    pellet = pellet_of(plane, 76.0)
    case.update(
        type="uint8",
        voxelUm=1.625,
        axis="z",
        collectorEnd="low",
        form="tiff",
        blur=0.8,
        noise={"kind": "white", "sigma": 6.0},
    )
    working = interface(plane, 32.3, (0.7, -0.4), 2.0, 0.5, 5, rng)
    counter = interface(plane, 92.6, (0.3, 0.5), -1.0, 0.4, 8, rng)
    scene = Scene(
        shape,
        Greys(180, 95, 30, 175, 60, 4),
        working,
        counter,
        plated=amounts(plane, islands(plane, rng, 60, 17), [0, 1.1, 2.6, 4.4, 5.6], pellet=pellet),
        lost=amounts(plane, rough(plane, rng, 20, 0.3), [0, 1.1, 2.6, 4.4, 5.6], pellet=pellet),
        texture=textures.grains(shape, 25, 100, rng, 9, 0.10),
        back=interface(plane, 110.0, (0.3, 0.5), -1.0, 0.2, 8, rng),
        loss="back",
        pellet=pellet,
        wall=86.0,
        cracks=[penny((42, 70, 105), (1, 0.35, -0.2), [0, 0, 6, 9, 12], [0, 0, 1.3, 1.6, 1.9], 2)],
    )
    return scene, drift(shape, rng, 5)


def attenuation(case, rng):
    """Float attenuation coefficients at 0.65 µm, stack along y, collector at the high end, square field in the pellet."""
    shape = (100, 180, 170)
    plane = shape[1:]
    case.update(
        type="float32",
        voxelUm=0.65,
        axis="y",
        collectorEnd="high",
        form="tiff",
        blur=0.7,
        times="middle",
        noise={"kind": "correlated", "sigma": 0.05, "length": 0.7},
    )
    scene = Scene(
        shape,
        Greys(2.1, 1.1, 0.35, 2.0, 0.6, 0),
        interface(plane, 27.7, (-0.5, 0.9), 1.0, 0.8, 4, rng),
        interface(plane, 80.2, (0.2, 0.1), 1.5, 0.6, 6, rng),
        plated=amounts(plane, ramp(plane, rng), [0, 2.2, 4.9, 7.7, 10.4]),
        lost=amounts(plane, rough(plane, rng, 15, 0.4), [0, 2.2, 4.9, 7.7, 10.4]),
        texture=textures.spheres(shape, 20, 95, rng, (1.2, 3.5), 0.10, 0.45, 0.04),
        cracks=[shell((43, 90, 60), 30, [0, 0, 0, 10, 15], [0, 0, 0, 1.4, 1.8], 3)],
    )
    return scene, drift(shape, rng, 5)


def low_range(case, rng):
    """12-bit-like greys at 2.6 µm, stack along x, zeros outside the reconstruction's circle, wrinkles, noise of counts."""
    shape = (140, 200, 220)
    plane = shape[1:]
    case.update(
        type="uint16",
        voxelUm=2.6,
        axis="x",
        collectorEnd="low",
        form="tiff",
        blur=0.75,
        circle=True,
        noise={"kind": "poisson", "sigma": 35.0, "at": 520.0},
        times="clock",
    )
    scene = Scene(
        shape,
        Greys(900, 520, 200, 880, 300, 20),
        interface(plane, 38.4, (0.6, 0.8), -3.0, 0.6, 6, rng),
        interface(plane, 108.1, (-0.2, 0.4), 2.0, 0.5, 5, rng),
        plated=amounts(plane, stripes(plane, rng, 37), [0, 0.7, 1.9, 3.3, 4.2]),
        lost=amounts(plane, ramp(plane, rng, 0.5), [0, 0.7, 1.9, 3.3, 4.2]),
        texture=textures.clouds(shape, 30, 115, rng, (1.5, 5.0), 0.07),
        back=interface(plane, 129.5, (-0.2, 0.4), 2.0, 0.3, 5, rng),
        loss="back",
    )
    return scene, drift(shape, rng, 5)


def thin_collector(case, rng):
    """Nine voxels of collector in view, air right outside the pellet, an attached penny and a branching crack."""
    shape = (110, 170, 190)
    plane = shape[1:]
    pellet = pellet_of(plane, 74.0)
    case.update(
        type="uint16",
        voxelUm=1.1,
        axis="z",
        collectorEnd="high",
        form="bigtiff",
        blur=0.8,
        noise={"kind": "white", "sigma": 1500.0},
    )
    working = interface(plane, 9.6, (0.2, -0.25), 0.4, 0.4, 4, rng)
    sizes = [0, 0, 7, 10, 13, 15]
    scene = Scene(
        shape,
        Greys(52000, 30500, 14000, 50000, 20000, 900),
        working,
        interface(plane, 80.7, (0.5, -0.7), 2.0, 0.7, 6, rng),
        plated=amounts(plane, rough(plane, rng, 7, 0.2), [0, 0.6, 1.2, 1.9, 2.3, 2.8], pellet=pellet),
        lost=amounts(plane, rough(plane, rng, 12, 0.3), [0, 0.6, 1.2, 1.9, 2.3, 2.8], pellet=pellet),
        texture=textures.grains(shape, 4, 88, rng, 6, 0.07),
        back=interface(plane, 98.0, (0.5, -0.7), 2.0, 0.2, 6, rng),
        loss="face",
        pellet=pellet,
        cracks=[
            penny((14, 60, 120), (0.8, 0.5, 0.3), sizes, [0, 0, 1.5, 1.7, 1.9, 2.2], 2),
            branching(
                (13, 115, 75),
                [(0.7, 0.7, 0.1), (0.7, -0.5, 0.6), (0.9, -0.1, -0.6)],
                [0, 0, 0, 0, 6, 9],
                [0, 0, 0, 0, 1.4, 1.7],
                4,
            ),
        ],
    )
    return scene, drift(shape, rng, 6, 1.5, 0.2, axial=0.2)  # more would take the collector out of view


def counter_cracks(case, rng):
    """Cracks at the lithium foil, copper behind it, the foil a smaller disc than the pellet; slices in folders."""
    shape = (128, 176, 176)
    plane = shape[1:]
    pellet = pellet_of(plane, 75.0)
    case.update(
        type="uint16",
        voxelUm=1.625,
        axis="z",
        collectorEnd="low",
        form="slices",
        blur=0.75,
        noise={"kind": "correlated", "sigma": 1200.0, "length": 0.6},
    )
    scene = Scene(
        shape,
        Greys(45000, 25000, 9000, 44000, 14000, 1500),
        interface(plane, 44.8, (1.2, 0.4), 3.0, 0.6, 5, rng),
        interface(plane, 96.3, (0.9, 0.1), 1.0, 0.5, 6, rng),
        plated=amounts(plane, edge(plane, rng, pellet), [0, 1.5, 3.6, 5.1, 4.0, 2.2], pellet=pellet),
        lost=amounts(plane, rough(plane, rng, 10, 0.2), [0, 1.5, 3.6, 5.1, 4.0, 2.2], pellet=pellet),
        texture=textures.clouds(shape, 36, 104, rng, (2.0, (1.0, 6.0, 6.0)), 0.08),
        back=interface(plane, 114.0, (0.9, 0.1), 1.0, 0.2, 6, rng),
        loss="back",
        pellet=pellet,
        wall=84.0,
        foil_radius=66.0,
        cracks=[
            shell((86, 95, 70), 34, [0, 0, 0, 11, 14, 16], [0, 0, 0, 1.6, 1.9, 2.0], 3, up=False),
            penny((92, 65, 120), (0.9, -0.4, 0.1), [0, 0, 0, 0, 8, 12], [0, 0, 0, 0, 1.5, 1.9], 4),
        ],
    )
    return scene, drift(shape, rng, 6)


def symmetric(case, rng):
    """Lithium on both sides: what plates below takes the electrolyte's place, above the electrolyte follows."""
    shape = (116, 168, 168)
    plane = shape[1:]
    case.update(
        type="uint16",
        voxelUm=1.625,
        axis="z",
        collectorEnd="low",
        form="tiff",
        blur=0.8,
        noise={"kind": "white", "sigma": 1300.0},
        recipe={"cell": "symmetric", "stack": {"axis": "z", "collectorEnd": "low"}},
    )
    scene = Scene(
        shape,
        Greys(0, 26000, 8000, 40000, 15000, 1000),
        interface(plane, 26.4, (0.4, 0.3), 1.5, 0.5, 5, rng),
        interface(plane, 88.8, (0.5, 0.2), 1.0, 0.5, 5, rng),
        plated=amounts(plane, rough(plane, rng, 12, 0.3), [0, 1.2, 2.7, 4.6, 5.8]),
        lost=amounts(plane, ramp(plane, rng, 0.4), [0, 1.2, 2.7, 4.6, 5.8]),
        texture=textures.grains(shape, 18, 100, rng, 8, 0.06),
        symmetric=True,
        cracks=[penny((52, 80, 95), (1, 0.1, 0.3), [0, 0, 0, 9, 12], [0, 0, 0, 1.5, 1.8], 3)],
    )
    return scene, drift(shape, rng, 5)


def jump(case, rng):
    """The stage jumps: 24 and 15 voxels across, 3° about the stack, then wanders; no wall, zeros outside the circle."""
    shape = (128, 128, 128)  # a cube, so that a name such as 128x128x128_f32 tells all
    plane = shape[1:]
    case.update(
        type="float32",
        voxelUm=1.3,
        axis="z",
        collectorEnd="low",
        form="raw",
        blur=0.8,
        circle=True,
        noise={"kind": "white", "sigma": 0.06},
    )
    scene = Scene(
        shape,
        Greys(1.9, 1.0, 0.3, 1.8, 0.6, 0),
        interface(plane, 35.2, (0.3, 0.6), 1.0, 0.6, 4, rng),
        interface(plane, 98.9, (0.3, 0.2), 1.0, 0.5, 6, rng),
        plated=amounts(plane, islands(plane, rng, 40, 15), [0, 1.8, 3.1, 4.4]),
        lost=amounts(plane, ramp(plane, rng, 0.5), [0, 1.8, 3.1, 4.4]),
        texture=textures.grains(shape, 26, 106, rng, 7, 0.09),
        loss="face",
    )
    motions = [
        np.eye(4),
        rigid(shape, (6, 24, -15), (3.0, 0.2, -0.4)),
        rigid(shape, (5, 22.4, -14.1), (2.6, 0.3, -0.2)),
        rigid(shape, (-3, -12.3, 9.7), (-1.4, 0.4, 0.1)),
    ]
    return scene, motions


def faint(case, rng):
    """Hardly any texture under strong noise, in a tube with three wires: tube and interfaces must hold the frame."""
    shape = (112, 180, 180)
    plane = shape[1:]
    pellet = pellet_of(plane, 74.0)
    case.update(
        type="uint16",
        voxelUm=1.625,
        axis="z",
        collectorEnd="high",
        form="tiff",
        blur=0.8,
        noise={"kind": "correlated", "sigma": 2200.0, "length": 0.6},
    )
    scene = Scene(
        shape,
        Greys(50000, 32000, 17000, 49500, 22000, 5000),
        interface(plane, 30.1, (0.9, -0.6), 1.0, 0.5, 6, rng),
        interface(plane, 90.4, (0.8, -0.4), 1.0, 0.4, 5, rng),
        plated=amounts(plane, rough(plane, rng, 15, 0.5), [0, 0.8, 2.0, 3.6, 5.2], pellet=pellet),
        lost=amounts(plane, rough(plane, rng, 15, 0.1), [0] * 5),
        texture=textures.clouds(shape, 20, 100, rng, (1.8,), 0.03),
        loss="back",
        pellet=pellet,
        wall=83.0,
        pins=[(pellet[0] + 78.5 * np.sin(a), pellet[1] + 78.5 * np.cos(a), 2.2) for a in np.radians((20, 150, 265))],
    )
    return scene, drift(shape, rng, 5)


def cycles(case, rng):
    """Plate, strip to a patchy residue, plate again until it cracks; greys of a CT scanner (signed), big-endian TIFF."""
    shape = (124, 180, 180)
    plane = shape[1:]
    pellet = pellet_of(plane, 77.0)
    case.update(
        type="int16",
        voxelUm=2.0,
        axis="z",
        collectorEnd="low",
        form="tiff-be",
        blur=0.8,
        noise={"kind": "white", "sigma": 130.0},
    )
    means = [0, 2.0, 4.2, 1.6, 0.5, 2.4, 4.0]
    patchy = islands(plane, rng, 25, 12)
    grown = rough(plane, rng, 9, 0.5)
    plated = amounts(plane, grown, means, pellet=pellet)
    plated[4] = amounts(plane, patchy, means, pellet=pellet)[4]
    scene = Scene(
        shape,
        Greys(2900, 700, -450, 2800, 150, -1000),
        interface(plane, 36.6, (-1.1, 0.5), -2.0, 0.7, 5, rng),
        interface(plane, 96.9, (-0.9, 0.4), 1.0, 0.6, 6, rng),
        plated=plated,
        lost=amounts(plane, ramp(plane, rng, 0.7), means, pellet=pellet),
        texture=textures.spheres(shape, 28, 108, rng, (1.0, 3.0), 0.05, 0.6, 0.10),
        back=interface(plane, 113.0, (-0.9, 0.4), 1.0, 0.2, 6, rng),
        loss="back",
        pellet=pellet,
        wall=87.0,
        cracks=[
            shell((47, 110, 100), 26, [0, 0, 0, 0, 0, 10, 13], [0, 0, 0, 0, 0, 1.6, 2.0], 5),
            penny((40, 62, 75), (0.3, 0.9, 0.2), [0, 0, 0, 0, 0, 0, 9], [0, 0, 0, 0, 0, 0, 1.6], 6),
        ],
    )
    return scene, drift(shape, rng, 7)


def gain_drift(case, rng):
    """The beam's grey values wander by ±1.5 % and an offset from scan to scan."""
    scene, motions = u8_grains(case, rng)
    case.update(
        type="uint16",
        voxelUm=1.625,
        noise={"kind": "white", "sigma": 1400.0},
        form="tiff",
        axis="y",
        drift={1: (1.012, -150.0), 2: (0.985, 240.0), 3: (1.006, 90.0), 4: (0.991, -60.0)},
    )
    scene.greys = Greys(44000, 24000, 8200, 43500, 15000, 1200)
    return scene, motions


def eight(case, rng):
    """Eight scans of 128 × 256 × 256 for the race against the script of bench/peer."""
    shape = (128, 256, 256)
    plane = shape[1:]
    pellet = pellet_of(plane, 112.0)
    case.update(
        type="uint16",
        voxelUm=1.625,
        axis="z",
        collectorEnd="low",
        form="tiff",
        blur=0.8,
        noise={"kind": "white", "sigma": 1300.0},
    )
    means = [0, 0.8, 1.6, 2.5, 3.3, 4.1, 4.9, 5.6]
    scene = Scene(
        shape,
        Greys(44000, 25000, 8500, 43500, 15000, 1200),
        interface(plane, 36.3, (0.5, 0.3), 1.5, 0.5, 5, rng),
        interface(plane, 100.4, (0.4, 0.2), 1.0, 0.5, 6, rng),
        plated=amounts(plane, rough(plane, rng, 12, 0.3), means, pellet=pellet),
        lost=amounts(plane, ramp(plane, rng, 0.6), means, pellet=pellet),
        texture=textures.grains(shape, 28, 108, rng, 9, 0.08),
        loss="back",
        back=interface(plane, 117.0, (0.4, 0.2), 1.0, 0.2, 6, rng),
        pellet=pellet,
        wall=124.0,
    )
    return scene, drift(shape, rng, 8, 1.2, 0.12)


CASES = {
    f.__name__.replace("_", "-"): f
    for f in (
        u8_grains,
        attenuation,
        low_range,
        thin_collector,
        counter_cracks,
        symmetric,
        jump,
        faint,
        cycles,
        gain_drift,
    )
}
EXTRA = {"eight": eight}


def build(name, seed, noise=1.0):
    """Case description, scene and motions; the same for the same name and seed."""
    make = {**CASES, **EXTRA}[name]
    rng = np.random.default_rng([seed, *name.encode()])
    case = {"name": name, "seed": seed}
    scene, motions = make(case, rng)
    case["noise"] = {**case["noise"], "sigma": case["noise"]["sigma"] * noise}
    return case, scene, motions, rng


def write(name, seed, out, noise=1.0, log=lambda line: None):
    """Writes one case into `out`, which it replaces."""
    out = Path(out)
    shutil.rmtree(out, ignore_errors=True)
    case, scene, motions, rng = build(name, seed, noise)
    return write_series(case, scene, motions, out, rng, log)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?")
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list or options.out is None:
        for name, make in {**CASES, **EXTRA}.items():
            print(f"{name:16} {make.__doc__}")
        return
    for name in options.cases or CASES:
        start = time.time()
        folder = Path(options.out) / f"{name}-s{options.seed}"
        truth = write(name, options.seed, folder, options.noise)
        print(f"{folder}  {len(truth['scans'])} scans  {time.time() - start:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
