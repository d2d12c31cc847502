// Functions that are applied to each value.
#pragma once
#include "operation.h"
#include "threads.h"
#include "vectors.h"

constexpr int64_t BLOCK = 4096;

template <class Function>
void pointwise(Context& context, const Function& function) {
  const Input x = context.input(0);
  float* y = context.output(0, x.shape);
  const int64_t size = x.size();
  inParts((size + BLOCK - 1) / BLOCK, BLOCK, [&](int64_t part) {
    int64_t i = part * BLOCK;
    const int64_t end = i + BLOCK < size ? i + BLOCK : size;
    for (; i + LANES <= end; i += LANES) store(y + i, function(load(x.values + i)));
    if (i < end) storeSome(y + i, function(loadSome(x.values + i, end - i)), end - i);
  });
}

// The inputs are dy and the second operand of the function.
template <class Function>
void pointwiseGradient(Context& context, const Function& function) {
  const Input dy = context.input(0), x = context.input(1);
  context.require(dy.shape == x.shape, "dy and x must have the same shape");
  float* dx = context.outputOver(0, x.shape, {0, 1});
  const int64_t size = x.size();
  inParts((size + BLOCK - 1) / BLOCK, BLOCK, [&](int64_t part) {
    int64_t i = part * BLOCK;
    const int64_t end = i + BLOCK < size ? i + BLOCK : size;
    for (; i + LANES <= end; i += LANES) store(dx + i, function(load(dy.values + i), load(x.values + i)));
    if (i < end)
      storeSome(dx + i, function(loadSome(dy.values + i, end - i), loadSome(x.values + i, end - i)), end - i);
  });
}
