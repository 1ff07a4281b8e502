"""Frames of a turning volume by ParaView: argv = raw file of bytes, nz, ny, nx, voxel µm, frames, width, height, camera as
nine numbers (position, focal point, view up; x, y, z), folder. Prints the seconds of each frame, SaveScreenshot included, a line each."""

import math
import sys
import time

from paraview.simple import *  # noqa: F403

raw, nz, ny, nx, voxel, frames, width, height, camera, folder = sys.argv[1:]
nz, ny, nx, frames, width, height = (int(n) for n in (nz, ny, nx, frames, width, height))
voxel = float(voxel)
numbers = [float(n) for n in camera.split(",")]

reader = ImageReader(FileNames=[raw])
reader.DataScalarType = "unsigned char"
reader.DataByteOrder = "LittleEndian"
reader.DataExtent = [0, nx - 1, 0, ny - 1, 0, nz - 1]
reader.DataSpacing = [voxel] * 3
reader.FileDimensionality = 3

view = CreateView("RenderView")
view.ViewSize = [width, height]
view.Background = [0.03, 0.03, 0.035]
view.UseColorPaletteForBackground = 0
view.OrientationAxesVisibility = 0
shown = Show(reader, view)
shown.SetRepresentationType("Volume")
colours = GetColorTransferFunction("ImageFile")
# Cracks at 60, lithium at 120, the collector at 230.
colours.RGBPoints = [0, 0, 0, 0, 60, 0.56, 0.26, 0.8, 120, 0.86, 0.2, 0.19, 230, 0.66, 0.67, 0.68, 255, 0.66, 0.67, 0.68]
opacity = GetOpacityTransferFunction("ImageFile")
opacity.Points = [0, 0, 0.5, 0, 20, 0, 0.5, 0, 60, 0.9, 0.5, 0, 120, 0.9, 0.5, 0, 230, 1, 0.5, 0, 255, 1, 0.5, 0]
ColorBy(shown, ("POINTS", "ImageFile"))
shown.ScalarOpacityUnitDistance = voxel
shown.Shade = 1
view.CameraPosition, view.CameraFocalPoint, view.CameraViewUp = numbers[:3], numbers[3:6], numbers[6:]
view.CameraViewAngle = 30
camera = GetActiveCamera()
for frame in range(frames):
    begun = time.perf_counter()
    camera.Azimuth(360 / 240)
    SaveScreenshot(f"{folder}/{frame:04d}.png", view, ImageResolution=[width, height])
    print(f"{time.perf_counter() - begun:.4f}", flush=True)
