/** Tests the files of a thread that waits for its reads. They are opened in a program of their own, because all reads of a process wait or none. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../fixtures';

/** Opens the checkpoint `argv[1]`. Prints the message of its error, and how often each file was opened and closed. */
const PROGRAM = `
const fs = require('node:fs');
const counts = {};
for (const name of ['openSync', 'closeSync']) {
  const original = fs[name];
  fs[name] = (...given) => {
    const result = original(...given);
    const file = name === 'openSync' ? result : given[0];
    (counts[file] ??= []).push(name);
    return result;
  };
}
require(${JSON.stringify(path.resolve('out/engine/checkpoints/file.js'))}).waitForReads();
const { withCheckpoint } = require(${JSON.stringify(path.resolve('out/engine/checkpoints/open.js'))});
withCheckpoint(process.argv[1], async () => 'opened').catch(({ message }) => message).then((message) =>
  console.log(JSON.stringify({ message, calls: Object.values(counts).map((calls) => calls.join(' ')) })),
);`;

describe('a thread that waits for its reads', () => {
  const inFolder = temporaryFolder();

  const open = async (file: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM, file]);
    return JSON.parse(stdout) as { message: string; calls: string[] };
  };

  it('closes each file once if a shard is missing, and names the shard', async () => {
    const file = inFolder('model.safetensors.index.json');
    writeFileSync(file, JSON.stringify({ weight_map: { weight: 'missing.safetensors' } }));
    const { message, calls } = await open(file);
    assert.match(message, /^.*model\.safetensors\.index\.json cannot be opened: .*missing\.safetensors/);
    assert.deepEqual(calls, ['openSync closeSync']);
  });

  it('closes each file once after use', async () => {
    const { message, calls } = await open(
      path.resolve('test/fixtures/safetensors/sharded/model.safetensors.index.json'),
    );
    assert.equal(message, 'opened');
    assert.ok(calls.length > 1);
    assert.deepEqual(
      [...new Set(calls.flatMap((each) => each.match(/openSync closeSync|\w+/g)!))],
      ['openSync closeSync'],
    );
  });
});
