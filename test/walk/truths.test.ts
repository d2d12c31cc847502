/** Every fixture with a truth beside it (FILE.truth.json, made by numpy) is inspected as the truth says. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { withCheckpoint } from '../../engine/checkpoints/open';
import type { CheckpointReader } from '../../engine/checkpoints/reader';
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
      for (const [full, tensor] of Object.entries(truth.tensors)) checkTensor(inspection, full, tensor);
      await withCheckpoint(inRoot(name), (reader) => checkBytes(reader, truth));
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

function checkTensor({ tensors, uncounted = [] }: Inspection, full: string, truth: TrueTensor): void {
  const found = find(tensors, full);
  if (!found && find(uncounted, full)) return; // it is listed
  assert.ok(found, `${full} is missing`);
  const { dtype, shape, count, zeros, negatives, positives, nans, infs } = found;
  assert.deepEqual(
    { dtype, shape, count, zeros, negatives, positives, nans, infs },
    {
      ...{ dtype: truth.dtype, shape: truth.shape, count: truth.count },
      ...{ zeros: truth.zeros, negatives: truth.negatives, positives: truth.positives },
      ...{ nans: truth.nans ?? 0, infs: truth.infs ?? 0 },
    },
    full,
  );
  for (const [key, value] of [
    ['min', truth.min],
    ['max', truth.max],
    ['mean', truth.mean],
    ['norm', truth.l2],
  ] as const)
    if (typeof value === 'number') assertClose(found[key], value, `${key} of ${full}`);
}

function assertClose(found: number, expected: number, what: string): void {
  if (Number.isNaN(expected)) return;
  const tolerance = 1e-6 * Math.max(Math.abs(expected), 1e-6);
  assert.ok(Math.abs(found - expected) <= tolerance, `${what} is ${found}, not ${expected}`);
}

async function checkBytes(reader: CheckpointReader, { tensors }: Truth): Promise<void> {
  for (const [full, { sha256 }] of Object.entries(tensors)) {
    const found = find(reader.tensors, full);
    if (!found || sha256 === undefined) continue;
    const bytes = await reader.bytes(found.name);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, `the bytes of ${full}`);
  }
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
