#pragma once
#include "binding/binding.h"
#include "core/columns.h"

namespace tomolapse::binding {

// {slice, column, sliceStep, columnStep, columns}
inline ColumnFrame column_frame_of(const Napi::Object& o) {
  return {integer(o, "slice"), integer(o, "column"), index3_of(o.Get("sliceStep")), index3_of(o.Get("columnStep")), integer(o, "columns")};
}

}  // namespace tomolapse::binding
