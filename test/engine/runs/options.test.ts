import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { UserError } from '../../../engine/errors';
import { checkOptions, hashOptions } from '../../../engine/runs/options';
import { recordOf } from '../../../engine/runs/record';
import { readRunFile } from '../../../engine/runs/runFile';
import { temporaryFolder } from '../../fixtures';

const MINIMAL = { method: 'aws', model: 'convnet', dataset: 'sample' };

describe('run files', () => {
  const inFolder = temporaryFolder();

  it('get every default from the schema', () => {
    assert.deepEqual(checkOptions(MINIMAL, 'a.sign.json'), {
      ...MINIMAL,
      rounds: 15,
      pruningFraction: 0.2,
      warmupEpochs: 10,
      epochsPerRound: 10,
      rewindStep: 0,
      optimizer: 'sgd',
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 0.0005,
      schedule: 'step',
      batchSize: 128,
      augmentation: { crop: 0, flip: false },
      normalizationInterpolation: { low: 0, high: 1 },
      finalEpochs: 100,
      seed: 1,
      backend: 'auto',
    });
  });

  it('leave what they were given alone', () => {
    const input = { ...MINIMAL };
    checkOptions(input, 'a.sign.json');
    assert.deepEqual(input, MINIMAL);
  });

  const wrong: [string, object, RegExp][] = [
    [
      'a misspelt field',
      { pruningFracton: 0.3 },
      /a\.sign\.json: unknown field "pruningFracton"; did you mean "pruningFraction"\?/,
    ],
    ['a fraction of 1.2', { pruningFraction: 1.2 }, /a\.sign\.json: field "pruningFraction" is 1\.2; it must be < 1/],
    ['a fraction of 0', { pruningFraction: 0 }, /field "pruningFraction" is 0; it must be > 0/],
    ['a number beyond all', { learningRate: Infinity }, /field "learningRate" is Infinity; it must be of type number/],
    ['a text for a number', { rounds: '3' }, /field "rounds" is "3"; it must be of type integer/],
    ['an unknown method', { method: 'asw' }, /field "method" is "asw"; it must be one of dense, imp, lrr, aws/],
    ['an unknown dataset name', { dataset: 'mnist' }, /field "dataset" is "mnist"; as text it must be "sample"/],
    ['a dataset without a path', { dataset: { format: 'idx' } }, /field "dataset\.path" is missing/],
    [
      'a dataset that is not there',
      { dataset: { format: 'idx', path: 'nowhere' } },
      /field "dataset\.path" names .*nowhere, which does not exist/,
    ],
    [
      'a dataset in ~',
      { dataset: { format: 'idx', path: '~/nowhere' } },
      /which does not exist \(~ and variables are not expanded\)/,
    ],
    [
      'a dataset in a variable',
      { dataset: { format: 'idx', path: '${HOME}/nowhere' } },
      /which does not exist \(~ and variables are not expanded\)/,
    ],
    [
      'a nested misspelling',
      { normalizationInterpolation: { lo: 0 } },
      /unknown field "normalizationInterpolation\.lo"; did you mean "low"\?/,
    ],
    [
      'a range upside down',
      { normalizationInterpolation: { low: 0.8, high: 0.2 } },
      /"normalizationInterpolation\.low" is 0\.8, above its "high" of 0\.2/,
    ],
    [
      'a bad schedule',
      { schedule: { milestones: [1.5], factor: 0.1 } },
      /field "schedule\.milestones\.0" is 1\.5; it must be of type integer/,
    ],
  ];
  for (const [what, fields, sentence] of wrong)
    it(`name file and field of ${what}`, () => {
      assert.throws(
        () => checkOptions({ ...MINIMAL, ...fields }, 'a.sign.json'),
        (error) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, sentence);
          return true;
        },
      );
    });

  it('name a missing field, and a file that is no object', () => {
    assert.throws(() => checkOptions({ method: 'aws', model: 'mlp' }, 'a.sign.json'), /field "dataset" is missing/);
    assert.throws(() => checkOptions([1], 'a.sign.json'), /a\.sign\.json: .*must be of type object/);
  });

  it('are read with their name, and data paths relative to them', async () => {
    mkdirSync(inFolder('data'));
    writeFileSync(
      inFolder('my run.sign.json'),
      JSON.stringify({ ...MINIMAL, dataset: { format: 'idx', path: 'data' } }),
    );
    const { name, options } = await readRunFile(inFolder('my run.sign.json'));
    assert.equal(name, 'my run');
    assert.deepEqual(options.dataset, { format: 'idx', path: inFolder('data'), layout: 'NCHW' });
  });

  it('that are missing or no JSON give one sentence', async () => {
    await assert.rejects(readRunFile(inFolder('none.sign.json')), /none\.sign\.json: there is no such file/);
    writeFileSync(inFolder('bad.sign.json'), '{"method": ');
    await assert.rejects(readRunFile(inFolder('bad.sign.json')), /bad\.sign\.json: not valid JSON/);
    writeFileSync(inFolder('bad.sign.json'), '{\n  "method": "aws",\n  "seed": 1,,\n}');
    await assert.rejects(
      readRunFile(inFolder('bad.sign.json')),
      /bad\.sign\.json: not valid JSON at line 3, column 13 \([a-z ]+\)\.$/,
    );
    for (const [text, place] of [
      ['{"method": tru}', 'line 1, column 12'],
      ['{"seed":\nNone}', 'line 2, column 1'],
      ['{"a": 1} // no', 'line 1, column 10'],
    ] as const) {
      writeFileSync(inFolder('bad.sign.json'), text);
      await assert.rejects(readRunFile(inFolder('bad.sign.json')), (error) => String(error).includes(place));
    }
    writeFileSync(inFolder('bad.sign.json'), '\uFEFF{\n"a" 1}');
    await assert.rejects(readRunFile(inFolder('bad.sign.json')), /at line 2, column 5 /);
    writeFileSync(inFolder('bad.sign.json'), '['.repeat(200_000));
    await assert.rejects(readRunFile(inFolder('bad.sign.json')), /not valid JSON/);
    writeFileSync(inFolder('bom.sign.json'), '\uFEFF' + JSON.stringify(MINIMAL));
    assert.equal((await readRunFile(inFolder('bom.sign.json'))).name, 'bom');
  });
});

describe('the text of run files', () => {
  const inFolder = temporaryFolder();
  const refused = async (content: string | Buffer, message: RegExp) => {
    writeFileSync(inFolder('a.sign.json'), content);
    await assert.rejects(readRunFile(inFolder('a.sign.json')), (error: Error) => {
      assert.equal(error.name, 'UserError', error.stack);
      assert.match(error.message, message);
      return true;
    });
  };

  it('is refused where a field is given twice, with both lines', async () => {
    const { seed, ...rest } = { ...MINIMAL, seed: 1 };
    const [first] = JSON.stringify(rest).split('}');
    await refused(
      `${first},\n"seed":${seed},\n"seed":2}`,
      /a\.sign\.json: field "seed" is given twice, at line 2 and at line 3\./,
    );
    await refused(`${first},"se\\u0065d":1,"seed":2}`, /field "seed" is given twice, at line 1 and at line 1/);
    const nested = '"augmentation":{"crop":1,\n"flip":true,"crop":2}';
    await refused(`${first},${nested}}`, /field "crop" is given twice, at line 1 and at line 2/);
    await refused(`${first},"__proto__":1,"__proto__":2}`, /field "__proto__" is given twice/);
  });

  it('may have fields of the same name in different objects', async () => {
    const model = { model: 'mlp', options: { hidden: [4], model: 3 } };
    writeFileSync(inFolder('a.sign.json'), JSON.stringify({ ...MINIMAL, model }));
    assert.deepEqual((await readRunFile(inFolder('a.sign.json'))).options.model, model);
  });

  it('is refused in another encoding than UTF-8, which is named', async () => {
    const text = JSON.stringify(MINIMAL);
    const little = Buffer.from('\uFEFF' + text, 'utf16le');
    await refused(little, /a\.sign\.json: is encoded as UTF-16 \(little-endian\)\. Save it as UTF-8\./);
    await refused(Buffer.from(little).swap16(), /UTF-16 \(big-endian\)/);
    await refused(Buffer.from(text, 'utf16le'), /UTF-16 \(little-endian\)/);
    await refused(Buffer.from(text, 'utf16le').swap16(), /UTF-16 \(big-endian\)/);
    const wide = Buffer.from(Uint32Array.from(text, (letter) => letter.codePointAt(0)!).buffer);
    await refused(wide, /UTF-32/);
    await refused(Buffer.concat([Buffer.of(0xff, 0xfe, 0, 0), wide]), /UTF-32/);
    await refused(Buffer.from('{"method": "\xe9"}', 'latin1'), /is encoded as something other than UTF-8/);
  });
});

describe('hashOptions', () => {
  const options = checkOptions(MINIMAL, 'a.sign.json');

  it('does not depend on the order of fields, on the name, or on the backend', () => {
    const reversed = Object.fromEntries(Object.entries(options).reverse());
    assert.equal(hashOptions(reversed), hashOptions(options));
    assert.equal(hashOptions({ ...options, backend: 'wasm', name: 'x' }), hashOptions(options));
    assert.match(hashOptions(options), /^[0-9a-f]{16}$/);
  });

  it('depends on everything that decides the bytes', () => {
    assert.notEqual(hashOptions({ ...options, seed: 2 }), hashOptions(options));
    assert.notEqual(hashOptions(recordOf('x', { ...options, method: 'lrr' })), hashOptions(recordOf('x', options)));
    assert.notEqual(
      hashOptions({ ...options, normalizationInterpolation: { low: 0, high: 0.5 } }),
      hashOptions(options),
    );
  });
});
