// Swish (Ramachandran et al. 2017), also named SiLU: x · σ(x), and its gradient.
#pragma once
#include "pointwise.h"

// Returns 1 / (1 + e^(−x)). It is 0 below −88.
static inline Vector sigmoid(Vector x) {
  const Vector negative = -x, low = negative < all(-87.f) ? all(-87.f) : negative;
  const Power of(low > all(88.7f) ? all(88.7f) : low);
  // e^88.7 is almost 2^128, but its power is below 1, so adding to the exponent does not overflow.
  const Vector inverse = (Vector)((Integers)of.power + (of.whole << 23)) + 1.f;
  return 1.f / inverse;
}

// Returns the gradient of x · σ(x), which is σ(x) · (1 + x · (1 − σ(x))).
static inline Vector swishSlope(Vector x) {
  const Vector s = sigmoid(x);
  return s * (x * (1.f - s) + 1.f);
}

struct Swish {
  explicit Swish(Attributes&) {}
  void compute(Context& context) const {
    pointwise(context, [](Vector x) { return x * sigmoid(x); });
  }
};

struct SwishGradient {
  explicit SwishGradient(Attributes&) {}
  void compute(Context& context) const {
    pointwiseGradient(context, [](Vector dy, Vector x) { return dy * swishSlope(x); });
  }
};

inline void defineSwish() {
  define<Swish>({"SignSwish", {"x: float"}, {"y: float"}, {}});
  define<SwishGradient>({"SignSwishGradient", {"dy: float", "x: float"}, {"dx: float"}, {}});
}
