// Batch norm (Ioffe & Szegedy 2015) with relu, and its gradient. Rows are the pixels of all images, columns are the channels.
#pragma once
#include <cmath>
#include "columns.h"
#include "operation.h"

// y = x · factor + offset for each channel, and then relu if wanted.
struct Affine {
  Affine(const float* scale, const float* shift, const float* mean, const float* inverse, int64_t width)
      : factor(width), offset(width) {
    for (int64_t c = 0; c < width; c++) {
      factor[c] = scale[c] * inverse[c];
      offset[c] = static_cast<float>(shift[c] - static_cast<double>(mean[c]) * factor[c]);
    }
  }

  void apply(const Input& x, float* y, bool relu) const {
    const int64_t width = x.last(), rows = rowsOf(x);
    if (relu)
      eachColumn(rows, width, [&](const auto& at, int64_t row) {
        at.put(y + row, positive(at(x.values + row) * at(factor.data()) + at(offset.data())));
      });
    else
      eachColumn(rows, width, [&](const auto& at, int64_t row) {
        at.put(y + row, at(x.values + row) * at(factor.data()) + at(offset.data()));
      });
  }

  std::vector<float> factor, offset;
};

inline void requireChannels(Context& context, int64_t width, std::initializer_list<const Input*> inputs) {
  for (const Input* input : inputs)
    context.require(input->size() == width, "scale, shift and statistics must have one value per channel");
}

// Outputs y, and for each channel the mean, the unbiased variance and 1 / √(variance + ε).
struct BatchNorm {
  explicit BatchNorm(Attributes& attributes)
      : epsilon(attributes.number("epsilon")), relu(attributes.flag("relu")) {}
  float epsilon;
  bool relu;

  void compute(Context& context) const {
    const Input x = context.input(0), scale = context.input(1), shift = context.input(2);
    const int64_t width = x.last(), rows = rowsOf(x);
    requireChannels(context, width, {&scale, &shift});
    float* y = context.output(0, x.shape);
    float *mean = context.output(1, {width}), *variance = context.output(2, {width});
    float* inverse = context.output(3, {width});
    // Differences from the first row keep the digits of the variance if the mean is large.
    const std::vector<float> base(x.values, x.values + (rows > 0 ? width : 0));
    const float* from = base.data();
    sumColumns(
        rows, width,
        [&](const auto& at, int64_t row, Vector& sum, Vector& squares) {
          const Vector difference = at(x.values + row) - at(from);
          sum += difference;
          squares += difference * difference;
        },
        [&](int64_t c, double sum, double squares) {
          const double average = sum / rows, spread = squares / rows - average * average;
          const double biased = spread < 0 ? 0 : spread;
          mean[c] = static_cast<float>(average + (rows > 0 ? from[c] : 0));
          variance[c] = static_cast<float>(rows > 1 ? biased * rows / (rows - 1) : biased);
          inverse[c] = static_cast<float>(1 / std::sqrt(biased + epsilon));
        });
    Affine(scale.values, shift.values, mean, inverse, width).apply(x, y, relu);
  }
};

// Inputs are dy, x, scale, shift, and the mean and inverse of each channel. Outputs dx, dscale and dshift.
struct BatchNormGradient {
  explicit BatchNormGradient(Attributes& attributes) : relu(attributes.flag("relu")) {}
  bool relu;

  void compute(Context& context) const {
    const Input dy = context.input(0), x = context.input(1), scale = context.input(2), shift = context.input(3);
    const Input mean = context.input(4), inverse = context.input(5);
    const int64_t width = x.last();
    context.require(dy.shape == x.shape, "dy and x must have the same shape");
    requireChannels(context, width, {&scale, &shift, &mean, &inverse});
    const Affine affine(scale.values, shift.values, mean.values, inverse.values, width);
    // Whether relu was 0 follows from x, which must be read anyway.
    const float *factors = affine.factor.data(), *offsets = affine.offset.data();
    const float *above = dy.values, *from = x.values;
    const auto passed = [=](const auto& at, int64_t row) {
      const Vector y = at(from + row) * at(factors) + at(offsets);
      return (Vector)((y > all(0.f)) & (Integers)at(above + row));
    };
    const auto whole = [=](const auto& at, int64_t row) { return at(above + row); };
    if (relu)
      differentiate(context, x, {scale.values, mean.values, inverse.values}, passed);
    else
      differentiate(context, x, {scale.values, mean.values, inverse.values}, whole);
  }

 private:
  struct Statistics {
    const float *scale, *mean, *inverse;
  };

  // `gradient` returns the gradient of the result before relu.
  template <class Gradient>
  void differentiate(Context& context, const Input& x, const Statistics& of, const Gradient& gradient) const {
    const int64_t width = x.last(), rows = rowsOf(x);
    float* dx = context.outputOver(0, x.shape, {0});
    float *dscale = context.output(1, {width}), *dshift = context.output(2, {width});
    std::vector<float> factor(width), offset(width), slope(width);
    sumColumns(
        rows, width,
        [&](const auto& at, int64_t row, Vector& sum, Vector& products) {
          const Vector value = gradient(at, row);
          sum += value;
          products += value * (at(x.values + row) - at(of.mean));
        },
        [&](int64_t c, double sum, double products) {
          const double inverse = of.inverse[c];
          dshift[c] = static_cast<float>(sum);
          dscale[c] = static_cast<float>(products * inverse);
          factor[c] = static_cast<float>(of.scale[c] * inverse);
          offset[c] = static_cast<float>(-of.scale[c] * inverse * sum / rows);
          slope[c] = static_cast<float>(-of.scale[c] * inverse * inverse * inverse * products / rows);
        });
    const float *factors = factor.data(), *offsets = offset.data(), *slopes = slope.data();
    const float* from = x.values;
    eachColumn(rows, width, [=](const auto& at, int64_t row) {
      const Vector difference = at(from + row) - at(of.mean);
      const Vector rest = difference * at(slopes) + at(offsets);
      at.put(dx + row, gradient(at, row) * at(factors) + rest);
    });
  }
};

// Batch norm with given statistics. Inputs are x, mean, variance, scale and shift.
struct Normalize {
  explicit Normalize(Attributes& attributes)
      : epsilon(attributes.number("epsilon")), relu(attributes.flag("relu")) {}
  float epsilon;
  bool relu;

  void compute(Context& context) const {
    const Input x = context.input(0), mean = context.input(1), variance = context.input(2);
    const Input scale = context.input(3), shift = context.input(4);
    const int64_t width = x.last();
    requireChannels(context, width, {&mean, &variance, &scale, &shift});
    std::vector<float> inverse(width);
    for (int64_t c = 0; c < width; c++)
      inverse[c] = static_cast<float>(1 / std::sqrt(static_cast<double>(variance.values[c]) + epsilon));
    float* y = context.outputOver(0, x.shape, {0});
    Affine(scale.values, shift.values, mean.values, inverse.data(), width).apply(x, y, relu);
  }
};

inline void defineBatchNorm() {
  define<BatchNorm>({"SignBatchNorm",
                     {"x: float", "scale: float", "shift: float"},
                     {"y: float", "mean: float", "variance: float", "inverse: float"},
                     {"epsilon: float", "relu: bool"}});
  define<BatchNormGradient>({"SignBatchNormGradient",
                             {"dy: float", "x: float", "scale: float", "shift: float", "mean: float", "inverse: float"},
                             {"dx: float", "dscale: float", "dshift: float"},
                             {"relu: bool"}});
  define<Normalize>({"SignNormalize",
                     {"x: float", "mean: float", "variance: float", "scale: float", "shift: float"},
                     {"y: float"},
                     {"epsilon: float", "relu: bool"}});
}
