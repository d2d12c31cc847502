// Depthwise convolution, each channel with its own filter. Tensors are [N, H, W, C], filters [rows, columns, 1, C].
#pragma once
#include <algorithm>
#include "operation.h"
#include "rows.h"
#include "threads.h"
#include "unroll.h"

// The sizes of a convolution: of the larger tensor x, of the result y and of the filter.
struct Geometry {
  int64_t images, height, width, channels;
  int64_t rows, columns;
  int64_t tapRows, tapColumns;
  int64_t stride, padding;

  // The first and the last + 1 of `taps` that meet one of `length` positions, for a result at `position`.
  Range taps(int64_t position, int64_t taps, int64_t length) const {
    const int64_t start = position * stride - padding;
    return {std::max<int64_t>(0, -start), std::min(taps, length - start)};
  }
  // The columns of results whose taps are all inside of the images
  Range unclipped() const {
    const int64_t begin = std::min((padding + stride - 1) / stride, columns), last = width + padding - tapColumns;
    return {begin, std::max(begin, last < 0 ? 0 : std::min(last / stride + 1, columns))};
  }
  // The distance of neighbouring rows of images, results and taps
  int64_t row() const { return width * channels; }
  int64_t resultRow() const { return columns * channels; }
  int64_t tapRow() const { return tapColumns * channels; }
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

// Calls `work(pixel, tap, result)` for each product of TAPS neighbouring taps and the pixels of COUNT neighbouring results, pixel by pixel.
template <int STRIDE, int TAPS, int COUNT, class Work>
inline void eachProduct(const Work& work) {
  unroll<(COUNT - 1) * STRIDE + TAPS>([&](auto pixel) {
    unroll<TAPS>([&](auto tap) {
      constexpr int behind = decltype(pixel)::value - decltype(tap)::value;
      if constexpr (behind >= 0 && behind % STRIDE == 0 && behind / STRIDE < COUNT)
        work(pixel, tap, Constant<behind / STRIDE>());
    });
  });
}

// Reads values into the cache that are needed soon. The processor does not foresee the order in which rows are read here.
inline void prefetch(const float* from, int64_t count) {
  constexpr int64_t LINE = 16;
  for (int64_t i = 0; i < count; i += LINE) __builtin_prefetch(from + i);
}

// The number of neighbouring results that are computed together, so that taps and pixels are loaded once for them.
constexpr int64_t TOGETHER = 8;

// Visits the results of a row from left to right. Calls `some(count, taps, column, first)` with the numbers of results and of taps as
// constants. `first` is the first of the taps that meet the row. There is always one if the padding is narrower than the filter.
template <int TAPS, class Some>
inline void eachResult(const Geometry& g, const Some& some) {
  const auto atEdge = [&](int64_t column) {
    const Range wide = g.taps(column, TAPS, g.width);
    unroll<TAPS>([&](auto less) {
      constexpr int taps = decltype(less)::value + 1;
      if (wide.count() == taps) some(Constant<1>(), Constant<taps>(), column, wide.begin);
    });
  };
  const Range whole = g.unclipped();
  int64_t column = 0;
  const auto within = [&](auto count) {
    for (; column + count <= whole.end; column += count) some(count, Constant<TAPS>(), column, 0);
  };
  for (; column < whole.begin; column++) atEdge(column);
  within(Constant<TOGETHER>());
  within(Constant<TOGETHER / 2>());
  within(Constant<TOGETHER / 4>());
  within(Constant<1>());
  for (; column < g.columns; column++) atEdge(column);
}

// Writes COUNT neighbouring results. `corner` is the pixel of the first of the TAPS taps for the first result, and `tap` the first tap.
// `row` and `tapRow` are the distances between `rows` rows of them.
template <int STRIDE, int TAPS, int COUNT>
inline void convolveSome(const float* corner, int64_t row, const float* tap, int64_t tapRow, int64_t rows,
                         int64_t channels, float* to) {
  eachVector(channels, [=](const auto& at) {
    Vector sums[COUNT] = {};
    const float *pixels = corner, *own = tap;
    for (int64_t a = 0; a < rows; a++, pixels += row, own += tapRow) {
      Vector factors[TAPS];
      unroll<TAPS>([&](auto b) { factors[b] = at(own + b * channels); });
      eachProduct<STRIDE, TAPS, COUNT>(
          [&](auto j, auto b, auto q) { sums[q] += at(pixels + j * channels) * factors[b]; });
    }
    unroll<COUNT>([&](auto q) { at.put(to + q * channels, sums[q]); });
  });
}

// Convolves one row of results. `first` is the row of the images that the first row of taps meets, or would meet.
template <int STRIDE, int TAPS>
inline void convolveRow(const Geometry& g, const float* first, const float* filter, const Range& high, float* to) {
  eachResult<TAPS>(g, [&](auto count, auto taps, int64_t column, int64_t tap) {
    constexpr int COUNT = decltype(count)::value;
    const float* corner = first + (column * STRIDE - g.padding + tap) * g.channels;
    if constexpr (COUNT == TOGETHER)
      for (int64_t a = 0; a < STRIDE; a++) prefetch(corner + (g.tapRows + a) * g.row(), COUNT * STRIDE * g.channels);
    convolveSome<STRIDE, decltype(taps)::value, COUNT>(
        corner + high.begin * g.row(), g.row(), filter + high.begin * g.tapRow() + tap * g.channels, g.tapRow(),
        high.count(), g.channels, to + column * g.channels);
  });
}

// The same for any stride and filter.
inline void convolveAnyRow(const Geometry& g, const float* first, const float* filter, const Range& high, float* to) {
  for (int64_t column = 0; column < g.columns; column++) {
    const Range wide = g.taps(column, g.tapColumns, g.width);
    const float* corner = first + (column * g.stride - g.padding) * g.channels;
    eachBlock(g.channels, [&](const auto& block) {
      constexpr int COUNT = std::decay_t<decltype(block)>::COUNT;
      Vector sums[COUNT] = {};
      for (int64_t a = high.begin; a < high.end; a++)
        for (int64_t b = wide.begin; b < wide.end; b++)
          for (int k = 0; k < COUNT; k++)
            sums[k] += block.get(corner + a * g.row() + b * g.channels, k) *
                       block.get(filter + a * g.tapRow() + b * g.channels, k);
      for (int k = 0; k < COUNT; k++) block.put(to + column * g.channels, k, sums[k]);
    });
  }
}

inline void convolve(const Geometry& g, const float* x, const float* filter, float* y) {
  inParts(g.images * g.rows, g.columns * g.channels * g.tapRows * g.tapColumns, [&](int64_t part) {
    const int64_t image = part / g.rows, row = part % g.rows;
    const float* first = x + (image * g.height + row * g.stride - g.padding) * g.row();
    const Range high = g.taps(row, g.tapRows, g.height);
    float* to = y + part * g.resultRow();
    if (g.padding >= g.tapColumns || g.stride > 2 || (g.tapColumns != 3 && g.tapColumns != 5))
      convolveAnyRow(g, first, filter, high, to);
    else if (g.tapColumns == 3)
      g.stride == 1 ? convolveRow<1, 3>(g, first, filter, high, to) : convolveRow<2, 3>(g, first, filter, high, to);
    else
      g.stride == 1 ? convolveRow<1, 5>(g, first, filter, high, to) : convolveRow<2, 5>(g, first, filter, high, to);
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
