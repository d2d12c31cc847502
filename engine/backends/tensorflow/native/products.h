// Products of matrices. Blocks of the result stay in registers while the products are added.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>
#include "rows.h"
#include "unroll.h"

// The block that fills the registers: BLOCK_ROWS rows with PANEL columns
constexpr int PANEL_VECTORS = 2;
constexpr int64_t PANEL = PANEL_VECTORS * LANES;
constexpr int BLOCK_ROWS = LANES == 8 ? 6 : 12;

// A matrix [depth, width] whose columns are in panels: each has PANEL columns, those beyond the width are 0. A row of a panel fills whole lines
// of the cache.
class Panels {
 public:
  Panels(int64_t depth, int64_t width)
      : depth(depth), count((width + PANEL - 1) / PANEL), values(depth * count * PANEL + LANES) {}

  void set(int64_t row, int64_t column, float value) { at(column / PANEL)[row * PANEL + column % PANEL] = value; }
  float* at(int64_t panel) { return begin() + panel * depth * PANEL; }
  const float* at(int64_t panel) const { return const_cast<Panels*>(this)->at(panel); }

  const int64_t depth, count;

 private:
  float* begin() {
    const uintptr_t line = 4 * LANES, address = reinterpret_cast<uintptr_t>(values.data());
    return reinterpret_cast<float*>((address + line - 1) / line * line);
  }
  std::vector<float> values;
};

// Copies `width` columns of some rows to a panel.
inline void copyPanel(const float* from, int64_t rows, int64_t stride, int64_t width, float* panel) {
  const auto copy = [&](const auto& get) {
    for (int64_t row = 0; row < rows; row++)
      unroll<PANEL_VECTORS>([&](auto v) {
        store(panel + row * PANEL + v * LANES, get(from + row * stride + v * LANES, width - v * LANES));
      });
  };
  if (width >= PANEL)
    copy([](const float* place, int64_t) { return load(place); });
  else
    copy([](const float* place, int64_t left) {
      return left >= LANES ? load(place) : left > 0 ? loadSome(place, left) : Vector{};
    });
}

// A left factor: the value in row i and column k is `values[i · row + k · column]`.
struct Left {
  const float* values;
  int64_t row, column;
};

// Adds the product of ROWS rows of `a` and a panel to `to`, of which the first `width` columns are written. If `fresh`, replaces what is there.
template <int ROWS>
inline void multiplyBlock(const Left& a, const float* panel, int64_t depth, float* to, int64_t stride, int64_t width,
                          bool fresh) {
  Vector sums[ROWS][PANEL_VECTORS] = {};
  const float* values = a.values;
  const int64_t row = a.row, column = a.column;
  for (int64_t k = 0; k < depth; k++, values += column, panel += PANEL) {
    Vector factors[PANEL_VECTORS];
    unroll<PANEL_VECTORS>([&](auto v) { factors[v] = load(panel + v * LANES); });
    unroll<ROWS>([&](auto r) {
      const Vector value = all(values[r * row]);
      unroll<PANEL_VECTORS>([&](auto v) { sums[r][v] += value * factors[v]; });
    });
  }
  unroll<ROWS>([&](auto r) {
    unroll<PANEL_VECTORS>([&](auto v) {
      float* place = to + r * stride + v * LANES;
      const int64_t left = width - v * LANES;
      if (left >= LANES)
        store(place, fresh ? sums[r][v] : load(place) + sums[r][v]);
      else if (left > 0)
        storeSome(place, fresh ? sums[r][v] : loadSome(place, left) + sums[r][v], left);
    });
  });
}

// The same for any number of rows.
inline void multiplyRows(const Left& a, int64_t rows, const float* panel, int64_t depth, float* to, int64_t stride,
                         int64_t width, bool fresh) {
  int64_t i = 0;
  const auto blocks = [&](auto count) {
    for (; i + count <= rows; i += count)
      multiplyBlock<decltype(count)::value>({a.values + i * a.row, a.row, a.column}, panel, depth, to + i * stride,
                                            stride, width, fresh);
  };
  blocks(Constant<BLOCK_ROWS>());
  blocks(Constant<BLOCK_ROWS / 3>());
  blocks(Constant<1>());
}
