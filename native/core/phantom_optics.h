// What a beamline makes of the phantom's scene: blur, the artefacts of tomography, noise, grey values as stored.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/phantom.h"
#include "core/volume.h"

namespace tomolapse {

// Lengths in voxels, grey values on the 16-bit scale before `gain`. Zero switches a part off.
struct PhantomOptics {
  Index3 shape{};                      // of the file, z, y, x
  int stack_axis = 0;                  // file axis along the rotation axis
  double blur = 0.9;                   // Gaussian point spread
  double fringe = 0, fringe_width = 2; // phase contrast left at edges: grey += fringe · (grey − Gaussian of it)
  double halo = 0, halo_width = 25, halo_level = 0;  // glow of what is brighter than halo_level
  double cupping = 0, cupping_radius = 1;            // darker towards the cylinder's axis by this part; radius in µm
  double rings = 0;                    // standard deviation of rings about the rotation axis
  uint64_t rings_seed = 0;             // the same for all scans: rings belong to the detector
  // The scan's half turn, 0 to 1: the sample's in-plane shift at turn t is drift · (t − 1/2); nothing was taken after `turned`.
  std::array<double, 2> drift{};
  double centre_error = 0, turned = 1;
  double noise = 0, noise_width = 0;   // standard deviation, and how far neighbours share it
  std::array<int64_t, 2> burst{};      // slices [first, last) along the stack with `burst_noise` besides
  double burst_noise = 0;
  std::array<int64_t, 2> lost{};       // slices [first, last) along the stack that are zero
  uint64_t noise_seed = 0;
  double gain = 1, offset = 0;
  VoxelType type = VoxelType::u16;     // u8, u16 or f32
  double black = 0, white = 65535;     // grey values stored as 0 and 255 in u8
};

// One scan of the scene: `out` holds the shape's voxels in the type of the optics. `place_of` as in evaluate_phantom.
// The same bytes whatever `threads` is. Returns what lay in voxels of one material, before optics.
std::array<PhantomPure, phantom_materials> render_phantom(const PhantomScene& scene, const std::array<double, 12>& place_of,
                                                          const PhantomOptics& optics, void* out, int threads);

}  // namespace tomolapse
