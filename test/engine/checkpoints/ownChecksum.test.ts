/** Tests that a wrong checksum of a checkpoint of Winning Sign is noticed by everything that reads the whole file. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { exportCheckpoint } from '../../../engine/checkpoints/export/export';
import { checksumOf, readNetworkState } from '../../../engine/checkpoints/state';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { inspect } from '../../../engine/inspection/inspect';
import type { HostTensor } from '../../../engine/tensors';
import { EXPORT_FORMS, type ExportForm } from '../../../engine/vocabulary/exportForms';
import { temporaryFolder } from '../../fixtures';

const FORMS = Object.keys(EXPORT_FORMS) as ExportForm[];

describe('the checksum of a checkpoint', () => {
  const inFolder = temporaryFolder();

  /** Writes a checkpoint, and one in which the last byte of `changed` differs. The large tensor is read in several pieces. */
  async function write(changed: string): Promise<{ good: string; bad: string }> {
    const weights = Float32Array.from({ length: 700_000 }, (_, i) => (i % 3) - 1);
    const tensors = new Map<string, HostTensor>([
      ['fc1.weight', { dtype: 'F32', shape: [700, 1000], data: weights }],
      ['fc1.mask', { dtype: 'U8', shape: [700, 1000], data: Uint8Array.from(weights, Math.abs) }],
      ['fc1.bias', { dtype: 'F32', shape: [700], data: new Float32Array(700).fill(0.5) }],
      ['bn.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(5n) }],
    ]);
    const metadata = { format: 'winning-sign 1', checksum: checksumOf(tensors) };
    const [good, bad] = [inFolder('good.safetensors'), inFolder('bad.safetensors')];
    await writeSafetensors(good, { tensors, metadata });
    const bytes = readFileSync(good);
    const start = 8 + Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<string, { data_offsets: number[] }>;
    bytes[start + header[changed]!.data_offsets[1]! - 1]! ^= 1;
    writeFileSync(bad, bytes);
    return { good, bad };
  }

  for (const changed of ['fc1.weight', 'fc1.mask', 'fc1.bias', 'bn.num_batches_tracked'])
    it(`is checked by inspect, compare and export (${changed})`, async () => {
      const { good, bad } = await write(changed);
      const fault = 'The file is corrupt (checksum mismatch), so its values may be damaged. Copy it again.';
      const ofBad = (warnings: readonly string[] = []) => warnings.filter((text) => text.includes(fault));
      assert.equal((await inspect(good)).warnings, undefined);
      assert.equal(ofBad((await inspect(bad)).warnings).length, 1);
      assert.equal((await compareCheckpoints(good, good)).warnings, undefined);
      const found = ofBad((await compareCheckpoints(good, bad)).warnings);
      assert.ok(found.length === 1 && found[0]!.startsWith(`${bad}: `), found.join());
      await assert.rejects(readNetworkState(bad), /checksum mismatch/);
      for (const form of FORMS) {
        const out = inFolder(`out-${form}${EXPORT_FORMS[form].ending}`);
        await assert.rejects(exportCheckpoint({ checkpoint: bad, form, out }), /bad.* is corrupt .*not exported/);
        assert.equal(existsSync(out), false);
      }
      assert.deepEqual((await exportCheckpoint({ checkpoint: good, form: 'npz' })).notes, []);
    });
});
