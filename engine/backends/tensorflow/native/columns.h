// Loops over the columns of many rows. Blocks of columns stay in registers while the rows pass.
#pragma once
#include <algorithm>
#include "operation.h"
#include "rows.h"
#include "threads.h"

// The number of rows of a tensor, whose last axis are the columns.
inline int64_t rowsOf(const Input& x) { return x.last() == 0 ? 0 : x.size() / x.last(); }

// Returns the larger of each value and 0. NaN remains NaN.
static inline Vector positive(Vector x) { return x < all(0.f) ? all(0.f) : x; }

// Narrow rows are next to each other in memory, so their blocks may pass one after another. Wide rows are read from left to right.
constexpr int64_t NARROW = 4 * LANES;

// Calls `work(at, row)` for each position in each row. `row` is the index of its first value.
template <class Work>
void eachColumn(int64_t rows, int64_t width, const Work& work) {
  constexpr int64_t ROWS = 32;
  const int64_t parts = partsOf(rows);
  inParts(parts, parts == 0 ? 0 : rows * width / parts, [&](int64_t part) {
    const Range range(rows, parts, part);
    if (width > NARROW) {
      for (int64_t row = range.begin; row < range.end; row++)
        eachVector(width, [&](const auto& at) { work(at, row * width); });
      return;
    }
    for (int64_t begin = range.begin; begin < range.end; begin += ROWS) {
      const int64_t end = std::min(begin + ROWS, range.end);
      int64_t i = 0;
      for (; i + 4 * LANES <= width; i += 4 * LANES)
        for (int64_t row = begin; row < end; row++)
          for (int k = 0; k < 4; k++) work(Whole{i + k * LANES}, row * width);
      for (; i + LANES <= width; i += LANES)
        for (int64_t row = begin; row < end; row++) work(Whole{i}, row * width);
      if (i < width)
        for (int64_t row = begin; row < end; row++) work(Tail{i, width - i}, row * width);
    }
  });
}

// Adds two sums of BLOCKS neighbouring vectors over the rows. UNROLLED rows have sums of their own, so that additions need not wait.
template <int BLOCKS, int UNROLLED, class Term>
inline void sumBlock(const Range& rows, int64_t width, int64_t column, const Term& term, float* first, float* second) {
  Vector a[UNROLLED][BLOCKS] = {}, b[UNROLLED][BLOCKS] = {};
  int64_t row = rows.begin;
  for (; row + UNROLLED <= rows.end; row += UNROLLED)
    for (int u = 0; u < UNROLLED; u++)
      for (int k = 0; k < BLOCKS; k++) term(Whole{column + k * LANES}, (row + u) * width, a[u][k], b[u][k]);
  for (; row < rows.end; row++)
    for (int k = 0; k < BLOCKS; k++) term(Whole{column + k * LANES}, row * width, a[0][k], b[0][k]);
  for (int k = 0; k < BLOCKS; k++) {
    for (int u = 1; u < UNROLLED; u++) {
      a[0][k] += a[u][k];
      b[0][k] += b[u][k];
    }
    store(first + column + k * LANES, a[0][k]);
    store(second + column + k * LANES, b[0][k]);
  }
}

// Adds two sums of all columns over some rows. Four rows at a time, which are read from left to right.
template <class Term>
inline void sumWide(const Range& rows, int64_t width, const Term& term, float* first, float* second) {
  int64_t row = rows.begin;
  const auto add = [&](int count) {
    eachVector(width, [&](const auto& at) {
      Vector a = at(first), b = at(second);
      for (int u = 0; u < count; u++) term(at, (row + u) * width, a, b);
      at.put(first, a);
      at.put(second, b);
    });
    row += count;
  };
  while (row + 4 <= rows.end) add(4);
  while (row < rows.end) add(1);
}

// `term(at, row, first, second)` adds to two sums of each column. `take(column, first, second)` receives the sums.
template <class Term, class Take>
void sumColumns(int64_t rows, int64_t width, const Term& term, const Take& take) {
  const int64_t parts = partsOf(rows);
  Sums sums(parts, 2 * width);
  inParts(parts, parts == 0 ? 0 : rows * width / parts, [&](int64_t part) {
    const Range range(rows, parts, part);
    for (int64_t begin = range.begin; begin < range.end; begin += Sums::ROWS) {
      const Range some{begin, std::min(begin + Sums::ROWS, range.end)};
      float* first = sums.start(part);
      float* second = first + width;
      if (width > NARROW) {
        sumWide(some, width, term, first, second);
        sums.flush(part);
        continue;
      }
      int64_t i = 0;
      for (; i + 4 * LANES <= width; i += 4 * LANES) sumBlock<4, 1>(some, width, i, term, first, second);
      for (; i + 2 * LANES <= width; i += 2 * LANES) sumBlock<2, 2>(some, width, i, term, first, second);
      for (; i + LANES <= width; i += LANES) sumBlock<1, 4>(some, width, i, term, first, second);
      if (i < width) {
        const Tail at{i, width - i};
        Vector a = {}, b = {};
        for (int64_t row = some.begin; row < some.end; row++) term(at, row * width, a, b);
        at.put(first, a);
        at.put(second, b);
      }
      sums.flush(part);
    }
  });
  std::vector<double> totals(2 * width);
  sums.total([&](int64_t i, double sum) { totals[i] = sum; });
  for (int64_t c = 0; c < width; c++) take(c, totals[c], totals[width + c]);
}
