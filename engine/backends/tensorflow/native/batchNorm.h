// Batch norm (Ioffe & Szegedy 2015) with relu, and its gradient. Rows are the pixels of all images, columns are the channels.
#pragma once
#include <cmath>
#include "columns.h"
#include "operation.h"

// y = x · factor + offset for each channel, and then relu if wanted.
struct Affine {
  Affine(const Columns& of, const float* scale, const float* shift, const float* mean, const float* inverse)
      : of(of), factor(of.width), offset(of.width) {
    for (int64_t i = 0; i < of.width; i++) {
      const int64_t c = i % of.channels;
      factor[i] = scale[c] * inverse[c];
      offset[i] = static_cast<float>(shift[c] - static_cast<double>(mean[c]) * factor[i]);
    }
  }

  void apply(const float* from, float* y, bool relu) const {
    const float *factors = factor.data(), *offsets = offset.data();
    const auto make = [=](auto function) {
      return [=](const auto& at) {
        const Vector multiplier = at(factors), summand = at(offsets);
        return [=](int64_t row) { at.put(y + row, function(at(from + row) * multiplier + summand)); };
      };
    };
    if (relu)
      eachColumn(of, make([](Vector value) { return positive(value); }));
    else
      eachColumn(of, make([](Vector value) { return value; }));
  }

  const Columns of;
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
    const int64_t width = x.last();
    requireChannels(context, width, {&scale, &shift});
    float* y = context.output(0, x.shape);
    float *mean = context.output(1, {width}), *variance = context.output(2, {width});
    float* inverse = context.output(3, {width});
    const Columns columns(x);
    const int64_t count = columns.count();
    // Differences from the first row keep the digits of the variance if the mean is large.
    const std::vector<float> base = count > 0 ? columns.repeat(x.values) : std::vector<float>();
    sumColumns(
        columns,
        [values = x.values, from = base.data()](const auto& at) {
          const Vector first = at(from);
          return [=](int64_t row, Vector& sum, Vector& squares) {
            const Vector difference = at(values + row) - first;
            sum += difference;
            squares += difference * difference;
          };
        },
        [&](int64_t c, double sum, double squares) {
          const double average = sum / count, spread = squares / count - average * average;
          const double biased = spread < 0 ? 0 : spread;
          mean[c] = static_cast<float>(average + (count > 0 ? base[c] : 0));
          variance[c] = static_cast<float>(count > 1 ? biased * count / (count - 1) : biased);
          inverse[c] = static_cast<float>(1 / std::sqrt(biased + epsilon));
        });
    Affine(columns, scale.values, shift.values, mean, inverse).apply(x.values, y, relu);
  }
};

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
    Affine(Columns(x), scale.values, shift.values, mean.values, inverse.data()).apply(x.values, y, relu);
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
