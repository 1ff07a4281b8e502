// CRC-32C (Castagnoli), the checksum of Zarr's shards.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tomolapse {

// The checksum of `bytes`; `before` is that of what precedes them, so that long data can be fed in parts.
uint32_t crc32c(const void* bytes, size_t count, uint32_t before = 0);

}  // namespace tomolapse
