// Depthwise convolution, each channel with its own filter. Tensors are [N, H, W, C], filters [rows, columns, 1, C].
#pragma once
#include <algorithm>
#include <type_traits>
#include <vector>
#include "operation.h"
#include "rows.h"
#include "threads.h"

// The sizes of a convolution: of the larger tensor x, of the result y and of the filter.
struct Geometry {
  int64_t images, height, width, channels;
  int64_t rows, columns;
  int64_t tapRows, tapColumns;
  int64_t stride, padding;

  // The columns of results for which `taps` columns of taps are inside of the images. The first tap of the first result begins `before`
  // columns before the images.
  Range unclipped(int64_t taps, int64_t before) const {
    const int64_t begin = std::min(before <= 0 ? 0 : (before + stride - 1) / stride, columns);
    const int64_t last = width + before - taps;
    return {begin, std::max(begin, last < 0 ? 0 : std::min(last / stride + 1, columns))};
  }

  // The first and the last + 1 of `taps` that meet one of `length` positions, for a result at `position`.
  Range taps(int64_t position, int64_t taps, int64_t length) const {
    const int64_t start = position * stride - padding;
    return {std::max<int64_t>(0, -start), std::min(taps, length - start)};
  }
};

inline Geometry geometryOf(Context& context, const Shape& x, const Shape& filter, int64_t stride, int64_t padding) {
  context.require(x.size() == 4 && filter.size() == 4 && filter[2] == 1 && filter[3] == x[3],
                  "x must be [N, H, W, C] and the filter [rows, columns, 1, C]");
  context.require(stride > 0 && padding >= 0 && filter[0] > 0 && filter[1] > 0 &&
                      x[1] + 2 * padding >= filter[0] && x[2] + 2 * padding >= filter[1],
                  "the filter is larger than the images with their padding");
  const int64_t rows = (x[1] + 2 * padding - filter[0]) / stride + 1;
  const int64_t columns = (x[2] + 2 * padding - filter[1]) / stride + 1;
  return {x[0], x[1], x[2], x[3], rows, columns, filter[0], filter[1], stride, padding};
}

// A range whose length is known, so that loops over it are unrolled.
template <int LENGTH>
struct Inner {
  static constexpr int64_t begin = 0, end = LENGTH;
};

// Reads values into the cache that are needed soon. The processor does not foresee the order in which rows are read here.
inline void prefetch(const float* from, int64_t count) {
  constexpr int64_t LINE = 16;
  for (int64_t i = 0; i < count; i += LINE) __builtin_prefetch(from + i);
}

// The number of neighbouring results that are computed together, so that each tap is loaded once for them.
constexpr int64_t COLUMNS = 8;

// Writes the sums of the products of the given taps for COUNT neighbouring results. `corner` is the pixel of the first tap of the first
// result.
template <int COUNT, class Block, class Rows, class Columns>
inline void sumTaps(const Geometry& g, const Block& block, const float* corner, const float* filter, Rows rows,
                    Columns columns, float* to) {
  Vector sums[COUNT][Block::COUNT] = {};
  for (int64_t a = rows.begin; a < rows.end; a++)
    for (int64_t b = columns.begin; b < columns.end; b++) {
      const float* pixel = corner + (a * g.width + b) * g.channels;
      const float* tap = filter + (a * g.tapColumns + b) * g.channels;
      for (int k = 0; k < Block::COUNT; k++) {
        const Vector factor = block.get(tap, k);
        for (int q = 0; q < COUNT; q++) sums[q][k] += block.get(pixel + q * g.stride * g.channels, k) * factor;
      }
    }
  for (int q = 0; q < COUNT; q++)
    for (int k = 0; k < Block::COUNT; k++) block.put(to + q * g.channels, k, sums[q][k]);
}

// Convolves one row of results. `first` is the row of the images that the first row of taps meets, or would meet.
inline void convolveRow(const Geometry& g, const float* first, const float* filter, const Range& high, float* to) {
  const auto corner = [&](int64_t column) { return first + (column * g.stride - g.padding) * g.channels; };
  const auto atEdge = [&](int64_t column) {
    const Range wide = g.taps(column, g.tapColumns, g.width);
    eachBlock(g.channels, [&](const auto& block) {
      sumTaps<1>(g, block, corner(column), filter, high, wide, to + column * g.channels);
    });
  };
  // A few columns at a time, so that memory is read nearly in its order.
  const auto within = [&](const Range& some, auto rows, auto columns) {
    eachBlock(g.channels, [&](const auto& block) {
      constexpr int TOGETHER = COLUMNS / std::decay_t<decltype(block)>::COUNT;
      int64_t column = some.begin;
      for (; column + TOGETHER <= some.end; column += TOGETHER)
        sumTaps<TOGETHER>(g, block, corner(column), filter, rows, columns, to + column * g.channels);
      for (; column < some.end; column++)
        sumTaps<1>(g, block, corner(column), filter, rows, columns, to + column * g.channels);
    });
  };
  const Range whole = g.unclipped(g.tapColumns, g.padding);
  for (int64_t column = 0; column < whole.begin; column++) atEdge(column);
  for (int64_t begin = whole.begin; begin < whole.end; begin += COLUMNS) {
    const Range some{begin, std::min(begin + COLUMNS, whole.end)};
    for (int64_t a = 0; a < g.stride; a++)
      prefetch(corner(begin) + (g.tapRows + a) * g.width * g.channels, COLUMNS * g.stride * g.channels);
    if (g.tapColumns == 3 && high.begin == 0 && high.end == 3)
      within(some, Inner<3>(), Inner<3>());
    else if (g.tapColumns == 3)
      within(some, high, Inner<3>());
    else if (g.tapColumns == 5)
      within(some, high, Inner<5>());
    else
      within(some, high, Range(0, g.tapColumns));
  }
  for (int64_t column = whole.end; column < g.columns; column++) atEdge(column);
}

inline void convolve(const Geometry& g, const float* x, const float* filter, float* y) {
  inParts(g.images * g.rows, g.columns * g.channels * g.tapRows * g.tapColumns, [&](int64_t part) {
    const int64_t image = part / g.rows, row = part % g.rows;
    const float* first = x + (image * g.height + row * g.stride - g.padding) * g.width * g.channels;
    convolveRow(g, first, filter, g.taps(row, g.tapRows, g.height), y + part * g.columns * g.channels);
  });
}

struct Depthwise {
  explicit Depthwise(Attributes& attributes)
      : stride(attributes.whole("stride")), padding(attributes.whole("padding")) {}
  int64_t stride, padding;

  void compute(Context& context) const {
    const Input x = context.input(0), filter = context.input(1);
    const Geometry g = geometryOf(context, x.shape, filter.shape, stride, padding);
    float* y = context.output(0, {g.images, g.rows, g.columns, g.channels});
    convolve(g, x.values, filter.values, y);
  }
};
