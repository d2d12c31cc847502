// The gradients of depthwise convolution, and the definitions of its operations.
#pragma once
#include "depthwise.h"

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
    // The gradient of a convolution without stride is the convolution of dy with the taps in the opposite order.
    if (stride == 1 && padding < g.tapRows && padding < g.tapColumns && g.tapRows == g.tapColumns)
      return convolve(turned(g), dy.values, opposite(g, filter.values).data(), dx);
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
  // The sizes of the convolution of dy that results in dx.
  static Geometry turned(const Geometry& g) {
    return {g.images,   g.rows, g.columns, g.channels, g.height, g.width, g.tapRows, g.tapColumns,
            g.stride, g.tapRows - 1 - g.padding};
  }

  static std::vector<float> opposite(const Geometry& g, const float* filter) {
    const int64_t taps = g.tapRows * g.tapColumns;
    std::vector<float> turned(taps * g.channels);
    for (int64_t tap = 0; tap < taps; tap++) {
      const float* from = filter + (taps - 1 - tap) * g.channels;
      std::copy(from, from + g.channels, turned.data() + tap * g.channels);
    }
    return turned;
  }

  // The results that have a tap on this position of the padded images: result r has taps from r · stride on.
  Range results(int64_t position, int64_t taps, int64_t count) const {
    const int64_t first = position - taps + 1;
    return {first <= 0 ? 0 : (first + stride - 1) / stride, std::min(count, position / stride + 1)};
  }
};

// Inputs are x and dy. The rows of an image, and of a few small images, are added in float32, then in float64.
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
    const int64_t together = std::max<int64_t>(1, PIXELS / (g.rows * g.columns));
    Sums sums(parts, taps * g.channels);
    inParts(parts, parts == 0 ? 0 : dy.size() / parts * taps, [&](int64_t part) {
      const Range range(g.images, parts, part);
      for (int64_t first = range.begin; first < range.end; first += together) {
        float* to = sums.start(part);
        for (int64_t image = first; image < std::min(first + together, range.end); image++)
          for (int64_t row = 0; row < g.rows; row++) addRow(g, x, dy, {image, row}, to);
        sums.flush(part);
      }
    });
    sums.total([&](int64_t i, double sum) { dw[i] = static_cast<float>(sum); });
  }

 private:
  // The number of results whose products are added in float32
  static constexpr int64_t PIXELS = 256;

  struct Place {
    int64_t image, row;
  };

  // Adds the products of one row of dy. One row of taps at a time keeps its sums in registers, up to three of its columns.
  static void addRow(const Geometry& g, const Input& x, const Input& dy, Place place, float* to) {
    const Range high = g.taps(place.row, g.tapRows, g.height);
    const float* from = x.values + (place.image * g.height + place.row * g.stride - g.padding) * g.width * g.channels;
    const float* above = dy.values + (place.image * g.rows + place.row) * g.columns * g.channels;
    const int64_t passes = g.tapRows * ((g.tapColumns + 2) / 3);
    const int64_t next = g.width * g.channels, below = g.columns * g.channels;
    int64_t pass = 0;
    for (int64_t a = high.begin; a < high.end; a++)
      for (int64_t first = 0; first < g.tapColumns; first += 3) {
        // Each pass asks for its share of the rows that the next row of dy needs.
        for (int64_t b = 0; b < g.stride; b++)
          prefetch(from + (g.tapRows + b) * next + next / passes * pass, next / passes);
        prefetch(above + below + below / passes * pass++, below / passes);
        const float* line = from + (a * g.width + first - g.padding) * g.channels;
        float* sums = to + (a * g.tapColumns + first) * g.channels;
        const int64_t start = g.padding - first;
        if (g.tapColumns - first >= 3)
          addColumns<3>(g, line, above, start, sums);
        else if (g.tapColumns - first == 2)
          addColumns<2>(g, line, above, start, sums);
        else
          addColumns<1>(g, line, above, start, sums);
      }
  }

  // Adds the products of TAPS neighbouring taps. `line` is the pixel of the first tap of the first result, which begins `start` pixels
  // before the row.
  template <int TAPS>
  static void addColumns(const Geometry& g, const float* line, const float* above, int64_t start, float* to) {
    const Range whole = g.unclipped(TAPS, start);
    eachBlock(g.channels, [&](const auto& block) {
      Vector sums[TAPS][block.COUNT] = {};
      const auto add = [&](int64_t column, const auto& isInside) {
        const float* gradient = above + column * g.channels;
        const float* pixel = line + column * g.stride * g.channels;
        for (int b = 0; b < TAPS; b++)
          if (isInside(column * g.stride - start + b))
            for (int k = 0; k < block.COUNT; k++)
              sums[b][k] += block.get(gradient, k) * block.get(pixel + b * g.channels, k);
      };
      const auto atEdge = [&](int64_t position) { return position >= 0 && position < g.width; };
      for (int64_t column = 0; column < whole.begin; column++) add(column, atEdge);
      for (int64_t column = whole.begin; column < whole.end; column++) add(column, [](int64_t) { return true; });
      for (int64_t column = whole.end; column < g.columns; column++) add(column, atEdge);
      for (int b = 0; b < TAPS; b++)
        for (int k = 0; k < block.COUNT; k++) {
          float* sum = to + b * g.channels;
          block.put(sum, k, block.get(sum, k) + sums[b][k]);
        }
    });
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
