import assert from 'node:assert/strict';
import type { CheckpointHeader, LayerHeader } from '../../engine/protocol';
import { pythonOf } from '../../webview/views/checkpoint/python';

function layer(name: string, maskRule: LayerHeader['maskRule']): LayerHeader {
  return { name, maskRule, shape: [2, 3], count: 6, rows: 2, columns: 3, layout: 'OI', axes: 'out 2 × in 3' };
}

function header(format: string, layers: LayerHeader[], tensors: string[]): CheckpointHeader {
  return {
    ...{ file: '/a "b"/c.pt', label: 'c', format, metadata: {}, layers, rule: 'default', leftOut: [] },
    tensors: tensors.map((name) => ({ name, dtype: 'float32', shape: [2, 3] })),
  };
}

describe('masks as Python', () => {
  it('loads each mask from where it is stored', () => {
    const layers = [layer('conv', 'mask'), layer('fc', 'zeros'), layer('lstm.weight_ih_l0', 'weight_mask')];
    const names = ['conv.weight', 'conv.mask', 'fc.weight', 'lstm.weight_ih_l0_orig', 'lstm.weight_ih_l0_mask'];
    const lines = pythonOf(header('safetensors', layers, names))!.split('\n');
    assert.deepEqual(lines, [
      'from safetensors.torch import load_file',
      'from torch.nn.utils import prune',
      '',
      'tensors = load_file("/a \\"b\\"/c.pt")',
      'masks = {',
      '    ("conv", "weight"): tensors["conv.mask"].bool(),',
      '    ("fc", "weight"): tensors["fc.weight"] != 0,',
      '    ("lstm", "weight_ih_l0"): tensors["lstm.weight_ih_l0_mask"].bool(),',
      '}',
      'for (module, parameter), mask in masks.items():  # "model" is your network',
      '    prune.custom_from_mask(model.get_submodule(module), parameter, mask)',
      '',
    ]);
  });

  it('opens the state dict that is shown', () => {
    const made = header('pytorch', [layer('fc', 'zeros')], ['fc.weight']);
    assert.match(pythonOf({ ...made, state: 'ema.model' })!, /tensors\["ema"\]\ntensors = tensors\["model"\]/);
  });

  it('has no lines for a mask of another file, another format, or a mask that is not found', () => {
    const made = header('safetensors', [layer('fc', 'mask')], ['fc.weight']);
    assert.equal(pythonOf(made), undefined);
    assert.equal(pythonOf(header('gguf', [layer('fc', 'zeros')], ['fc.weight'])), undefined);
    assert.equal(pythonOf({ ...made, maskFile: '/m.pt' }), undefined);
  });

  it('has no lines for a mask with one value for each filter', () => {
    const made = header('safetensors', [layer('conv', 'mask')], ['conv.weight', 'conv.mask']);
    const [weight, mask] = made.tensors;
    assert.equal(pythonOf({ ...made, tensors: [weight!, { ...mask!, shape: [2, 1] }] }), undefined);
  });
});
