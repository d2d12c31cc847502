import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { describeCheckpoint } from '../../../engine/inspection/describe';
import { inspect } from '../../../engine/inspection/inspect';
import { makeReport, writeReport } from '../../../engine/report/report';
import { drawSigns } from '../../../engine/report/signPicture';
import type { StateDict } from '../../../engine/tensors';
import { fixture, temporaryFolder } from '../../fixtures';
import { npyArray, npz } from '../npy';
import { checkOutput } from '../outputSchema';
import { call } from '../reusedProcess';
import { cliJson } from '../process';

const AWS = fixture('safetensors/aws_state_f32.safetensors');
const OPTIONS = { version: '1.2.3', now: new Date('2026-11-28T12:00:00Z') };

describe('a report', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  /** A matrix of 2 × 2: kept +, kept −, pruned, kept +. */
  const write = async (name: string, values: number[], mask: number[]) => {
    mkdirSync(path.dirname(inFolder(name)), { recursive: true });
    const tensors: StateDict = new Map([
      ['fc.weight', { dtype: 'F32', shape: [2, 2], data: new Float32Array(values) }],
      ['fc.mask', { dtype: 'F32', shape: [2, 2], data: new Float32Array(mask) }],
      ['fc.bias', { dtype: 'F32', shape: [4], data: new Float32Array(4) }],
    ]);
    await writeSafetensors(inFolder(name), { tensors, metadata: { note: '<b>a & "b"</b>' } });
    return inFolder(name);
  };

  it('has the statistics of every layer, both denominators and the hash of the file', async () => {
    const page = await makeReport([AWS], OPTIONS);
    const { layers, sparsity } = await inspect(AWS);
    for (const { name, kept } of layers) assert.ok(page.includes(`>${name}<`) && page.includes(`>${kept}<`), name);
    assert.ok(page.includes(`${(100 * sparsity.all).toPrecision(3)} % of all parameters`));
    assert.ok(page.includes(createHash('sha256').update(readFileSync(AWS)).digest('hex')));
    assert.ok(page.includes('Made by Winning Sign 1.2.3 on 2026-11-28.'));
  });

  it('needs no script and nothing from elsewhere, and escapes what files say', async () => {
    const page = await makeReport([await write('<i>.safetensors', [1, -1, 1, 1], [1, 1, 0, 1])], OPTIONS);
    assert.doesNotMatch(page, /<script|https?:|<i>|<b>/);
    assert.ok(page.includes('&lt;i&gt;.safetensors') && page.includes('&lt;b&gt;a &amp; &quot;b&quot;&lt;/b&gt;'));
    const odd = await makeReport([fixture('cases/26-names/names.safetensors')], OPTIONS);
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(odd, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('has the colours of the system in a forced palette, and stronger ones if more contrast is wanted', async () => {
    const page = await makeReport([AWS], OPTIONS);
    assert.match(page, /@media \(forced-colors: active\) \{\s*:root \{ --text: CanvasText; --faint: CanvasText;/);
    assert.match(page, /@media \(prefers-contrast: more\) \{\s*:root \{ --text: #000; --faint: #000;/);
  });

  it('says that the sparsity of quantized layers is unknown', async () => {
    const page = await makeReport([fixture('gguf/quantized.gguf')], OPTIONS);
    assert.match(page, /prunable weights: sparsity unknown, because all layers are quantized\./);
    assert.doesNotMatch(page, /Dense:/);
  });

  it('says which masks and state dict it shows, what is not counted, and what is wrong', async () => {
    const model = fixture('pruning/open_lth/level_4/main/model_ep160_it0.pth');
    const masked = await makeReport([model], OPTIONS);
    assert.match(masked, /<td>masks from<\/td>\s*<td class="text"><code>[^<]*mask\.pth<\/code>/);
    assert.match(
      await makeReport([fixture('gguf/quantized.gguf')], OPTIONS),
      /Not counted: q6_k\.weight, which is Q6_K: its/,
    );
    const twoStates = await makeReport([fixture('pytorch/parameters_dataparallel.pt')], OPTIONS);
    assert.match(twoStates, /<td>state dict<\/td>\s*<td class="text"><code>model; the file also has ema<\/code>/);
    const archive = npz({ 'fc.weight': npyArray('<f4', [2, 2], Float32Array.of(1, 0, 2, 3)) });
    archive.writeUInt32LE(1, archive.lastIndexOf('fc.weight.npy') - 46 + 16); // the checksum
    for (const name of ['a.npz', 'b.npz']) writeFileSync(inFolder(name), archive);
    const damaged = await makeReport([inFolder('a.npz'), inFolder('b.npz')], OPTIONS);
    assert.equal(
      damaged.match(/Warning:<\/strong> Entry &quot;fc\.weight\.npy&quot; has a wrong checksum/g)?.length,
      2,
    );
    assert.equal(damaged.match(/Warning:<\/strong> [^<]*[ab]\.npz: Entry &quot;/g)?.length, 2);
  });

  it('draws orange for +, blue for −, and nothing where weights are pruned', async () => {
    const file = await write('a.safetensors', [1, -1, 1, 2], [1, 1, 0, 1]);
    const [layer] = (await describeCheckpoint(file)).layers;
    assert.ok(layer);
    const { data, width, height } = PNG.sync.read((await drawSigns(file, layer, 16)).png);
    assert.deepEqual([width, height], [2, 2]);
    const pixels = [0, 1, 2, 3].map((pixel) => [...data.subarray(4 * pixel, 4 * pixel + 4)]);
    assert.deepEqual([pixels[0], pixels[1], pixels[2]?.[3]], [[0xd9, 0x73, 0x0d, 255], [0x3b, 0x82, 0xf6, 255], 0]);
    const [mean] = [...PNG.sync.read((await drawSigns(file, layer, 1)).png).data.subarray(3, 4)];
    assert.equal(mean, Math.round(255 * Math.sqrt(Math.round((3 / 4) * 255) / 255)));
  });

  it('says what two files share, and shows a matrix for three', async () => {
    const files = await Promise.all([
      write('a/x.safetensors', [1, -1, 1, 2], [1, 1, 0, 1]),
      write('b/x.safetensors', [1, 1, 1, 2], [1, 1, 1, 0]),
      write('c/x.safetensors', [1, -1, 1, 2], [1, 1, 1, 1]),
    ]);
    const two = await makeReport(files.slice(0, 2), OPTIONS);
    assert.match(two, /a and b both keep 2 weights \(IoU 50\.0 %, by chance 60\.0 %, −0\.6 σ\); 50\.0 % of these/);
    const three = await makeReport(files, OPTIONS);
    const cells = [...three.matchAll(/<td>\s*([^<]*?)\s*<\/td>/g)].map(([, text]) => text).slice(0, 12);
    assert.deepEqual(cells, [
      ...['1. a', '–', '50.0 %', '100 %'],
      ...['2. b', '50.0 %', '–', '66.7 %'],
      ...['3. c', '75.0 %', '75.0 %', '–'],
    ]);
  });

  it('says in a matrix which files do not fit, and lists the warnings of pairs', async () => {
    const archive = npz({ 'other.weight': npyArray('<f4', [2, 2], Float32Array.of(1, 0, 2, 3)) });
    archive.writeUInt32LE(1, archive.lastIndexOf('other.weight.npy') - 46 + 16); // the checksum
    writeFileSync(inFolder('other.npz'), archive);
    const files = [
      await write('a.safetensors', [1, -1, 1, 2], [1, 1, 0, 1]),
      await write('b.safetensors', [1, -1, 1, 2], [1, 1, 0, 1]),
      inFolder('other.npz'),
    ];
    const page = await makeReport(files, OPTIONS);
    assert.equal(page.match(/<td>no match<\/td>/g)?.length, 4);
    assert.match(page, /Not compared: no layer in common: fc of A: there is no such layer in .*other\.npz/);
    assert.match(page, /<td>IoU|<td>100 %<\/td>\s*<td>60\.0 %<\/td>\s*<td>\+1\.7<\/td>/);
    assert.match(page, /Warning:<\/strong> [^<]*other\.npz: Entry &quot;other\.weight\.npy&quot; has a wrong checksum/);
    const two = await makeReport(files.slice(1), OPTIONS);
    assert.match(two, /The files cannot be compared: no layer in common/);
  });

  it('is written by the command line, which replaces a page only with --force', async () => {
    const out = inFolder('page.html');
    checkOutput('report', await cliJson('report', AWS, '--out', out));
    assert.ok(readFileSync(out, 'utf8').startsWith('<!doctype html>'));
    const { code, stderr } = await call('report', AWS, '--out', out);
    assert.deepEqual([code, stderr.includes('page.html exists. Name another page with --out')], [2, true]);
    writeFileSync(out, '');
    assert.equal((await call('report', AWS, '--out', out, '--force')).code, 0);
    assert.ok(readFileSync(out, 'utf8').length > 1000);
  });

  it('never replaces one of its checkpoints', async () => {
    const file = await write('a.safetensors', [1, -1, 1, 1], [1, 1, 0, 1]);
    const bytes = readFileSync(file);
    linkSync(file, inFolder('other name'));
    for (const force of [[], ['--force']]) {
      const { code, stderr } = await call('report', AWS, file, '--out', file, ...force);
      assert.deepEqual([code, stderr.includes('a.safetensors is one of the checkpoints')], [2, true]);
    }
    await assert.rejects(writeReport([file], inFolder('other name')), /is one of the checkpoints/);
    assert.deepEqual(readFileSync(file), bytes);
  });

  it('is refused with one sentence if the page cannot be written at this place', async () => {
    for (const [out, reason] of [
      [inFolder('missing/page.html'), /missing is not a folder\. Create this folder, or choose another file\.$/],
      [path.join(AWS, 'page.html'), /is not a folder\. Create this folder, or choose another file\.$/],
      [inFolder('.'), /is a folder\. Name the file of the page, for example .*report\.html\.$/],
      [inFolder(`${'x'.repeat(240)}.html`), /cannot be written: the name is too long\. Choose a shorter one\.$/],
    ] as const)
      await assert.rejects(writeReport([AWS], out), { name: 'UserError', message: reason });
    const { code, stderr } = await call('report', AWS, '--out', inFolder('missing/page.html'));
    assert.deepEqual([code, stderr.trim().split('\n').length], [2, 1]);
  });

  it('is not written if a file is not a checkpoint', async () => {
    copyFileSync(fixture('hostile/misc/html.safetensors'), inFolder('a.pt'));
    const { code } = await call('report', AWS, inFolder('a.pt'), '--out', inFolder('page.html'));
    assert.deepEqual([code, existsSync(inFolder('page.html'))], [2, false]);
  });
});
