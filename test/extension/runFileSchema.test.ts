import assert from 'node:assert/strict';
import path from 'node:path';
import { integerProblem, RunFileSchema } from '../../extension/runFileSchema';

describe('Prompts', () => {
  const schema = new RunFileSchema(path.resolve('engine/runs/run.schema.json'));

  it('know the bounds and defaults of the schema', async () => {
    assert.equal(await schema.number('pruningFraction'), 0.2);
    assert.equal((await schema.property('rounds')).minimum, 1);
    await assert.rejects(schema.property('learningrate'), /learningrate/);
  });

  it('refuse what the schema refuses', async () => {
    const seed = await schema.property('seed');
    for (const good of ['0', '7', ' 42 ', '4294967295'])
      assert.equal(integerProblem(good, 'The seed', seed), undefined);
    for (const bad of ['', ' ', '-1', '1.5', 'seven', '4294967296'])
      assert.equal(integerProblem(bad, 'The seed', seed), 'The seed is a whole number, from 0 to 4294967295.');
    assert.equal(integerProblem('0', 'The number', { minimum: 3 }), 'The number is a whole number, at least 3.');
  });
});
