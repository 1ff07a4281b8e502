#pragma once
#include "binding/binding.h"
#include "core/columns.h"

namespace tomolapse::binding {

// {slice, column, sliceStep, columnStep, columns}
inline ColumnFrame column_frame_of(const Napi::Object& o) {
  return {integer(o, "slice", -most_voxels, most_voxels), integer(o, "column", -most_voxels, most_voxels), index3_of(o.Get("sliceStep")), index3_of(o.Get("columnStep")), integer(o, "columns", 0, most_voxels)};
}

}  // namespace tomolapse::binding
