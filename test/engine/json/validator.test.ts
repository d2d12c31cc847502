import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ValidateFunction } from 'ajv';
import { createAjv, SCHEMAS, validatorOf } from '../../../engine/json/validator';
import '../../../engine/runs/options';
import '../../../engine/studies/slurm/profile';
import '../../../engine/studies/studyFile';

describe('validatorOf', () => {
  const schema = { type: 'object', required: ['a'], properties: { a: { type: 'number' }, b: { default: 2 } } };
  after(() => {
    for (const name of ['plain', 'broken']) SCHEMAS.delete(name);
  });

  it('finds all mistakes with their values, and fills in defaults', () => {
    const validate = validatorOf<{ a: number; b: number }>('plain', schema);
    const data: unknown = { a: 1 };
    assert.ok(validate(data));
    assert.deepEqual([data.b, validate.errors], [2, []]);
    assert.equal(validate({ a: 'x' }), false);
    assert.deepEqual(
      validate.errors.map(({ instancePath, data: value }) => [instancePath, value]),
      [['/a', 'x']],
    );
  });

  it('compiles the schema at the first call, because most processes check nothing', () => {
    const validate = validatorOf('broken', { type: 'no such type' });
    assert.throws(() => validate({}), /type must be/);
  });
});

describe('the schemas that the build compiles', function () {
  this.timeout(20_000);

  const run = { method: 'aws', model: 'resnet20', dataset: 'sample' };
  const DATA: Record<string, unknown[]> = {
    run: [
      run,
      { ...run, model: { model: 'convnet', options: { widths: ['x', -1] } }, seed: 1.5, learningRate: 0, unknown: 1 },
      { ...run, method: 'best', model: { model: 'no such' }, dataset: { format: 'csv' }, augmentation: { crop: -1 } },
      { ...run, seed: Infinity },
      {},
      [],
    ],
    study: [
      { options: {}, axes: { seed: [1] }, nodes: { dense: { run: 'training', over: ['seed'] } }, results: {} },
      { nodes: { dense: { run: 'nothing' } }, axes: 1, other: true },
      null,
    ],
    slurm: [{}, { cpus: 0, partition: 7, other: 1 }],
  };

  it('are those of all validators', () => {
    assert.deepEqual([...SCHEMAS.keys()].sort(), Object.keys(DATA).sort());
  });

  for (const [name, documents] of Object.entries(DATA))
    it(`find the same mistakes as the schema "${name}", and fill in the same defaults`, () => {
      const { schema, settings } = SCHEMAS.get(name)!;
      const file = path.resolve('dist/engine/schemas', `${name}.js`);
      const built = createRequire(__filename)(file) as ValidateFunction;
      const compiled = createAjv(settings).compile(schema);
      for (const document of documents) {
        const [a, b]: unknown[] = [structuredClone(document), structuredClone(document)];
        assert.equal(built(a), compiled(b));
        assert.deepEqual(a, b);
        assert.deepEqual(JSON.parse(JSON.stringify(built.errors)), JSON.parse(JSON.stringify(compiled.errors)));
      }
    });
});
