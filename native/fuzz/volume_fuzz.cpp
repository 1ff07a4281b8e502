// Whatever a header says of where voxels lie: the volume is refused, or every block of it is read inside its file.
#include "core/volume.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include <unistd.h>

using namespace tomolapse;

namespace {

// One file of 4096 bytes for all inputs; gone when the process is.
const std::string& scan() {
  static const std::string path = [] {
    char name[] = "/tmp/tomolapse-volume-fuzz-XXXXXX";
    const int file = mkstemp(name);
    if (file < 0) std::abort();
    const std::string bytes(4096, 'v');
    if (write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
    close(file);
    static std::string kept;
    kept = name;
    std::atexit([] { unlink(kept.c_str()); });
    return kept;
  }();
  return path;
}

struct Input {
  const uint8_t* bytes;
  size_t left;
  uint8_t byte() { return left > 0 ? (--left, *bytes++) : 0; }
  // Small for the most part, so that volumes come out whole; else anything.
  int64_t number(int64_t most) {
    const uint8_t kind = byte();
    if (kind < 200) return byte() % (most + 1);
    if (kind < 230) return (byte() << 8 | byte()) % 5000;
    uint64_t any = 0;
    for (int i = 0; i < 8; ++i) any = any << 8 | byte();
    return static_cast<int64_t>(any);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  Input in{bytes, size};
  const Index3 shape = {in.number(8), in.number(8), in.number(16)};
  const auto type = static_cast<VoxelType>(in.byte() % 8);
  std::vector<Segment> segments;
  for (int count = in.byte() % 5; count > 0; --count)
    segments.push_back({in.byte() == 255 ? "/tmp" : scan(), static_cast<uint64_t>(in.number(64)), in.number(64)});
  try {
    View view{std::make_shared<const Volume>(segments, shape, type, in.byte() % 2 != 0)};
    static constexpr int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    std::memcpy(view.axis.data(), orders[in.byte() % 6], sizeof orders[0]);
    for (bool& flip : view.flip) flip = in.byte() % 2 != 0;
    if (in.byte() % 4 == 0) view.volume->expect_scattered(true);
    constexpr int64_t farthest = int64_t{1} << 31;
    Index3 origin{}, extent{};
    for (int k = 0; k < 3; ++k) {
      origin[k] = in.number(20) % farthest - in.number(20) % farthest;
      extent[k] = in.byte() % 20;
    }
    std::vector<float> out(static_cast<size_t>(extent[0] * extent[1] * extent[2]));
    read_block(view, origin, extent, out.data(), 1 + in.byte() % 2);
  } catch (const ReadError&) {
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
