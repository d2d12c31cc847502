// Batch norm and then swish, and the gradient. The result of batch norm is never stored: the gradient computes it again from x.
#pragma once
#include "batchNormGradient.h"
#include "swish.h"

// Inputs are x, scale and shift. Outputs y, and for each channel the mean, the unbiased variance and 1 / √(variance + ε).
struct BatchNormSwish {
  explicit BatchNormSwish(Attributes& attributes) : epsilon(attributes.number("epsilon")) {}
  float epsilon;

  void compute(Context& context) const {
    const Input x = context.input(0);
    float* y = context.output(0, x.shape);
    const Affine affine = normalizeBatch(context, x, epsilon);
    affine.applyThen(x.values, y, [](Vector value) { return value * sigmoid(value); });
  }
};

// Inputs are dy, x, scale, shift, and the mean and inverse of each channel. Outputs dx, dscale and dshift.
struct BatchNormSwishGradient {
  explicit BatchNormSwishGradient(Attributes&) {}

  void compute(Context& context) const {
    const Input dy = context.input(0), x = context.input(1), scale = context.input(2), shift = context.input(3);
    const Input mean = context.input(4), inverse = context.input(5);
    context.require(dy.shape == x.shape, "dy and x must have the same shape");
    requireChannels(context, x.last(), {&scale, &shift, &mean, &inverse});
    float* dx = context.outputOver(0, x.shape, {0});
    const Columns columns(x);
    Slopes slopes(columns, mean);
    const Affine affine(columns, scale.values, shift.values, mean.values, inverse.values);
    const float *above = dy.values, *from = x.values, *means = slopes.mean.data();
    const float *factors = affine.factor.data(), *offsets = affine.offset.data();
    // Until the sums are known, dx holds the gradient of the result of batch norm.
    slopes.sum(context, scale, inverse, [=](const auto& at) {
      const Vector average = at(means), factor = at(factors), offset = at(offsets);
      return [=](int64_t row, Vector& sum, Vector& products) {
        const Vector value = at(from + row);
        const Vector gradient = rounded(at(above + row) * swishSlope(value * factor + offset));
        at.put(dx + row, gradient);
        sum += gradient;
        products += gradient * (value - average);
      };
    });
    slopes.apply(dx, from, dx);
  }
};

inline void defineBatchNormSwish() {
  define<BatchNormSwish>({"SignBatchNormSwish",
                          {"x: float", "scale: float", "shift: float"},
                          {"y: float", "mean: float", "variance: float", "inverse: float"},
                          {"epsilon: float"}});
  define<BatchNormSwishGradient>(
      {"SignBatchNormSwishGradient",
       {"dy: float", "x: float", "scale: float", "shift: float", "mean: float", "inverse: float"},
       {"dx: float", "dscale: float", "dshift: float"},
       {}});
}
