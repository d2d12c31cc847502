// The gradient of batch norm with relu.
#pragma once
#include <vector>
#include "batchNorm.h"
#include "columns.h"
#include "operation.h"

// The gradient of relu: dy where y > 0, else 0.
static inline Vector passed(Vector dy, Vector y) {
#if defined(__AVX512F__)
  asm("" : "+v"(dy));  // Otherwise it is loaded with a mask, and waits for y.
#endif
  return (Vector)((y > all(0.f)) & (Integers)dy);
}

// What the gradient of batch norm computes for each channel: dx = factor · dy + slope · (x − mean) + offset.
class Slopes {
 public:
  Slopes(const Columns& of, const Input& mean) : mean(of.repeat(mean.values)), of(of) {}

  // `make(at)` returns the terms of Σ dy and Σ dy · (x − mean), as for `sumColumns`. The gradients of scale and shift are the outputs 1 and 2.
  template <class Make>
  void sum(Context& context, const Input& scale, const Input& inverse, const Make& make) {
    float *dscale = context.output(1, {of.channels}), *dshift = context.output(2, {of.channels});
    std::vector<float> factors(of.channels), offsets(of.channels), slopes(of.channels);
    sumColumns(of, make, [&](int64_t c, double sum, double products) {
      const double inverted = inverse.values[c], multiplier = scale.values[c] * inverted;
      dshift[c] = static_cast<float>(sum);
      dscale[c] = static_cast<float>(products * inverted);
      factors[c] = static_cast<float>(multiplier);
      offsets[c] = static_cast<float>(-multiplier * sum / of.count());
      slopes[c] = static_cast<float>(-multiplier * inverted * inverted * products / of.count());
    });
    factor = of.repeat(factors.data());
    offset = of.repeat(offsets.data());
    slope = of.repeat(slopes.data());
  }

  void apply(const float* dy, const float* x, float* dx) const {
    const float *means = mean.data(), *factors = factor.data(), *offsets = offset.data(), *slopes = slope.data();
    eachColumn(of, [=](const auto& at) {
      const Vector average = at(means), multiplier = at(factors), slope = at(slopes), summand = at(offsets);
      return [=](int64_t row) {
        const Vector rest = (at(x + row) - average) * slope + summand;
        at.put(dx + row, at(dy + row) * multiplier + rest);
      };
    });
  }

  // The same after relu.
  void apply(const Affine& affine, const float* dy, const float* x, float* dx) const {
    const float *means = mean.data(), *factors = factor.data(), *offsets = offset.data(), *slopes = slope.data();
    const float *scales = affine.factor.data(), *shifts = affine.offset.data();
    eachColumn(of, [=](const auto& at) {
      const Vector average = at(means), multiplier = at(factors), slope = at(slopes), summand = at(offsets);
      const Vector scale = at(scales), shift = at(shifts);
      return [=](int64_t row) {
        const Vector value = at(x + row), gradient = passed(at(dy + row), value * scale + shift);
        const Vector rest = (value - average) * slope + summand;
        at.put(dx + row, gradient * multiplier + rest);
      };
    });
  }

  const std::vector<float> mean;

 private:
  const Columns of;
  std::vector<float> factor, offset, slope;
};

// Inputs are dy, x, scale, shift, and the mean and inverse of each channel. Outputs dx, dscale and dshift.
struct BatchNormGradient {
  explicit BatchNormGradient(Attributes& attributes) : relu(attributes.flag("relu")) {}
  bool relu;

  void compute(Context& context) const {
    const Input dy = context.input(0), x = context.input(1), scale = context.input(2), shift = context.input(3);
    const Input mean = context.input(4), inverse = context.input(5);
    context.require(dy.shape == x.shape, "dy and x must have the same shape");
    requireChannels(context, x.last(), {&scale, &shift, &mean, &inverse});
    float* dx = context.outputOver(0, x.shape, {0, 1});
    const Columns columns(x);
    Slopes slopes(columns, mean);
    const float *above = dy.values, *from = x.values, *means = slopes.mean.data();
    if (!relu) {
      slopes.sum(context, scale, inverse, [=](const auto& at) {
        const Vector average = at(means);
        return [=](int64_t row, Vector& sum, Vector& products) {
          const Vector gradient = at(above + row);
          sum += gradient;
          products += gradient * (at(from + row) - average);
        };
      });
      slopes.apply(above, from, dx);
      return;
    }
    // Whether relu was 0 follows from x, which must be read anyway.
    const Affine affine(columns, scale.values, shift.values, mean.values, inverse.values);
    const float *factors = affine.factor.data(), *offsets = affine.offset.data();
    slopes.sum(context, scale, inverse, [=](const auto& at) {
      const Vector average = at(means), factor = at(factors), offset = at(offsets);
      return [=](int64_t row, Vector& sum, Vector& products) {
        const Vector value = at(from + row), gradient = passed(at(above + row), value * factor + offset);
        sum += gradient;
        products += gradient * (value - average);
      };
    });
    slopes.apply(affine, above, from, dx);
  }
};

// The gradient of BatchNormAdd. Inputs are one or two gradients of y, which are added, and then y, x, scale, and the mean and inverse of each
// channel. Outputs dx, dscale, dshift and the gradient of the addend.
struct BatchNormAddGradient {
  explicit BatchNormAddGradient(Attributes& attributes) : count(static_cast<int>(attributes.whole("N"))) {}
  int count;

  void compute(Context& context) const {
    const Input first = context.input(0), second = context.input(count - 1);
    const Input y = context.input(count), x = context.input(count + 1), scale = context.input(count + 2);
    const Input mean = context.input(count + 3), inverse = context.input(count + 4);
    context.require(count <= 2 && first.shape == x.shape && second.shape == x.shape && y.shape == x.shape,
                    "dy, y and x must have the same shape");
    requireChannels(context, x.last(), {&scale, &mean, &inverse});
    float* daddend = context.outputOver(3, x.shape, {0, count - 1});
    float* dx = context.outputOver(0, x.shape, {count + 1});
    Slopes slopes(Columns(x), mean);
    const float *values = x.values, *results = y.values, *above = first.values, *beside = second.values;
    const float* means = slopes.mean.data();
    // `dyOf(at, row)` returns the gradient of y.
    const auto sum = [&](const auto& dyOf) {
      slopes.sum(context, scale, inverse, [=](const auto& at) {
        const Vector average = at(means);
        return [=](int64_t row, Vector& sum, Vector& products) {
          const Vector gradient = passed(dyOf(at, row), at(results + row));
          at.put(daddend + row, gradient);
          sum += gradient;
          products += gradient * (at(values + row) - average);
        };
      });
    };
    if (count == 1)
      sum([=](const auto& at, int64_t row) { return at(above + row); });
    else
      sum([=](const auto& at, int64_t row) { return at(above + row) + at(beside + row); });
    slopes.apply(daddend, values, dx);
  }
};

inline void defineBatchNormGradient() {
  define<BatchNormGradient>({"SignBatchNormGradient",
                             {"dy: float", "x: float", "scale: float", "shift: float", "mean: float", "inverse: float"},
                             {"dx: float", "dscale: float", "dshift: float"},
                             {"relu: bool"}});
  define<BatchNormAddGradient>({"SignBatchNormAddGradient",
                                {"dy: N * float", "y: float", "x: float", "scale: float", "mean: float", "inverse: float"},
                                {"dx: float", "dscale: float", "dshift: float", "daddend: float"},
                                {"N: int >= 1"}});
}
