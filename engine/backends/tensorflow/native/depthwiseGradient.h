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
    if (stride == 1 && padding < g.tapRows && g.tapRows == g.tapColumns)
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
          constexpr int COUNT = std::decay_t<decltype(block)>::COUNT;
          Vector sums[COUNT] = {};
          for (int64_t r = high.begin; r < high.end; r++)
            for (int64_t q = wide.begin; q < wide.end; q++) {
              const float* pixel = from + (r * g.columns + q) * g.channels;
              const int64_t a = row - r * g.stride, b = column - q * g.stride;
              const float* tap = filter.values + (a * g.tapColumns + b) * g.channels;
              for (int k = 0; k < COUNT; k++) sums[k] += block.get(pixel, k) * block.get(tap, k);
            }
          for (int k = 0; k < COUNT; k++) block.put(to + position * g.channels, k, sums[k]);
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

  static void addRow(const Geometry& g, const Input& x, const Input& dy, Place place, float* to) {
    const float* first = x.values + (place.image * g.height + place.row * g.stride - g.padding) * g.row();
    const float* above = dy.values + (place.image * g.rows + place.row) * g.resultRow();
    const Range high = g.taps(place.row, g.tapRows, g.height);
    if (g.padding >= g.tapColumns || g.stride > 2 || (g.tapColumns != 3 && g.tapColumns != 5))
      addAny(g, first, above, high, to);
    else if (g.tapColumns == 3)
      g.stride == 1 ? add<1, 3>(g, first, above, high, to) : add<2, 3>(g, first, above, high, to);
    else
      g.stride == 1 ? add<1, 5>(g, first, above, high, to) : add<2, 5>(g, first, above, high, to);
  }

  // Adds the products of COUNT neighbouring values of dy to the sums of TAPS neighbouring taps in `rows` rows.
  template <int STRIDE, int TAPS, int COUNT>
  static void addSome(const float* corner, int64_t row, const float* gradient, int64_t rows, int64_t channels,
                      float* to, int64_t tapRow) {
    eachVector(channels, [=](const auto& at) {
      Vector factors[COUNT];
      unroll<COUNT>([&](auto q) { factors[q] = at(gradient + q * channels); });
      const float* pixels = corner;
      float* own = to;
      for (int64_t a = 0; a < rows; a++, pixels += row, own += tapRow) {
        Vector sums[TAPS] = {};
        eachProduct<STRIDE, TAPS, COUNT>(
            [&](auto j, auto b, auto q) { sums[b] += at(pixels + j * channels) * factors[q]; });
        unroll<TAPS>([&](auto b) { at.put(own + b * channels, at(own + b * channels) + sums[b]); });
      }
    });
  }

  // Adds the products of one row of dy. `first` is the row of x that the first row of taps meets, or would meet.
  template <int STRIDE, int TAPS>
  static void add(const Geometry& g, const float* first, const float* above, const Range& high, float* to) {
    eachResult<TAPS>(g, [&](auto count, auto taps, int64_t column, int64_t tap) {
      constexpr int COUNT = decltype(count)::value;
      const float* corner = first + (column * STRIDE - g.padding + tap) * g.channels;
      const float* gradient = above + column * g.channels;
      if constexpr (COUNT == TOGETHER) {
        for (int64_t a = 0; a < STRIDE; a++) prefetch(corner + (g.tapRows + a) * g.row(), COUNT * STRIDE * g.channels);
        prefetch(gradient + g.resultRow(), COUNT * g.channels);
      }
      addSome<STRIDE, decltype(taps)::value, COUNT>(
          corner + high.begin * g.row(), g.row(), gradient, high.count(), g.channels,
          to + high.begin * g.tapRow() + tap * g.channels, g.tapRow());
    });
  }

  // The same for any stride and filter.
  static void addAny(const Geometry& g, const float* first, const float* above, const Range& high, float* to) {
    for (int64_t column = 0; column < g.columns; column++) {
      const Range wide = g.taps(column, g.tapColumns, g.width);
      const float* corner = first + (column * g.stride - g.padding) * g.channels;
      for (int64_t a = high.begin; a < high.end; a++)
        for (int64_t b = wide.begin; b < wide.end; b++)
          eachVector(g.channels, [&](const auto& at) {
            float* sum = to + a * g.tapRow() + b * g.channels;
            const Vector product = at(corner + a * g.row() + b * g.channels) * at(above + column * g.channels);
            at.put(sum, at(sum) + product);
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
