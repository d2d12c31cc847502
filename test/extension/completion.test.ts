/** Tests the schema of run files with VS Code's own JSON support: completion, and problems while typing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { getLanguageService, TextDocument, type JSONSchema } from 'vscode-json-languageservice';
import { MODELS } from '../../engine/vocabulary/modelSchemas';

const service = getLanguageService({});
const schema = JSON.parse(readFileSync('docs/run.schema.json', 'utf8')) as JSONSchema;
service.configure({ validate: true, schemas: [{ uri: 'test://run', fileMatch: ['*.sign.json'], schema }] });

function open(text: string) {
  const document = TextDocument.create('file:///a.sign.json', 'json', 1, text);
  return { document, json: service.parseJSONDocument(document) };
}

/** Returns the labels of the completions at the position of `|`. */
async function offered(text: string): Promise<string[]> {
  const { document, json } = open(text.replace('|', ''));
  const list = await service.doComplete(document, document.positionAt(text.indexOf('|')), json);
  return list!.items.map(({ label }) => label);
}

/** Returns the underlined text with its message. */
async function underlined(text: string): Promise<[string, string][]> {
  const { document, json } = open(text);
  const problems = await service.doValidation(document, json);
  return problems.map(({ range, message }) => [
    document.getText(range),
    typeof message === 'string' ? message : message.value,
  ]);
}

const NAMES = Object.keys(MODELS).map((name) => `"${name}"`);
const WITH_OPTIONS = Object.keys(MODELS).map((name) => `${name} with options`);

describe('A run file in the editor', () => {
  it('offers the names of networks, and networks with options', async () => {
    for (const text of ['{"model": |}', '{"model": "|"}', '{"model": "res|"}'])
      assert.deepEqual(await offered(text), [...NAMES, ...WITH_OPTIONS, 'own network'], text);
    assert.deepEqual(await offered('{"model": {"model": |}}'), [...NAMES, '"layers"']);
    assert.deepEqual(await offered('{"model": {"model": "|", "options": {}}}'), NAMES);
    assert.deepEqual(await offered('{"model": {|}}'), [
      'model',
      'options',
      'classes',
      'prunable',
      'path',
      'classifier',
    ]);
    assert.deepEqual(await offered('{"model": {"model": "layers", |}}'), ['path', 'classifier', 'classes', 'prunable']);
  });

  for (const [name, { options }] of Object.entries(MODELS))
    it(`offers only the options of ${name} in that network`, async () => {
      const known = Object.keys(options);
      assert.deepEqual(await offered(`{"model": {"model": "${name}", "options": {|}}}`), known);
      assert.deepEqual(await offered(`{"model": {"model": "${name}", "options": {"${known[0]![0]}|"}}}`), known);
    });

  it('offers the values of options', async () => {
    const stem = await offered('{"model": {"model": "resnet", "options": {"stem": |}}}');
    assert.deepEqual(stem, ['"cifar"', '"cifar-wide"', '"imagenet"']);
    assert.deepEqual(await offered('{"dataset": |}'), ['"sample"', 'some classes of the sample', 'images of your own']);
    assert.ok((await offered('{"dataset": {"format": "|"}}')).includes('"npz"'));
    assert.ok((await offered('{|}')).includes('dataSeed'));
  });

  const wrong: [fields: object, part: string, message: RegExp][] = [
    [{ model: 'resnet21' }, '"resnet21"', /Valid values: "resnet20", "convnet"/],
    [{ model: { model: 'resnet21' } }, '"resnet21"', /Unknown network\. The networks are resnet20, convnet/],
    [{ model: { model: 'resnet21', options: { width: 3 } } }, '"resnet21"', /Unknown network/],
    [{ model: { model: 'resnet20', options: { wdth: 3 } } }, '"wdth"', /wdth is not allowed/],
    [{ model: { model: 'mlp', options: { width: 3 } } }, '"width"', /width is not allowed/],
    [{ model: { model: 'resnet20', options: { width: 'x' } } }, '"x"', /Expected "integer"/],
    [{ model: { model: 'mlp', options: { hidden: [0] } } }, '0', /below the minimum of 1/],
    [{ model: { model: 'mlp', optins: {} } }, '"optins"', /optins is not allowed/],
    [{ model: 'mlp', dataset: 'sampel' }, '"sampel"', /Valid values: "sample"/],
    [{ model: 'mlp', dataset: { format: 'idxx', path: 'x' } }, '"idxx"', /Valid values: "idx", "cifar10"/],
    [{ model: 'mlp', schedule: { milestones: [1.5], factor: 0.1 } }, '1.5', /Expected "integer"/],
    [{ model: 'mlp', pruningFracton: 0.2 }, '"pruningFracton"', /pruningFracton is not allowed/],
  ];
  for (const [fields, part, message] of wrong)
    it(`has the problem at ${part} in ${JSON.stringify(fields)}`, async () => {
      const problems = await underlined(JSON.stringify({ method: 'aws', dataset: 'sample', ...fields }));
      assert.deepEqual(problems.map(([text]) => text), [part]); // prettier-ignore
      assert.match(problems[0]![1], message);
    });

  it('has no problem if it is valid', async () => {
    const models = Object.keys(MODELS).flatMap((name) => [name, { model: name }, { model: name, options: {} }]);
    for (const model of [...models, { model: 'resnet20', options: { width: 8 }, classes: 10 }])
      assert.deepEqual(await underlined(JSON.stringify({ method: 'aws', model, dataset: 'sample' })), []);
    const dataset = { format: 'npz', path: 'a.npz', train: { images: 'x', labels: 'y', rows: [0, 9] } };
    assert.deepEqual(await underlined(JSON.stringify({ method: 'aws', model: 'mlp', dataset })), []);
  });
});
