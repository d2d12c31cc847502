// The product Aᵀ·B of two matrices with many rows, which is the gradient of a weight, and the sum of the rows of B, which is that of a bias.
// Blocks of both matrices are copied into the order in which registers need them.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>
#include "operation.h"
#include "rows.h"
#include "threads.h"
#include "vectors.h"

// A tile of the product stays in registers: HIGH rows (columns of A) and WIDE vectors of columns of B.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int HIGH = 8, WIDE = 2;
#else
constexpr int HIGH = 6, WIDE = 2;  // there are only 16 registers
#endif
constexpr int64_t ACROSS = WIDE * LANES;

// Rows that are copied and multiplied at a time, for a matrix A with this many columns. Their blocks stay in the caches. The sums of more rows
// would lose digits.
inline int64_t depthFor(int64_t width) {
  return std::max<int64_t>(64, std::min<int64_t>(96, (1 << 16) / std::max<int64_t>(1, width)));
}

// A matrix in memory. Rows follow one another.
struct Matrix {
  const float* values;
  int64_t width;
  const float* row(int64_t index) const { return values + index * width; }
};

// Copies columns of some rows into panels of SIZE columns, one panel after another. In a panel, rows follow one another. Columns beyond the
// last one are 0.
template <int64_t SIZE>
inline void copyPanels(const Matrix& from, const Range& rows, const Range& columns, float* to) {
  constexpr int64_t SOME = 8;  // whole cache lines are written, and the rows that are read stay in the cache
  for (int64_t begin = rows.begin; begin < rows.end; begin += SOME) {
    const int64_t end = std::min(begin + SOME, rows.end);
    float* at = to + (begin - rows.begin) * SIZE;
    for (int64_t i = 0; i < columns.count(); i += SIZE, at += rows.count() * SIZE) {
      const float* values = from.row(begin) + columns.begin + i;
      const int64_t left = columns.count() - i;
      float* next = at;
      for (int64_t row = begin; row < end; row++, values += from.width, next += SIZE)
        if (left >= SIZE)
          std::memcpy(next, values, SIZE * sizeof(float));
        else
          for (int64_t k = 0; k < SIZE; k++) next[k] = k < left ? values[k] : 0.f;
    }
  }
}

// Asks for values that are copied soon.
inline void prefetch(const Matrix& from, const Range& rows, const Range& columns) {
  for (int64_t row = rows.begin; row < rows.end; row++)
    for (int64_t i = columns.begin; i < columns.end; i += 16) __builtin_prefetch(from.row(row) + i, 0, 2);
}

// Adds the product of two panels of `depth` rows to a tile. `width` is that of the product. The tile has `high` × `across` values in the product.
inline void addTile(int64_t depth, const float* a, const float* b, float* to, int64_t width, int64_t high,
                    int64_t across) {
  Vector sums[HIGH][WIDE] = {};
  for (int64_t k = 0; k < depth; k++, a += HIGH, b += ACROSS) {
    Vector columns[WIDE];
#pragma GCC unroll 4
    for (int j = 0; j < WIDE; j++) columns[j] = load(b + j * LANES);
#pragma GCC unroll 16
    for (int i = 0; i < HIGH; i++)
#pragma GCC unroll 4
      for (int j = 0; j < WIDE; j++) sums[i][j] += all(a[i]) * columns[j];
  }
  for (int i = 0; i < HIGH && i < high; i++)
    for (int j = 0; j < WIDE; j++) {
      float* at = to + i * width + j * LANES;
      const int64_t left = across - j * LANES;
      if (left >= LANES)
        store(at, load(at) + sums[i][j]);
      else if (left > 0)
        storeSome(at, loadSome(at, left) + sums[i][j], left);
    }
}

// Adds the rows of a panel to the sums of its columns. Sums of few rows are in float32, longer ones in float64.
inline void addRows(int64_t depth, const float* panel, double* sums, int64_t across) {
  constexpr int64_t FEW = 4;
  for (int64_t begin = 0; begin < depth; begin += FEW) {
    const int64_t end = std::min(begin + FEW, depth);
    Vector some[WIDE] = {};
    for (int64_t k = begin; k < end; k++)
      for (int j = 0; j < WIDE; j++) some[j] += load(panel + k * ACROSS + j * LANES);
    float values[ACROSS];
    for (int j = 0; j < WIDE; j++) store(values + j * LANES, some[j]);
    for (int64_t i = 0; i < across; i++) sums[i] += values[i];
  }
}

// The number of values that `addProduct` needs for its blocks of A, which has this width, and of B.
inline int64_t scratchFor(int64_t width) { return depthFor(width) * ((width + HIGH - 1) / HIGH * HIGH + ACROSS); }

// Adds Aᵀ·B over some rows to `to` and the rows of B to `sums`, for some columns of B.
inline void addProduct(const Matrix& a, const Matrix& b, const Range& rows, const Range& columns, float* scratch,
                       float* to, double* sums) {
  const int64_t high = (a.width + HIGH - 1) / HIGH, panels = (columns.count() + ACROSS - 1) / ACROSS;
  const int64_t depth = depthFor(a.width);
  float *first = scratch, *second = scratch + depth * high * HIGH;
  const auto columnsOf = [&](int64_t panel) {
    const int64_t left = columns.begin + panel * ACROSS;
    return Range{left, std::min(left + ACROSS, columns.end)};
  };
  for (int64_t begin = rows.begin; begin < rows.end; begin += depth) {
    const Range some{begin, std::min(begin + depth, rows.end)}, next{some.end, std::min(some.end + depth, rows.end)};
    copyPanels<HIGH>(a, some, {0, a.width}, first);
    for (int64_t panel = 0; panel < panels; panel++) {
      const Range across = columnsOf(panel), &after = panel + 1 < panels ? some : next;
      copyPanels<ACROSS>(b, some, across, second);
      addRows(some.count(), second, sums + across.begin, across.count());
      for (int64_t i = 0; i < high; i++) {
        prefetch(b, after.part(high, i), columnsOf(panel + 1 < panels ? panel + 1 : 0));
        prefetch(a, next.part(panels * high, panel * high + i), {0, a.width});
        addTile(some.count(), first + i * some.count() * HIGH, second, to + i * HIGH * b.width + across.begin, b.width,
                a.width - i * HIGH, across.count());
      }
    }
  }
}

// How a product is divided: into parts of the rows, whose sums are added, and into parts of the columns of B. Follows from the shapes alone.
struct Division {
  // Many sums of parts take memory, so a large product has fewer parts of its rows and more of its columns.
  static constexpr int64_t PARTS = 8, LEAST = 512, VALUES = 1 << 20;
  Division(int64_t rows, int64_t size, int64_t width)
      : rows(std::max<int64_t>(1, std::min({PARTS, rows / LEAST, VALUES / std::max<int64_t>(1, size)}))),
        columns(std::max<int64_t>(1, std::min(PARTS / this->rows, width / ACROSS))) {}
  int64_t rows, columns;
};

// Writes Aᵀ·B to `to`, and the sum of the rows of B to `sum`.
inline void transposedProduct(const Matrix& a, const Matrix& b, int64_t rows, float* to, float* sum) {
  const int64_t size = a.width * b.width;
  const Division into(rows, size, b.width);
  std::vector<float> others(static_cast<size_t>((into.rows - 1) * size));
  std::vector<double> sums(static_cast<size_t>(into.rows * b.width));
  const auto productOf = [&](int64_t part) { return part == 0 ? to : others.data() + (part - 1) * size; };
  const int64_t parts = into.rows * into.columns, each = scratchFor(a.width);
  const std::unique_ptr<float[]> scratch(new float[static_cast<size_t>(parts * each)]);
  std::fill(to, to + size, 0.f);
  inParts(parts, rows * size / parts, [&](int64_t part) {
    const int64_t of = part / into.columns;
    const Range panels((b.width + ACROSS - 1) / ACROSS, into.columns, part % into.columns);
    const Range columns{panels.begin * ACROSS, std::min(panels.end * ACROSS, b.width)};
    addProduct(a, b, Range(rows, into.rows, of), columns, scratch.get() + part * each, productOf(of),
               sums.data() + of * b.width);
  });
  const int64_t blocks = std::min<int64_t>(32, (size + 1023) / 1024);
  inParts(blocks, blocks == 0 ? 0 : into.rows * size / blocks, [&](int64_t block) {
    const Range range(size, blocks, block);
    constexpr int64_t SOME = 256;
    double totals[SOME];
    for (int64_t begin = range.begin; begin < range.end; begin += SOME) {
      const int64_t count = std::min(SOME, range.end - begin);
      std::copy(to + begin, to + begin + count, totals);
      for (int64_t part = 1; part < into.rows; part++) {
        const float* from = productOf(part) + begin;
        for (int64_t i = 0; i < count; i++) totals[i] += from[i];
      }
      for (int64_t i = 0; i < count; i++) to[begin + i] = static_cast<float>(totals[i]);
    }
  });
  for (int64_t i = 0; i < b.width; i++) {
    double total = 0;
    for (int64_t part = 0; part < into.rows; part++) total += sums[part * b.width + i];
    sum[i] = static_cast<float>(total);
  }
}
