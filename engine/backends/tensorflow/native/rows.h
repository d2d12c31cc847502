// Loops over the values of a row, and over rows.
#pragma once
#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>
#include "threads.h"
#include "vectors.h"

// The position of a whole vector in a row.
struct Whole {
  int64_t i;
  Vector operator()(const float* row) const { return load(row + i); }
  void put(float* row, Vector value) const { store(row + i, value); }
  Vector within(Vector value) const { return value; }
};

// The position of the last vector of a row, of which only `count` values are in the row. The other values are 0 when loaded.
struct Tail {
  int64_t i, count;
  Vector operator()(const float* row) const { return loadSome(row + i, count); }
  void put(float* row, Vector value) const { storeSome(row + i, value, count); }
  // Sets the values outside of the row to 0.
  Vector within(Vector value) const {
    float values[LANES];
    store(values, value);
    return loadSome(values, count);
  }
};

// Calls `work` with the position of each vector of a row from `i` on.
template <class Work>
inline void eachVector(int64_t width, int64_t i, const Work& work) {
  for (; i + LANES <= width; i += LANES) work(Whole{i});
  if (i < width) work(Tail{i, width - i});
}

template <class Work>
inline void eachVector(int64_t width, const Work& work) {
  eachVector(width, 0, work);
}

// COUNT neighbouring vectors in a row. Functions that receive a block take COUNT from its type, because Clang does not accept members of a
// reference as constants.
template <int N>
struct Block {
  static constexpr int COUNT = N;
  int64_t i;
  Vector get(const float* row, int k) const { return load(row + i + k * LANES); }
  void put(float* row, int k, Vector value) const { store(row + i + k * LANES, value); }
};

// The last vector of a row, which it does not fill.
struct TailBlock {
  static constexpr int COUNT = 1;
  Tail at;
  Vector get(const float* row, int) const { return at(row); }
  void put(float* row, int, Vector value) const { at.put(row, value); }
};

// Calls `work` with blocks of neighbouring vectors that cover a row.
template <class Work>
inline void eachBlock(int64_t width, const Work& work) {
  int64_t i = 0;
  for (; i + 4 * LANES <= width; i += 4 * LANES) work(Block<4>{i});
  for (; i + 2 * LANES <= width; i += 2 * LANES) work(Block<2>{i});
  for (; i + LANES <= width; i += LANES) work(Block<1>{i});
  if (i < width) work(TailBlock{{i, width - i}});
}

// Adds the vectors that `value` returns for the positions of a row. Four sums at a time, so that an addition need not wait for the last one.
template <class Value>
inline float sumRow(int64_t width, const Value& value) {
  Vector sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * LANES <= width; i += 4 * LANES)
    for (int k = 0; k < 4; k++) sums[k] += value(Whole{i + k * LANES});
  for (; i + LANES <= width; i += LANES) sums[0] += value(Whole{i});
  if (i < width) sums[1] += value(Tail{i, width - i});
  return sumOf((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

// The number of parts into which rows are divided.
inline int64_t partsOf(int64_t rows) { return std::min<int64_t>(rows, 32); }

// Calls `work(row)` for each row of a tensor, in several threads. `row` is the index of its first value.
template <class Work>
inline void eachRow(int64_t size, int64_t width, const Work& work) {
  const int64_t rows = width == 0 ? 0 : size / width, parts = partsOf(rows);
  inParts(parts, parts == 0 ? 0 : rows * width / parts, [&](int64_t part) {
    const Range range(rows, parts, part);
    for (int64_t row = range.begin; row < range.end; row++) work(row * width);
  });
}

// Sums over rows. Up to ROWS rows are added in float32, then in float64: long sums in float32 would lose digits.
class Sums {
 public:
  static constexpr int64_t ROWS = 32;
  Sums(int64_t parts, int64_t width)
      : parts(parts), width(width), short_(parts * width), long_(parts * width) {}

  float* start(int64_t part) {
    float* sums = short_.data() + part * width;
    std::fill(sums, sums + width, 0.f);
    return sums;
  }
  void flush(int64_t part) {
    const float* from = short_.data() + part * width;
    double* to = long_.data() + part * width;
    for (int64_t i = 0; i < width; i++) to[i] += from[i];
  }
  // Calls `take(i, sum)` for each column.
  template <class Take>
  void total(const Take& take) const {
    for (int64_t i = 0; i < width; i++) {
      double sum = 0;
      for (int64_t part = 0; part < parts; part++) sum += long_[part * width + i];
      take(i, sum);
    }
  }

 private:
  int64_t parts, width;
  std::vector<float> short_;
  std::vector<double> long_;
};
