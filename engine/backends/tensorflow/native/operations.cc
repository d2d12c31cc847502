// A library of operations for TensorFlow on a CPU. Node.js loads it after TensorFlow, whose symbols it uses.
#include <node_api.h>
#include "batchNorm.h"
#include "batchNormGradient.h"
#include "batchNormSwish.h"
#include "depthwiseGradient.h"
#include "gelu.h"
#include "groups.h"
#include "images.h"
#include "layerNorm.h"
#include "linear.h"
#include "loaded.h"
#include "pixels.h"
#include "softmax.h"
#include "swish.h"

static void defineAll() {
  defineBatchNorm();
  defineBatchNormGradient();
  defineBatchNormSwish();
  defineDepthwise();
  defineGelu();
  defineGroups();
  defineImages();
  defineLayerNorm();
  defineLinear();
  definePixels();
  defineSoftmax();
  defineSwish();
}

// Registers the operations. Returns the number of values in a vector.
extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value) {
  napi_value lanes = nullptr;
  try {
    defineAll();
    forgetLoadedPages();
    napi_create_int32(env, LANES, &lanes);
  } catch (const Failure&) {
    napi_throw_error(env, nullptr, "TensorFlow does not accept the operations");
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return lanes;
}
