"""Writes tiffs.json: what tifffile (or Pillow, for codecs tifffile lacks) finds in every TIFF below a folder.

    /usr/bin/python3 list_tiffs.py ../../../../shared/data > tiffs.json
"""
import json
import logging
import os
import sys

import numpy
import tifffile
from PIL import Image, ImageSequence

logging.disable(logging.CRITICAL)
Image.MAX_IMAGE_PIXELS = None


def voxels(path, tif):
    try:
        return numpy.stack([page.asarray() for page in tif.pages]), 'tifffile'
    except Exception:
        if tif.pages[0].photometric == 0:
            raise  # Pillow would invert it
        with Image.open(path) as image:
            return numpy.stack([numpy.array(page) for page in ImageSequence.Iterator(image)]), 'Pillow'


def entry(path):
    try:
        tif = tifffile.TiffFile(path)
    except Exception as error:
        return {'error': type(error).__name__}
    with tif:
        first = tif.pages[0]
        pages = list(tif.pages)
        found = {
            'pages': len(pages),
            'height': first.imagelength,
            'width': first.imagewidth,
            'samples': first.samplesperpixel,
            'bits': first.bitspersample if isinstance(first.bitspersample, int) else max(first.bitspersample),
            'photometric': int(first.photometric),
            'compression': int(first.compression),
            'byteorder': {'<': 'little', '>': 'big'}[tif.byteorder],
            'uniform': len({(page.shape, str(page.dtype)) for page in pages}) == 1,
        }
        if first.samplesperpixel == 1 and found['uniform']:
            try:
                array, found['reader'] = voxels(path, tif)
                if array.dtype != bool:
                    found['dtype'] = str(array.dtype)
                    # A plain sum misses swapped voxels: weight each by its place, modulo a prime.
                    weights = (numpy.arange(array.size) % 251 + 1).reshape(array.shape)
                    finite = numpy.nan_to_num(array.astype(numpy.float64), nan=0, posinf=0, neginf=0)
                    found['sum'] = float(finite.sum())
                    found['weightedSum'] = float((finite * weights).sum())
            except Exception as error:
                found['unread'] = type(error).__name__
        return found


root = sys.argv[1]
names = sorted(
    os.path.relpath(os.path.join(folder, name), root)
    for folder, _, files in os.walk(root)
    for name in files
    if name.lower().endswith(('.tif', '.tiff'))
)
json.dump({name: entry(os.path.join(root, name)) for name in names}, sys.stdout, indent=2, sort_keys=True)
print()
