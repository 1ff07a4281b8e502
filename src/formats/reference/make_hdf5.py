"""Writes HDF5 files of every storage and of the programs' layouts into a folder, and prints what h5py reads from them.

    /usr/bin/python3 make_hdf5.py FOLDER [FILE DATASET]...

The files named after the folder are only read. Digests are of the voxels as the program uses them: x fastest, lowest byte
first, 64-bit integers as float64, float16 as float32.
"""
import hashlib
import json
import os
import sys

# Where Debian puts filters (hdf5-filter-plugin, hdf5-filter-plugin-blosc-serial); what is not there is left out.
os.environ.setdefault('HDF5_PLUGIN_PATH', '/usr/lib/x86_64-linux-gnu/hdf5/serial/plugins')

import h5py
import numpy

folder = sys.argv[1]
random = numpy.random.default_rng(7)


def voxels(shape, dtype):
    # Smooth enough to be compressed, rough enough that every voxel counts.
    grid = numpy.indices(shape).sum(axis=0) * 37
    grey = grid + random.integers(0, 50, shape)
    if numpy.dtype(dtype).kind == 'f':
        return (grey / 7 - 20).astype(dtype)
    if numpy.dtype(dtype).kind == 'b':
        return grey % 3 == 0
    bits = 8 * numpy.dtype(dtype).itemsize
    if numpy.dtype(dtype).kind == 'i':
        return (grey % 2 ** (bits - 1) - 20).astype(dtype)
    return (grey % 2 ** bits).astype(dtype)


def write(name, shape=(11, 13, 17), dtype='u2', libver='earliest', **how):
    with h5py.File(os.path.join(folder, name), 'w', libver=libver) as file:
        file.create_dataset('data', data=voxels(shape, dtype), **how)


for dtype in ('u1', 'i1', '<u2', '>u2', '<i2', '>i2', '<u4', '>i4', '<f2', '>f2', '<f4', '>f4', '<f8', '>f8', '<i8', '>u8', '?'):
    name = dtype.replace('<', 'little_').replace('>', 'big_').replace('?', 'bool')
    write(f'type_{name}.h5', dtype=dtype)
    write(f'chunked_{name}.h5', dtype=dtype, chunks=(4, 5, 17), compression='gzip')
for libver in ('earliest', 'latest'):
    write(f'chunks_{libver}.h5', libver=libver, chunks=(4, 5, 6))
    write(f'planes_{libver}.h5', libver=libver, chunks=(1, 13, 17))
    write(f'rows_{libver}.h5', libver=libver, chunks=(3, 5, 17))
    write(f'gzip_{libver}.h5', libver=libver, chunks=(4, 5, 6), compression='gzip')
    write(f'shuffled_{libver}.h5', libver=libver, chunks=(4, 5, 6), compression='gzip', shuffle=True, fletcher32=True, dtype='<f4')
    write(f'whole_{libver}.h5', libver=libver, chunks=(11, 13, 17), compression='gzip')
    write(f'growing_{libver}.h5', libver=libver, chunks=(1, 13, 17), maxshape=(None, 13, 17))
    write(f'growing_y_{libver}.h5', libver=libver, chunks=(2, 1, 17), maxshape=(11, None, 40), compression='gzip')
    write(f'growing_more_{libver}.h5', libver=libver, chunks=(2, 3, 5), maxshape=(None, None, 17), compression='gzip')
    write(f'may_grow_{libver}.h5', libver=libver, chunks=(2, 3, 5), maxshape=(30, 40, 50), compression='gzip')
    write(f'many_{libver}.h5', libver=libver, shape=(60, 50, 40), chunks=(2, 2, 20), compression='gzip')
    write(f'many_growing_{libver}.h5', libver=libver, shape=(3000, 3, 5), chunks=(1, 3, 5), maxshape=(None, 3, 5), compression='gzip')
    write(f'many_plain_{libver}.h5', libver=libver, shape=(3000, 3, 5), chunks=(1, 3, 5), maxshape=(None, 3, 5))
    write(f'many_growing_2_{libver}.h5', libver=libver, shape=(40, 30, 20), chunks=(1, 2, 4), maxshape=(None, None, 20))
    write(f'series_{libver}.h5', libver=libver, shape=(3, 5, 6, 7), chunks=(2, 2, 6, 7), compression='gzip')
    write(f'ones_{libver}.h5', libver=libver, shape=(1, 5, 6, 7, 1), chunks=(1, 2, 3, 7, 1), compression='gzip')
write('lzf.h5', chunks=(4, 5, 6), compression='lzf', dtype='<f4')
write('shuffled_lzf.h5', chunks=(4, 13, 17), compression='lzf', shuffle=True)
write('series_plain.h5', shape=(3, 5, 6, 7))
write('odd_checksums.h5', dtype='u1', chunks=(3, 5, 7), fletcher32=True)
write('odd_compressed_checksums.h5', dtype='u1', chunks=(3, 5, 7), compression='gzip', fletcher32=True)
with h5py.File(os.path.join(folder, 'holes.h5'), 'w') as file:
    holes = file.create_dataset('data', shape=(8, 6, 5), dtype='>i2', chunks=(2, 3, 5), fillvalue=-7)
    holes[2:4] = voxels((2, 6, 5), '>i2')
for name, sizes in (('short_addresses.h5', (4, 4)), ('short_and_long.h5', (4, 8)), ('long_and_short.h5', (8, 4))):
    how = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    how.set_sizes(*sizes)
    with h5py.File(h5py.h5f.create(os.path.join(folder, name).encode(), h5py.h5f.ACC_TRUNC, fcpl=how)) as file:
        file.create_dataset('data', data=voxels((5, 6, 7), 'u2'), chunks=(2, 3, 4), maxshape=(None, 6, 7))
with h5py.File(os.path.join(folder, 'far.h5'), 'w', libver='latest') as file:
    # So long that its index keeps pages of places, some of which were never written.
    far = file.create_dataset('data', shape=(140_000, 2, 2), dtype='u2', chunks=(1, 2, 2), maxshape=(None, 2, 2))
    for at in (5, 70_000, 131_500, 133_500, 135_000, 139_999):
        far[at] = voxels((2, 2), 'u2')
with h5py.File(os.path.join(folder, 'user_block.h5'), 'w', userblock_size=1024) as file:
    file['data'] = voxels((5, 6, 7), 'u2')
with h5py.File(os.path.join(folder, 'compact.h5'), 'w') as file:
    space = h5py.h5s.create_simple((4, 5, 6))
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_layout(h5py.h5d.COMPACT)
    made = h5py.h5d.create(file.id, b'data', h5py.h5t.STD_U16LE, space, dcpl=how)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, voxels((4, 5, 6), 'u2'))
for name, number, options in (
    ('bitshuffle', 32008, (0, 2)),
    ('bitshuffle_none', 32008, (0, 0)),
    ('zstd', 32015, ()),
    ('lz4', 32004, ()),
    ('blosc_blosclz', 32001, (0, 0, 0, 0, 5, 1, 0)),
    ('blosc_lz4_bits', 32001, (0, 0, 0, 0, 5, 2, 1)),
    ('blosc_zlib', 32001, (0, 0, 0, 0, 5, 0, 4)),
    ('blosc_zstd', 32001, (0, 0, 0, 0, 5, 1, 5)),
    ('blosc_snappy', 32001, (0, 0, 0, 0, 5, 1, 3)),
    ('bzip2', 307, ()),
    ('szip', 'szip', ('nn', 32)),
):
    if number == 'szip' or h5py.h5z.filter_avail(number):
        for shape in ((11, 13, 17), (32, 40, 50)):
            large = 'large_' if shape[0] > 20 else ''
            try:
                write(f'{large}{name}.h5', shape=shape, chunks=shape, compression=number, compression_opts=options)
                write(f'{large}{name}_f4.h5', shape=shape, dtype='<f4', chunks=shape, compression=number, compression_opts=options)
            except (OSError, ValueError):
                for left in (f'{large}{name}.h5', f'{large}{name}_f4.h5'):
                    if os.path.exists(os.path.join(folder, left)):
                        os.remove(os.path.join(folder, left))

# Groups and attributes so many that they are kept in trees.
with h5py.File(os.path.join(folder, 'crowded.h5'), 'w', libver='latest', track_order=True) as file:
    for i in range(600):
        file[f'measurement/log_{i:04d}'] = float(i)
    crowded = file.create_dataset('entry/reconstruction', data=voxels((5, 6, 7), 'u2'))
    for i in range(40):
        crowded.attrs[f'remark {i}'] = 'x' * 100
    crowded.attrs['picture'] = numpy.zeros(100_000, 'u1')
    crowded.attrs['element_size_um'] = [3.25, 1.625, 1.625]
    crowded.attrs['xml'] = 'y' * 80_000

# What programs write.
with h5py.File(os.path.join(folder, 'nxtomoproc.nxs'), 'w') as file:
    entry = file.create_group('entry')
    entry.attrs['NX_class'] = 'NXentry'
    entry['definition'] = 'NXtomoproc'
    entry['start_time'] = '2024-05-03T10:00:00+02:00'
    entry['end_time'] = '2024-05-03T10:06:00+02:00'
    data = entry.create_group('data')
    data.attrs['NX_class'] = 'NXdata'
    data.attrs['signal'] = 'data'
    data.attrs['axes'] = ['z', 'y', 'x']
    data['data'] = voxels((5, 6, 7), '<f4')
    data['mask'] = voxels((5, 6, 7), 'u1')
    for axis, count, step in (('z', 5, 0.003), ('y', 6, 0.0015), ('x', 7, 0.0015)):
        data[axis] = numpy.arange(count, dtype='f4') * numpy.float32(step)
        data[axis].attrs['units'] = 'mm'
with h5py.File(os.path.join(folder, 'older.nxs'), 'w') as file:
    file.create_group('entry').attrs['NX_class'] = 'NXentry'
    file.create_group('entry/result').attrs['NX_class'] = 'NXdata'
    file['entry/result/mask'] = voxels((5, 6, 7), 'u1')
    file['entry/result/volume'] = voxels((5, 6, 7), 'u2')
    file['entry/result/volume'].attrs['signal'] = 1
with h5py.File(os.path.join(folder, 'two.h5'), 'w') as file:
    file['first'] = voxels((5, 6, 7), 'u2')
    file['second'] = voxels((5, 6, 7), 'u2')
    file['first'].attrs['voxel_size'] = 0.65
    file['first'].attrs['voxel_size_units'] = 'micron'
os.makedirs(os.path.join(folder, 'savu'), exist_ok=True)
with h5py.File(os.path.join(folder, 'savu', 'tomo_p5_recon.h5'), 'w') as file:
    stage = file.create_group('5-AstraReconCpu-tomo')
    stage.attrs['NX_class'] = 'NXdata'
    stage.attrs['signal'] = 'data'
    stage.create_dataset('data', data=voxels((9, 8, 7), '<f4'), chunks=(9, 1, 7))
with h5py.File(os.path.join(folder, 'savu', 'scan_processed.nxs'), 'w') as file:
    entry = file.create_group('entry')
    entry.attrs['NX_class'] = 'NXentry'
    final = entry.create_group('final_result_tomo')
    final.attrs['NX_class'] = 'NXdata'
    final.attrs['signal'] = 'data'
    final['data'] = h5py.ExternalLink('tomo_p5_recon.h5', '/5-AstraReconCpu-tomo/data')
    final['alias'] = h5py.SoftLink('/entry/final_result_tomo/data')
    final['lost'] = h5py.ExternalLink('gone.h5', '/data')
    final['broken'] = h5py.SoftLink('/entry/nothing')
    entry['circle'] = h5py.SoftLink('/entry/circle')
    entry['itself'] = entry
with h5py.File(os.path.join(folder, 'dxchange.h5'), 'w') as file:
    file['exchange/data'] = voxels((6, 5, 7), 'u2')
    file['exchange/data_white'] = voxels((2, 5, 7), 'u2')
    file['exchange/data_dark'] = voxels((2, 5, 7), 'u2')
    file['exchange/theta'] = numpy.linspace(0, 180, 6)
    file['measurement/instrument/detection_system/objective/resolution'] = numpy.array([1.17])
    file['measurement/instrument/detection_system/objective/resolution'].attrs['units'] = 'microns'
    file['measurement/instrument/detector/pixel_size'] = numpy.array([3.45])
    file['measurement/instrument/detector/pixel_size'].attrs['units'] = 'microns'
    file['process/acquisition/start_date'] = numpy.array([b'September 25, 2020 12:41:57'])
    file['process/acquisition/end_date'] = numpy.array([b'September 25, 2020 12:43:25'])
with h5py.File(os.path.join(folder, 'reconstructed.h5'), 'w') as file:
    file['exchange/data'] = voxels((6, 5, 7), 'u2')
    file['exchange/data'].attrs['description'] = 'ReconData'
    file['exchange/theta'] = numpy.linspace(0, 180, 6)
    file['other/volume'] = voxels((6, 5, 7), 'u2')
    file['other/volume'].attrs['axes'] = 'z:y:x'
    file['other/rotation_angle'] = numpy.linspace(0, 180, 6)
with h5py.File(os.path.join(folder, 'series.nxs'), 'w') as file:
    entry = file.create_group('entry')
    entry.attrs['NX_class'] = 'NXentry'
    data = entry.create_group('data')
    data.attrs['NX_class'] = 'NXdata'
    data.attrs['signal'] = 'data'
    data.attrs['axes'] = ['time', 'z', 'y', 'x']
    data['data'] = voxels((3, 4, 5, 6), 'u2')
    data['time'] = numpy.array([0, 30, 60.0])
    data['time'].attrs['units'] = 'min'
    data['time'].attrs['start'] = '2024-05-03T10:00:00Z'
    data['x_pixel_size'] = 0.65
    data['x_pixel_size'].attrs['units'] = 'um'

# Slabs in files of their own, put together as one.
for i in range(3):
    with h5py.File(os.path.join(folder, f'slab_{i}.h5'), 'w') as file:
        file['entry/data'] = voxels((4, 6, 7), 'u2')
with h5py.File(os.path.join(folder, 'virtual.h5'), 'w', libver='latest') as file:
    layout = h5py.VirtualLayout(shape=(12, 6, 7), dtype='u2')
    for i in range(3):
        layout[4 * i : 4 * i + 4] = h5py.VirtualSource(f'slab_{i}.h5', 'entry/data', shape=(4, 6, 7))
    file.create_virtual_dataset('data', layout, fillvalue=5)
with h5py.File(os.path.join(folder, 'virtual_parts.h5'), 'w', libver='latest') as file:
    file['raw'] = voxels((12, 6, 7), '>u2')
    file['raw'].attrs['remark'] = 'the file itself is a source'
    layout = h5py.VirtualLayout(shape=(8, 6, 7), dtype='>u2')
    layout[2:7] = h5py.VirtualSource('.', 'raw', shape=(12, 6, 7))[2:12:2]
    file.create_virtual_dataset('data', layout, fillvalue=9)
    layout = h5py.VirtualLayout(shape=(5, 8, 7), dtype='>u2')
    layout[:, 1:7, :] = h5py.VirtualSource('.', 'raw', shape=(12, 6, 7))[2:7]
    file.create_virtual_dataset('boxes', layout, fillvalue=9)
with h5py.File(os.path.join(folder, 'virtual_series.h5'), 'w', libver='latest') as file:
    layout = h5py.VirtualLayout(shape=(3, 4, 6, 7), dtype='u2')
    for i in range(3):
        layout[2 - i] = h5py.VirtualSource(f'slab_{i}.h5', 'entry/data', shape=(4, 6, 7))
    file.create_virtual_dataset('data', layout)
with h5py.File(os.path.join(folder, 'virtual_lost.h5'), 'w', libver='latest') as file:
    layout = h5py.VirtualLayout(shape=(8, 6, 7), dtype='u2')
    layout[:4] = h5py.VirtualSource('slab_0.h5', 'entry/data', shape=(4, 6, 7))
    layout[4:] = h5py.VirtualSource('gone.h5', 'entry/data', shape=(4, 6, 7))
    file.create_virtual_dataset('data', layout)


def read(path, name):
    with h5py.File(path, 'r') as file:
        dataset = file[name]
        array = dataset[()]
        stored = dataset.dtype.newbyteorder('=').name
        used = {'int64': '<f8', 'uint64': '<f8', 'float16': '<f4', 'bool': 'u1'}.get(stored)
        array = array.astype(used or array.dtype.newbyteorder('<'))
        return {
            'path': path,
            'dataset': name,
            'shape': list(dataset.shape),
            'type': 'int8' if stored == 'bool' else stored,
            'byteOrder': 'big' if dataset.dtype.byteorder == '>' else 'little',
            'sha256': hashlib.sha256(numpy.ascontiguousarray(array).tobytes()).hexdigest(),
        }


found = []
for name in sorted(os.listdir(folder)):
    path = os.path.join(folder, name)
    if not name.endswith('.h5'):
        continue
    with h5py.File(path, 'r') as file:
        if isinstance(file.get('data'), h5py.Dataset):
            found.append(read(path, 'data'))
for path, name in zip(sys.argv[2::2], sys.argv[3::2]):
    found.append(read(path, name))
json.dump(found, sys.stdout)
