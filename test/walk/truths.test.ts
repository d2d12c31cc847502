/** Every fixture with a truth beside it (FILE.truth.json, made by numpy) is inspected as the truth says. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { withCheckpoint } from '../../engine/checkpoints/open';
import type { CheckpointReader, StoredTensor } from '../../engine/checkpoints/reader';
import { UserError } from '../../engine/errors';
import { inspect } from '../../engine/inspection/inspect';
import type { Inspection } from '../../engine/protocol';
import { filesBelow, inRoot, isRight, jsonOf, ROOT, type Truth, type TrueTensor } from './files';

const ENDING = '.truth.json';
const FILES = filesBelow()
  .filter((name) => name.endsWith(ENDING))
  .map((name) => name.slice(0, -ENDING.length));

describe(`inspect, for the ${FILES.length} fixtures of ${ROOT} with a truth`, () => {
  for (const name of FILES)
    it(name, async () => {
      const truth = jsonOf<Truth>(`${name}${ENDING}`, { tensors: {} });
      const inspection = await inspectOrRefuse(name, truth);
      if (!inspection) return;
      const names = await withCheckpoint(inRoot(name), (reader) => namesOf(reader, truth));
      for (const [full, tensor] of Object.entries(truth.tensors)) {
        const ours = names.get(full);
        if (ours !== undefined) checkTensor(inspection, ours, tensor);
        else assert.ok(find(inspection.uncounted ?? [], full), `${full} is missing`);
      }
      checkLayers(inspection, truth);
      if (truth.uncounted) {
        const listed = inspection.uncounted?.map((tensor) => [tensor.name, tensor.dtype] as const);
        assert.deepEqual(Object.fromEntries(listed ?? []), truth.uncounted);
      }
    }).timeout(60_000);
});

async function inspectOrRefuse(name: string, truth: Truth): Promise<Inspection | undefined> {
  try {
    return await inspect(inRoot(name));
  } catch (error) {
    assert.ok(error instanceof UserError && isRight('reject', truth), String((error as Error).stack));
    return undefined;
  }
}

/** Finds a tensor. Truths name it by its whole path; the reader leaves out the key of the model. */
function find<Named extends { name: string }>(tensors: readonly Named[], full: string): Named | undefined {
  const named = tensors.filter(({ name }) => full === name || full.endsWith(`.${name}`) || full.endsWith(`/${name}`));
  return named.sort((a, b) => b.name.length - a.name.length)[0];
}

function checkTensor({ tensors }: Inspection, full: string, truth: TrueTensor): void {
  const found = tensors.find(({ name }) => name === full);
  assert.ok(found, `${full} is missing`);
  assert.deepEqual([found.dtype, found.shape], [truth.dtype, truth.shape], full);
  if (truth.zeros !== undefined)
    for (const key of ['count', 'zeros', 'negatives', 'positives', 'nans', 'infs'] as const)
      assert.equal(found[key], truth[key] ?? 0, `${key} of ${full}`);
  for (const [key, value] of [
    ['min', truth.min],
    ['max', truth.max],
    ['mean', truth.mean],
    ['norm', truth.l2],
  ] as const)
    if (typeof value === 'number') assertClose(found[key], value, { scale: found, what: `${key} of ${full}` });
}

/** Compares to 6 digits of the largest number in the tensor, because sums may cancel. */
function assertClose(
  found: number,
  expected: number,
  { scale, what }: { scale: { min: number; max: number }; what: string },
): void {
  const sizes = [expected, scale.min, scale.max].filter(Number.isFinite).map(Math.abs);
  const tolerance = 1e-6 * Math.max(...sizes, 1e-6);
  assert.ok(Math.abs(found - expected) <= tolerance, `${what} is ${found}, not ${expected}`);
}

/** Finds each tensor by its name, or by its bytes, because readers of Keras have other names. Checks the bytes. */
async function namesOf(reader: CheckpointReader, { tensors, notes = '' }: Truth): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const { name } of reader.tensors)
    hashes.set(
      name,
      createHash('sha256')
        .update(await reader.bytes(name))
        .digest('hex'),
    );
  const names = new Map<string, string>();
  for (const [full, { sha256, shape }] of Object.entries(tensors)) {
    const named = find(reader.tensors, full)?.name;
    const isSame = ({ name, shape: ours }: StoredTensor) =>
      hashes.get(name) === sha256 && ours.join() === shape.join() && ![...names.values()].includes(name);
    const name = named ?? reader.tensors.find(isSame)?.name;
    if (name === undefined) continue;
    if (sha256 !== undefined && !notes.includes('tolerance'))
      assert.equal(hashes.get(name), sha256, `the bytes of ${full}`);
    names.set(full, name);
  }
  return names;
}

/** Checks the layers. Masks in a separate file belong to the tests of that. */
function checkLayers(inspection: Inspection, { layers, masks }: Truth): void {
  const found = new Map(
    inspection.layers.map(({ name, kept, positive, negative }) => [name, { kept, positive, negative }]),
  );
  for (const { layer, kept, positive, negative } of layers ?? [])
    assert.deepEqual(found.get(layer), { kept, positive, negative }, layer);
  if (layers) assert.equal(inspection.layers.length, layers.length);
  if (!masks || masks.convention.startsWith('separate')) return;
  for (const { layer, kept, s_positive: positive, s_negative: negative } of masks.layers)
    assert.deepEqual(found.get(layer), { kept, positive, negative }, layer);
}
