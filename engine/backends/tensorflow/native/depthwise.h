// Depthwise convolution, each channel with its own filter, and its gradients. Tensors are [N, H, W, C], filters [rows, columns, 1, C].
#pragma once
#include <algorithm>
#include "operation.h"
#include "rows.h"
#include "threads.h"

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

// Writes the sum of the products of the given taps for each channel. `corner` is the pixel of the first tap of the filter.
template <class Rows, class Columns>
inline void sumTaps(const Geometry& g, const float* corner, const float* filter, Rows rows, Columns columns, float* to) {
  eachBlock(g.channels, [&](const auto& block) {
    Vector sums[block.COUNT] = {};
    for (int64_t a = rows.begin; a < rows.end; a++)
      for (int64_t b = columns.begin; b < columns.end; b++) {
        const float* pixel = corner + (a * g.width + b) * g.channels;
        const float* tap = filter + (a * g.tapColumns + b) * g.channels;
        for (int k = 0; k < block.COUNT; k++) sums[k] += block.get(pixel, k) * block.get(tap, k);
      }
    for (int k = 0; k < block.COUNT; k++) block.put(to, k, sums[k]);
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
    inParts(g.images * g.rows, g.columns * g.channels * g.tapRows * g.tapColumns, [&](int64_t part) {
      const int64_t image = part / g.rows, row = part % g.rows;
      const Range high = g.taps(row, g.tapRows, g.height);
      const float* from = x.values + (image * g.height + row * g.stride - g.padding) * g.width * g.channels;
      float* to = y + part * g.columns * g.channels;
      for (int64_t column = 0; column < g.columns; column++) {
        const Range wide = g.taps(column, g.tapColumns, g.width);
        const int64_t left = column * g.stride - g.padding;
        const float* corner = from + left * g.channels;
        float* result = to + column * g.channels;
        if (g.tapRows == 3 && g.tapColumns == 3 && high.count() == 3 && wide.count() == 3)
          sumTaps(g, corner, filter.values, Inner<3>(), Inner<3>(), result);
        else
          sumTaps(g, corner, filter.values, high, wide, result);
      }
    });
  }
};

// Inputs are dy and the filter. Height and width are those of the images.
struct DepthwiseInputGradient {
  explicit DepthwiseInputGradient(Attributes& attributes)
      : stride(attributes.whole("stride")),
        padding(attributes.whole("padding")),
        height(attributes.whole("height")),
        width(attributes.whole("width")) {}
  int64_t stride, padding, height, width;

  void compute(Context& context) const {
    const Input dy = context.input(0), filter = context.input(1);
    context.require(dy.shape.size() == 4, "dy must be [N, H, W, C]");
    const Shape shape = {dy.shape[0], height, width, dy.shape[3]};
    const Geometry g = geometryOf(context, shape, filter.shape, stride, padding);
    context.require(dy.shape[1] == g.rows && dy.shape[2] == g.columns, "dy does not fit the images");
    float* dx = context.output(0, shape);
    inParts(g.images * g.height, g.width * g.channels * g.tapRows * g.tapColumns, [&](int64_t part) {
      const int64_t image = part / g.height, row = part % g.height + g.padding;
      const Range high = results(row, g.tapRows, g.rows);
      const float* from = dy.values + image * g.rows * g.columns * g.channels;
      float* to = dx + part * g.width * g.channels;
      for (int64_t position = 0; position < g.width; position++) {
        const int64_t column = position + g.padding;
        const Range wide = results(column, g.tapColumns, g.columns);
        eachBlock(g.channels, [&](const auto& block) {
          Vector sums[block.COUNT] = {};
          for (int64_t r = high.begin; r < high.end; r++)
            for (int64_t q = wide.begin; q < wide.end; q++) {
              const float* pixel = from + (r * g.columns + q) * g.channels;
              const int64_t a = row - r * g.stride, b = column - q * g.stride;
              const float* tap = filter.values + (a * g.tapColumns + b) * g.channels;
              for (int k = 0; k < block.COUNT; k++) sums[k] += block.get(pixel, k) * block.get(tap, k);
            }
          for (int k = 0; k < block.COUNT; k++) block.put(to + position * g.channels, k, sums[k]);
        });
      }
    });
  }

 private:
  // The results that have a tap on this position of the padded images: result r has taps from r · stride on.
  Range results(int64_t position, int64_t taps, int64_t count) const {
    const int64_t first = position - taps + 1;
    return {first <= 0 ? 0 : (first + stride - 1) / stride, std::min(count, position / stride + 1)};
  }
};

// Inputs are x and dy. The rows of an image are added in float32, and the images in float64.
struct DepthwiseFilterGradient {
  explicit DepthwiseFilterGradient(Attributes& attributes)
      : stride(attributes.whole("stride")),
        padding(attributes.whole("padding")),
        rows(attributes.whole("rows")),
        columns(attributes.whole("columns")) {}
  int64_t stride, padding, rows, columns;

  void compute(Context& context) const {
    const Input x = context.input(0), dy = context.input(1);
    context.require(x.shape.size() == 4, "x must be [N, H, W, C]");
    const Shape shape = {rows, columns, 1, x.shape[3]};
    const Geometry g = geometryOf(context, x.shape, shape, stride, padding);
    context.require(dy.shape == Shape({g.images, g.rows, g.columns, g.channels}), "dy does not fit x");
    float* dw = context.output(0, shape);
    const int64_t parts = partsOf(g.images), taps = g.tapRows * g.tapColumns;
    Sums sums(parts, taps * g.channels);
    inParts(parts, parts == 0 ? 0 : dy.size() / parts * taps, [&](int64_t part) {
      const Range range(g.images, parts, part);
      for (int64_t image = range.begin; image < range.end; image++) {
        float* to = sums.start(part);
        for (int64_t row = 0; row < g.rows; row++) addRow(g, x, dy, {image, row}, to);
        sums.flush(part);
      }
    });
    sums.total([&](int64_t i, double sum) { dw[i] = static_cast<float>(sum); });
  }

 private:
  struct Place {
    int64_t image, row;
  };

  // Adds the products of one row of dy. One row of taps at a time keeps its sums in registers.
  static void addRow(const Geometry& g, const Input& x, const Input& dy, Place place, float* to) {
    const Range high = g.taps(place.row, g.tapRows, g.height);
    const float* from = x.values + (place.image * g.height + place.row * g.stride - g.padding) * g.width * g.channels;
    const float* above = dy.values + (place.image * g.rows + place.row) * g.columns * g.channels;
    for (int64_t a = high.begin; a < high.end; a++)
      for (int64_t first = 0; first < g.tapColumns; first += 3) {
        const int64_t count = std::min<int64_t>(3, g.tapColumns - first);
        eachBlock(g.channels, [&](const auto& block) {
          Vector sums[3][block.COUNT] = {};
          for (int64_t column = 0; column < g.columns; column++) {
            const float* gradient = above + column * g.channels;
            const int64_t left = column * g.stride - g.padding + first;
            const float* line = from + (a * g.width + left) * g.channels;
            for (int64_t b = 0; b < 3; b++)
              if (b < count && left + b >= 0 && left + b < g.width)
                for (int k = 0; k < block.COUNT; k++)
                  sums[b][k] += block.get(gradient, k) * block.get(line + b * g.channels, k);
          }
          for (int64_t b = 0; b < count; b++) {
            float* sum = to + (a * g.tapColumns + first + b) * g.channels;
            for (int k = 0; k < block.COUNT; k++) block.put(sum, k, block.get(sum, k) + sums[b][k]);
          }
        });
      }
  }
};

inline void defineDepthwise() {
  define<Depthwise>(
      {"SignDepthwise", {"x: float", "filter: float"}, {"y: float"}, {"stride: int", "padding: int"}}, UNKNOWN);
  define<DepthwiseInputGradient>({"SignDepthwiseInputGradient",
                                  {"dy: float", "filter: float"},
                                  {"dx: float"},
                                  {"stride: int", "padding: int", "height: int", "width: int"}},
                                 UNKNOWN);
  define<DepthwiseFilterGradient>({"SignDepthwiseFilterGradient",
                                   {"x: float", "dy: float"},
                                   {"dw: float"},
                                   {"stride: int", "padding: int", "rows: int", "columns: int"}},
                                  UNKNOWN);
}
