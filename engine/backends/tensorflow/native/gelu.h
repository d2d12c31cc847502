// GELU (Hendrycks & Gimpel 2016): x · Φ(x), with the exact distribution function, and its gradient.
#pragma once
#include "pointwise.h"

struct Gelu {
  explicit Gelu(Attributes&) {}
  void compute(Context& context) const {
    pointwise(context, [](Vector x) { return x * normal(x).distribution; });
  }
};

struct GeluGradient {
  explicit GeluGradient(Attributes&) {}
  void compute(Context& context) const {
    pointwiseGradient(context, [](Vector dy, Vector x) {
      const Normal at = normal(x);
      return dy * (at.distribution + x * at.density);
    });
  }
};

inline void defineGelu() {
  define<Gelu>({"SignGelu", {"x: float"}, {"y: float"}, {}});
  define<GeluGradient>({"SignGeluGradient", {"dy: float", "x: float"}, {"dx: float"}, {}});
}
