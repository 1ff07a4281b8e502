// The grain of the phantom's materials, a function of position: the same point of the cell has the same grey wherever it
// has moved to, and nothing is ever read from a picture.
#pragma once
#include <array>
#include <cstdint>

namespace tomolapse {

// 64 well mixed bits of a counter: random numbers that belong to a place, not to an order.
inline uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

using Place = std::array<double, 3>;  // s, v, u in µm

// Lengths in µm, contrasts as parts of the grey value.
struct PhantomTexture {
  uint64_t seed = 1;
  double grain = 20, grain_contrast = 0.04, grain_edge = 0.8;
  double particle = 5, particle_contrast = 0.015;
  double patch = 60, patch_share = 0.3, patch_contrast = 0.06;
  double pore_cell = 13, pore_share = 0.06, pore_share_in_patch = 0.35, pore_radius_min = 1.6, pore_radius_max = 4,
         pore_contrast = 0.5, pore_edge = 0.7;
  double metal = 8, metal_contrast = 0.007;
  double wall = 12, wall_contrast = 0.006;
};

// Smooth noise in [-1, 1] with features of size `cell`. Remembers the cell it was last asked in: one a thread.
class SmoothNoise {
 public:
  SmoothNoise(uint64_t seed, double cell) : seed_(seed), per_um_(1 / cell) {}
  double at(const Place& place);

 private:
  void enter(const std::array<int64_t, 3>& cell);
  uint64_t seed_;
  double per_um_;
  std::array<int64_t, 3> cell_{INT64_MIN, 0, 0};
  double corner_[8];
};

// Chunks with a grey of their own in [-1, 1]: a Voronoi pattern whose edges are soft over `edge` µm.
class Grains {
 public:
  Grains(uint64_t seed, double cell, double edge) : seed_(seed), cell_um_(cell), per_um_(1 / cell), edge_(edge) {}
  double at(const Place& place);

 private:
  void enter(const std::array<int64_t, 3>& cell);
  uint64_t seed_;
  double cell_um_, per_um_, edge_;
  std::array<int64_t, 3> cell_{INT64_MIN, 0, 0};
  float s_[27], v_[27], u_[27], grey_[27];
};

// The textures of all materials; one a thread.
class TextureSampler {
 public:
  explicit TextureSampler(const PhantomTexture& texture);
  // Factors on the material's grey value at a place.
  double electrolyte(const Place& place);
  double metal(const Place& place) { return 1 + texture_.metal_contrast * metal_.at(place); }
  double wall(const Place& place) { return 1 + texture_.wall_contrast * wall_.at(place); }

 private:
  double patch_at(SmoothNoise& noise, const Place& place) const;
  double pore_at(const Place& place);
  PhantomTexture texture_;
  Grains grains_;
  SmoothNoise particles_, patches_, pore_patches_, metal_, wall_;
  std::array<int64_t, 3> pore_cell_{INT64_MIN, 0, 0};
  bool pore_present_ = false;
  Place pore_centre_{};
  double pore_radius_ = 0, pore_depth_ = 0;
};

}  // namespace tomolapse
