/** Pairs of fixtures are compared as numpy counts (pairs.json). Pairs that are not in the folder are left out. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compareCheckpoints } from '../../engine/inspection/compare';
import { inRoot } from './files';

type Counts = Record<'count' | 'keptBoth' | 'onlyA' | 'onlyB' | 'neither' | 'sameSign' | 'flipped', number>;

interface Pair {
  a: string;
  b: string;
  /** By the name of the layer in A. */
  layers: Record<string, Counts>;
  total: Counts;
}

const file = [inRoot('pairs.json'), path.resolve('test/fixtures/pairs.json')].find((name) => existsSync(name))!;
const PAIRS = (JSON.parse(readFileSync(file, 'utf8')) as Pair[]).filter(({ a, b }) =>
  [a, b].every((name) => existsSync(inRoot(name))),
);

describe('compare', () => {
  for (const { a, b, layers, total } of PAIRS)
    it(`counts as numpy does, for ${a} and ${b}`, async () => {
      const found = await compareCheckpoints(inRoot(a), inRoot(b));
      const counted = found.layers.map((layer): [string, Counts] => [layer.name, countsOf(layer)]);
      const byName = Object.fromEntries(counted);
      for (const [name, counts] of Object.entries(layers)) assert.deepEqual(byName[name], counts, name);
      assert.equal(counted.length, Object.keys(layers).length);
      assert.deepEqual(countsOf(found.total), total);
    });
});

function countsOf({ count, keptBoth, onlyA, onlyB, neither, sameSign, flipped }: Counts): Counts {
  return { count, keptBoth, onlyA, onlyB, neither, sameSign, flipped };
}
