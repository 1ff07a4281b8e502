"""Draws the bench's volume with VTK: reads `cpu` or `gpu` from its input, answers with the milliseconds of one picture."""
import sys
import time

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import VTK_UNSIGNED_CHAR, vtkVersion
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import (
    vtkColorTransferFunction,
    vtkRenderer,
    vtkRenderWindow,
    vtkVolume,
    vtkVolumeProperty,
)
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper
from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

PIXELS = 512


def image(path, n, voxel):
    grid = vtkImageData()
    grid.SetDimensions(n, n, n)
    grid.SetSpacing(voxel, voxel, voxel)
    scalars = numpy_to_vtk(numpy.fromfile(path, dtype=numpy.uint8), deep=True, array_type=VTK_UNSIGNED_CHAR)
    grid.GetPointData().SetScalars(scalars)
    return grid


def looks(voxel):
    opacity = vtkPiecewiseFunction()
    for value, alpha in [(0, 0), (12, 0), (60, 0.5), (120, 0.9), (180, 1), (255, 1)]:
        opacity.AddPoint(value, alpha)
    colour = vtkColorTransferFunction()
    for value, rgb in [(0, (0.5, 0.25, 0.8)), (60, (0.5, 0.25, 0.8)), (120, (0.85, 0.2, 0.2)), (200, (0.65, 0.65, 0.66))]:
        colour.AddRGBPoint(value, *rgb)
    made = vtkVolumeProperty()
    made.SetScalarOpacity(opacity)
    made.SetColor(colour)
    made.SetScalarOpacityUnitDistance(voxel)
    made.SetInterpolationTypeToLinear()
    made.ShadeOn()
    return made


def view(mapper, grid, voxel, camera):
    mapper.SetInputData(grid)
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetSampleDistance(voxel)
    mapper.SetImageSampleDistance(1)
    volume = vtkVolume()
    volume.SetMapper(mapper)
    volume.SetProperty(looks(voxel))
    renderer = vtkRenderer()
    renderer.AddVolume(volume)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(PIXELS, PIXELS)
    window.AddRenderer(renderer)
    seen = renderer.GetActiveCamera()
    seen.SetViewAngle(30)
    seen.SetPosition(*camera[0:3])
    seen.SetFocalPoint(*camera[3:6])
    seen.SetViewUp(*camera[6:9])
    renderer.ResetCameraClippingRange()
    return window, seen


def main():
    path, n, voxel = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    camera = [float(word) for word in sys.argv[4].split(",")]
    grid = image(path, n, voxel)
    views = {
        "cpu": view(vtkFixedPointVolumeRayCastMapper(), grid, voxel, camera),
        "gpu": view(vtkOpenGLGPUVolumeRayCastMapper(), grid, voxel, camera),
    }
    for window, _ in views.values():
        window.Render()
    driver = [line for line in views["gpu"][0].ReportCapabilities().splitlines() if "renderer string" in line]
    print(f"VTK {vtkVersion.GetVTKVersion()}, {driver[0].split(':')[1].strip() if driver else '?'}", flush=True)
    for line in sys.stdin:
        window, seen = views[line.strip()]
        seen.Azimuth(1)
        begun = time.perf_counter()
        window.Render()
        window.WaitForCompletion()
        print((time.perf_counter() - begun) * 1000, flush=True)


main()
