// What a linear layer needs beside its products with the weight: bias, bias with GELU, and the gradients of weight and bias.
#pragma once
#include "operation.h"
#include "weightGradient.h"
#include "rows.h"
#include "vectors.h"

// Calls `work(at, row)` for each position in each row of x. `row` is the index of its first value.
template <class Work>
void eachInRows(const Input& x, const Work& work) {
  const int64_t width = x.last();
  eachRow(x.size(), width, [&](int64_t row) { eachVector(width, [&](const auto& at) { work(at, row); }); });
}

// Outputs x + bias.
struct Bias {
  explicit Bias(Attributes&) {}
  void compute(Context& context) const {
    const Input x = context.input(0), bias = context.input(1);
    context.require(bias.size() == x.last(), "bias must have one value per column");
    float* y = context.outputOver(0, x.shape, {0});
    eachInRows(x, [&](const auto& at, int64_t row) { at.put(y + row, at(x.values + row) + at(bias.values)); });
  }
};

// Outputs h = x + bias and GELU(h).
struct BiasGelu {
  explicit BiasGelu(Attributes&) {}
  void compute(Context& context) const {
    const Input x = context.input(0), bias = context.input(1);
    context.require(bias.size() == x.last(), "bias must have one value per column");
    float *h = context.outputOver(0, x.shape, {0}), *y = context.output(1, x.shape);
    eachInRows(x, [&](const auto& at, int64_t row) {
      const Vector value = at(x.values + row) + at(bias.values);
      at.put(h + row, value);
      at.put(y + row, value * normal(value).distribution);
    });
  }
};

// Inputs are x [rows, inputs] and dy [rows, outputs]. Outputs the gradients of the weight [inputs, outputs] and of the bias.
struct LinearGradient {
  explicit LinearGradient(Attributes&) {}
  void compute(Context& context) const {
    const Input x = context.input(0), dy = context.input(1);
    context.require(x.shape.size() == 2 && dy.shape.size() == 2 && x.shape[0] == dy.shape[0],
                    "x and dy must be matrices with the same number of rows");
    float* dweight = context.output(0, {x.last(), dy.last()});
    float* dbias = context.output(1, {dy.last()});
    transposedProduct({x.values, x.last()}, {dy.values, dy.last()}, x.shape[0], dweight, dbias);
  }
};

inline void defineLinear() {
  define<Bias>({"SignBias", {"x: float", "bias: float"}, {"y: float"}, {}});
  define<BiasGelu>({"SignBiasGelu", {"x: float", "bias: float"}, {"h: float", "y: float"}, {}}, UNKNOWN);
  define<LinearGradient>(
      {"SignLinearGradient", {"x: float", "dy: float"}, {"dweight: float", "dbias: float"}, {}}, UNKNOWN);
}
