// A synthetic cell, evaluated where its material is: every voxel of a scan asks the scene for the material inside it.
// Places are (s, v, u) in µm: s runs from the working to the counter electrode, v and u lie in the plane of the layers.
#pragma once
#include <cstdint>
#include <vector>

#include "core/phantom_spline.h"
#include "core/phantom_texture.h"
#include "core/volume.h"

namespace tomolapse {

enum PhantomMaterial : int { collector, lithium, empty, electrolyte, copper, wall, air, phantom_materials };

// Layers inside a radius: material[0] below surface[0], material[k] between surface[k − 1] and surface[k]. A surface that
// would lie below the one before it is lifted to it. Zones are given from the axis outwards; the last one has no end.
struct PhantomZone {
  double radius = 0;
  std::vector<int> surface;  // indices into PhantomScene::surfaces
  std::vector<int> material;
};

// A thin body inside the electrolyte: |a − middle| < thickness / 2. A basin has a = s over the plane (v, u), a sheet has
// a = u over the plane (s, v). Thickness below zero: not there. Where bodies overlap, the first one has the place.
struct PhantomCrack {
  bool sheet = false;
  int material = lithium;
  PlaneSpline middle, thickness;
};

struct PhantomScene {
  double voxel = 1;                    // µm
  double axis_v = 0, axis_u = 0;       // the cylinder's axis at s = axis_s
  double axis_s = 0, lean_v = 0, lean_u = 0;
  std::vector<PlaneSpline> surfaces;   // heights s; all on the same knots
  std::vector<PhantomZone> zones;
  std::vector<PhantomCrack> cracks;
  std::array<double, phantom_materials> grey{};
  PhantomTexture texture;
  bool textured = true;
  double collector_shift = 0;          // µm along s by which the collector's own texture has moved
  std::vector<PlaneSpline> collector_shade;  // none, or one: part by which the collector is brighter
};

// What lay in the voxels that hold one material alone.
struct PhantomPure {
  double count = 0, sum = 0, sum_of_squares = 0;
};

// Grey values of the scene before any blur. `place_of` (3 × 4) takes a voxel's file index (z, y, x) to its place; the voxel's
// box average is exact along s and by 3-point Gauss quadrature in the plane. Writes shape[0]·shape[1]·shape[2] values.
std::array<PhantomPure, phantom_materials> evaluate_phantom(const PhantomScene& scene, const std::array<double, 12>& place_of,
                                                            const Index3& origin, const Index3& extent, float* out, int threads);

// Thickness in µm between two surfaces of the scene, averaged over the voxel columns (v, u) = (i, j)·voxel and counted only in
// zones that have both: out[pair][i][j].
void phantom_thickness(const PhantomScene& scene, int64_t nv, int64_t nu, const std::vector<std::array<int, 2>>& pairs,
                       double* out, int threads);

// Voxels of the place lattice (s, v, u) = (i, j, k)·voxel that a crack takes a part of, in order of crack and index.
struct PhantomCrackVoxel {
  int32_t crack;
  std::array<int32_t, 3> index;
  double part;
};
std::vector<PhantomCrackVoxel> phantom_crack_voxels(const PhantomScene& scene);

}  // namespace tomolapse
