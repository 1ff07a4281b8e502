#include "core/phases.h"

#include <algorithm>
#include <array>

#include "core/parallel.h"

namespace tomolapse {
namespace {

double share(double x) { return std::clamp(x, 0.0, 1.0); }

uint8_t count_of(double fraction) { return static_cast<uint8_t>(fraction * 255 + 0.5); }

using Fractions = std::array<double, 4>;  // collector, lithium, crack, electrolyte

struct Mixture {
  const PhaseLayers& layers;
  const PhaseRule& rule;

  Fractions operator()(double slice, double lower, double upper, double crack, double change) const {
    const double below = share(lower - slice + 0.5), foil = std::min(1 - below, share(slice - upper + 0.5));
    const double behind = std::min(foil, share(slice - layers.foil_end + 0.5));
    double collector = (layers.symmetric ? 0 : below) + behind;
    double lithium = (layers.symmetric ? below : 0) + foil - behind;
    double electrolyte = 1 - below - foil;
    crack = std::min(electrolyte, share(crack));
    electrolyte -= crack;
    if (crack == 0 && change > rule.lithium_lvf) {
      const double plated = share(change), from_collector = std::min(collector, plated);
      const bool beside = layers.symmetric || from_collector > 0;
      const double from_electrolyte = beside ? std::min(electrolyte, plated - from_collector) : 0;
      collector -= from_collector;
      electrolyte -= from_electrolyte;
      lithium += from_collector + from_electrolyte;
    } else if (change < -rule.lithium_lvf && lithium > 0) {
      const double lost = std::min(lithium, -change);
      lithium -= lost;
      (slice > upper + 3 ? collector : electrolyte) += lost;
    }
    return {collector, lithium, crack, electrolyte};
  }
};

}  // namespace

void mix_phases(const Index3& extent, const ColumnFrame& frame, const PhaseLayers& layers, const PhaseRule& rule,
                const int16_t* lithium, const CrackVoxels& cracks, uint8_t* out, double* sums, int threads) {
  const Mixture mixture{layers, rule};
  const int64_t plane = extent[1] * extent[2];
  parallel_for(extent[0], threads, [&](int64_t i) {
    const double* crack = std::lower_bound(cracks.place, cracks.place + cracks.count, static_cast<double>(i * plane));
    const double* const end = cracks.place + cracks.count;
    std::fill(out + 4 * i * plane, out + 4 * (i + 1) * plane, uint8_t{0});
    Fractions sum{};
    for (int64_t j = 0; j < extent[1]; ++j) {
      int64_t slice = frame.slice + i * frame.slice_step[0] + j * frame.slice_step[1];
      int64_t column = frame.column + i * frame.column_step[0] + j * frame.column_step[1];
      for (int64_t k = 0; k < extent[2]; ++k, slice += frame.slice_step[2], column += frame.column_step[2]) {
        const int64_t at = i * plane + j * extent[2] + k;
        const bool cracked = crack != end && *crack == static_cast<double>(at);
        const double fraction = cracked ? cracks.fraction[crack++ - cracks.place] : 0;
        if (column < 0 || column >= frame.columns || !layers.in_pellet[column]) continue;
        // Most of a cell is electrolyte between the interfaces, where plating changes nothing.
        const double above = static_cast<double>(slice) - layers.lower[column], below = layers.upper[column] - static_cast<double>(slice);
        if (!cracked && !layers.symmetric && above >= 0.5 && below >= 0.5) {
          sum[3] += 1;
          out[4 * at + 3] = 255;
          continue;
        }
        const Fractions mixed = mixture(static_cast<double>(slice), layers.lower[column], layers.upper[column], fraction,
                                        lithium[at] / rule.counts_per_unit);
        for (int phase = 0; phase < 4; ++phase) {
          sum[phase] += mixed[phase];
          out[4 * at + phase] = count_of(mixed[phase]);
        }
      }
    }
    std::copy(sum.begin(), sum.end(), sums + 4 * i);
  });
}

}  // namespace tomolapse
