// Loops over the columns of many rows. A few neighbouring columns stay in registers while some rows pass.
#pragma once
#include <algorithm>
#include "operation.h"
#include "rows.h"
#include "threads.h"

// The rows and columns of a tensor, whose last axis are the channels. If a short row does not fill whole vectors, several rows count as one,
// so that no vector remains half empty. The channels then repeat in each row: with 8 channels and vectors of 16 values, two rows count as one.
struct Columns {
  explicit Columns(const Input& x) : channels(x.last()), values(x.size()) {
    int64_t fold = 1;
    while (channels * fold % LANES != 0) fold *= 2;
    rows = channels == 0 ? 0 : values / channels;
    if ((channels * fold > 4 * LANES && channels > LANES) || rows % fold != 0) fold = 1;
    rows /= fold;
    width = channels * fold;
  }

  // The number of values of a channel.
  int64_t count() const { return channels == 0 ? 0 : values / channels; }

  // Returns the values of the channels for each column.
  std::vector<float> repeat(const float* from) const {
    std::vector<float> repeated(width);
    for (int64_t c = 0; c < width; c++) repeated[c] = from[c % channels];
    return repeated;
  }

  int64_t channels, values, rows, width;
};

// Returns the larger of each value and 0. NaN remains NaN.
static inline Vector positive(Vector x) { return x < all(0.f) ? all(0.f) : x; }

// Calls `make(at)` for positions in a row, and the function it returns for rows. That function keeps what depends on the columns in
// registers. Its argument is the index of the first value of the row. The last rows come first: a pass before this one has just read them,
// so they are still in a cache.
template <class Make>
void eachColumn(const Columns& of, const Make& make) {
  constexpr int64_t ROWS = 32;
  const int64_t rows = of.rows, width = of.width, parts = partsOf(rows);
  inParts(parts, parts == 0 ? 0 : rows * width / parts, [&](int64_t part) {
    const Range range(rows, parts, parts - 1 - part);
    for (int64_t begin = range.begin; begin < range.end; begin += ROWS) {
      const int64_t from = begin * width, to = std::min(begin + ROWS, range.end) * width;
      int64_t i = 0;
      for (; i + 2 * LANES <= width; i += 2 * LANES) {
        const auto left = make(Whole{i}), right = make(Whole{i + LANES});
        for (int64_t row = from; row < to; row += width) {
          left(row);
          right(row);
        }
      }
      eachVector(width, i, [&](const auto& at) {
        const auto work = make(at);
        for (int64_t row = from; row < to; row += width) work(row);
      });
    }
  });
}

// Adds the terms of BLOCKS neighbouring vectors of columns, and stores two sums of each column. UNROLLED rows have sums of their own, so that
// additions need not wait. BLOCKS · UNROLLED is at most 4.
template <int BLOCKS, int UNROLLED, class Make>
inline void sumBlock(const Range& rows, int64_t width, int64_t column, const Make& make, float* first, float* second) {
  constexpr int COUNT = BLOCKS * UNROLLED;
  const auto at = [&](int k) { return Whole{column + k % BLOCKS * LANES}; };
  const auto t0 = make(at(0)), t1 = make(at(1)), t2 = make(at(2)), t3 = make(at(3));
  Vector a0 = {}, b0 = {}, a1 = {}, b1 = {}, a2 = {}, b2 = {}, a3 = {}, b3 = {};
  int64_t row = rows.begin;
  for (; row + UNROLLED <= rows.end; row += UNROLLED) {
    t0(row * width, a0, b0);
    if (COUNT > 1) t1((row + 1 / BLOCKS) * width, a1, b1);
    if (COUNT > 2) t2((row + 2 / BLOCKS) * width, a2, b2);
    if (COUNT > 2) t3((row + 3 / BLOCKS) * width, a3, b3);
  }
  for (; row < rows.end; row++) {
    t0(row * width, a0, b0);
    if (BLOCKS > 1) t1(row * width, a1, b1);
  }
  if (BLOCKS == 1 && UNROLLED > 1) a0 = ((a0 + a1) + a2) + a3, b0 = ((b0 + b1) + b2) + b3;
  if (BLOCKS == 2 && UNROLLED > 1) a0 += a2, b0 += b2, a1 += a3, b1 += b3;
  at(0).put(first, a0), at(0).put(second, b0);
  if (BLOCKS > 1) at(1).put(first, a1), at(1).put(second, b1);
  if (BLOCKS > 2) at(2).put(first, a2), at(2).put(second, b2), at(3).put(first, a3), at(3).put(second, b3);
}

// Adds the terms of some rows.
template <class Make>
inline void sumRows(const Range& rows, int64_t width, const Make& make, float* first, float* second) {
  int64_t i = 0;
  for (; i + 4 * LANES <= width; i += 4 * LANES) sumBlock<4, 1>(rows, width, i, make, first, second);
  for (; i + 2 * LANES <= width; i += 2 * LANES) sumBlock<2, 2>(rows, width, i, make, first, second);
  for (; i + LANES <= width; i += LANES) sumBlock<1, 4>(rows, width, i, make, first, second);
  if (i == width) return;
  const Tail at{i, width - i};
  const auto term = make(at);
  Vector a = {}, b = {};
  for (int64_t row = rows.begin; row < rows.end; row++) term(row * width, a, b);
  at.put(first, a);
  at.put(second, b);
}

// Calls `make(at)` for each position in a row. The function it returns adds to two sums of each column: `term(row, first, second)`, where
// `row` is the index of the first value of a row. `take(channel, first, second)` receives the sums.
template <class Make, class Take>
void sumColumns(const Columns& of, const Make& make, const Take& take) {
  // Each sum in float32 has 8 terms, if possible: more would lose digits.
  const int64_t rows = of.rows, width = of.width, parts = partsOf(rows);
  const int64_t together = width >= 4 * LANES ? 8 : width >= 2 * LANES ? 16 : 32;
  Sums sums(parts, 2 * width);
  inParts(parts, parts == 0 ? 0 : rows * width / parts, [&](int64_t part) {
    const Range range(rows, parts, part);
    for (int64_t begin = range.begin; begin < range.end; begin += together) {
      const int64_t end = std::min(begin + together, range.end);
      float* first = sums.start(part);
      sumRows({begin, end}, width, make, first, first + width);
      sums.flush(part);
    }
  });
  std::vector<double> first(of.channels), second(of.channels);
  sums.total([&](int64_t i, double sum) { (i < width ? first : second)[i % width % of.channels] += sum; });
  for (int64_t c = 0; c < of.channels; c++) take(c, first[c], second[c]);
}
