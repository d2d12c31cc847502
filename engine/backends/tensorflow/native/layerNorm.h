// Layer norm (Ba et al. 2016) over the last axis, and its gradient. Each row is read once from memory.
#pragma once
#include "operation.h"
#include "rows.h"
#include "threads.h"
#include "vectors.h"

// Outputs y, and for each row the mean and 1 / √(variance + ε).
struct LayerNorm {
  explicit LayerNorm(Attributes& attributes) : epsilon(attributes.number("epsilon")) {}
  float epsilon;

  void compute(Context& context) const {
    const Input x = context.input(0), scale = context.input(1), shift = context.input(2);
    const int64_t width = x.last(), rows = width == 0 ? 0 : x.size() / width;
    context.require(scale.size() == width && shift.size() == width, "scale and shift must have one value per channel");
    float* y = context.output(0, x.shape);
    float* mean = context.output(1, {rows});
    float* inverse = context.output(2, {rows});
    const int64_t parts = partsOf(rows);
    inParts(parts, parts == 0 ? 0 : rows * width / parts, [&](int64_t part) {
      const Range range(rows, parts, part);
      for (int64_t row = range.begin; row < range.end; row++) {
        const float* from = x.values + row * width;
        const float average = sumRow(width, [&](const auto& at) { return at(from); }) / width;
        const float variance = sumRow(width, [&](const auto& at) {
          const Vector difference = at.within(at(from) - average);
          return difference * difference;
        }) / width;
        const float factor = 1.f / std::sqrt(variance + epsilon);
        mean[row] = average;
        inverse[row] = factor;
        float* to = y + row * width;
        eachVector(width, [&](const auto& at) {
          at.put(to, (at(from) - average) * factor * at(scale.values) + at(shift.values));
        });
      }
    });
  }
};

// Inputs are dy, x, scale, and the mean and inverse of each row. Outputs dx, dscale and dshift.
struct LayerNormGradient {
  explicit LayerNormGradient(Attributes&) {}

  void compute(Context& context) const {
    const Input dy = context.input(0), x = context.input(1), scale = context.input(2);
    const Input mean = context.input(3), inverse = context.input(4);
    const int64_t width = x.last(), rows = width == 0 ? 0 : x.size() / width;
    context.require(dy.shape == x.shape, "dy and x must have the same shape");
    context.require(scale.size() == width && mean.size() == rows && inverse.size() == rows,
                    "scale, mean and inverse do not fit x");
    float* dx = context.outputOver(0, x.shape, {0});
    float* dscale = context.output(1, {width});
    float* dshift = context.output(2, {width});
    const int64_t parts = partsOf(rows);
    Sums sums(parts, 2 * width);
    inParts(parts, parts == 0 ? 0 : rows * width / parts, [&](int64_t part) {
      const Range range(rows, parts, part);
      for (int64_t begin = range.begin; begin < range.end; begin += Sums::ROWS) {
        const int64_t end = std::min(begin + Sums::ROWS, range.end);
        float* scales = sums.start(part);
        float* shifts = scales + width;
        for (int64_t row = begin; row < end; row++) {
          const float *from = x.values + row * width, *above = dy.values + row * width;
          const float average = mean.values[row], factor = inverse.values[row];
          Vector first = {}, second = {};
          eachVector(width, [&](const auto& at) {
            const Vector gradient = at(above), normalized = at.within((at(from) - average) * factor);
            const Vector scaled = gradient * at(scale.values);
            at.put(scales, at(scales) + gradient * normalized);
            at.put(shifts, at(shifts) + gradient);
            first += scaled;
            second += scaled * normalized;
          });
          const float mean1 = sumOf(first) / width, mean2 = sumOf(second) / width;
          float* to = dx + row * width;
          eachVector(width, [&](const auto& at) {
            const Vector normalized = (at(from) - average) * factor;
            at.put(to, (at(above) * at(scale.values) - mean1 - normalized * mean2) * factor);
          });
        }
        sums.flush(part);
      }
    });
    sums.total([&](int64_t i, double sum) { (i < width ? dscale[i] : dshift[i - width]) = static_cast<float>(sum); });
  }
};

inline void defineLayerNorm() {
  define<LayerNorm>({"SignLayerNorm",
                     {"x: float", "scale: float", "shift: float"},
                     {"y: float", "mean: float", "inverse: float"},
                     {"epsilon: float"}});
  define<LayerNormGradient>({"SignLayerNormGradient",
                             {"dy: float", "x: float", "scale: float", "mean: float", "inverse: float"},
                             {"dx: float", "dscale: float", "dshift: float"},
                             {}});
}
