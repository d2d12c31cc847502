// Batch norm (Ioffe & Szegedy 2015) with relu. Rows are the pixels of all images, columns are the channels.
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
    if (relu)
      applyThen(from, y, [](Vector value) { return positive(value); });
    else
      applyThen(from, y, [](Vector value) { return value; });
  }

  template <class Function>
  void applyThen(const float* from, float* y, const Function& function) const {
    const float *factors = factor.data(), *offsets = offset.data();
    eachColumn(of, [=](const auto& at) {
      const Vector multiplier = at(factors), summand = at(offsets);
      return [=](int64_t row) { at.put(y + row, function(at(from + row) * multiplier + summand)); };
    });
  }

  // Adds `addend` before relu.
  void applyAdded(const float* from, const float* addend, float* y) const {
    const float *factors = factor.data(), *offsets = offset.data();
    eachColumn(of, [=](const auto& at) {
      const Vector multiplier = at(factors), summand = at(offsets);
      return [=](int64_t row) {
        const Vector value = at(from + row) * multiplier + summand;
        at.put(y + row, positive(value + at(addend + row)));
      };
    });
  }

  const Columns of;
  std::vector<float> factor, offset;
};

inline void requireChannels(Context& context, int64_t width, std::initializer_list<const Input*> inputs) {
  for (const Input* input : inputs)
    context.require(input->size() == width, "scale, shift and statistics must have one value per channel");
}

// Outputs for each channel of x the mean, the unbiased variance and 1 / √(variance + ε). Returns the factors and offsets of batch norm.
inline Affine normalizeBatch(Context& context, const Input& x, float epsilon) {
  const Input scale = context.input(1), shift = context.input(2);
  const int64_t width = x.last();
  requireChannels(context, width, {&scale, &shift});
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
  return Affine(columns, scale.values, shift.values, mean, inverse);
}

// Inputs are x, scale and shift. Outputs y, and for each channel the mean, the unbiased variance and 1 / √(variance + ε).
struct BatchNorm {
  explicit BatchNorm(Attributes& attributes)
      : epsilon(attributes.number("epsilon")), relu(attributes.flag("relu")) {}
  float epsilon;
  bool relu;

  void compute(Context& context) const {
    const Input x = context.input(0);
    float* y = context.output(0, x.shape);
    normalizeBatch(context, x, epsilon).apply(x.values, y, relu);
  }
};

// The same, with relu(batch norm of x + addend). The addend is the last input.
struct BatchNormAdd {
  explicit BatchNormAdd(Attributes& attributes) : epsilon(attributes.number("epsilon")) {}
  float epsilon;

  void compute(Context& context) const {
    const Input x = context.input(0), addend = context.input(3);
    context.require(addend.shape == x.shape, "x and addend must have the same shape");
    float* y = context.outputOver(0, x.shape, {3});
    normalizeBatch(context, x, epsilon).applyAdded(x.values, addend.values, y);
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
  const std::vector<const char*> outputs = {"y: float", "mean: float", "variance: float", "inverse: float"};
  define<BatchNorm>(
      {"SignBatchNorm", {"x: float", "scale: float", "shift: float"}, outputs, {"epsilon: float", "relu: bool"}});
  define<BatchNormAdd>({"SignBatchNormAdd",
                        {"x: float", "scale: float", "shift: float", "addend: float"},
                        outputs,
                        {"epsilon: float"}});
  define<Normalize>({"SignNormalize",
                     {"x: float", "mean: float", "variance: float", "scale: float", "shift: float"},
                     {"y: float"},
                     {"epsilon: float", "relu: bool"}});
}
