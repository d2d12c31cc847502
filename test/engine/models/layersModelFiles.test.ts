/** Tests how files of own networks are read: the forms of Keras 2 and 3, what is refused, and hostile files. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { UserError } from '../../../engine/errors';
import { draw } from '../../../engine/models/initialize';
import type { Entry } from '../../../engine/models/network';
import { buildArchitecture } from '../../../engine/models/registry';
import { floats } from '../../../engine/tensors';
import { fixture, temporaryFolder } from '../../fixtures';

const DATA = { height: 8, width: 8, channels: 1, classes: 4 };

type Fields = Record<string, unknown>;
const layer = (name: string, className: string, config: Fields = {}, from: readonly string[] = []) => ({
  ...{ class_name: className, name, config: { name, ...config } },
  inbound_nodes: from.length === 0 ? [] : [from.map((source) => [source, 0, 0, {}])],
});
const IMAGES = layer('images', 'InputLayer', { batch_input_shape: [null, 8, 8, 1] });
const FLAT = layer('flat', 'Flatten', {}, ['images']);
const LOGITS = layer('logits', 'Dense', { units: 4 }, ['flat']);
const functional = (layers: readonly object[], output: unknown = [['logits', 0, 0]]) => ({
  class_name: 'Model',
  config: { name: 'made', layers, input_layers: [['images', 0, 0]], output_layers: output },
});
/** A sequential model of images of 8 × 8 with these layers, which ends with a classifier. */
const sequential = (...layers: readonly [name: string, className: string, config?: Fields][]) => ({
  class_name: 'Sequential',
  config: {
    layers: [IMAGES, ...layers.map(([name, className, config]) => layer(name, className, config)), FLAT, LOGITS],
  },
});

describe('the file of an own network', () => {
  const inFolder = temporaryFolder();
  const build = (model: unknown, data = DATA) => {
    const file = inFolder('model.json');
    writeFileSync(file, typeof model === 'string' ? model : JSON.stringify(model));
    return buildArchitecture({ model: 'layers', path: file }, data);
  };
  const names = (model: unknown) => build(model).entries.map(({ name }) => name);
  const refused = (model: unknown, expected: RegExp) => {
    assert.throws(
      () => build(model),
      (error) => error instanceof UserError && error.field === 'model.path' && expected.test(error.message),
      String(expected),
    );
  };

  it('may be of Keras 2 or 3, of a converter, or only the model', () => {
    const model = functional([IMAGES, FLAT, LOGITS]);
    const expected = ['logits.weight', 'logits.bias'];
    assert.deepEqual(names(model), expected);
    assert.deepEqual(names({ modelTopology: { model_config: model, keras_version: '2.15.0' } }), expected);
    assert.deepEqual(names({ format: 'layers-model', modelTopology: model, weightsManifest: [] }), expected);
    const tensor = (name: string) => ({ class_name: '__keras_tensor__', config: { keras_history: [name, 0, 0] } });
    const called = (one: object, name: string) => ({ ...one, inbound_nodes: [{ args: [tensor(name)], kwargs: {} }] });
    const keras3 = functional([IMAGES, called(FLAT, 'images'), called(LOGITS, 'flat')], ['logits', 0, 0]);
    assert.deepEqual(names(keras3), expected);
    const { config } = sequential();
    assert.deepEqual(names({ class_name: 'Sequential', config: config.layers }), expected);
    const dense = layer('logits', 'Dense', { units: 4, batch_input_shape: [null, 64] });
    assert.deepEqual(names({ class_name: 'Sequential', config: { layers: [dense] } }), expected);
  });

  it('may list its layers in any order, and layers that the output does not need', () => {
    const unused = layer('unused', 'Dense', { units: 9 }, ['flat']);
    assert.deepEqual(names(functional([LOGITS, unused, FLAT, IMAGES])), ['logits.weight', 'logits.bias']);
  });

  it('decides the initial distributions, which the seed draws', () => {
    const spread = (initializer: unknown) => {
      const model = sequential(['hidden', 'Dense', { units: 500, kernel_initializer: initializer }]);
      const entry: Entry = build(model).entries.find(({ name }) => name === 'hidden.weight')!;
      const values = floats(new Map([['x', draw({ ...entry, shape: [500, 64] }, 1)]]), 'x');
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      return [mean, deviation, values.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0)] as const;
    };
    const near = (found: number, expected: number) => {
      assert.ok(
        Math.abs(found - expected) < 0.02 * Math.max(1, expected) && Math.abs(found / expected - 1) < 0.05,
        `${found}, not ${expected}`,
      );
    };
    // The kernel is [1, 500] in Keras: Dense maps the last axis of the images, which has one channel.
    near(spread('glorot_uniform')[2], Math.sqrt(6 / 501));
    near(spread({ class_name: 'HeNormal', config: { seed: null } })[1], Math.sqrt(2));
    near(spread({ class_name: 'TruncatedNormal', config: { stddev: 0.5 } })[2], 1);
    near(spread({ class_name: 'RandomUniform', config: { minval: 1, maxval: 3 } })[0], 2);
    near(
      spread({ class_name: 'VarianceScaling', config: { scale: 3, mode: 'fan_out', distribution: 'uniform' } })[2],
      Math.sqrt(9 / 500),
    );
    refused(
      sequential(['x', 'Dense', { units: 2, kernel_initializer: { class_name: 'Orthogonal', config: {} } }]),
      /layer "x" \(Dense\) has kernel_initializer "Orthogonal", which is not supported\. Use an initializer such as glorot_uniform/,
    );
    refused(
      sequential([
        'x',
        'Dense',
        { units: 2, kernel_initializer: { class_name: 'TruncatedNormal', config: { stddev: -1 } } },
      ]),
      /"stddev" is negative/,
    );
  });

  const REFUSED: [what: string, model: unknown, message: RegExp][] = [
    [
      'an unknown class',
      sequential(['x', 'Conv2d', {}]),
      /layer "x" \(Conv2d\) is not supported\. Did you mean "Conv2D"\? The supported layers are Conv2D, /,
    ],
    [
      'a nested model',
      sequential(['x', 'Functional', { layers: [] }]),
      /Put the layers of this nested model into the model itself/,
    ],
    [
      'different strides',
      sequential(['x', 'Conv2D', { filters: 2, kernel_size: 3, strides: [2, 1] }]),
      /has "strides" \[2, 1\]\. Only equal numbers/,
    ],
    [
      'channels first',
      sequential(['x', 'Conv2D', { filters: 2, kernel_size: 3, data_format: 'channels_first' }]),
      /Export the model with channels_last/,
    ],
    [
      'a softmax in the middle',
      sequential(['x', 'Dense', { units: 2, activation: 'softmax' }]),
      /layer "x" \(Dense\) has a softmax before the end/,
    ],
    [
      'a shared layer',
      functional([IMAGES, FLAT, { ...LOGITS, inbound_nodes: [[['flat', 0, 0]], [['flat', 0, 0]]] }]),
      /"logits" \(Dense\) is used 2 times/,
    ],
    [
      'two outputs',
      functional(
        [IMAGES, FLAT, LOGITS],
        [
          ['flat', 0, 0],
          ['logits', 0, 0],
        ],
      ),
      /has 2 layers in "output_layers"/,
    ],
    ['images that are too small', sequential(['x', 'MaxPooling2D', { pool_size: 9 }]), /The images are too small/],
    [
      'no row at the end',
      { class_name: 'Sequential', config: { layers: [IMAGES] } },
      /ends with 8 × 8 × 1 for each image/,
    ],
    ['a circle', functional([IMAGES, layer('flat', 'Flatten', {}, ['logits']), LOGITS]), /is connected in a circle/],
    [
      'an unknown input',
      functional([IMAGES, FLAT, layer('logits', 'Dense', { units: 4 }, ['nowhere'])]),
      /has the input "nowhere", which is not a layer/,
    ],
    [
      'a name of JavaScript',
      sequential(['__proto__', 'Dense', { units: 2 }]),
      /has a name that cannot be the name of a tensor/,
    ],
    ['a control character', sequential(['a\u001bb', 'Dense', { units: 2 }]), /layer "a\\u001bb" \(Dense\) has a name/],
    ['the same name twice', sequential(['flat', 'Flatten']), /has the name of another layer/],
    [
      'a huge layer',
      sequential(['x', 'Dense', { units: 1e12 }]),
      /has "units" 1000000000000; it must be a whole number from 1 to/,
    ],
    ['a huge padding', sequential(['x', 'ZeroPadding2D', { padding: 1e9 }]), /has no valid "padding"/],
    ['a huge result', sequential(['x', 'Dense', { units: 2 ** 24 }]), /would have a result of 8 × 8 × 16777216/],
    [
      'many parameters',
      {
        class_name: 'Sequential',
        config: {
          layers: [
            IMAGES,
            FLAT,
            layer('a', 'Dense', { units: 2 ** 20 }),
            layer('b', 'Dense', { units: 2 ** 20 }),
            LOGITS,
          ],
        },
      },
      /million parameters/,
    ],
    ['a negative rate', sequential(['x', 'Dropout', { rate: -1 }]), /has the rate -1/],
    ['a graph model', { modelTopology: { node: [] } }, /is a graph model/],
    ['a list', [], /is not a JSON object/],
    ['deep nesting', `${'['.repeat(500)}${']'.repeat(500)}`, /is nested more than 200 levels deep/],
    ['a field twice', '{"class_name": "Model", "class_name": "Model"}', /has "class_name" twice/],
  ];
  for (const [what, model, message] of REFUSED)
    it(`with ${what} is refused`, () => {
      if (what !== 'many parameters') refused(model, message);
      else assert.throws(() => build(model), message);
    });

  it('does not open the files of its weights', () => {
    const text = readFileSync(fixture('layersModel/tfjs.json'), 'utf8');
    const changed = text.replace('./tfjs.weights.bin', '../../../etc/passwd');
    assert.notEqual(changed, text);
    const { entries } = build(changed, { height: 9, width: 6, channels: 2, classes: 3 });
    assert.equal(entries.length, 11);
  });
});
