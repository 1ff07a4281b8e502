// Grey-value volumes that stay in their files: mapped, addressed by row, read in blocks.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tomolapse {

using Index3 = std::array<int64_t, 3>;  // z, y, x in the file's own order; s, v, u through a View

enum class VoxelType { u8, i8, u16, i16, u32, i32, f32, f64 };
int64_t bytes_of(VoxelType type);
VoxelType voxel_type_of(const std::string& name);  // "uint8" … "float64"; throws std::invalid_argument

// A file ended or failed while its voxels were read.
struct ReadError : std::runtime_error {
  ReadError(const std::string& path, const std::string& why) : std::runtime_error(why), path(path) {}
  std::string path;
};

// `rows` rows of x lying one after another in a file, beginning at byte `offset`. Row r of a volume is (r / ny, r % ny).
struct Segment {
  std::string path;
  uint64_t offset;
  int64_t rows;
};

// A volume whose voxels lie plainly in one or many files, or in memory. Safe to read from many threads.
class Volume {
 public:
  // Segments in row order, together shape[0] * shape[1] rows. Throws ReadError when a file is missing or too short.
  Volume(std::vector<Segment> segments, Index3 shape, VoxelType type, bool big_endian);
  // Copies `bytes` (host byte order).
  Volume(const void* voxels, Index3 shape, VoxelType type);
  ~Volume();
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;

  const Index3& shape() const { return shape_; }
  VoxelType type() const { return type_; }

  // Voxels [begin, end) of row (z, y) as float. Throws ReadError when the file fails under the mapping.
  void read_row(int64_t z, int64_t y, int64_t begin, int64_t end, float* out) const;

  // Says whether what follows is read here and there: the system then reads no further ahead than is asked for. From the first
  // time on the pages that were read are not kept: scattered reads map much more than they read, and of all volumes so read
  // together no more than `most_mapped` bytes stay part of the process, whatever their size. The system may go on caching them.
  void expect_scattered(bool scattered) const;
  static constexpr int64_t most_mapped = int64_t{64} << 20;

 private:
  struct Mapping;
  struct Piece {
    int64_t first_row, rows;
    const unsigned char* bytes;
    size_t mapping;
  };
  const Piece& piece_of(int64_t row) const;
  void let_go() const;
  static void count_mapped(int64_t bytes);
  std::vector<std::unique_ptr<Mapping>> mappings_;
  std::vector<unsigned char> memory_;
  std::vector<Piece> pieces_;
  Index3 shape_;
  VoxelType type_;
  bool big_endian_;
  mutable std::atomic<bool> lets_go_{false};
};

// A volume seen along other axes: view axis k is file axis `axis[k]`, backwards where `flip[k]`.
// The analysis sees every cell as (s, v, u): s runs from the working to the counter electrode.
struct View {
  std::shared_ptr<const Volume> volume;
  std::array<int, 3> axis{0, 1, 2};
  std::array<bool, 3> flip{false, false, false};
  Index3 shape() const {
    const Index3& s = volume->shape();
    return {s[axis[0]], s[axis[1]], s[axis[2]]};
  }
};

// The box [origin, origin + extent) of a view as float, in view order, u fastest. Outside the volume the nearest voxel repeats.
// Voxels that are no finite number are 0, which is what reconstructions write outside their field.
void read_block(const View& view, const Index3& origin, const Index3& extent, float* out, int threads = 1);

}  // namespace tomolapse
