"""Writes inputs and what scipy and scikit-image make of them: make_reference.py DIRECTORY.

Every array is a file of its plain voxels, named in reference.json with its type and shape. Seeds are fixed, so that the
same inputs come out every time.
"""
import json
import sys
from pathlib import Path

import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.transform import downscale_local_mean

directory = Path(sys.argv[1])
arrays = {}
numbers = {"scipy": scipy.__version__, "skimage": skimage.__version__}
random = np.random.default_rng(20240)


def save(name, array, kind=None):
    array = np.ascontiguousarray(array, dtype=kind)
    (directory / name).write_bytes(array.tobytes())
    arrays[name] = {"type": array.dtype.name, "shape": list(array.shape)}


def ball(radius):
    z, y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1, -radius : radius + 1]
    return z**2 + y**2 + x**2 <= radius**2


# Gaussian: grey values as they come, in double precision as the truth.
for case, shape in enumerate([(20, 33, 47), (1, 40, 9), (3, 2, 70)]):
    grey = random.uniform(0, 65535, shape).astype("f4")
    save(f"gaussian-{case}", grey)
    for sigma in (0.7, 1.0, 2.3):
        for mode in ("reflect", "nearest"):
            smooth = ndimage.gaussian_filter(grey.astype("f8"), sigma, mode=mode)
            save(f"gaussian-{case}-{sigma}-{mode}", smooth, "f8")

# Median: noise over a step, and the whole range of 16 bits with many equal values.
def cut_median(grey, footprint):
    """The footprint cut off at the border; an even count gives the mean of the middle two, halves upwards."""
    offsets = np.argwhere(footprint) - np.array(footprint.shape) // 2
    out = np.empty_like(grey)
    for at in np.ndindex(grey.shape):
        there = offsets + at
        inside = np.all((there >= 0) & (there < grey.shape), axis=1)
        seen = np.sort(grey[tuple(there[inside].T)]).astype(int)
        n = len(seen)
        out[at] = seen[n // 2] if n % 2 else (seen[n // 2 - 1] + seen[n // 2] + 1) // 2
    return out


step = random.normal(0, 300, (18, 25, 40))
step[:, :, 20:] += 9000
extreme = random.choice([-32768, -32767, -1, 0, 1, 32766, 32767], (7, 9, 37))
for case, grey in enumerate([step, extreme, random.integers(-32768, 32768, (1, 6, 19))]):
    grey = np.round(grey).astype("i2")
    save(f"median-{case}", grey)
    for name, footprint in (("ball3", ball(3)), ("ball1", ball(1)), ("cube2", np.ones((5, 5, 5), bool))):
        for mode in ("reflect", "nearest"):
            save(f"median-{case}-{name}-{mode}", ndimage.median_filter(grey, footprint=footprint, mode=mode))
        save(f"median-{case}-{name}-fiji", cut_median(grey, footprint))

# Masks: blobs, dense noise in which nearly everything touches, single rows.
blobs = ndimage.gaussian_filter(random.normal(size=(60, 70, 83)), 1.5)
masks = [blobs > np.quantile(blobs, 0.85), random.random((25, 30, 67)) < 0.2, random.random((1, 1, 200)) < 0.5, random.random((40, 1, 1)) < 0.5]
for case, mask in enumerate(masks):
    save(f"mask-{case}", mask, "u1")
    for connectivity, structure in ((6, None), (26, np.ones((3, 3, 3)))):
        labels, _ = ndimage.label(mask, structure)
        save(f"label-{case}-{connectivity}", labels, "i4")
    save(f"dilate-{case}", ndimage.binary_dilation(mask, ball(3)), "u1")
    save(f"erode-{case}", ndimage.binary_erosion(mask, ball(2), border_value=1), "u1")
    for name, spacing in (("cubic", (1, 1, 1)), ("flat", (3.25, 1.625, 1.5))):
        save(f"distance-{case}-{name}", ndimage.distance_transform_edt(mask, sampling=spacing), "f8")

# Otsu: two phases of unequal share.
grey = np.concatenate([random.normal(12000, 1500, 60000), random.normal(26000, 2500, 15000)])
save("otsu-16", np.clip(np.round(grey), 0, 65535), "u2")
numbers["otsu-16"] = int(threshold_otsu(np.clip(np.round(grey), 0, 65535).astype("u2")))
save("otsu-float", grey, "f4")
numbers["otsu-float"] = float(threshold_otsu(grey.astype("f4").astype("f8"), nbins=256))

# Means of 2 x 2 x 2 voxels; scikit-image pads odd lengths with zeros, so that they are even here.
save("bin-float", random.uniform(0, 65535, (10, 12, 34)), "f4")
save("bin-float-mean", downscale_local_mean(np.fromfile(directory / "bin-float", "f4").reshape(10, 12, 34).astype("f8"), (2, 2, 2)), "f8")
rgba = random.integers(0, 256, (6, 8, 10, 4)).astype("u1")
save("bin-rgba", rgba)
save("bin-rgba-mean", np.floor(downscale_local_mean(rgba.astype("f8"), (2, 2, 2, 1)) + 0.5), "u1")

# Resampling: a noisy scene blurred by 0.8 voxel, as a scanner sees it, and one of which every point is known.
def rotation(degrees):
    z, y, x = np.radians(degrees)
    about_z = np.array([[1, 0, 0], [0, np.cos(z), -np.sin(z)], [0, np.sin(z), np.cos(z)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[np.cos(x), -np.sin(x), 0], [np.sin(x), np.cos(x), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


shape = (48, 56, 72)
z, y, x = np.mgrid[: shape[0], : shape[1], : shape[2]]
scene = np.where(z < 16, 42000.0, 25000.0) + random.normal(0, 3000, shape)
for centre in random.uniform(8, 40, (25, 3)):
    scene[(z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2 < 16] = 7000
save("resample-scene", ndimage.gaussian_filter(scene, 0.8), "f4")


def waves(z, y, x):
    """Shortest wavelength 6 voxels."""
    return 100 * np.cos(z * 2 * np.pi / 6 + 0.3) + 80 * np.sin(y * 2 * np.pi / 7 + x * 2 * np.pi / 9) + 60 * np.cos(x * 2 * np.pi / 6.5)


save("resample-waves", waves(z, y, x), "f4")
numbers["resample"] = []
for case, (degrees, shift, scale) in enumerate([((0, 0, 0), (0.5, -0.25, 3.1), 1), ((1.0, -0.7, 0.4), (2.3, -1.6, 0.9), 1), ((4, 30, -8), (3, 9, -14), 1.02)]):
    linear = scale * rotation(degrees)
    matrix = np.column_stack([linear, shift])
    numbers["resample"].append(matrix.ravel().tolist())
    grey = np.fromfile(directory / "resample-scene", "f4").reshape(shape).astype("f8")
    save(f"resample-scene-{case}", ndimage.affine_transform(grey, linear, shift, order=3, mode="mirror"), "f8")
    positions = np.einsum("ij,jzyx->izyx", linear, np.stack([z, y, x]).astype("f8")) + np.array(shift)[:, None, None, None]
    save(f"resample-waves-{case}", waves(*positions), "f8")
    # Voxels whose kernel, prefilter included, lies inside the source; and those that lie outside by more than half a voxel.
    limits = np.array(shape)[:, None, None, None]
    save(f"resample-inner-{case}", np.all((positions >= 12) & (positions <= limits - 13), axis=0), "u1")
    save(f"resample-near-{case}", np.all((positions >= 1) & (positions <= limits - 2), axis=0), "u1")
    save(f"resample-outside-{case}", np.any((positions < -0.5) | (positions > limits - 0.5), axis=0), "u1")

(directory / "reference.json").write_text(json.dumps({"arrays": arrays, "numbers": numbers}))
