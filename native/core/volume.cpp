#include "core/volume.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <map>
#include <mutex>
#include <set>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/parallel.h"

namespace tomolapse {

int64_t bytes_of(VoxelType type) {
  switch (type) {
    case VoxelType::u8:
    case VoxelType::i8: return 1;
    case VoxelType::u16:
    case VoxelType::i16: return 2;
    case VoxelType::u32:
    case VoxelType::i32:
    case VoxelType::f32: return 4;
    case VoxelType::f64: return 8;
  }
  return 0;
}

VoxelType voxel_type_of(const std::string& name) {
  static const std::map<std::string, VoxelType> types = {
      {"uint8", VoxelType::u8},   {"int8", VoxelType::i8},   {"uint16", VoxelType::u16},  {"int16", VoxelType::i16},
      {"uint32", VoxelType::u32}, {"int32", VoxelType::i32}, {"float32", VoxelType::f32}, {"float64", VoxelType::f64}};
  auto found = types.find(name);
  if (found == types.end()) throw std::invalid_argument("unknown voxel type " + name);
  return found->second;
}

struct Volume::Mapping {
  std::string path;
  unsigned char* bytes = nullptr;
  size_t length = 0;
  ~Mapping() {
    if (bytes) munmap(bytes, length);
  }
};

namespace {

// A mapped page whose file was cut short or whose disk fails raises SIGBUS. It may do so only inside guarded_copy.
// The compiler does not know that the handler reads `rescue` in the middle of a copy: hence volatile and the fences.
thread_local sigjmp_buf* volatile rescue = nullptr;
struct sigaction previous_action;

void on_bus_error(int signal, siginfo_t* info, void* context) {
  if (sigjmp_buf* to = rescue) siglongjmp(*to, 1);
  if (previous_action.sa_flags & SA_SIGINFO) {
    previous_action.sa_sigaction(signal, info, context);
  } else {
    sigaction(signal, &previous_action, nullptr);
  }
}

void install_guard() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous_action);
  });
}

bool guarded_copy(void* to, const void* from, size_t bytes) {
  sigjmp_buf here;
  if (sigsetjmp(here, 0)) {
    rescue = nullptr;
    return false;
  }
  rescue = &here;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(to, from, bytes);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  rescue = nullptr;
  return true;
}

template <class T>
void swap_bytes(T* values, int64_t count) {
  auto* bytes = reinterpret_cast<unsigned char*>(values);
  for (int64_t i = 0; i < count; ++i) std::reverse(bytes + i * sizeof(T), bytes + (i + 1) * sizeof(T));
}

template <class T, bool swap>
void widen_as(const unsigned char* raw, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, raw + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
    if constexpr (swap) swap_bytes(&value, 1);
    out[i] = static_cast<float>(value);
  }
}

template <class T>
void widen(const unsigned char* raw, int64_t count, bool swap, float* out) {
  return swap ? widen_as<T, true>(raw, count, out) : widen_as<T, false>(raw, count, out);
}

void widen_any(VoxelType type, const unsigned char* raw, int64_t count, bool swap, float* out) {
  switch (type) {
    case VoxelType::u8: return widen<uint8_t>(raw, count, false, out);
    case VoxelType::i8: return widen<int8_t>(raw, count, false, out);
    case VoxelType::u16: return widen<uint16_t>(raw, count, swap, out);
    case VoxelType::i16: return widen<int16_t>(raw, count, swap, out);
    case VoxelType::u32: return widen<uint32_t>(raw, count, swap, out);
    case VoxelType::i32: return widen<int32_t>(raw, count, swap, out);
    case VoxelType::f32: return widen<float>(raw, count, swap, out);
    case VoxelType::f64: return widen<double>(raw, count, swap, out);
  }
}

}  // namespace

Volume::Volume(std::vector<Segment> segments, Index3 shape, VoxelType type, bool big_endian)
    : shape_(shape), type_(type), big_endian_(big_endian) {
  install_guard();
  // What a header claims is multiplied below: first it has to be what a volume can have.
  constexpr int64_t most_extent = int64_t{1} << 31;
  constexpr uint64_t most_rows = uint64_t{1} << 46;
  for (const int64_t extent : shape)
    if (extent < 1 || extent > most_extent) throw std::invalid_argument("a volume cannot have this shape");
  const uint64_t row_bytes = static_cast<uint64_t>(shape[2] * bytes_of(type));
  if (static_cast<uint64_t>(shape[0] * shape[1]) > most_rows) throw std::invalid_argument("a volume cannot have this shape");
  std::map<std::string, size_t> opened;
  int64_t row = 0;
  for (const Segment& segment : segments) {
    if (segment.rows < 0) throw std::invalid_argument("a segment cannot have fewer than no rows");
    auto found = opened.find(segment.path);
    if (found == opened.end()) {
      if (segment.path.find('\0') != std::string::npos) throw ReadError(segment.path, "no file can have this name");
      // A pipe would be waited for, for ever.
      const int file = open(segment.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      if (file < 0) throw ReadError(segment.path, std::strerror(errno));
      struct stat status {};
      if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(file);
        throw ReadError(segment.path, "it is not a file");
      }
      auto mapping = std::make_unique<Mapping>();
      mapping->path = segment.path;
      mapping->length = static_cast<size_t>(status.st_size);
      void* address = mapping->length ? mmap(nullptr, mapping->length, PROT_READ, MAP_SHARED, file, 0) : nullptr;
      const int why = errno;
      close(file);
      if (address == MAP_FAILED) throw ReadError(segment.path, std::strerror(why));
      mapping->bytes = static_cast<unsigned char*>(address);
      mappings_.push_back(std::move(mapping));
      found = opened.emplace(segment.path, mappings_.size() - 1).first;
    }
    const Mapping& mapping = *mappings_[found->second];
    // Divided, not multiplied: no offset and no number of rows can run over.
    if (segment.offset > mapping.length || static_cast<uint64_t>(segment.rows) > (mapping.length - segment.offset) / row_bytes)
      throw ReadError(segment.path, "the file is shorter than its voxels");
    if (segment.rows == 0) continue;
    pieces_.push_back({row, segment.rows, mapping.bytes + segment.offset, found->second});
    row += segment.rows;
    if (row > shape[0] * shape[1]) break;
  }
  if (row != shape[0] * shape[1]) throw std::invalid_argument("the segments hold other rows than the shape");
}

Volume::Volume(const void* voxels, Index3 shape, VoxelType type) : shape_(shape), type_(type), big_endian_(false) {
  const size_t bytes = static_cast<size_t>(shape[0] * shape[1] * shape[2] * bytes_of(type));
  const auto* from = static_cast<const unsigned char*>(voxels);
  memory_.assign(from, from + bytes);
  pieces_.push_back({0, shape[0] * shape[1], memory_.data(), SIZE_MAX});
}

namespace {

// The volumes of the process whose pages are let go of, and a bound of what they have mapped since that was last done.
struct Scattered {
  std::mutex mutex;
  std::set<const Volume*> volumes;
  std::atomic<int64_t> mapped{0};
};
Scattered& scattered() {
  static Scattered all;
  return all;
}

// A fault maps the pages around it that the system has at hand.
constexpr int64_t fault_bytes = 65536;

}  // namespace

Volume::~Volume() {
  if (!lets_go_) return;
  std::lock_guard lock(scattered().mutex);
  scattered().volumes.erase(this);
}

const Volume::Piece& Volume::piece_of(int64_t row) const {
  auto after = std::upper_bound(pieces_.begin(), pieces_.end(), row,
                                [](int64_t r, const Piece& piece) { return r < piece.first_row; });
  return *(after - 1);
}

void Volume::let_go() const {
  for (const auto& mapping : mappings_)
    if (mapping->bytes) madvise(mapping->bytes, mapping->length, MADV_DONTNEED);
}

void Volume::count_mapped(int64_t bytes) {
  if (scattered().mapped.fetch_add(bytes) + bytes < most_mapped) return;
  std::lock_guard lock(scattered().mutex);
  // Another thread may have done it while this one waited.
  if (scattered().mapped < most_mapped) return;
  for (const Volume* volume : scattered().volumes) volume->let_go();
  scattered().mapped = 0;
}

void Volume::expect_scattered(bool is_scattered) const {
  for (const auto& mapping : mappings_)
    if (mapping->bytes) madvise(mapping->bytes, mapping->length, is_scattered ? MADV_RANDOM : MADV_NORMAL);
  if (!is_scattered || lets_go_.exchange(true)) return;
  std::lock_guard lock(scattered().mutex);
  scattered().volumes.insert(this);
}

void Volume::read_row(int64_t z, int64_t y, int64_t begin, int64_t end, float* out) const {
  const int64_t row = z * shape_[1] + y, size = bytes_of(type_);
  const Piece& piece = piece_of(row);
  const unsigned char* from = piece.bytes + ((row - piece.first_row) * shape_[2] + begin) * size;
  if (piece.mapping == SIZE_MAX) return widen_any(type_, from, end - begin, false, out);
  constexpr int64_t chunk_bytes = 8192;
  unsigned char buffer[chunk_bytes];
  const int64_t per_chunk = chunk_bytes / size;
  for (int64_t at = begin; at < end; at += per_chunk) {
    const int64_t n = std::min(per_chunk, end - at);
    if (!guarded_copy(buffer, from + (at - begin) * size, static_cast<size_t>(n * size)))
      throw ReadError(mappings_[piece.mapping]->path, "the file changed or its disk failed while it was read");
    widen_any(type_, buffer, n, big_endian_, out + (at - begin));
  }
  if (lets_go_) count_mapped((end - begin) * size + fault_bytes);
}

void read_block(const View& view, const Index3& origin, const Index3& extent, float* out, int threads) {
  if (std::min({extent[0], extent[1], extent[2]}) <= 0) return;
  // Loop over the file's own order so that rows are read whole; scatter into view order.
  const Volume& volume = *view.volume;
  const Index3& shape = volume.shape();
  Index3 first{}, count{}, stride{};  // by file axis: the box, and the step in `out` for one step along it
  const Index3 view_stride = {extent[1] * extent[2], extent[2], 1};
  std::array<bool, 3> flip{};
  for (int k = 0; k < 3; ++k) {
    const int axis = view.axis[k];
    flip[axis] = view.flip[k];
    first[axis] = origin[k];
    count[axis] = extent[k];
    stride[axis] = view_stride[k];
  }
  auto file_index = [&](int axis, int64_t i) {
    int64_t at = first[axis] + i;
    if (flip[axis]) at = shape[axis] - 1 - at;
    return std::clamp<int64_t>(at, 0, shape[axis] - 1);
  };
  const bool may_lack_numbers = volume.type() == VoxelType::f32 || volume.type() == VoxelType::f64;
  const int64_t x_low = std::min(file_index(2, 0), file_index(2, count[2] - 1));
  const int64_t x_high = std::max(file_index(2, 0), file_index(2, count[2] - 1)) + 1;
  parallel_for(count[0], threads, [&](int64_t i) {
    std::vector<float> row(static_cast<size_t>(x_high - x_low));
    int64_t loaded = -1;
    const int64_t z = file_index(0, i);
    for (int64_t j = 0; j < count[1]; ++j) {
      const int64_t y = file_index(1, j);
      if (y != loaded) {
        volume.read_row(z, y, x_low, x_high, row.data());
        if (may_lack_numbers)
          for (float& value : row) value = std::isfinite(value) ? value : 0;
      }
      loaded = y;
      float* to = out + i * stride[0] + j * stride[1];
      if (stride[2] == 1 && !flip[2]) {
        const int64_t low = std::clamp<int64_t>(-first[2], 0, count[2]), high = std::clamp<int64_t>(shape[2] - first[2], low, count[2]);
        std::fill(to, to + low, row.front());
        std::copy_n(row.data() + (first[2] + low - x_low), high - low, to + low);
        std::fill(to + high, to + count[2], row.back());
      } else {
        for (int64_t k = 0; k < count[2]; ++k) to[k * stride[2]] = row[file_index(2, k) - x_low];
      }
    }
  });
}

}  // namespace tomolapse
