"""Times scipy and scikit-image on request: reads an operator's name from each line, answers seconds and voxels as JSON."""
import json
import sys
import time

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.transform import downscale_local_mean

path, size = sys.argv[1], int(sys.argv[2])
grey = np.fromfile(path, "u2").reshape(size, size, size)
real = grey.astype("f4")
fraction = (grey.astype("i4") - 30000).astype("i2")
mask = grey > 33000
few = slice(0, 24)  # slices for peers that take minutes on a whole volume
z, y, x = np.mgrid[-3:4, -3:4, -3:4]
ball = z**2 + y**2 + x**2 <= 9
angle = np.radians(0.5)
rotation = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])



def label26(a):
    labels, _ = ndimage.label(a, np.ones((3, 3, 3)))
    kept = np.bincount(labels.ravel()) >= 50
    kept[0] = False
    return np.where(kept[labels], labels, 0)


peers = {
    "gaussian": (real, lambda a: ndimage.gaussian_filter(a, 1.0)),
    "difference": (real, lambda a: ndimage.gaussian_filter(a - 1.01 * a, 1.0)),
    "median ball 3": (fraction[few], lambda a: ndimage.median_filter(a, footprint=ball)),
    "median cube 7": (fraction[few], lambda a: ndimage.median_filter(a, size=7)),
    "label 26": (mask, label26),
    "otsu 16-bit": (grey, threshold_otsu),
    "bin 2x2x2": (grey, lambda a: downscale_local_mean(a, (2, 2, 2))),
    "distance": (mask[: size // 2], ndimage.distance_transform_edt),
    "dilate ball 3": (mask[few], lambda a: ndimage.binary_dilation(a, ball)),
    "resample": (real[: size // 2], lambda a: ndimage.affine_transform(a, rotation, (0.3, 0.6, 0.1), order=3)),
}
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() not in peers:
        print("{}", flush=True)
        continue
    array, operator = peers[line.strip()]
    start = time.perf_counter()
    operator(array)
    print(json.dumps({"seconds": time.perf_counter() - start, "voxels": array.size}), flush=True)
