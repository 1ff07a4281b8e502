#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>

#include <unistd.h>

#include "test/check.h"

using namespace tomolapse;
using namespace tomolapse::test;

namespace {

// A file that is gone with the test.
struct File {
  std::string path;
  explicit File(const std::string& bytes) {
    char name[] = "/tmp/tomolapse-test-XXXXXX";
    const int file = mkstemp(name);
    CHECK(file >= 0);
    close(file);
    path = name;
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  ~File() { unlink(path.c_str()); }
};

template <class T>
std::string bytes_of_values(const std::vector<T>& values, bool big_endian) {
  std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  if (big_endian)
    for (size_t at = 0; at < bytes.size(); at += sizeof(T)) std::reverse(bytes.begin() + at, bytes.begin() + at + sizeof(T));
  return bytes;
}

template <class T>
void check_type(VoxelType type, double low, double high) {
  const Index3 shape = {3, 4, 5};
  const std::vector<T> values = noise<T>(shape, low, high);
  for (bool big_endian : {false, true}) {
    const File file("head" + bytes_of_values(values, big_endian));
    View view;
    view.volume = std::make_shared<Volume>(std::vector<Segment>{{file.path, 4, 12}}, shape, type, big_endian);
    std::vector<float> out(60);
    read_block(view, {0, 0, 0}, shape, out.data());
    for (size_t i = 0; i < out.size(); ++i) CHECK_EQUAL(out[i], static_cast<float>(values[i]));
  }
}

}  // namespace

TEST("voxels that are no finite number are 0 in a block") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {1, nan, 3, infinity, -infinity, 6};
  View view;
  view.volume = std::make_shared<Volume>(values.data(), Index3{1, 2, 3}, VoxelType::f32);
  std::vector<float> out(6);
  read_block(view, {0, 0, 0}, {1, 2, 3}, out.data());
  const std::vector<float> expected = {1, 0, 3, 0, 0, 6};
  for (size_t i = 0; i < out.size(); ++i) CHECK_EQUAL(out[i], expected[i]);
  // Along other axes, where rows are scattered.
  view.axis = {2, 1, 0};
  view.flip = {true, false, false};
  read_block(view, {0, 0, 0}, {3, 2, 1}, out.data());
  const std::vector<float> turned = {3, 6, 0, 0, 1, 0};
  for (size_t i = 0; i < out.size(); ++i) CHECK_EQUAL(out[i], turned[i]);
}

TEST("every voxel type is read in both byte orders") {
  check_type<uint8_t>(VoxelType::u8, 0, 256);
  check_type<int8_t>(VoxelType::i8, -128, 128);
  check_type<uint16_t>(VoxelType::u16, 0, 65536);
  check_type<int16_t>(VoxelType::i16, -32768, 32768);
  check_type<uint32_t>(VoxelType::u32, 0, 4294967295.0);
  check_type<int32_t>(VoxelType::i32, -2147483648.0, 2147483647.0);
  check_type<float>(VoxelType::f32, -1e6, 1e6);
  check_type<double>(VoxelType::f64, -1e6, 1e6);
}

TEST("blocks are right through every order of axes and every flip, also beyond the borders") {
  const Index3 shape = {4, 5, 6};
  const auto values = noise<uint16_t>(shape, 0, 65536);
  View view = view_in_memory(values, shape, VoxelType::u16);
  std::array<int, 3> axis = {0, 1, 2};
  do {
    for (int flips = 0; flips < 8; ++flips) {
      view.axis = axis;
      view.flip = {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0};
      for (const auto& [origin, extent] : std::vector<std::array<Index3, 2>>{
               {{{0, 0, 0}, view.shape()}}, {{{1, 0, 2}, {2, 3, 1}}}, {{{-3, 2, -9}, {9, 7, 20}}}, {{{-7, -8, 9}, {2, 3, 4}}}}) {
        std::vector<float> out(static_cast<size_t>(voxels_of(extent)));
        read_block(view, origin, extent, out.data(), 3);
        for (int64_t i = 0; i < voxels_of(extent); ++i) {
          const Index3 at = {origin[0] + i / (extent[1] * extent[2]), origin[1] + i / extent[2] % extent[1], origin[2] + i % extent[2]};
          Index3 file{};
          for (int k = 0; k < 3; ++k) {
            const int64_t n = shape[axis[k]];
            const int64_t inside = std::clamp<int64_t>(at[k], 0, n - 1);
            file[axis[k]] = view.flip[k] ? n - 1 - inside : inside;
          }
          CHECK_EQUAL(out[i], static_cast<float>(values[(file[0] * shape[1] + file[1]) * shape[2] + file[2]]));
        }
      }
    }
  } while (std::next_permutation(axis.begin(), axis.end()));
}

TEST("a volume of many files and parts of files is read in row order") {
  const Index3 shape = {2, 3, 4};
  std::vector<uint8_t> values(24);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint8_t>(i);
  const std::string bytes = bytes_of_values(values, false);
  const File tail("??" + bytes.substr(20)), head(bytes.substr(0, 8) + "???" + bytes.substr(8, 12));
  View view;
  view.volume = std::make_shared<Volume>(std::vector<Segment>{{head.path, 0, 2}, {head.path, 11, 3}, {tail.path, 2, 1}}, shape,
                                         VoxelType::u8, false);
  std::vector<float> out(24);
  read_block(view, {0, 0, 0}, shape, out.data());
  for (size_t i = 0; i < out.size(); ++i) CHECK_EQUAL(out[i], static_cast<float>(i));
}

TEST("missing and short files are named") {
  try {
    Volume({{"/nowhere/scan.raw", 0, 1}}, {1, 1, 1}, VoxelType::u8, false);
    CHECK(false);
  } catch (const ReadError& error) {
    CHECK(error.path == "/nowhere/scan.raw");
  }
  const File file("12345678"), empty("");
  CHECK_THROWS(ReadError, Volume({{file.path, 1, 2}}, {1, 2, 4}, VoxelType::u8, false));
  CHECK_THROWS(ReadError, Volume({{empty.path, 0, 1}}, {1, 1, 1}, VoxelType::u8, false));
  CHECK_THROWS(std::invalid_argument, Volume({{file.path, 0, 1}}, {1, 2, 4}, VoxelType::u8, false));
  CHECK_THROWS(std::invalid_argument, voxel_type_of("uint64"));
}

TEST("a file cut short under the mapping is a ReadError, in every thread and every time") {
  const Index3 shape = {64, 64, 256};
  const File file(std::string(static_cast<size_t>(voxels_of(shape)) * 2, 'x'));
  View view;
  view.volume = std::make_shared<Volume>(std::vector<Segment>{{file.path, 0, 64 * 64}}, shape, VoxelType::u16, false);
  std::vector<float> out(static_cast<size_t>(voxels_of(shape)));
  read_block(view, {0, 0, 0}, shape, out.data(), 2);
  CHECK(truncate(file.path.c_str(), 128 * 1024) == 0);
  for (int again = 0; again < 3; ++again) {
    for (int threads : {1, 4}) {
      try {
        read_block(view, {0, 0, 0}, shape, out.data(), threads);
        CHECK(false);
      } catch (const ReadError& error) {
        CHECK(error.path == file.path);
      }
    }
  }
  // What is still there stays readable.
  read_block(view, {0, 0, 0}, {4, 64, 256}, out.data(), 2);
  CHECK_EQUAL(out[0], 30840.0f);
}

#ifdef __linux__
TEST("of a file that is read here and there little stays in memory, however much of it is read") {
  const Index3 shape = {64, 512, 4096};  // 256 MiB, all hole
  const File file("");
  CHECK(truncate(file.path.c_str(), voxels_of(shape) * 2) == 0);
  // Pages of files that are part of the process, bytes.
  auto mapped = [] {
    long size = 0, resident = 0, shared = 0;
    std::ifstream("/proc/self/statm") >> size >> resident >> shared;
    return static_cast<int64_t>(shared) * sysconf(_SC_PAGESIZE);
  };
  const Volume volume({{file.path, 0, shape[0] * shape[1]}}, shape, VoxelType::u16, false);
  volume.expect_scattered(true);
  const int64_t before = mapped();
  int64_t most = 0;
  float voxel = 1;
  for (int64_t row = 0; row < shape[0] * shape[1]; ++row) {
    volume.read_row(row / shape[1], row % shape[1], 100, 101, &voxel);
    CHECK_EQUAL(voxel, 0);
    if (row % 64 == 0) most = std::max(most, mapped() - before);
  }
  CHECK(most > 0);
  CHECK(most <= Volume::most_mapped + (int64_t{1} << 20));
}
#endif
