"""Electrolyte textures: band-limited relative deviations of the grey value, sampled by cubic spline anywhere."""

import io
import zlib

import numpy as np
from scipy import ndimage


class Texture:
    """A volume with `fine` samples a voxel, its first sample at `origin` (voxels); cubic spline between, mirrored beyond."""

    def __init__(self, volume, fine, origin):
        self.coefficients = ndimage.spline_filter(volume.astype(np.float32), 3, output=np.float32, mode="mirror")
        self.fine = fine
        self.origin = np.asarray(origin, float)

    def __call__(self, s, v, u):
        at = np.stack([(p - o) * self.fine for p, o in zip((s, v, u), self.origin)])
        return ndimage.map_coordinates(
            self.coefficients, at, order=3, prefilter=False, mode="mirror", output=np.float32
        )


def _grid(shape, low, high, fine):
    """Shape and origin of a fine grid over the slab low ≤ s < high of a volume and 8 voxels around it."""
    extent = np.array([high - low, shape[1], shape[2]]) + 16
    return tuple((extent * fine).astype(int)), (low - 8, -8, -8)


def _scaled(volume, contrast):
    volume = ndimage.gaussian_filter(volume.astype(np.float32), 1.0)
    volume -= volume.mean()
    return volume * (contrast / volume.std())


def grains(shape, low, high, rng, size, contrast, fine=2):
    """Voronoi grains about `size` voxels across, each with its own grey value."""
    grid, origin = _grid(shape, low, high, fine)
    count = max(8, int(np.prod(grid) / (size * fine) ** 3))
    free = np.ones(grid, bool)
    seeds = tuple(rng.integers(0, n, count) for n in grid)
    free[seeds] = False
    nearest = ndimage.distance_transform_edt(free, return_distances=False, return_indices=True)
    grey = np.zeros(grid, np.float32)
    grey[seeds] = rng.standard_normal(count)
    return Texture(_scaled(grey[tuple(nearest)], contrast), fine, origin)


def spheres(shape, low, high, rng, radii, share, depth, contrast, fine=2):
    """Round pores of a volume `share`, darker by `depth` (of the grey value), on a fine noise of `contrast`."""
    grid, origin = _grid(shape, low, high, fine)
    volume = np.zeros(grid, np.float32)
    wanted, filled = share * np.prod(grid), 0.0
    while filled < wanted:
        r = rng.uniform(*radii) * fine
        centre = np.array([rng.uniform(0, n) for n in grid])
        lo = np.maximum(np.floor(centre - r - 1).astype(int), 0)
        hi = np.minimum(np.ceil(centre + r + 2).astype(int), grid)
        axes = np.meshgrid(*(np.arange(a, b) - c for a, b, c in zip(lo, hi, centre)), indexing="ij", sparse=True)
        distance = np.sqrt(axes[0] ** 2 + axes[1] ** 2 + axes[2] ** 2) - r
        part = volume[tuple(slice(a, b) for a, b in zip(lo, hi))]
        np.minimum(part, -depth * np.clip(0.5 - distance, 0, 1), out=part)
        filled += 4 / 3 * np.pi * r**3
    volume = ndimage.gaussian_filter(volume, 1.0)
    volume -= volume.mean()
    noise = ndimage.gaussian_filter(rng.standard_normal(grid).astype(np.float32), 2.5)
    return Texture(volume + _scaled(noise, contrast), fine, origin)


def clouds(shape, low, high, rng, lengths, contrast, fine=2):
    """Gaussian random field with one component a correlation length; a triple of lengths is anisotropic."""
    grid, origin = _grid(shape, low, high, fine)
    volume = np.zeros(grid, np.float32)
    for length in lengths:
        sigma = np.broadcast_to(np.asarray(length, float) * fine, 3)
        part = ndimage.gaussian_filter(rng.standard_normal(grid).astype(np.float32), sigma)
        volume += part / part.std()
    return Texture(_scaled(volume, contrast), fine, origin)


def real(volume, shape, low, fine, contrast, smooth=0.0):
    """A real volume as texture, `fine` of its samples a voxel (below 1: magnified), mirrored where it ends."""
    volume = volume.astype(np.float32)
    if smooth:
        volume = ndimage.gaussian_filter(volume, smooth)
    volume = np.clip(volume, *np.percentile(volume, [0.2, 99.8]))
    volume -= volume.mean()
    return Texture(volume * (contrast / volume.std()), fine, (low - 8, -8, -8))


def read_metaimage(path):
    """Voxels (z, y, x) of a MetaImage with its data in the same file, raw or zlib."""
    kinds = {"MET_SHORT": "i2", "MET_UCHAR": "u1", "MET_USHORT": "u2", "MET_FLOAT": "f4"}
    with open(path, "rb") as file:
        stream = io.BytesIO(file.read())
    head = {}
    while "ElementDataFile" not in head:
        name, _, value = stream.readline().decode("latin1").partition("=")
        head[name.strip()] = value.strip()
    rest = stream.read()
    if head.get("CompressedData", "False") == "True":
        rest = zlib.decompress(rest)
    order = ">" if head.get("BinaryDataByteOrderMSB", head.get("ElementByteOrderMSB", "False")) == "True" else "<"
    shape = [int(n) for n in head["DimSize"].split()][::-1]
    return np.frombuffer(rest, order + kinds[head["ElementType"]], int(np.prod(shape))).reshape(shape)
