#include "core/phantom_texture.h"

#include <algorithm>
#include <cmath>

namespace tomolapse {
namespace {

uint64_t bits_of(uint64_t seed, int64_t i, int64_t j, int64_t k) {
  uint64_t x = mixed(seed ^ static_cast<uint64_t>(i) * 0xd1342543de82ef95ull);
  x = mixed(x ^ static_cast<uint64_t>(j) * 0xaf251af3b0f025b5ull);
  return mixed(x ^ static_cast<uint64_t>(k) * 0xb564ef22ec7aece5ull);
}

// Four numbers in [0, 1) from 64 bits.
double part(uint64_t bits, int which) { return static_cast<double>((bits >> (16 * which)) & 0xffff) / 65536.0; }

double fade(double t) { return t * t * t * (t * (t * 6 - 15) + 10); }

std::array<int64_t, 3> cell_of(const Place& place, double per_um) {
  return {static_cast<int64_t>(std::floor(place[0] * per_um)), static_cast<int64_t>(std::floor(place[1] * per_um)),
          static_cast<int64_t>(std::floor(place[2] * per_um))};
}

}  // namespace

void SmoothNoise::enter(const std::array<int64_t, 3>& cell) {
  cell_ = cell;
  for (int c = 0; c < 8; ++c)
    corner_[c] = 2 * part(bits_of(seed_, cell[0] + (c >> 2), cell[1] + ((c >> 1) & 1), cell[2] + (c & 1)), 0) - 1;
}

double SmoothNoise::at(const Place& place) {
  const auto cell = cell_of(place, per_um_);
  if (cell != cell_) enter(cell);
  const double fs = fade(place[0] * per_um_ - static_cast<double>(cell[0]));
  const double fv = fade(place[1] * per_um_ - static_cast<double>(cell[1]));
  const double fu = fade(place[2] * per_um_ - static_cast<double>(cell[2]));
  auto mix = [](double a, double b, double f) { return a + (b - a) * f; };
  const double low = mix(mix(corner_[0], corner_[1], fu), mix(corner_[2], corner_[3], fu), fv);
  const double high = mix(mix(corner_[4], corner_[5], fu), mix(corner_[6], corner_[7], fu), fv);
  return mix(low, high, fs);
}

void Grains::enter(const std::array<int64_t, 3>& cell) {
  cell_ = cell;
  int n = 0;
  for (int64_t i = -1; i <= 1; ++i)
    for (int64_t j = -1; j <= 1; ++j)
      for (int64_t k = -1; k <= 1; ++k, ++n) {
        // Kept off the cell's walls, so that the nearest seed is always among the neighbours.
        const uint64_t bits = bits_of(seed_, cell[0] + i, cell[1] + j, cell[2] + k);
        s_[n] = static_cast<float>((static_cast<double>(i) + 0.15 + 0.7 * part(bits, 0)) * cell_um_);
        v_[n] = static_cast<float>((static_cast<double>(j) + 0.15 + 0.7 * part(bits, 1)) * cell_um_);
        u_[n] = static_cast<float>((static_cast<double>(k) + 0.15 + 0.7 * part(bits, 2)) * cell_um_);
        grey_[n] = static_cast<float>(2 * part(bits, 3) - 1);
      }
}

double Grains::at(const Place& place) {
  const auto cell = cell_of(place, per_um_);
  if (cell != cell_) enter(cell);
  const float s = static_cast<float>(place[0] - static_cast<double>(cell[0]) * cell_um_);
  const float v = static_cast<float>(place[1] - static_cast<double>(cell[1]) * cell_um_);
  const float u = static_cast<float>(place[2] - static_cast<double>(cell[2]) * cell_um_);
  float squared[27];
  for (int n = 0; n < 27; ++n) {
    const float ds = s - s_[n], dv = v - v_[n], du = u - u_[n];
    squared[n] = ds * ds + dv * dv + du * du;
  }
  float nearest = squared[0];
  for (int n = 1; n < 27; ++n) nearest = squared[n] < nearest ? squared[n] : nearest;
  const double distance = std::sqrt(nearest);
  const double reach = distance + 6 * edge_;
  const float farthest = static_cast<float>(reach * reach);
  double sum = 0, weight = 0;
  for (int n = 0; n < 27; ++n) {
    if (squared[n] > farthest) continue;
    const double w = squared[n] == nearest ? 1 : std::exp((distance - std::sqrt(squared[n])) / edge_);
    sum += w * grey_[n];
    weight += w;
  }
  return sum / weight;
}

TextureSampler::TextureSampler(const PhantomTexture& texture)
    : texture_(texture),
      grains_(mixed(texture.seed ^ 1), texture.grain, texture.grain_edge),
      particles_(mixed(texture.seed ^ 2), texture.particle),
      patches_(mixed(texture.seed ^ 3), texture.patch),
      pore_patches_(mixed(texture.seed ^ 3), texture.patch),
      metal_(mixed(texture.seed ^ 4), texture.metal),
      wall_(mixed(texture.seed ^ 5), texture.wall) {}

// How porous the powder is here, 0 to 1: about `patch_share` of the volume is above one half.
double TextureSampler::patch_at(SmoothNoise& noise, const Place& place) const {
  const double level = 0.5 - texture_.patch_share;
  return fade(std::clamp((noise.at(place) - 0.7 * level) / 0.3 + 0.5, 0.0, 1.0));
}

// How far a pore takes the grey value down here, 0 to pore_contrast.
double TextureSampler::pore_at(const Place& place) {
  const double size = texture_.pore_cell;
  const auto cell = cell_of(place, 1 / size);
  if (cell != pore_cell_) {
    pore_cell_ = cell;
    const uint64_t bits = bits_of(mixed(texture_.seed ^ 6), cell[0], cell[1], cell[2]), more = mixed(bits);
    pore_radius_ = texture_.pore_radius_min + (texture_.pore_radius_max - texture_.pore_radius_min) * part(more, 1) * part(more, 2);
    // A pore lies inside its cell, so that only one cell is ever looked at.
    const double margin = std::min(0.5 * size, pore_radius_ + 3 * texture_.pore_edge);
    for (int k = 0; k < 3; ++k)
      pore_centre_[k] = static_cast<double>(cell[k]) * size + margin + (size - 2 * margin) * part(bits, k);
    const double patch = patch_at(pore_patches_, pore_centre_);
    const double share = texture_.pore_share + (texture_.pore_share_in_patch - texture_.pore_share) * patch;
    pore_present_ = part(more, 0) < share;
    pore_depth_ = texture_.pore_contrast * (0.6 + 0.4 * part(bits, 3));
  }
  if (!pore_present_) return 0;
  double squared = 0;
  for (int k = 0; k < 3; ++k) squared += (place[k] - pore_centre_[k]) * (place[k] - pore_centre_[k]);
  const double outside = (std::sqrt(squared) - pore_radius_) / texture_.pore_edge;
  if (outside >= 3) return 0;
  return pore_depth_ * fade(std::clamp((3 - outside) / 6, 0.0, 1.0));
}

double TextureSampler::electrolyte(const Place& place) {
  double factor = 1;
  if (texture_.grain_contrast != 0) factor += texture_.grain_contrast * grains_.at(place);
  if (texture_.particle_contrast != 0) factor += texture_.particle_contrast * particles_.at(place);
  if (texture_.patch_contrast != 0) factor -= texture_.patch_contrast * patch_at(patches_, place);
  if (texture_.pore_contrast != 0) factor -= pore_at(place);
  return factor;
}

}  // namespace tomolapse
