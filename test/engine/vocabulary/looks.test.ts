import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DONE_LOOKS, METHOD_LOOKS, METHOD_NAMES } from '../../../engine/vocabulary/looks';
import { METHODS } from '../../../engine/vocabulary/runSchema';
import { VARIANT_NAMES } from '../../../engine/vocabulary/transferVariants';

describe('how methods and trainings look', () => {
  it('is the same in the manifest', () => {
    const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      contributes: { colors: { id: string; defaults: object }[] };
    };
    const declared = contributes.colors.map(({ id, defaults }) => [id, defaults]);
    assert.deepEqual(
      declared,
      METHOD_NAMES.map((name) => [METHOD_LOOKS[name].id, METHOD_LOOKS[name].colors]),
    );
    assert.deepEqual([...METHOD_NAMES].sort(), Object.keys(METHODS).sort());
  });

  it('tells all trainings apart by mark, by line and by name', () => {
    const looks = Object.values(DONE_LOOKS);
    assert.deepEqual(Object.keys(DONE_LOOKS).sort(), ['search', 'training', ...VARIANT_NAMES].sort());
    for (const key of ['glyph', 'label'] as const)
      assert.equal(new Set(looks.map((look) => look[key])).size, looks.length);
    assert.equal(new Set(looks.map(({ shape, open }) => `${shape} ${String(open)}`)).size, looks.length);
  });
});
