// Operations between images [N, H, W, C] and one value for each image and channel [N, C]: means over the pixels, and scaling.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>
#include "operation.h"
#include "rows.h"
#include "threads.h"

// The number of pixels of an image.
inline int64_t pixelsOf(Context& context, const Shape& images) {
  context.require(images.size() == 4, "x must be [N, H, W, C]");
  return images[1] * images[2];
}

inline void requireFactors(Context& context, const Input& factors, const Shape& images) {
  context.require(factors.shape == Shape({images[0], images[3]}), "there must be one value for each image and channel");
}

// Sums over the pixels of images, for each image and channel. What rounding loses is added at the end, because a mean may be much smaller
// than the values.
class PixelSums {
 public:
  PixelSums(const Shape& images, float* sums)
      : pixels(images[1] * images[2]), channels(images[3]), sums(sums), lost(images[0] * channels) {}

  // `value(block, k, row)` returns the k-th vector of a block of a pixel. `row` is the index of the first value of the pixel.
  template <class Value>
  void add(int64_t image, const Value& value) {
    float *sum = sums + image * channels, *rest = lost.data() + image * channels;
    std::fill(sum, sum + channels, 0.f);
    for (int64_t first = image * pixels; first < (image + 1) * pixels; first += PIXELS) {
      const int64_t end = std::min(first + PIXELS, (image + 1) * pixels);
      eachBlock(channels, [&](const auto& block) {
        constexpr int COUNT = std::decay_t<decltype(block)>::COUNT;
        Vector some[COUNT], others[COUNT];
        for (int k = 0; k < COUNT; k++) some[k] = block.get(sum, k), others[k] = block.get(rest, k);
        for (int64_t pixel = first; pixel < end; pixel++)
          for (int k = 0; k < COUNT; k++) {
            const Vector next = value(block, k, pixel * channels), after = some[k] + next, added = after - some[k];
            others[k] += (some[k] - (after - added)) + (next - added);
            some[k] = after;
          }
        for (int k = 0; k < COUNT; k++) {
          block.put(sum, k, some[k]);
          block.put(rest, k, others[k]);
        }
      });
    }
    // If a sum is infinite, `rest` is NaN.
    for (int64_t c = 0; c < channels; c++)
      if (std::isfinite(sum[c])) sum[c] += rest[c];
  }

 private:
  // So many pixels stay in the cache for the next block of channels.
  static constexpr int64_t PIXELS = 32;
  int64_t pixels, channels;
  float* sums;
  std::vector<float> lost;
};

// The means over H and W.
struct GlobalMean {
  explicit GlobalMean(Attributes&) {}
  void compute(Context& context) const {
    const Input x = context.input(0);
    const int64_t pixels = pixelsOf(context, x.shape), channels = x.shape[3];
    float* y = context.output(0, {x.shape[0], channels});
    const Vector count = all(static_cast<float>(pixels));
    PixelSums sums(x.shape, y);
    inParts(x.shape[0], pixels * channels, [&](int64_t image) {
      sums.add(image, [&](const auto& block, int k, int64_t row) { return block.get(x.values + row, k); });
      float* means = y + image * channels;
      eachVector(channels, [&](const auto& at) { at.put(means, at(means) / count); });
    });
  }
};

// Each pixel receives the same share of the gradient of its mean.
struct GlobalMeanGradient {
  explicit GlobalMeanGradient(Attributes& attributes)
      : height(attributes.whole("height")), width(attributes.whole("width")) {}
  int64_t height, width;

  void compute(Context& context) const {
    const Input dy = context.input(0);
    context.require(dy.shape.size() == 2 && height > 0 && width > 0, "dy must be [N, C]");
    const int64_t channels = dy.shape[1], pixels = height * width;
    float* dx = context.output(0, {dy.shape[0], height, width, channels});
    const Vector count = all(static_cast<float>(pixels));
    inParts(dy.shape[0], pixels * channels, [&](int64_t image) {
      const float* from = dy.values + image * channels;
      float* first = dx + image * pixels * channels;
      eachVector(channels, [&](const auto& at) { at.put(first, at(from) / count); });
      for (int64_t pixel = 1; pixel < pixels; pixel++) std::copy(first, first + channels, first + pixel * channels);
    });
  }
};

// Multiplies each channel of each image by its factor.
struct Scale {
  explicit Scale(Attributes&) {}
  void compute(Context& context) const {
    const Input x = context.input(0), factors = context.input(1);
    const int64_t pixels = pixelsOf(context, x.shape), channels = x.shape[3];
    requireFactors(context, factors, x.shape);
    float* y = context.output(0, x.shape);
    inParts(x.shape[0], pixels * channels, [&](int64_t image) {
      const float* own = factors.values + image * channels;
      for (int64_t pixel = image * pixels; pixel < (image + 1) * pixels; pixel++)
        eachVector(channels, [&](const auto& at) {
          at.put(y + pixel * channels, at(x.values + pixel * channels) * at(own));
        });
    });
  }
};

// Inputs are dy, x and the factors. Outputs dx and the gradient of the factors.
struct ScaleGradient {
  explicit ScaleGradient(Attributes&) {}
  void compute(Context& context) const {
    const Input dy = context.input(0), x = context.input(1), factors = context.input(2);
    context.require(dy.shape == x.shape, "dy and x must have the same shape");
    const int64_t pixels = pixelsOf(context, x.shape), channels = x.shape[3];
    requireFactors(context, factors, x.shape);
    float* dx = context.outputOver(0, x.shape, {0});
    float* dfactors = context.output(1, factors.shape);
    PixelSums sums(x.shape, dfactors);
    inParts(x.shape[0], pixels * channels, [&](int64_t image) {
      const float* own = factors.values + image * channels;
      sums.add(image, [&](const auto& block, int k, int64_t row) {
        const Vector gradient = block.get(dy.values + row, k);
        block.put(dx + row, k, gradient * block.get(own, k));
        return gradient * block.get(x.values + row, k);
      });
    });
  }
};

inline void defineImages() {
  define<GlobalMean>({"SignGlobalMean", {"x: float"}, {"y: float"}, {}}, UNKNOWN);
  define<GlobalMeanGradient>(
      {"SignGlobalMeanGradient", {"dy: float"}, {"dx: float"}, {"height: int", "width: int"}}, UNKNOWN);
  define<Scale>({"SignScale", {"x: float", "factors: float"}, {"y: float"}, {}});
  define<ScaleGradient>(
      {"SignScaleGradient", {"dy: float", "x: float", "factors: float"}, {"dx: float", "dfactors: float"}, {}});
}
