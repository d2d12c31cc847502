/** Tests that requests of the command palette, which keybindings and other extensions can make too, are checked before anything is written. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fixture, temporaryFolder } from '../fixtures';
import { callJson } from './reusedProcess';

const CASE = 'cases/32-foreign-transfer';
const FILE = fixture(`${CASE}/plain.safetensors`);
const TRANSFER = {
  checkpoint: FILE,
  optionsFile: fixture(`${CASE}/opt11.sign.json`),
  seed: 5,
  variant: 'random-magnitudes',
};
const LINE = { a: FILE, b: FILE, points: 3 };

describe('a request with a choice that does not exist', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  const refusals: [string, object, RegExp][] = [
    ['a variant', { ...TRANSFER, variant: 'mask' }, /^"variant" is "mask"; it must be "signed-mask", .* or "retrain"\.$/],
    ['a variant that every object has', { ...TRANSFER, variant: 'toString' }, /^"variant" is "toString"; it must be "signed-mask", /],
    ['a variant that is no text', { ...TRANSFER, variant: ['retrain'] }, /^"variant" is \["retrain"\]; it must be /],
    ['no variant', { ...TRANSFER, variant: undefined }, /^"variant" is missing; it must be "signed-mask", /],
    ['a rescaling', { ...TRANSFER, rescale: 'layers' }, /^"rescale" is "layers"; it must be "none", "layer" or "source"\.$/],
    ['a classifier', { ...TRANSFER, classifier: 'own' }, /^"classifier" is "own"; it must be "source" or "new"\.$/],
    ['a seed', { ...TRANSFER, magnitudeSeed: 1.5 }, /^"magnitudeSeed" is 1\.5; it must be a whole number from 0 to 4294967295\.$/],
    ['a normalization', { ...LINE, normalization: 'mean' }, /^"normalization" is "mean"; it must be "exact", "ema" or "none"\.$/],
    ['masks', { ...LINE, masks: 'all' }, /^"masks" is "all"; it must be "union", "intersection" or "equal"\.$/],
    ['masks of a surface', { ...LINE, c: FILE, masks: 'all' }, /^"masks" is "all"; it must be "union", /],
  ]; // prettier-ignore
  for (const [what, request, sentence] of refusals)
    it(`is refused: ${what}`, async () => {
      const folder = inFolder('runs');
      const task = JSON.stringify({ request: { folder, ...request }, confirmed: true });
      const { error } = await callJson<{ error?: { kind: string; message: string } }>('prepare-run', task);
      assert.equal(error?.kind, 'input', error?.message);
      assert.match(error.message, sentence);
      assert.equal(existsSync(folder), false);
    });
});
