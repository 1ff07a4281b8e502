#include "core/phantom.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/parallel.h"

namespace tomolapse {
namespace {

constexpr int max_surfaces = 8;
constexpr int max_pieces = 8;
// Gauss–Legendre, three points on [−1/2, 1/2].
constexpr double gauss_at[3] = {-0.38729833462074168852, 0, 0.38729833462074168852};
constexpr double gauss_weight[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};

double overlap(double a0, double a1, double b0, double b1) { return std::max(0.0, std::min(a1, b1) - std::max(a0, b0)); }

// The part of a square of side `voxel` that lies on the near side of a straight edge at signed distance d from its centre.
double half_plane_part(double d, double normal_v, double normal_u, double voxel) {
  const double a = std::max(std::abs(normal_v), std::abs(normal_u)) * voxel;
  const double b = std::min(std::abs(normal_v), std::abs(normal_u)) * voxel;
  const double t = std::abs(d);
  double beyond;
  if (t >= (a + b) / 2) beyond = 0;
  else if (t <= (a - b) / 2) beyond = 0.5 - t / a;
  else beyond = ((a + b) / 2 - t) * ((a + b) / 2 - t) / (2 * a * b);
  return d >= 0 ? 1 - beyond : beyond;
}

struct Parts {
  std::array<double, phantom_materials> material{};
  std::vector<double> crack;  // one a crack, left empty where nobody asks
};

struct Bounds {
  Place low, high;
};

class Evaluator {
 public:
  explicit Evaluator(const PhantomScene& scene) : scene_(scene), half_(scene.voxel / 2) {
    for (const PhantomZone& zone : scene.zones) {
      if (zone.surface.size() > max_surfaces || zone.material.size() != zone.surface.size() + 1)
        throw std::invalid_argument("a zone needs one material more than surfaces");
      tables_.push_back(table_of(zone));
    }
    for (const PhantomCrack& crack : scene.cracks) {
      crack_tables_.push_back(table_of(crack));
      crack_bounds_.push_back(bounds_of(crack, crack_tables_.back()));
    }
  }

  // Material inside the voxel at `place`. True when it is one material, then named in `pure`; otherwise `parts` is filled.
  bool look(const Place& place, int* pure, Parts* parts) const {
    const double reach = 0.7072 * scene_.voxel;
    double dv, du;
    const double r = radius_at(place, &dv, &du);
    size_t zone = 0;
    while (zone + 1 < scene_.zones.size() && r > scene_.zones[zone].radius + reach) ++zone;
    const bool last = zone + 1 == scene_.zones.size();
    if (last || r < scene_.zones[zone].radius - reach) {
      if (pure_in(zone, place, pure)) return true;
      parts->material.fill(0);
      compose(zone, place, 1, parts);
      return false;
    }
    // Across a cylinder's edge: the stacks of both zones, each for its share of the square.
    parts->material.fill(0);
    double inside = 0;
    for (; zone < scene_.zones.size() && inside < 1; ++zone) {
      const double within = share_within(zone, r, dv, du);
      if (within > inside) compose(zone, place, within - inside, parts);
      inside = std::max(inside, within);
    }
    return false;
  }

  // The zones' shares of a column's square, in order.
  void shares(const Place& place, std::vector<double>* out) const {
    double dv, du, inside = 0;
    const double r = radius_at(place, &dv, &du);
    out->assign(scene_.zones.size(), 0);
    for (size_t zone = 0; zone < scene_.zones.size(); ++zone) {
      const double within = share_within(zone, r, dv, du);
      (*out)[zone] = std::max(0.0, within - inside);
      inside = std::max(inside, within);
    }
  }

  // Heights of a zone's surfaces, in order.
  void heights(const PhantomZone& zone, double v, double u, double* out) const {
    if (zone.surface.empty()) return;
    const Knots knots = knots_at(scene_.surfaces[zone.surface[0]], v, u);
    for (size_t k = 0; k < zone.surface.size(); ++k) {
      out[k] = value_at(scene_.surfaces[zone.surface[k]], knots);
      if (k > 0) out[k] = std::max(out[k], out[k - 1]);
    }
  }

  const Bounds& crack_bounds(size_t crack) const { return crack_bounds_[crack]; }

  // Whether a crack may take a part of the voxel.
  bool touches(size_t index, const Place& place) const {
    const Bounds& b = crack_bounds_[index];
    for (int k = 0; k < 3; ++k)
      if (place[k] + half_ <= b.low[k] || place[k] - half_ >= b.high[k]) return false;
    const PhantomCrack& crack = scene_.cracks[index];
    const PlaneSpline& grid = crack.thickness;
    const int across = crack.sheet ? 2 : 0;
    const int64_t i = cell_along(place[crack.sheet ? 0 : 1], grid.origin0, grid.spacing, grid.n0, nullptr);
    const int64_t j = cell_along(place[crack.sheet ? 1 : 2], grid.origin1, grid.spacing, grid.n1, nullptr);
    const size_t at = static_cast<size_t>(i * grid.n1 + j);
    return place[across] + half_ > crack_tables_[index].low[at] && place[across] - half_ < crack_tables_[index].high[at];
  }

 private:
  // Per knot cell, widened by the voxel's own size: between which heights each surface, or a crack, lies.
  struct Table {
    std::vector<float> low, high;
  };

  double radius_at(const Place& place, double* dv, double* du) const {
    const double up = place[0] - scene_.axis_s;
    *dv = place[1] - scene_.axis_v - scene_.lean_v * up;
    *du = place[2] - scene_.axis_u - scene_.lean_u * up;
    return std::sqrt(*dv * *dv + *du * *du);
  }

  double share_within(size_t zone, double r, double dv, double du) const {
    if (zone + 1 == scene_.zones.size()) return 1;
    if (r == 0) return 1;
    // The circle lies inside its tangent by voxel² / 24r in the mean over a voxel's width.
    const double sagitta = scene_.voxel * scene_.voxel / (24 * r);
    return half_plane_part(scene_.zones[zone].radius - r - sagitta, dv / r, du / r, scene_.voxel);
  }

  Table table_of(const PhantomZone& zone) const {
    if (zone.surface.empty()) return {};
    const PlaneSpline& grid = scene_.surfaces[zone.surface[0]];
    const size_t count = zone.surface.size();
    std::vector<float> low(static_cast<size_t>(grid.n0 * grid.n1) * count), high(low.size());
    for (int64_t i = 1; i <= grid.n0 - 3; ++i)
      for (int64_t j = 1; j <= grid.n1 - 3; ++j)
        for (size_t k = 0; k < count; ++k) {
          double least, greatest;
          hull_of(scene_.surfaces[zone.surface[k]], i, j, &least, &greatest);
          const size_t at = static_cast<size_t>(i * grid.n1 + j) * count + k;
          low[at] = static_cast<float>(least) - 1e-3f;
          high[at] = static_cast<float>(greatest) + 1e-3f;
          if (k > 0) {
            low[at] = std::max(low[at], low[at - 1]);
            high[at] = std::max(high[at], high[at - 1]);
          }
        }
    return widened(grid, low, high, count);
  }

  // Each cell's bounds joined with those of the cells that a voxel centred in it reaches into.
  Table widened(const PlaneSpline& grid, const std::vector<float>& low, const std::vector<float>& high, size_t count) const {
    Table table{low, high};
    const int64_t reach = static_cast<int64_t>(std::ceil(half_ / grid.spacing));
    for (int64_t i = 1; i <= grid.n0 - 3; ++i)
      for (int64_t j = 1; j <= grid.n1 - 3; ++j)
        for (int64_t a = std::max<int64_t>(1, i - reach); a <= std::min(grid.n0 - 3, i + reach); ++a)
          for (int64_t b = std::max<int64_t>(1, j - reach); b <= std::min(grid.n1 - 3, j + reach); ++b)
            for (size_t k = 0; k < count; ++k) {
              const size_t at = static_cast<size_t>(i * grid.n1 + j) * count + k;
              const size_t near = static_cast<size_t>(a * grid.n1 + b) * count + k;
              table.low[at] = std::min(table.low[at], low[near]);
              table.high[at] = std::max(table.high[at], high[near]);
            }
    return table;
  }

  Table table_of(const PhantomCrack& crack) const {
    const PlaneSpline& grid = crack.thickness;
    const float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> low(static_cast<size_t>(grid.n0 * grid.n1), infinity), high(low.size(), -infinity);
    for (int64_t i = 1; i <= grid.n0 - 3; ++i)
      for (int64_t j = 1; j <= grid.n1 - 3; ++j) {
        double thinnest, thickest, least, greatest;
        hull_of(grid, i, j, &thinnest, &thickest);
        if (thickest <= 0) continue;
        hull_of(crack.middle, i, j, &least, &greatest);
        low[static_cast<size_t>(i * grid.n1 + j)] = static_cast<float>(least - thickest / 2) - 1e-3f;
        high[static_cast<size_t>(i * grid.n1 + j)] = static_cast<float>(greatest + thickest / 2) + 1e-3f;
      }
    return widened(grid, low, high, 1);
  }

  static Bounds bounds_of(const PhantomCrack& crack, const Table& table) {
    const PlaneSpline& grid = crack.thickness;
    const double infinity = std::numeric_limits<double>::infinity();
    double low0 = infinity, high0 = -infinity, low1 = infinity, high1 = -infinity, low = infinity, high = -infinity;
    for (int64_t i = 1; i <= grid.n0 - 3; ++i)
      for (int64_t j = 1; j <= grid.n1 - 3; ++j) {
        const size_t at = static_cast<size_t>(i * grid.n1 + j);
        if (table.low[at] > table.high[at]) continue;
        low = std::min<double>(low, table.low[at]);
        high = std::max<double>(high, table.high[at]);
        low0 = std::min(low0, grid.origin0 + static_cast<double>(i) * grid.spacing);
        high0 = std::max(high0, grid.origin0 + static_cast<double>(i + 1) * grid.spacing);
        low1 = std::min(low1, grid.origin1 + static_cast<double>(j) * grid.spacing);
        high1 = std::max(high1, grid.origin1 + static_cast<double>(j + 1) * grid.spacing);
      }
    if (crack.sheet) return {{low0, low1, low}, {high0, high1, high}};
    return {{low, low0, low1}, {high, high0, high1}};
  }

  bool pure_in(size_t index, const Place& place, int* pure) const {
    const PhantomZone& zone = scene_.zones[index];
    const size_t count = zone.surface.size();
    size_t below = 0;
    if (count > 0) {
      const PlaneSpline& grid = scene_.surfaces[zone.surface[0]];
      const int64_t i = cell_along(place[1], grid.origin0, grid.spacing, grid.n0, nullptr);
      const int64_t j = cell_along(place[2], grid.origin1, grid.spacing, grid.n1, nullptr);
      const size_t at = static_cast<size_t>(i * grid.n1 + j) * count;
      while (below < count && tables_[index].high[at + below] < place[0] - half_) ++below;
      if (below < count && tables_[index].low[at + below] <= place[0] + half_) return false;
    }
    *pure = zone.material[below];
    if (*pure == electrolyte)
      for (size_t crack = 0; crack < scene_.cracks.size(); ++crack)
        if (touches(crack, place)) return false;
    return true;
  }

  // Adds `weight` times what the zone's stack holds in the voxel.
  void compose(size_t index, const Place& place, double weight, Parts* parts) const {
    const PhantomZone& zone = scene_.zones[index];
    if (zone.surface.empty()) {
      parts->material[zone.material[0]] += weight;
      return;
    }
    const double low = place[0] - half_, high = place[0] + half_;
    double sheets = 0;
    for (size_t c = 0; c < scene_.cracks.size(); ++c)
      if (scene_.cracks[c].sheet && touches(c, place)) {
        const double part = sheet_part(zone, scene_.cracks[c], place);
        add(c, part * weight, parts);
        sheets += part;
      }
    double held[phantom_materials] = {};
    struct Basin {
      size_t crack;
      double part;
    };
    std::vector<Basin> basins;
    for (size_t c = 0; c < scene_.cracks.size(); ++c)
      if (!scene_.cracks[c].sheet && touches(c, place)) basins.push_back({c, 0});
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) {
        const double v = place[1] + gauss_at[a] * scene_.voxel, u = place[2] + gauss_at[b] * scene_.voxel;
        const double w = gauss_weight[a] * gauss_weight[b] / scene_.voxel;
        double height[max_surfaces];
        heights(zone, v, u, height);
        double from = low;
        for (size_t k = 0; k <= zone.surface.size(); ++k) {
          const double to = k < zone.surface.size() ? std::clamp(height[k], low, high) : high;
          if (to <= from) continue;
          double length = to - from;
          if (zone.material[k] == electrolyte) {
            double taken[max_pieces][2];
            int pieces = 0;
            for (Basin& basin : basins) {
              const double more = take(scene_.cracks[basin.crack], v, u, from, to, taken, &pieces);
              basin.part += w * more;
              length -= more;
            }
          }
          held[zone.material[k]] += w * length;
          from = to;
        }
      }
    // A sheet has the place before the basins: what it takes of the voxel is taken from electrolyte and basins alike.
    double open = held[electrolyte];
    for (const Basin& basin : basins) open += basin.part;
    const double left = open > 0 ? std::max(0.0, 1 - sheets / open) : 1;
    held[electrolyte] *= left;
    for (const Basin& basin : basins) add(basin.crack, basin.part * left * weight, parts);
    for (int m = 0; m < phantom_materials; ++m) parts->material[m] += weight * held[m];
  }

  void add(size_t crack, double part, Parts* parts) const {
    parts->material[scene_.cracks[crack].material] += part;
    if (!parts->crack.empty()) parts->crack[crack] += part;
  }

  // Length of [from, to] that a basin takes at (v, u) and no earlier one has taken.
  static double take(const PhantomCrack& crack, double v, double u, double from, double to, double (*taken)[2], int* pieces) {
    const Knots knots = knots_at(crack.thickness, v, u);
    const double thickness = value_at(crack.thickness, knots);
    if (thickness <= 0 || *pieces == max_pieces) return 0;
    const double middle = value_at(crack.middle, knots);
    const double low = std::max(from, middle - thickness / 2), high = std::min(to, middle + thickness / 2);
    if (high <= low) return 0;
    // Pieces already taken, in order along s and apart from each other: count what lies between them.
    double length = 0, at = low;
    for (int k = 0; k < *pieces; ++k) {
      if (taken[k][1] <= at) continue;
      if (taken[k][0] >= high) break;
      length += std::max(0.0, taken[k][0] - at);
      at = std::max(at, taken[k][1]);
    }
    length += std::max(0.0, high - at);
    double merged[2] = {low, high};
    int kept = 0;
    for (int k = 0; k < *pieces; ++k) {
      if (taken[k][1] < low || taken[k][0] > high) {
        taken[kept][0] = taken[k][0];
        taken[kept++][1] = taken[k][1];
      } else {
        merged[0] = std::min(merged[0], taken[k][0]);
        merged[1] = std::max(merged[1], taken[k][1]);
      }
    }
    int place = kept++;
    for (; place > 0 && taken[place - 1][0] > merged[0]; --place) {
      taken[place][0] = taken[place - 1][0];
      taken[place][1] = taken[place - 1][1];
    }
    taken[place][0] = merged[0];
    taken[place][1] = merged[1];
    *pieces = kept;
    return length;
  }

  // The part of the voxel that a sheet takes of the zone's electrolyte.
  double sheet_part(const PhantomZone& zone, const PhantomCrack& sheet, const Place& place) const {
    double sum = 0;
    for (int b = 0; b < 3; ++b) {
      const double v = place[1] + gauss_at[b] * scene_.voxel;
      double height[max_surfaces];
      heights(zone, v, place[2], height);
      double from = place[0] - half_;
      for (int a = 0; a < 3; ++a) {
        const double to = from + gauss_weight[a] * scene_.voxel;
        double inside = 0;
        for (size_t k = 0; k <= zone.surface.size(); ++k)
          if (zone.material[k] == electrolyte)
            inside += overlap(from, to, k > 0 ? height[k - 1] : from, k < zone.surface.size() ? height[k] : to);
        if (inside > 0) {
          const double s = place[0] + gauss_at[a] * scene_.voxel;
          const Knots knots = knots_at(sheet.thickness, s, v);
          const double thickness = value_at(sheet.thickness, knots), middle = value_at(sheet.middle, knots);
          if (thickness > 0)
            sum += gauss_weight[b] * inside / scene_.voxel *
                   overlap(place[2] - half_, place[2] + half_, middle - thickness / 2, middle + thickness / 2) / scene_.voxel;
        }
        from = to;
      }
    }
    return sum;
  }

  const PhantomScene& scene_;
  double half_;
  std::vector<Table> tables_, crack_tables_;
  std::vector<Bounds> crack_bounds_;
};

double grey_of(const PhantomScene& scene, TextureSampler& texture, int material, const Place& place) {
  double grey = scene.grey[material];
  if (scene.textured) {
    switch (material) {
      case electrolyte: grey *= texture.electrolyte(place); break;
      case copper: grey *= texture.metal(place); break;
      case collector: grey *= texture.metal({place[0] - scene.collector_shift, place[1], place[2]}); break;
      case wall: grey *= texture.wall(place); break;
      default: break;
    }
  }
  if (material == collector && !scene.collector_shade.empty())
    grey *= 1 + value_at(scene.collector_shade[0], place[1], place[2]);
  return grey;
}

}  // namespace

std::array<PhantomPure, phantom_materials> evaluate_phantom(const PhantomScene& scene, const std::array<double, 12>& place_of,
                                                            const Index3& origin, const Index3& extent, float* out, int threads) {
  const Evaluator evaluator(scene);
  std::vector<std::array<PhantomPure, phantom_materials>> pure_of(static_cast<size_t>(extent[0]));
  parallel_for(extent[0], threads, [&](int64_t i) {
    TextureSampler texture(scene.texture);
    Parts parts;
    auto& pure = pure_of[static_cast<size_t>(i)];
    const double z = static_cast<double>(origin[0] + i);
    for (int64_t j = 0; j < extent[1]; ++j) {
      const double y = static_cast<double>(origin[1] + j);
      float* row = out + (i * extent[1] + j) * extent[2];
      for (int64_t k = 0; k < extent[2]; ++k) {
        const double x = static_cast<double>(origin[2] + k);
        Place place;
        for (int a = 0; a < 3; ++a) place[a] = place_of[4 * a] * z + place_of[4 * a + 1] * y + place_of[4 * a + 2] * x + place_of[4 * a + 3];
        int material;
        if (evaluator.look(place, &material, &parts)) {
          const double grey = grey_of(scene, texture, material, place);
          row[k] = static_cast<float>(grey);
          pure[material].count += 1;
          pure[material].sum += grey;
          pure[material].sum_of_squares += grey * grey;
        } else {
          double grey = 0;
          for (int m = 0; m < phantom_materials; ++m)
            if (parts.material[m] != 0) grey += parts.material[m] * grey_of(scene, texture, m, place);
          row[k] = static_cast<float>(grey);
        }
      }
    }
  });
  std::array<PhantomPure, phantom_materials> sum{};
  for (const auto& pure : pure_of)
    for (int m = 0; m < phantom_materials; ++m) {
      sum[m].count += pure[m].count;
      sum[m].sum += pure[m].sum;
      sum[m].sum_of_squares += pure[m].sum_of_squares;
    }
  return sum;
}

void phantom_thickness(const PhantomScene& scene, int64_t nv, int64_t nu, const std::vector<std::array<int, 2>>& pairs,
                       double* out, int threads) {
  const Evaluator evaluator(scene);
  parallel_for(nv, threads, [&](int64_t i) {
    std::vector<double> share;
    for (int64_t j = 0; j < nu; ++j) {
      const double v0 = static_cast<double>(i) * scene.voxel, u0 = static_cast<double>(j) * scene.voxel;
      for (size_t p = 0; p < pairs.size(); ++p) {
        const double s = value_at(scene.surfaces[pairs[p][1]], v0, u0);
        evaluator.shares({s, v0, u0}, &share);
        double sum = 0;
        for (size_t z = 0; z < scene.zones.size(); ++z) {
          const PhantomZone& zone = scene.zones[z];
          const auto lower = std::find(zone.surface.begin(), zone.surface.end(), pairs[p][0]);
          const auto upper = std::find(zone.surface.begin(), zone.surface.end(), pairs[p][1]);
          if (share[z] == 0 || lower == zone.surface.end() || upper == zone.surface.end()) continue;
          for (int a = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b) {
              double height[max_surfaces];
              evaluator.heights(zone, v0 + gauss_at[a] * scene.voxel, u0 + gauss_at[b] * scene.voxel, height);
              sum += share[z] * gauss_weight[a] * gauss_weight[b] *
                     (height[upper - zone.surface.begin()] - height[lower - zone.surface.begin()]);
            }
        }
        out[(static_cast<int64_t>(p) * nv + i) * nu + j] = sum;
      }
    }
  });
}

std::vector<PhantomCrackVoxel> phantom_crack_voxels(const PhantomScene& scene) {
  const Evaluator evaluator(scene);
  std::vector<PhantomCrackVoxel> found;
  Parts parts;
  for (size_t c = 0; c < scene.cracks.size(); ++c) {
    const Bounds& bounds = evaluator.crack_bounds(c);
    if (!(bounds.low[0] < bounds.high[0])) continue;
    std::array<int32_t, 3> first, last;
    for (int k = 0; k < 3; ++k) {
      first[k] = static_cast<int32_t>(std::floor(bounds.low[k] / scene.voxel));
      last[k] = static_cast<int32_t>(std::ceil(bounds.high[k] / scene.voxel));
    }
    for (int32_t i = first[0]; i <= last[0]; ++i)
      for (int32_t j = first[1]; j <= last[1]; ++j)
        for (int32_t k = first[2]; k <= last[2]; ++k) {
          const Place place{i * scene.voxel, j * scene.voxel, k * scene.voxel};
          int pure;
          if (!evaluator.touches(c, place)) continue;
          parts.crack.assign(scene.cracks.size(), 0);
          if (evaluator.look(place, &pure, &parts)) continue;
          if (parts.crack[c] > 0) found.push_back({static_cast<int32_t>(c), {i, j, k}, parts.crack[c]});
        }
  }
  return found;
}

}  // namespace tomolapse
