import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Comparison, Inspection } from '../../../engine/protocol';
import { fixture, temporaryFolder } from '../../fixtures';
import { call } from '../reusedProcess';
import { cli, writeData, writeRunFile, type Ended } from '../process';

const NAMES = fixture('cases/26-names/names.safetensors');
/** Control characters that clear the screen, print in red, hide the following text, and reverse its direction. */
const HOSTILE = '\x1b[2J\x1b[31m\x9b8m\u202e';

/**
 * Writes a copy of the file in which one tensor has a zero, because a classifier without zeros is not listed as a layer. Returns the path
 * of the copy.
 */
function withZero(copy: string, prefix: string): string {
  const bytes = readFileSync(NAMES);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets: [number, number] }>;
  const [
    ,
    {
      data_offsets: [begin],
    },
  ] = Object.entries(header).find(([name]) => name.startsWith(prefix))!;
  bytes.writeFloatLE(0, start + begin);
  writeFileSync(copy, bytes);
  return copy;
}

/** Asserts that the output has only printable characters and line ends. */
function assertPlain({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    const found = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u.exec(text);
    assert.ok(!found, JSON.stringify(text.slice(Math.max(0, (found?.index ?? 0) - 80)).slice(0, 200)));
  }
}

describe('names from files in the terminal', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  it('are printed with escaped control characters, and shortened if they are long', async () => {
    const inspected = await cli('inspect', withZero(inFolder('names.safetensors'), 'deep.'));
    assertPlain(inspected);
    assert.equal(inspected.code, 0);
    assert.match(inspected.stdout, /^blocks\.0\.\\u001b\[2J\\u001b\[31mattn /m);
    assert.match(inspected.stdout, /^deep\.deep[a-z.]*…[a-z.]*deep\.fc /m);
    assert.equal(inspected.stdout.trimEnd().split('\n').length, 4 + 14 + 3); // magnitudes, size, formats
    assert.ok(inspected.stdout.length < 4_000, `${inspected.stdout.length} characters`);
    const compared = await call('compare', NAMES, NAMES);
    assertPlain(compared);
    assert.ok(compared.stdout.length < 4_000, `${compared.stdout.length} characters`);
  });

  it('are unchanged in JSON', async () => {
    const header = JSON.parse(
      readFileSync(NAMES)
        .subarray(8, 8 + Number(readFileSync(NAMES).readBigUInt64LE()))
        .toString(),
    ) as object;
    const inspected = await call('inspect', NAMES, '--json');
    assertPlain(inspected);
    const { tensors } = JSON.parse(inspected.stdout) as Inspection;
    assert.deepEqual(new Set(tensors.map(({ name }) => name)), new Set(Object.keys(header)));
    const compared = JSON.parse((await call('compare', NAMES, NAMES, '--json')).stdout) as Comparison;
    assert.ok(compared.layers.some(({ name }) => name === 'line\nbreak'));
  });

  it('of runs, and of files in errors, are escaped too', async function () {
    if (process.platform === 'win32') this.skip(); // where no file has such a name
    await writeData(inFolder());
    const file = inFolder(`a${HOSTILE}.sign.json`);
    writeRunFile(file, { rounds: 1, warmupEpochs: 1 });
    const runs = [await cli('run', file), await call('runs', inFolder('.winning-sign'))];
    runs.push(await call('run', inFolder(`none${HOSTILE}.sign.json`)), await call(`verb${HOSTILE}`));
    runs.push(await call('run', file, `--o${HOSTILE}`), await call('run', file, '--set', `a${HOSTILE}=1`));
    runs.push(await call('inspect', inFolder(`none${HOSTILE}`), '--json'));
    runs.forEach(assertPlain);
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0, 2, 2, 2, 2, 2],
    );
    assert.match(runs[0]!.stdout, /a\\u001b\[2J\\u001b\[31m\\u009b8m\\u202e/);
  });

  it('of fields and arrays are escaped in errors', async () => {
    await writeData(inFolder());
    const images = `x${HOSTILE}`;
    for (const options of [
      { [HOSTILE]: 1 },
      { method: HOSTILE },
      { dataset: { format: 'safetensors', path: 'data.safetensors', train: { images, labels: 'y' } } },
      { model: { model: `mlp${HOSTILE}` } },
      { model: { model: 'mlp', options: { [HOSTILE]: 1 } } },
    ]) {
      writeRunFile(inFolder('a.sign.json'), options);
      const ended = await call('run', inFolder('a.sign.json'));
      assertPlain(ended);
      assert.equal(ended.code, 2);
    }
    writeFileSync(inFolder('a.sign.json'), `{"\\u001b[2J": 1, "method": "lrr"${HOSTILE}`);
    assertPlain(await call('run', inFolder('a.sign.json')));
  });
});
