import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { UserError } from '../../../engine/errors';
import { compareMatrix } from '../../../engine/inspection/matrix';
import type { ComparisonMatrix } from '../../../engine/protocol';
import { temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { call } from '../reusedProcess';
import { cliJson } from '../process';

describe('a matrix of checkpoints', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const write = async (name: string, values: number[], layer = 'fc', shape = [2, 2]) => {
    const mask = Float32Array.from(values, (value) => (value === 0 ? 0 : 1));
    const tensors = new Map([
      [`${layer}.weight`, { dtype: 'F32' as const, shape, data: Float32Array.from(values) }],
      [`${layer}.mask`, { dtype: 'F32' as const, shape, data: mask }],
    ]);
    await writeSafetensors(inFolder(name), { tensors, metadata: {} });
    return inFolder(name);
  };
  /** A and B share two of four kept weights, one of them with the same sign. C keeps everything. */
  const three = (): Promise<string[]> =>
    Promise.all([
      write('a.safetensors', [1, -1, 0, 2]),
      write('b.safetensors', [1, 1, 1, 0]),
      write('c.safetensors', [1, -1, 1, 2]),
    ]);

  it('has the overlap and the signs of every pair', async () => {
    const { files, pairs } = await compareMatrix({ files: await three() });
    assert.equal(files.length, 3);
    assert.deepEqual(
      pairs.map(({ a, b, layers, total }) => [a, b, layers, total?.iou, total?.signAgreement]),
      [
        [0, 1, 1, 0.5, 0.5],
        [0, 2, 1, 0.75, 1],
        [1, 2, 1, 0.75, 2 / 3],
      ],
    );
    const { pairs: row } = await compareMatrix({ files, row: 2 });
    assert.deepEqual(row, pairs.slice(1));
  });

  it('says in the cell why a pair cannot be compared, and compares the others', async () => {
    const files = await three();
    files.push(await write('other.safetensors', [1, 0, 2, 3], 'conv'), inFolder('broken.safetensors'));
    writeFileSync(files[4]!, 'no checkpoint');
    const { pairs } = await compareMatrix({ files });
    const reasonOf = (a: number, b: number) => pairs.find((pair) => pair.a === a && pair.b === b)?.reason;
    assert.match(reasonOf(0, 3)!, /^no layer in common: fc of A: there is no such layer in .*other\.safetensors$/);
    assert.match(reasonOf(0, 4)!, /broken\.safetensors/);
    assert.deepEqual([reasonOf(0, 1), pairs.length], [undefined, 10]);
    const matched = await compareMatrix({ files, maps: [{ a: files[0]!, b: files[3]!, map: [['fc', 'conv']] }] });
    assert.equal(matched.pairs.find(({ a, b }) => a === 0 && b === 3)?.total?.match, undefined);
    assert.equal(matched.pairs.find(({ a, b }) => a === 0 && b === 3)?.layers, 1);
  });

  it('refuses more checkpoints than a matrix can show', async () => {
    await assert.rejects(compareMatrix({ files: Array<string>(33).fill('x.pt') }), /at most 32\. Choose fewer/);
    for (const row of [-1, 0.5, 2])
      await assert.rejects(
        compareMatrix({ files: ['x.pt', 'y.pt'], row }),
        (error) => error instanceof UserError && error.message.includes('rows are from 0 to 1'),
      );
  });

  it('is printed by the command line, in the documented format', async () => {
    const files = [...(await three()), await write('other.safetensors', [1, 0, 2, 3], 'conv')];
    const { code, stdout } = await call('compare', ...files);
    assert.equal(code, 0);
    assert.match(stdout, /^2 b\.safetensors +50\.0 % +– +75\.0 % +no match$/m);
    assert.match(stdout, /^1 – 2 +50\.0 % +60\.0 % +−0\.6 +50\.0 % /m);
    assert.match(stdout, /^not compared: 1 – 4: no layer in common: fc of A/m);
    const matrix = await cliJson<ComparisonMatrix>('compare', ...files);
    checkOutput('matrix', matrix);
    assert.deepEqual(matrix.files, files);
    const refused = await call('compare', ...files, '--state-b', 'ema');
    assert.deepEqual(
      [refused.code, refused.stderr.includes('--state-b is for two checkpoints, but 4 are given')],
      [2, true],
    );
  });

  it('names each unreadable file once, compares the others and ends with exit code 2', async () => {
    const [a = '', b = '', c = ''] = await three();
    const broken = inFolder('broken.safetensors');
    writeFileSync(broken, 'no checkpoint');
    const files = [a, b, broken, c, inFolder('missing.pt')];
    const { code, stdout } = await call('compare', ...files);
    assert.equal(code, 2);
    assert.match(stdout, /^2 b\.safetensors +50\.0 % +– +unreadable +75\.0 % +unreadable$/m);
    assert.deepEqual(stdout.match(/^(unreadable|not compared): \S+/gm), ['unreadable: 3:', 'unreadable: 5:']);
    const json = await call('compare', ...files, '--json');
    const matrix = JSON.parse(json.stdout) as ComparisonMatrix;
    checkOutput('matrix', matrix);
    assert.deepEqual([json.code, matrix.unreadable?.map(({ place }) => place)], [2, [2, 4]]);
    const none = await call('compare', a, broken, inFolder('missing.pt'));
    assert.equal(none.code, 2);
    assert.match(none.stderr, /Fewer than two of the 3 checkpoints can be read: .*broken\.safetensors.*missing\.pt/);
  });

  it('is refused if no pair can be compared, and does not advise what was done', async () => {
    const files = [
      await write('a.safetensors', [1, 0, 2, 3]),
      await write('b.safetensors', [1, 0, 2, 3], 'conv'),
      await write('c.safetensors', [1, 0, 2, 3, 4, 5], 'head', [3, 2]),
    ];
    const all = await call('compare', ...files);
    assert.equal(all.code, 2);
    assert.match(all.stderr, /No two of the 3 checkpoints can be compared\. The first two: no layer in common/);
    const { code, stderr } = await call('compare', files[0]!, files[2]!, '--map', 'fc=head');
    assert.equal(code, 2);
    assert.match(stderr, /the shape is \[2, 2\], but that of head is \[3, 2\] in/);
    assert.match(stderr, /Match layers that have the same shape\.$/m);
    assert.doesNotMatch(stderr, /--map NAME/);
  });
});
