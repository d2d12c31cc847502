// Softmax of factor · x over the last axis, and its gradient. Each row is read once from memory, then from the cache.
#pragma once
#include "operation.h"
#include "rows.h"
#include "vectors.h"

// The largest value · factor. Ignores NaN.
inline float largestOf(const float* row, int64_t width, float factor) {
  Vector most = all(-INFINITY);
  int64_t i = 0;
  for (; i + LANES <= width; i += LANES) {
    const Vector value = load(row + i) * factor;
    most = value > most ? value : most;
  }
  float values[LANES], largest = -INFINITY;
  store(values, most);
  for (float value : values) largest = value > largest ? value : largest;
  for (; i < width; i++) largest = row[i] * factor > largest ? row[i] * factor : largest;
  return largest;
}

struct Softmax {
  explicit Softmax(Attributes& attributes) : factor(attributes.number("factor")) {}
  float factor;

  void compute(Context& context) const {
    const Input x = context.input(0);
    const int64_t width = x.last();
    float* y = context.outputOver(0, x.shape, {0});
    eachRow(x.size(), width, [&](int64_t row) {
      const float* from = x.values + row;
      float* to = y + row;
      const float largest = largestOf(from, width, factor);
      const float sum = sumRow(width, [&](const auto& at) {
        const Vector power = at.within(exponential(at(from) * factor - largest));
        at.put(to, power);
        return power;
      });
      eachVector(width, [&](const auto& at) { at.put(to, at(to) / sum); });
    });
  }
};

// Inputs are dy and y. Outputs factor · y · (dy − Σ dy·y).
struct SoftmaxGradient {
  explicit SoftmaxGradient(Attributes& attributes) : factor(attributes.number("factor")) {}
  float factor;

  void compute(Context& context) const {
    const Input dy = context.input(0), y = context.input(1);
    const int64_t width = y.last();
    context.require(dy.shape == y.shape, "dy and y must have the same shape");
    float* dx = context.outputOver(0, y.shape, {0});
    eachRow(y.size(), width, [&](int64_t row) {
      const float *above = dy.values + row, *from = y.values + row;
      const float mean = sumRow(width, [&](const auto& at) { return at(above) * at(from); });
      float* to = dx + row;
      eachVector(width, [&](const auto& at) { at.put(to, (at(above) - mean) * at(from) * factor); });
    });
  }
};

inline void defineSoftmax() {
  define<Softmax>({"SignSoftmax", {"x: float"}, {"y: float"}, {"factor: float"}});
  define<SoftmaxGradient>({"SignSoftmaxGradient", {"dy: float", "y: float"}, {"dx: float"}, {"factor: float"}});
}
