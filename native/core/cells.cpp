#include "core/cells.h"

#include <algorithm>
#include <vector>

#include "core/parallel.h"

namespace tomolapse {
namespace {

// The range of the columns of some rows, then of the cells along them.
struct Extremes {
  std::vector<uint16_t> least, most;

  explicit Extremes(int64_t columns) : least(static_cast<size_t>(columns)), most(static_cast<size_t>(columns)) {}

  void begin() {
    std::fill(least.begin(), least.end(), uint16_t{65535});
    std::fill(most.begin(), most.end(), uint16_t{0});
  }

  void take_row(const uint16_t* row) {
    const size_t n = least.size();
    for (size_t i = 0; i < n; ++i) least[i] = std::min(least[i], row[i]);
    for (size_t i = 0; i < n; ++i) most[i] = std::max(most[i], row[i]);
  }

  // Ranges of the cells of one row of cells, pair by pair.
  void widen(uint16_t* pairs, int64_t cells, int64_t cell) const {
    const auto columns = static_cast<int64_t>(least.size());
    for (int64_t c = 0; c < cells; ++c, pairs += 2) {
      const int64_t from = std::max<int64_t>(c * cell - 1, 0), to = std::min((c + 1) * cell + 1, columns);
      pairs[0] = std::min(pairs[0], *std::min_element(least.begin() + from, least.begin() + to));
      pairs[1] = std::max(pairs[1], *std::max_element(most.begin() + from, most.begin() + to));
    }
  }
};

}  // namespace

void widen_cells(const uint16_t* in, int64_t first, int64_t planes, const Index3& shape, int64_t cell, uint16_t* ranges,
                 int threads) {
  const int64_t cells_y = (shape[1] + cell - 1) / cell, cells_x = (shape[2] + cell - 1) / cell;
  const int64_t last = first + planes;
  // A row of cells is one thread's, through all layers of cells.
  parallel_for(cells_y, threads, [&](int64_t cy) {
    Extremes extremes(shape[2]);
    const int64_t y0 = std::max<int64_t>(cy * cell - 1, 0), y1 = std::min((cy + 1) * cell + 1, shape[1]);
    const int64_t from = std::max<int64_t>(first - 1, 0) / cell, to = std::min(last, shape[0] - 1) / cell;
    for (int64_t cz = from; cz <= to; ++cz) {
      extremes.begin();
      const int64_t z0 = std::max(cz * cell - 1, first), z1 = std::min((cz + 1) * cell + 1, last);
      for (int64_t z = z0; z < z1; ++z)
        for (int64_t y = y0; y < y1; ++y) extremes.take_row(in + ((z - first) * shape[1] + y) * shape[2]);
      if (z1 > z0) extremes.widen(ranges + (cz * cells_y + cy) * cells_x * 2, cells_x, cell);
    }
  });
}

}  // namespace tomolapse
