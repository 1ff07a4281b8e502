"""Writes tiffs.json: what tifffile with imagecodecs (from PyPI) finds in every TIFF below a folder.

    python3 list_tiffs.py ../../../../shared/data > tiffs.json

`sha256` is of the grey values of all pages, little endian, of the first sample where a pixel has several, in the type that
the engine computes with: booleans as bytes, float16 as float32, 64-bit integers as float64.
"""
import hashlib
import json
import logging
import os
import sys

import numpy
import tifffile

logging.disable(logging.CRITICAL)
WIDER = {'bool': 'uint8', 'float16': 'float32', 'int64': 'float64', 'uint64': 'float64'}


def grey_values(pages):
    first = pages[0]
    planes = []
    for page in pages:
        plane = page.asarray()
        if page.samplesperpixel > 1:
            plane = plane[0] if page.planarconfig == 2 else plane[..., 0]
        planes.append(plane)
    array = numpy.stack(planes)
    return array.astype(WIDER.get(str(array.dtype), array.dtype)), first


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
        if first.photometric in (0, 1) and found['uniform']:
            try:
                array, _ = grey_values(pages)
                found['dtype'] = str(array.dtype)
                found['sha256'] = hashlib.sha256(array.astype(array.dtype.newbyteorder('<')).tobytes()).hexdigest()
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
json.dump({name: entry(os.path.join(root, name)) for name in names}, sys.stdout, indent=1, sort_keys=True)
print()
