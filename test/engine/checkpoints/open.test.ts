import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  readFileSync,
  truncateSync,
  copyFileSync,
  writeFileSync,
  openSync,
  ftruncateSync,
  writeSync,
  closeSync,
  mkdirSync,
} from 'node:fs';
import { openCheckpoint } from '../../../engine/checkpoints/open';
import { byName, readValues } from '../../../engine/checkpoints/reader';
import { UserError } from '../../../engine/errors';
import { inspect } from '../../../engine/inspection/inspect';
import { fixture, readJson, temporaryFolder } from '../../fixtures';

interface Entry {
  file: string;
  expect: 'open' | 'reject' | 'open_or_reject';
  reason: string;
  also_ok?: string;
  /** The tensors, or a text that describes them if there are too many to list. */
  tensors?: string | Tensors;
}

type Tensors = Record<string, { dtype: string; shape: number[]; sha256: string }>;

const SOUND = ['aws_state_f32', 'aws_state_f16', 'aws_state_bf16', 'dtypes', 'handmade_padded', 'sharded/model'].map(
  (name) => `safetensors/${name}.safetensors${name.startsWith('sharded') ? '.index.json' : ''}`,
);

describe('openCheckpoint', () => {
  const temporary = temporaryFolder();

  for (const file of SOUND) {
    it(`reads the bytes of every tensor of ${file}`, async () => {
      const { tensors, metadata } = readJson(`${file}.truth.json`) as {
        tensors: Tensors;
        metadata?: Record<string, string>;
      };
      await checkBytes(fixture(file), tensors);
      if (!metadata) return;
      const reader = await openCheckpoint(fixture(file));
      assert.deepEqual(reader.metadata, metadata);
      await reader.close();
    });
  }

  for (const entry of readJson('hostile/manifest.json') as Entry[]) {
    it(`hostile/${entry.file} (${entry.reason}): ${entry.expect}`, async () => {
      const file = fixture(`hostile/${entry.file}`);
      const { tensors } = entry;
      const before = process.memoryUsage().rss;
      const start = process.cpuUsage(); // of all threads; other work on the machine does not count
      const outcome = await outcomeOf(file);
      const allowed = entry.also_ok ? 'open_or_reject' : entry.expect;
      assert(allowed.split('_or_').includes(outcome), `${outcome}, not ${allowed}`);
      if (outcome === 'open' && typeof tensors === 'object') await checkBytes(file, tensors);
      const { user, system } = process.cpuUsage(start);
      assert(user + system < 2e6);
      assert(process.memoryUsage().rss - before < 512e6);
    }).timeout(10_000);
  }

  it('names the kind of a file that is not a checkpoint', async () => {
    const sentences: Record<string, RegExp> = {
      'misc/empty.safetensors': /is an empty file/,
      'misc/lfs_pointer.safetensors': /is a Git LFS pointer.*git lfs pull/,
      'misc/html.safetensors': /is an HTML page/,
      'misc/png.safetensors': /is a PNG image/,
      'misc/zeros.safetensors': /zero bytes/,
      'safetensors/index_missing/model.safetensors.index.json':
        /index\.json cannot be opened: .*nope\.safetensors cannot be read: there is no such file\./,
      'safetensors/duplicate_names.safetensors': /has "w" twice/,
    };
    for (const [file, sentence] of Object.entries(sentences)) {
      await assert.rejects(openCheckpoint(fixture(`hostile/${file}`)), { name: 'UserError', message: sentence });
    }
  });

  it('names a missing file in one line, because its name may come from another file', async () => {
    await assert.rejects(openCheckpoint(temporary('a\nb.bin')), {
      message: /a\\u000ab\.bin cannot be read: there is no/,
    });
  });

  it('refuses a folder and a missing file with a readable error', async () => {
    await assert.rejects(openCheckpoint(fixture('safetensors')), { name: 'UserError', message: /is a folder/ });
    await assert.rejects(openCheckpoint(temporary('none')), { name: 'UserError', message: /there is no such file/ });
  });

  it('refuses a file that is truncated at any length', async () => {
    const whole = fixture('safetensors/aws_state_f16.safetensors');
    const size = readFileSync(whole).length;
    const cut = temporary('cut.safetensors');
    for (const length of [0, 1, 7, 8, 9, 64, 1000, 5292, size >> 1, size - 30, size - 1]) {
      copyFileSync(whole, cut);
      truncateSync(cut, length);
      await assert.rejects(
        openCheckpoint(cut),
        (error: Error) => error instanceof UserError && error.message.startsWith(cut),
      );
    }
  });

  it('opens a file of 10 GB without reading it whole, and reads its last values', async () => {
    const file = temporary('large.safetensors');
    const count = 2.5e9;
    writeSparse(file, { shape: [count], end: 4 * count });
    const start = performance.now();
    const reader = await openCheckpoint(file);
    const last = await readValues(reader, reader.tensors[0]!, { from: count - 2 });
    await reader.close();
    assert.deepEqual([...last], [0, 1.5]);
    assert(performance.now() - start < 500);
  });

  it('refuses a header that would need much time or memory to parse', async () => {
    const file = temporary('slow.safetensors');
    for (const text of [`{"${'\\"'.repeat(5e6)}`, `{"a":${'['.repeat(1e7)}`, `{${'"a":{},'.repeat(1e6)}"b":{}}`]) {
      const header = Buffer.from(text);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      writeFileSync(file, Buffer.concat([length, header]));
      const start = performance.now();
      await assert.rejects(openCheckpoint(file), UserError);
      assert(performance.now() - start < 3000);
    }
  }).timeout(20_000);

  it('refuses an index that names itself, a folder or a file elsewhere', async () => {
    mkdirSync(temporary('folder'));
    for (const shard of ['folder', '.', '..', '', 'C:\\x', './x', '/etc/passwd']) {
      const index = temporary('model.safetensors.index.json');
      writeFileSync(index, JSON.stringify({ weight_map: { w: shard } }));
      await assert.rejects(openCheckpoint(index), UserError, shard);
    }
  });
});

async function outcomeOf(file: string): Promise<'open' | 'reject'> {
  try {
    const reader = await openCheckpoint(file);
    await reader.close();
    // `inspect` would fail for a mask that does not match its weight.
    if (!/mask_|bool_2/.test(file)) await inspect(file);
    return 'open';
  } catch (error) {
    assert(error instanceof UserError, String(error));
    assert(error.message.startsWith(file), error.message);
    assert(error.message.length < 1000);
    return 'reject';
  }
}

async function checkBytes(file: string, truth: Tensors): Promise<void> {
  const reader = await openCheckpoint(file);
  const stored = byName(reader.tensors);
  assert.equal(stored.size, Object.keys(truth).length);
  for (const [name, expected] of Object.entries(truth)) {
    const tensor = stored.get(name);
    assert.deepEqual([tensor?.dtype, tensor?.shape], [expected.dtype, expected.shape], name);
    const bytes = await reader.bytes(name);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), expected.sha256, name);
  }
  await reader.close();
}

/** Writes a sparse file, which needs almost no disk space. It has one F32 tensor `w` of zeros, whose last value is 1.5. */
function writeSparse(file: string, { shape, end }: { shape: number[]; end: number }): void {
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'F32', shape, data_offsets: [0, end] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const handle = openSync(file, 'w');
  writeSync(handle, Buffer.concat([length, header]));
  ftruncateSync(handle, 8 + header.length + end);
  writeSync(handle, Buffer.from(Float32Array.of(1.5).buffer), 0, 4, 8 + header.length + end - 4);
  closeSync(handle);
}
