// Defines operations through TensorFlow's C interface (tensorflow/c/kernels.h and ops.h), which does not change between its versions.
#pragma once
#include <exception>
#include <new>
#include <string>
#include <vector>
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

using Shape = std::vector<int64_t>;

inline int64_t sizeOf(const Shape& shape) {
  int64_t size = 1;
  for (int64_t length : shape) size *= length;
  return size;
}

// Thrown after a call of TensorFlow has failed. The status says why.
struct Failure {};

class Status {
 public:
  Status() : status(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status); }
  Status(const Status&) = delete;
  operator TF_Status*() { return status; }
  void check() const {
    if (TF_GetCode(status) != TF_OK) throw Failure();
  }
  void refuse(const std::string& message) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, message.c_str());
    throw Failure();
  }

 private:
  TF_Status* status;
};

// An input of an operation. Its shape must be checked before its values are used.
struct Input {
  const float* values;
  Shape shape;
  int64_t last() const { return shape.empty() ? 1 : shape.back(); }
  int64_t size() const { return sizeOf(shape); }
};

// The inputs and outputs of one execution of an operation.
class Context {
 public:
  Context(TF_OpKernelContext* context, Status& status) : context(context), status(status) {}
  ~Context() {
    for (TF_Tensor* tensor : tensors) TF_DeleteTensor(tensor);
  }
  Context(const Context&) = delete;

  // The values live as long as the execution, because TensorFlow holds its inputs. A second reference to them would keep `outputOver` from
  // reusing their memory.
  Input input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context, index, &tensor, status);
    status.check();
    Shape shape;
    for (int axis = 0; axis < TF_NumDims(tensor); axis++) shape.push_back(TF_Dim(tensor, axis));
    const Input input{static_cast<const float*>(TF_TensorData(tensor)), shape};
    TF_DeleteTensor(tensor);
    return input;
  }

  float* output(int index, const Shape& shape) {
    TF_Tensor* tensor = TF_AllocateOutput(context, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                          sizeof(float) * static_cast<size_t>(sizeOf(shape)), status);
    status.check();
    tensors.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

  // Like `output`, but may reuse the memory of an input that nothing else needs.
  float* outputOver(int index, const Shape& shape, const std::vector<int>& inputs) {
    int reused;
    TF_Tensor* tensor =
        TF_ForwardInputOrAllocateOutput(context, inputs.data(), static_cast<int>(inputs.size()), index, shape.data(),
                                        static_cast<int>(shape.size()), &reused, status);
    status.check();
    tensors.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

  void require(bool fits, const char* message) {
    if (!fits) status.refuse(message);
  }

 private:
  TF_OpKernelContext* context;
  Status& status;
  std::vector<TF_Tensor*> tensors;
};

// Reads the attributes of an operation.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction, Status& status)
      : construction(construction), status(status) {}
  float number(const char* name) {
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status);
    status.check();
    return value;
  }
  int64_t whole(const char* name) {
    int64_t value = 0;
    TF_OpKernelConstruction_GetAttrInt64(construction, name, &value, status);
    status.check();
    return value;
  }
  bool flag(const char* name) {
    TF_Bool value = 0;
    TF_OpKernelConstruction_GetAttrBool(construction, name, &value, status);
    status.check();
    return value != 0;
  }

 private:
  TF_OpKernelConstruction* construction;
  Status& status;
};

struct Definition {
  const char* name;
  std::vector<const char*> inputs;
  std::vector<const char*> outputs;
  std::vector<const char*> attributes;
};

// The first output has the shape of the first input. The other shapes are known only after the execution.
inline void inferShapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
  TF_ShapeHandle* shape = TF_NewShapeHandle();
  TF_ShapeInferenceContextGetInput(context, 0, shape, status);
  if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, 0, shape, status);
  TF_DeleteShapeHandle(shape);
}

// Calls `action`. If it throws, sets the status and returns false: TensorFlow calls operations from C, which no exception may pass.
template <class Action>
bool succeeds(TF_Status* status, const Action& action) {
  try {
    action();
    return true;
  } catch (const Failure&) {
    // The status is set.
  } catch (const std::bad_alloc&) {
    TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "there is not enough memory for the sums of an operation");
  } catch (const std::exception& error) {
    TF_SetStatus(status, TF_INTERNAL, error.what());
  } catch (...) {
    TF_SetStatus(status, TF_INTERNAL, "an operation failed for an unknown reason");
  }
  return false;
}

enum Shapes { LIKE_INPUT, UNKNOWN };

// Registers a class with a constructor from Attributes and a function compute(Context&).
template <class Operation>
void define(const Definition& definition, Shapes shapes = LIKE_INPUT) {
  Status status;
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(definition.name);
  for (const char* input : definition.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : definition.outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  for (const char* attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(
      builder, shapes == LIKE_INPUT ? inferShapes : TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(builder, status);
  status.check();
  const auto create = [](TF_OpKernelConstruction* construction) -> void* {
    Status status;
    Operation* operation = nullptr;
    const auto construct = [&] {
      Attributes attributes(construction, status);
      operation = new Operation(attributes);
    };
    if (!succeeds(status, construct)) TF_OpKernelConstruction_Failure(construction, status);
    return operation;
  };
  const auto compute = [](void* operation, TF_OpKernelContext* given) {
    Status status;
    const auto execute = [&] {
      Context context(given, status);
      static_cast<const Operation*>(operation)->compute(context);
    };
    if (!succeeds(status, execute)) TF_OpKernelContext_Failure(given, status);
  };
  const auto destroy = [](void* operation) { delete static_cast<Operation*>(operation); };
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(definition.name, "CPU", create, compute, destroy);
  TF_RegisterKernelBuilder(definition.name, kernel, status);
  status.check();
}
