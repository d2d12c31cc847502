import assert from 'node:assert/strict';
import { validatorOf } from '../../../engine/json/validator';

describe('validatorOf', () => {
  const schema = { type: 'object', required: ['a'], properties: { a: { type: 'number' }, b: { default: 2 } } };

  it('finds all mistakes with their values, and fills in defaults', () => {
    const validate = validatorOf<{ a: number; b: number }>(schema);
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
    const validate = validatorOf({ type: 'no such type' });
    assert.throws(() => validate({}), /type must be/);
  });
});
