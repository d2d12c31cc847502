import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { writeFigure, type FigureRequest } from '../../../engine/studies/figureFile';
import { studyStates, type StudyStates } from '../../../engine/studies/outputs';
import { rasterOf } from '../../../engine/studies/raster';
import { temporaryFolder } from '../../fixtures';
import { makeEndedStudy } from './manyRuns';

const STUDY = {
  question: 'Which ψ?',
  options: { model: 'mlp', dataset: 'sample', rounds: 3, pruningFraction: 0.5 },
  axes: { method: ['lrr', 'aws'], round: 'all' },
  nodes: { search: { run: 'search', over: ['method'] } },
  results: { accuracy: { of: 'search', measure: 'accuracy', rows: ['round'], columns: 'method' } },
};

/** Returns the chunks of a PNG in order. */
function chunksOf(png: Buffer): { type: string; data: Buffer }[] {
  const chunks = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
  }
  return chunks;
}

/** Returns the number of pixels that are darker than middle grey. pngjs checks the checksum of each chunk. */
function inkOf(png: Uint8Array): number {
  const { data } = PNG.sync.read(Buffer.from(png));
  let ink = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at]! + data[at + 1]! + data[at + 2]! < 3 * 128) ink++;
  return ink;
}

describe('figures as PNG', function () {
  this.timeout(60_000); // the renderer compiles its program once
  const temporary = temporaryFolder();
  let states: StudyStates;

  async function figureOf(request: Omit<FigureRequest, 'force'>): Promise<Buffer> {
    states = await statesOf(STUDY);
    return readFileSync((await writeFigure(states, { ...request, force: true })).file);
  }

  async function statesOf(study: object): Promise<StudyStates> {
    const file = temporary('small.study.json');
    await makeEndedStudy(file, study);
    return studyStates(file);
  }

  it('have millimetres times resolution as pixels, and say their resolution', async () => {
    for (const [width, height, dpi] of [
      [84, 60, 300],
      [84, 60, 96],
      [180, 100, 600],
      [55, 71, 72],
    ] as const) {
      // prettier-ignore
      const png = await figureOf({ out: temporary('a.png'), width, height, dpi });
      const [head, physical] = chunksOf(png);
      const pixels = [head!.data.readUInt32BE(0), head!.data.readUInt32BE(4)];
      assert.deepEqual(
        pixels,
        [width, height].map((side) => Math.round((side / 25.4) * dpi)),
      );
      assert.deepEqual([head!.type, physical!.type, physical!.data[8]], ['IHDR', 'pHYs', 1]);
      assert.equal(physical!.data.readUInt32BE(0), Math.round(dpi / 0.0254));
    }
  });

  it('have the title and the source of the numbers inside', async () => {
    const png = await figureOf({ out: temporary('a.png') });
    const texts = chunksOf(png).filter(({ type }) => type.endsWith('Xt'));
    const [title, source] = texts;
    assert.deepEqual(
      texts.map(({ type }) => type),
      ['tEXt', 'iTXt'],
    );
    assert.match(title!.data.toString('latin1'), /^Title\0accuracy: test accuracy in percent, one run each$/);
    assert.match(
      source!.data.toString('utf8'),
      /^Description\0\0\0\0\0Which ψ\? Study small: 2 of 2 runs have ended\./,
    );
    assert.match(source!.data.toString('utf8'), /SHA-256 of the study, as JSON: [0-9a-f]{64}\..*Computed by wasm/);
  });

  it('show their texts', async () => {
    await figureOf({ out: temporary('a.svg') });
    const svg = readFileSync(temporary('a.svg'), 'utf8');
    const size = { width: 84, height: 60, dpi: 300, texts: {} };
    const [full, bare] = await Promise.all(
      [svg, svg.replace(/<text[^>]*>[^<]*<\/text>/g, '')].map(async (one) => inkOf((await rasterOf(one, size)).png)),
    );
    const letters = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!).join('').length;
    // a letter of 7 points at 300 dpi is about 29 pixels high, with strokes 3 pixels wide
    assert.ok(full! - bare! > 30 * letters, `${full} and ${bare} dark pixels for ${letters} letters`);
    assert.ok(bare! > 500);
  });

  it('are named by their format, which must agree with the ending', async () => {
    states = await statesOf(STUDY);
    const write = (request: FigureRequest) => writeFigure(states, request);
    await assert.rejects(write({ out: temporary('b.svg'), format: 'png' }), /b\.svg: the figure is written as PNG/);
    await assert.rejects(write({ out: temporary('b.PNG'), format: 'svg' }), /as SVG\. .* \.svg, or .* --format png/);
    await assert.rejects(
      write({ out: temporary('b.gif') }),
      /b\.gif: figures are SVG or PNG\. Name a file that ends with \.svg or \.png\.$/,
    );
    await assert.rejects(
      write({ out: temporary('b.gif'), format: 'png' }),
      /b\.gif: name a file that ends with \.png, the format of the figure\.$/,
    );
    const { file, pixels } = await write({ out: temporary('FIG.PNG'), dpi: 72 });
    assert.deepEqual([path.basename(file), pixels?.width, readFileSync(file)[1]], ['FIG.PNG', 238, 0x50]);
    assert.equal((await write({ out: temporary('FIG.SVG') })).pixels, undefined);
    await assert.rejects(write({ out: temporary('b.svg'), dpi: 300 }), /An SVG has no pixels/);
    await assert.rejects(
      write({ out: temporary('b.png'), dpi: 5 }),
      /The dpi of the figure is 5, but must be from 30 to 2400/,
    );
    await assert.rejects(
      write({ out: temporary('b.png'), width: 1000, dpi: 2400 }),
      /more than 50 million\. Lower the dots per inch or the width/,
    );
    assert.ok(!existsSync(temporary('b.png')));
  });

  it('are refused with characters that their font does not have', async () => {
    const axes = { ...STUDY.axes, method: undefined, 変種: ['lrr', 'aws'] };
    const nodes = { search: { run: 'search', over: ['変種'], set: { method: '$変種' } } };
    const results = { accuracy: { of: 'search', measure: 'accuracy', rows: ['変種'] } };
    const foreign = await statesOf({ ...STUDY, axes, nodes, results });
    await assert.rejects(
      writeFigure(foreign, { out: temporary('c.png') }),
      /has the character “変”.*Write the figure as SVG/,
    );
    assert.match((await writeFigure(foreign, { out: temporary('c.svg') })).file, /c\.svg$/);
    for (const character of ['①', '⇒', 'א'])
      await assert.rejects(
        rasterOf(`<svg>${character}</svg>`, { width: 84, height: 60, dpi: 72, texts: {} }),
        /Write the figure as SVG/,
        character,
      );
  });

  it('are the only ones that load the renderer', () => {
    const module = JSON.stringify(path.resolve(__dirname, '../../../engine/studies/figureFile.js'));
    const program = `require(${module}); console.log(Object.keys(require.cache).filter((name) => name.includes('resvg')).length)`;
    assert.equal(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }).trim(), '0');
  });
});
