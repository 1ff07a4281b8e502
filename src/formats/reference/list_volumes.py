"""Writes volumes.json: what nibabel, VTK, NumPy and zarr-python find in volumes below a folder.

    /usr/bin/python3 list_volumes.py ../../../../shared/data > volumes.json

NRRD with compression, which VTK leaves out, is unfolded with Python's own gzip and bz2 behind the header's blank line.
"""
import bz2
import hashlib
import io
import json
import os
import sys
import zipfile
import zlib

import nibabel
import numpy
import zarr
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOImage import vtkMetaImageReader, vtkNrrdReader


def told(array, reader, spacing=None):
    array = numpy.ascontiguousarray(array)
    plain = array.astype(array.dtype.newbyteorder('<'))
    found = {
        'reader': reader,
        'shape': list(array.shape),
        'dtype': array.dtype.newbyteorder('=').name,
        'sha256': hashlib.sha256(plain.tobytes()).hexdigest(),
    }
    if spacing is not None:
        found['spacing'] = [float(n) for n in spacing]
    return found


def from_vtk(reader, path, name):
    reader.SetFileName(path)
    reader.Update()
    image = reader.GetOutput()
    columns, rows, slices = image.GetDimensions()
    scalars = vtk_to_numpy(image.GetPointData().GetScalars())
    return told(scalars.reshape(slices, rows, columns), name, image.GetSpacing()[::-1])


def nrrd(path):
    content = open(path, 'rb').read()
    cut = content.find(b'\n\n')
    header, body = (content, b'') if cut < 0 else (content[:cut], content[cut + 2:])
    lines = [line.split(b': ', 1) for line in header.split(b'\n') if b': ' in line]
    fields = {line[0].decode(): line[1].decode() for line in lines}
    if fields['encoding'] in ('raw', 'ASCII') and len(fields['sizes'].split()) == 3 and 'byte skip' not in fields:
        return from_vtk(vtkNrrdReader(), path, 'VTK')
    if fields['encoding'] == 'ASCII':
        sizes = [int(n) for n in fields['sizes'].split()][::-1]
        kind = {'unsigned char': 'u1', 'unsigned short': '<u2'}[fields['type']]
        return told(numpy.array(body.split(), dtype=kind).reshape(sizes), 'Python')
    if 'data file' in fields:
        body = open(os.path.join(os.path.dirname(path), fields['data file']), 'rb').read()
    for _ in range(int(fields.get('line skip', 0))):
        body = body[body.index(b'\n') + 1:]
    if fields['encoding'] == 'gzip':
        body = zlib.decompressobj(31).decompress(body)
    if fields['encoding'] == 'bzip2':
        body = bz2.decompress(body)
    sizes = [int(n) for n in fields['sizes'].split()][::-1]
    kind = {'short': '<i2', 'int16': '<i2', 'double': '<f8'}[fields['type']]
    bytes_needed = int(numpy.prod(sizes)) * numpy.dtype(kind).itemsize
    start = len(body) - bytes_needed if b'byte skip:= -1' in header or fields.get('byte skip') == '-1' else 0
    return told(numpy.frombuffer(body[start:start + bytes_needed], dtype=kind).reshape(sizes), 'Python')


def nifti(path):
    image = nibabel.load(path)
    # nibabel indexes x, y, z.
    return told(numpy.asarray(image.dataobj.get_unscaled()).T, 'nibabel', image.header.get_zooms()[:3][::-1])


def npy_zip(path):
    with zipfile.ZipFile(path) as archive:
        return told(numpy.load(io.BytesIO(archive.read(archive.namelist()[0]))), 'NumPy')


def zarr_array(path):
    array = zarr.open(path, mode='r')
    return told(array[:], 'zarr-python')


def entry(path):
    if path.endswith(('.nrrd', '.nhdr')):
        return nrrd(path)
    if path.endswith(('.mha', '.mhd')):
        return from_vtk(vtkMetaImageReader(), path, 'VTK')
    if path.endswith(('.nii', '.nii.gz')):
        return nifti(path)
    if path.endswith('.npy.zip'):
        return npy_zip(path)
    return None


def main(folder):
    found = {}
    for root, folders, files in os.walk(folder):
        names = sorted(files)
        if '.zarray' in files:
            found[os.path.relpath(root, folder)] = zarr_array(root)
            continue
        for name in names:
            path = os.path.join(root, name)
            try:
                told_of = entry(path)
            except Exception as error:
                told_of = {'error': type(error).__name__}
            if told_of:
                found[os.path.relpath(path, folder)] = told_of
    json.dump(dict(sorted(found.items())), sys.stdout, indent=2)
    print()


main(sys.argv[1])
