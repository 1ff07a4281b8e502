"""A solid-state cell as implicit functions of position, and scans of it as it moves.

Positions are (s, v, u) in voxels of the reference scan, the centre of the first voxel at (0, 0, 0): s runs from the
working to the counter electrode. The frame is the electrolyte's: what plates takes the place of the collector, which
recedes. A scan evaluates the scene at moved positions; no image is ever shifted.
"""

from dataclasses import dataclass, field
from typing import Callable

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

SUBSAMPLES = (-1 / 3, 0.0, 1 / 3)
EDGE = 1.6  # voxels: nearer to a surface than this, a voxel is sampled 3 × 3 (× 3 in cracks) times


class Surface:
    """A height, or a thickness, over the plane: a table of step 0.5 voxel, linear between its points."""

    def __init__(self, table, margin):
        self.table = np.ascontiguousarray(table, np.float32)
        self.margin = margin

    @staticmethod
    def grid(plane, margin=12):
        """Positions (v, u) of a table that covers `plane` and `margin` voxels around it."""
        return np.meshgrid(*(np.arange(-2 * margin, 2 * (n + margin)) / 2 for n in plane), indexing="ij", sparse=True)

    def __call__(self, v, u):
        """Values at (v, u), arrays of one shape; beyond the table the nearest value."""
        rows, columns = self.table.shape
        y = np.clip((v + self.margin) * 2, 0, rows - 1.001)
        x = np.clip((u + self.margin) * 2, 0, columns - 1.001)
        iy, ix = y.astype(np.int32), x.astype(np.int32)
        fy, fx = (y - iy).astype(np.float32), (x - ix).astype(np.float32)
        flat, at = self.table.ravel(), iy * columns + ix
        low = flat[at] * (1 - fx) + flat[at + 1] * fx
        high = flat[at + columns] * (1 - fx) + flat[at + columns + 1] * fx
        return low * (1 - fy) + high * fy


@dataclass
class Crack:
    """Signed distance (about: voxels, negative inside) of a crack in scan t, and a box that holds it at its largest."""

    distance: Callable  # (scan, s, v, u) -> array
    low: np.ndarray
    high: np.ndarray
    onset: int


@dataclass
class Greys:
    collector: float
    electrolyte: float
    lithium: float
    copper: float
    wall: float
    air: float


@dataclass
class Scene:
    """Everything in view. `plated` and `lost` hold one Surface a scan (thickness of lithium in voxels)."""

    shape: tuple  # (s, v, u)
    greys: Greys
    working: Surface
    counter: Surface
    plated: list
    lost: list
    texture: Callable | None = None  # (s, v, u) -> relative deviation of the electrolyte's grey value
    back: Surface | None = None  # rear of the lithium foil; None: the field ends inside the foil
    symmetric: bool = False  # lithium instead of collector; plated lithium takes the electrolyte's place
    loss: str = "face"  # lithium leaves the foil at its "face" (electrolyte follows) or its "back" (copper follows)
    pellet: tuple | None = None  # (centre v, centre u, radius); None: the field lies inside the pellet
    wall: float | None = None  # outer radius of the tube; None: air right outside the pellet
    pins: list = field(default_factory=list)  # rods along the stack in the tube: (v, u, radius), grey as copper
    foil_radius: float | None = None  # the foil's disc, when smaller than the pellet: wall material around it
    cracks: list = field(default_factory=list)

    def levels(self, scan, v, u):
        """The four surfaces that part collector | plated | electrolyte | foil | copper at (v, u) in a scan."""
        h, g = self.working(v, u), self.counter(v, u)
        t, lost = self.plated[scan](v, u), self.lost[scan](v, u)
        low, face = (h, h + t) if self.symmetric else (h - t, h)
        rear = self.back(v, u) if self.back is not None else np.full_like(h, 1e6)
        if self.loss == "face":
            return low, face, g + lost, rear
        return low, face, g, rear - lost

    def electrolyte_range(self):
        """Where along s the electrolyte lies in the reference, whatever the place in the plane."""
        v, u = np.meshgrid(*(np.arange(n, dtype=float) for n in self.shape[1:]), indexing="ij")
        inside = np.ones(v.shape, bool) if self.pellet is None else self._radius(v, u) < self.pellet[2]
        return [float(self.working(v, u)[inside].max()), float(self.counter(v, u)[inside].min())]

    def sample(self, scan, s, v, u):
        """Grey values of a scan at positions of the scene, flat float64 arrays; a voxel's box is averaged."""
        tex = self._electrolyte(s, v, u)
        low, face, g, rear = self.levels(scan, v, u)
        grey = self._stack(s, low, face, g, rear, tex)
        near = np.zeros(s.shape, bool)
        for surface in (low, face, g, rear):
            near |= np.abs(s - surface) < EDGE
        if self.pellet is not None:
            r = self._radius(v, u)
            radial = [self.pellet[2]] + [x for x in (self.wall, self.foil_radius) if x is not None]
            for radius in radial:
                near |= np.abs(r - radius) < EDGE
            grey = self._radial(grey, s, v, u, g, rear)
            for pin in self.pins:
                near |= np.abs(np.hypot(v - pin[0], u - pin[1]) - pin[2]) < EDGE
        alive = [c for c in self.cracks if c.onset <= scan]
        for crack in alive:
            box = np.ones(s.shape, bool)
            for axis, p in enumerate((s, v, u)):
                box &= (p > crack.low[axis] - 2) & (p < crack.high[axis] + 2)
            near |= box
        at = np.flatnonzero(near)
        if at.size:
            grey[at] = self._fine(scan, s[at], v[at], u[at], tex[at], alive)
        return grey

    def _electrolyte(self, s, v, u):
        e = self.greys.electrolyte
        if self.texture is None:
            return np.full(s.shape, e, np.float32)
        return (e * (1 + self.texture(s, v, u))).astype(np.float32)

    def _stack(self, s, low, face, g, rear, tex, half=0.5):
        """Mean of the stack over [s − half, s + half], exact along s."""
        greys = self.greys
        first = greys.lithium if self.symmetric else greys.collector

        def below(surface):
            return np.clip((surface - s) / (2 * half) + 0.5, 0, 1)

        a, b, c, d = below(low), below(face), below(g), below(rear)
        return first * a + greys.lithium * (b - a) + tex * (c - b) + greys.lithium * (d - c) + greys.copper * (1 - d)

    def _radius(self, v, u):
        return np.hypot(v - self.pellet[0], u - self.pellet[1])

    def _radial(self, grey, s, v, u, g, rear, sharp=1.0):
        """What lies around the pellet, and around the foil, over the stack's own grey value."""
        greys, r = self.greys, self._radius(v, u)

        def inside(radius, r=r):
            return np.clip((radius - r) * sharp + 0.5, 0, 1)

        if self.foil_radius is not None:
            foil = np.clip(s - g + 0.5, 0, 1) * np.clip(rear - s + 0.5, 0, 1) * (1 - inside(self.foil_radius))
            grey = grey * (1 - foil) + greys.wall * foil
        around = greys.air
        if self.wall is not None:
            tube = inside(self.wall)
            around = greys.wall * tube + greys.air * (1 - tube)
        for pin in self.pins:
            rod = inside(pin[2], np.hypot(v - pin[0], u - pin[1]))
            around = around + rod * (greys.copper - around)
        core = inside(self.pellet[2])
        return grey * core + around * (1 - core)

    def _fine(self, scan, s, v, u, tex, alive):
        """Grey values from 3 × 3 columns a voxel, exact along s, and 3 pieces of each column where a crack may be."""
        total = np.zeros(s.shape)
        parts = [(crack, np.flatnonzero(_in_box(crack, s, v, u))) for crack in alive]
        for dv in SUBSAMPLES:
            for du in SUBSAMPLES:
                vv, uu = v + dv, u + du
                low, face, g, rear = self.levels(scan, vv, uu)
                grey = self._stack(s, low, face, g, rear, tex)
                for crack, at in parts:
                    for ds in SUBSAMPLES:
                        ss = s[at] + ds
                        filled = _fraction(crack.distance(scan, ss, vv[at], uu[at]))
                        filled *= _between(ss, face[at], g[at])
                        grey[at] += filled * (self.greys.lithium - tex[at]) / 3
                if self.pellet is not None:
                    grey = self._radial(grey, s, vv, uu, g, rear, sharp=3.0)
                total += grey
        return total / 9

    def thickness(self, maps):
        """Column means of a thickness over each pixel, (v, u) in voxels, outside the pellet 0."""
        n_v, n_u = self.shape[1:]
        v0, u0 = np.meshgrid(np.arange(n_v, dtype=float), np.arange(n_u, dtype=float), indexing="ij")
        total = np.zeros((n_v, n_u))
        steps = (np.arange(6) - 2.5) / 6
        for dv in steps:
            for du in steps:
                v, u = v0 + dv, u0 + du
                value = maps(v, u)
                if self.pellet is not None:
                    value = value * (self._radius(v, u) < self.pellet[2])
                total += value
        return total / steps.size**2

    def crack_fraction(self, crack, scan):
        """Part of each voxel of the reference filled by a crack: (origin, array), the array over the crack's box."""
        low = np.maximum(np.floor(crack.low).astype(int) - 2, 0)
        high = np.minimum(np.ceil(crack.high).astype(int) + 3, self.shape)
        axes = [np.arange(a, b, dtype=float) for a, b in zip(low, high)]
        s, v, u = (p.ravel() for p in np.meshgrid(*axes, indexing="ij"))
        total = np.zeros(s.shape)
        if scan >= crack.onset:
            for dv in SUBSAMPLES:
                for du in SUBSAMPLES:
                    _, face, g, _ = self.levels(scan, v + dv, u + du)
                    for ds in SUBSAMPLES:
                        part = _fraction(crack.distance(scan, s + ds, v + dv, u + du))
                        total += part * _between(s + ds, face, g)
        return low, (total / 27).reshape(high - low)


def _fraction(distance):
    return np.clip(0.5 - 3 * distance, 0, 1)


def _between(s, low, high):
    """Part of [s − 1/6, s + 1/6] between two surfaces."""
    return np.clip(3 * (s - low) + 0.5, 0, 1) * np.clip(3 * (high - s) + 0.5, 0, 1)


def _in_box(crack, s, v, u):
    box = np.ones(s.shape, bool)
    for axis, p in enumerate((s, v, u)):
        box &= (p > crack.low[axis] - 2) & (p < crack.high[axis] + 2)
    return box


def rigid(shape, shift, degrees):
    """4×4 matrix, view coordinates, reference → moved: rotation vector `degrees` about the centre, then `shift`."""
    matrix = np.eye(4)
    rotation = Rotation.from_rotvec(np.radians(degrees)).as_matrix()
    centre = (np.asarray(shape) - 1) / 2
    matrix[:3, :3] = rotation
    matrix[:3, 3] = centre + np.asarray(shift, float) - rotation @ centre
    return matrix


def render(scene, scan, matrix, blur, slab=12):
    """The scan without noise, float32 (s, v, u): the scene under a rigid motion, seen through a Gaussian of σ `blur`."""
    pad = int(np.ceil(4 * blur))
    inverse = np.linalg.inv(matrix)
    n_s, n_v, n_u = scene.shape
    out = np.empty((n_s + 2 * pad, n_v + 2 * pad, n_u + 2 * pad), np.float32)
    v = np.arange(-pad, n_v + pad, dtype=float)
    u = np.arange(-pad, n_u + pad, dtype=float)
    for start in range(0, out.shape[0], slab):
        s = np.arange(start - pad, min(start + slab, out.shape[0]) - pad, dtype=float)
        q = np.meshgrid(s, v, u, indexing="ij", sparse=True)
        p = [
            (inverse[row, 0] * q[0] + inverse[row, 1] * q[1] + inverse[row, 2] * q[2] + inverse[row, 3]).ravel()
            for row in range(3)
        ]
        out[start : start + len(s)] = scene.sample(scan, *p).reshape(len(s), v.size, u.size)
    if blur > 0:
        out = ndimage.gaussian_filter(out, blur)
    return out[pad : pad + n_s, pad : pad + n_v, pad : pad + n_u]


# --- cracks -----------------------------------------------------------------------------------------------------------


def _lens(d, normal, radius, half):
    """Distance to a lens of a radius and a half thickness; `d` are offsets from its centre."""
    along = d[0] * normal[0] + d[1] * normal[1] + d[2] * normal[2]
    across = np.sqrt(np.maximum(d[0] ** 2 + d[1] ** 2 + d[2] ** 2 - along**2, 0))
    w = half * np.sqrt(np.maximum(1 - (across / radius) ** 2, 0))
    return np.where(across < radius, np.abs(along) - w, np.hypot(np.abs(along), across - radius))


def penny(centre, normal, radius, half, onset):
    """A flat lens whose radius and half thickness (one a scan, voxels) grow."""
    centre, normal = np.asarray(centre, float), np.asarray(normal, float)
    normal = normal / np.linalg.norm(normal)
    reach = np.sqrt(np.maximum(1 - normal**2, 0)) * max(radius) + np.abs(normal) * max(half)

    def distance(scan, s, v, u):
        return _lens((s - centre[0], v - centre[1], u - centre[2]), normal, radius[scan], half[scan])

    return Crack(distance, centre - reach, centre + reach, onset)


def shell(apex, curvature, radius, half, onset, up=True):
    """A curved shell, the cap of a sphere (radius of curvature in voxels): a dome over the interface, or a basin."""
    sign = -1.0 if up else 1.0
    centre = np.asarray(apex, float) + np.array([sign * curvature, 0, 0])
    sag = curvature - np.sqrt(max(curvature**2 - max(radius) ** 2, 0))
    low, high = np.asarray(apex, float).copy(), np.asarray(apex, float).copy()
    low[0] += -max(half) - (sag if up else 0)
    high[0] += max(half) + (0 if up else sag)
    low[1:] -= max(radius)
    high[1:] += max(radius)

    def distance(scan, s, v, u):
        across = np.hypot(v - centre[1], u - centre[2])
        w = half[scan] * np.sqrt(np.maximum(1 - (across / radius[scan]) ** 2, 0))
        radial = np.sqrt((s - centre[0]) ** 2 + across**2) - curvature
        side = s >= centre[0] if up else s <= centre[0]
        inside = (across < radius[scan]) & side
        return np.where(inside, np.abs(radial) - w, 1.0)

    return Crack(distance, low, high, onset)


def branching(root, directions, radius, half, onset):
    """Lenses that start at one point and lean apart: one crack with branches. `directions`: unit tilts of each branch."""
    pieces = []
    for lean in directions:
        lean = np.asarray(lean, float) / np.linalg.norm(lean)
        normal = np.cross(lean, [0.31, 0.8, -0.52])
        # Each branch grows outwards from the root, so its centre moves as it grows.
        pieces.append((np.asarray(root, float), lean, normal / np.linalg.norm(normal)))
    reach = 2 * max(radius) + max(half)

    def distance(scan, s, v, u):
        best = None
        for origin, lean, normal in pieces:
            centre = origin + 0.8 * radius[scan] * lean
            d = _lens((s - centre[0], v - centre[1], u - centre[2]), normal, radius[scan], half[scan])
            best = d if best is None else np.minimum(best, d)
        return best

    return Crack(distance, np.asarray(root, float) - reach, np.asarray(root, float) + reach, onset)
