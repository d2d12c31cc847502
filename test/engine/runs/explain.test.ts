/** Tests the messages about wrong options. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { FileError } from '../../../engine/errors';
import { checkOptions, type OptionsOrigin } from '../../../engine/runs/options';
import { checkReplaced } from '../../../engine/runs/overrides';
import { readRunFile } from '../../../engine/runs/runFile';
import { MODELS } from '../../../engine/vocabulary/modelSchemas';
import { RUN_SCHEMA } from '../../../engine/vocabulary/runSchema';
import { defaultsOf } from '../../../engine/vocabulary/schemaWords';
import { temporaryFolder } from '../../fixtures';

const NAMES = Object.keys(MODELS).map((name) => `"${name}"`);
const ANY_MODEL = `${NAMES.slice(0, -1).join(', ')} or ${NAMES.at(-1)!}`;
const ANY_TAG = `${NAMES.join(', ')} or "layers"`;
const MINIMAL = { method: 'aws', model: 'convnet', dataset: 'sample' };

function refusal(check: () => unknown): FileError {
  try {
    check();
  } catch (error) {
    assert.ok(error instanceof FileError, String(error));
    return error;
  }
  throw new Error('it was accepted');
}

function messages(fields: unknown, origin?: OptionsOrigin): string[] {
  return refusal(() => checkOptions(fields, 'a.sign.json', origin)).problems.map(({ message }) => message);
}

const cases: [object, string][] = [
  [{ pruningFracton: 0.3 }, 'Unknown field "pruningFracton". Did you mean "pruningFraction"?'],
  [{ lr: 0.3 }, 'Unknown field "lr". The fields here are method, model, dataset,'],
  [{ pruningFraction: 1.2 }, '"pruningFraction" must be greater than 0 and less than 1 (it is 1.2).'],
  [{ pruningFraction: 0 }, '"pruningFraction" must be greater than 0 and less than 1 (it is 0).'],
  [{ learningRate: -0.1 }, '"learningRate" must be greater than 0 (it is -0.1).'],
  [{ learningRate: Infinity }, '"learningRate" must be a number (it is Infinity).'],
  [{ momentum: 1 }, '"momentum" must be at least 0 and less than 1 (it is 1).'],
  [{ rounds: 0 }, '"rounds" must be from 1 to 200 (it is 0).'],
  [{ rounds: 1.5 }, '"rounds" must be a whole number (it is 1.5).'],
  [{ rounds: '3' }, '"rounds" must be a whole number (it is "3").'],
  [{ batchSize: 1 }, '"batchSize" must be at least 2 (it is 1).'],
  [{ method: 'asw' }, '"method" must be "dense", "one-shot", "imp", "lrr" or "aws" (it is "asw"). Did you mean "aws"?'],
  [{ optimizer: 'SGD' }, '"optimizer" must be "sgd" or "adam" (it is "SGD"). Did you mean "sgd"?'],
  [{ augmentation: true }, '"augmentation" must be an object (it is true).'],
  [{ augmentation: { crop: -1 } }, '"augmentation.crop" must be at least 0 (it is -1).'],
  [{ normalizationInterpolation: { lo: 0 } }, 'Unknown field "normalizationInterpolation.lo". Did you mean "low"?'],
  [
    { normalizationInterpolation: { low: 0.8, high: 0.2 } },
    '"normalizationInterpolation.low" is 0.8, which is above "high" (0.2). Swap them.',
  ],
  [{ schedule: 'stp' }, '"schedule" must be "constant", "step" or "cosine" (it is "stp"). Did you mean "step"?'],
  [{ schedule: 3 }, '"schedule" must be a text or an object (it is 3).'],
  [{ schedule: { factor: 0.1 } }, '"schedule.milestones" is missing. Add it.'],
  [{ schedule: { milestones: [1, 1.5], factor: 0.1 } }, '"schedule.milestones[1]" must be a whole number (it is 1.5).'],
  [
    { model: { model: 'mlp', prunable: 'offical' } },
    '"model.prunable" must be "default" or "official" (it is "offical"). Did you mean "official"?',
  ],
  [{ model: { model: 'mlp', prunable: 3 } }, '"model.prunable" must be a text or an object (it is 3).'],
  [
    { model: { model: 'mlp', prunable: { exlude: ['fc1'] } } },
    'Unknown field "model.prunable.exlude". Did you mean "exclude"?',
  ],
  [{ model: { model: 'mlp', prunable: { include: 'fc1' } } }, '"model.prunable.include" must be a list (it is "fc1").'],
  [{ model: { model: 'mlp', prunable: { exclude: [''] } } }, '"model.prunable.exclude[0]" is empty. Give it a value.'],
  [
    { model: { model: 'mlp', prunable: { rule: 'all' } } },
    '"model.prunable.rule" must be "default" or "official" (it is "all").',
  ],
  [{ dataset: 'mnist' }, '"dataset" must be "sample" (it is "mnist").'],
  [{ dataset: { format: 'idx' } }, '"dataset.path" is missing. Add it.'],
  [{ dataset: { format: 'idx', path: '' } }, '"dataset.path" is empty. Give it a value.'],
  [{ dataset: { format: 'idx', path: 'nowhere' } }, '"dataset.path" names '],
  [
    { dataset: { format: 'idx', path: '~/nowhere' } },
    'which does not exist (~ and variables are not expanded). Correct',
  ],
  [{ dataset: { format: 'idx', path: '${HOME}/nowhere' } }, '(~ and variables are not expanded). Correct the path.'],
  [
    { dataset: { format: 'npz', path: '.', train: { images: 'x', labels: 'y', rows: [1] } } },
    '"dataset.train.rows" must have at least 2 entries (it has 1).',
  ],
  [
    { dataset: { format: 'npz', path: '.', train: { images: 'x', labels: 'y', rows: [1, 2, 3] } } },
    '"dataset.train.rows" must have 2 entries (it has 3).',
  ],
  [{ model: 'resnet2O' }, '(it is "resnet2O"). Did you mean "resnet20"?'],
  [{ model: 'constructor' }, `"model" must be ${ANY_MODEL} (it is "constructor").`],
  [{ model: 3 }, '"model" must be a text or an object (it is 3).'],
  [{ model: {} }, '"model.model" is missing. Add it.'],
  [{ model: { modl: 'mlp' } }, 'Unknown field "model.modl". Did you mean "model"?'],
  [{ model: { model: 'resnet21' } }, `"model.model" must be ${ANY_TAG} (it is "resnet21"). Did you mean "resnet20"?`],
  [{ model: { model: 7 } }, `"model.model" must be ${ANY_TAG} (it is 7).`],
  [{ model: { model: 'resnet20', options: { wdth: 8 } } }, 'Unknown field "model.options.wdth". Did you mean "width"?'],
  [
    { model: { model: 'mlp', options: { width: 8 } } },
    'Unknown field "model.options.width". The fields here are hidden, batchNorm.',
  ],
  [
    { model: { model: 'resnet20', options: { width: 2.5 } } },
    '"model.options.width" must be a whole number (it is 2.5).',
  ],
  [
    { model: { model: 'convnet', options: { widths: [] } } },
    '"model.options.widths" must have at least 1 entry (it has 0).',
  ],
  [
    { model: { model: 'convnet', options: { widths: [8, 0] } } },
    '"model.options.widths[1]" must be at least 1 (it is 0).',
  ],
  [
    { model: { model: 'mlp', options: { batchNorm: 1 } } },
    '"model.options.batchNorm" must be true or false (it is 1).',
  ],
  [{ model: { model: 'resnet', options: { stem: 'cifer' } } }, '(it is "cifer"). Did you mean "cifar"?'],
  [{ model: { model: 'mixer', options: { expansionFactor: 0 } } }, 'must be greater than 0 (it is 0).'],
  [{ model: { model: 'layers' } }, '"model.path" is missing. Add it.'],
  [{ model: { model: 'layers', path: '' } }, '"model.path" is empty. Give it a value.'],
  [{ seed: -1 }, '"seed" must be from 0 to 4294967295 (it is -1).'],
];

describe('wrong options', () => {
  const inFolder = temporaryFolder();

  for (const [fields, expected] of cases)
    it(`give one sentence: ${JSON.stringify(fields)}`, () => {
      const found = messages({ ...MINIMAL, ...fields });
      assert.equal(found.length, 1, found.join('\n'));
      assert.ok(found[0]!.includes(expected), found[0]);
    });

  it('are named if they are missing or if the file has no options', () => {
    assert.deepEqual(messages({ method: 'aws', model: 'mlp' }), ['"dataset" is missing. Add it.']);
    assert.deepEqual(messages({ method: 'aws', model: 'mlp', datset: 'sample' }), [
      'Unknown field "datset". Did you mean "dataset"?',
    ]);
    assert.deepEqual(messages([1]), ['The whole must be an object (it is [1]).']);
  });

  it('are all reported together, in the order of the file, each with its range', async () => {
    const lines = [
      '{',
      '  "method": "asw",',
      '  "dataset": { "format": "idx", "path": "nowhere" },',
      '  "model": { "model": "resnet20", "options": { "wdth": 8 } },',
      '  "learningRate": -0.1,',
      '  "normalizationInterpolation": { "low": 1, "high": 0 }',
      '}',
    ];
    const file = inFolder('aws.sign.json');
    writeFileSync(file, lines.join('\n'));
    const found = await readRunFile(file);
    const { problems, message } = refusal(() => checkReplaced(found));
    const marked = problems.map(({ range }) => {
      assert.equal(range!.endLine, range!.line);
      return lines[range!.line - 1]!.slice(range!.column - 1, range!.endColumn - 1);
    });
    assert.deepEqual(marked, ['"asw"', '"nowhere"', '"wdth"', '-0.1', '1']);
    assert.equal(message.split('\n')[3], `${file}:5:19: "learningRate" must be greater than 0 (it is -0.1).`);
  });

  it('are reported at the object that lacks a field', async () => {
    const file = inFolder('aws.sign.json');
    writeFileSync(file, '\uFEFF{ "method": "aws", "model": "mlp",\n"dataset": { "format": "idx" } }');
    const found = await readRunFile(file);
    const { problems } = refusal(() => checkReplaced(found));
    assert.deepEqual(problems, [
      { message: '"dataset.path" is missing. Add it.', range: { line: 2, column: 12, endLine: 2, endColumn: 13 } },
    ]);
  });

  it('begin with --set if they come from the command line', async () => {
    const file = inFolder('aws.sign.json');
    writeFileSync(file, JSON.stringify({ ...MINIMAL, rounds: 0 }));
    const found = await readRunFile(file);
    const { message } = refusal(() => checkReplaced(found, { seed: -1, 'augmentation.crop': 'x' }));
    assert.deepEqual(message.replaceAll(file, 'FILE').split('\n'), [
      '--set: "augmentation.crop" must be a whole number (it is "x").',
      '--set: "seed" must be from 0 to 4294967295 (it is -1).',
      'FILE:1:63: "rounds" must be from 1 to 200 (it is 0).',
    ]);
  });
});

describe('the schema of options', () => {
  it('accepts its own defaults', () => {
    checkOptions({ ...MINIMAL, ...defaultsOf(RUN_SCHEMA.properties) }, 'a.sign.json');
    for (const [model, { options }] of Object.entries(MODELS)) {
      checkOptions({ ...MINIMAL, model: { model, options: defaultsOf(options) } }, 'a.sign.json');
      checkOptions({ ...MINIMAL, model }, 'a.sign.json');
    }
  });

  it('explains every field', () => {
    const undescribed: string[] = [];
    const visit = (name: string, schema: unknown) => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties = {}, ...parts } = schema as { properties?: Record<string, { description?: string }> };
      for (const [field, option] of Object.entries(properties)) {
        if (field !== '$schema' && !option.description?.endsWith('.')) undescribed.push(`${name}.${field}`);
        visit(`${name}.${field}`, option);
      }
      for (const [part, inner] of Object.entries(parts)) visit(`${name}/${part}`, inner);
    };
    visit('', RUN_SCHEMA);
    assert.deepEqual(undescribed, []);
  });
});
