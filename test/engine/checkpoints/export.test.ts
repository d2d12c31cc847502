/** Tests exported checkpoints by reading them again. `exportPyTorch.test.ts` reads them with PyTorch and NumPy. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportCheckpoint } from '../../../engine/checkpoints/export/export';
import { openCheckpoint } from '../../../engine/checkpoints/open';
import { readNetworkState } from '../../../engine/checkpoints/state';
import { defaultExportPath, EXPORT_FORMS, type ExportForm } from '../../../engine/vocabulary/exportForms';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { call } from '../reusedProcess';
import { cliJson } from '../process';

const FORMS = Object.keys(EXPORT_FORMS) as ExportForm[];
const OFFICIAL = 'pytorch/official_aws.pth.tar';
const SOURCES = [OFFICIAL, 'pytorch/turboprune.pt', 'pytorch/torch_prune_style.pt', 'aws/mixer_aws.pth.tar'];

/** Returns the dtype, shape and bytes of every tensor of the model. */
async function contentOf(file: string): Promise<Map<string, string>> {
  const reader = await openCheckpoint(file);
  const content = new Map<string, string>();
  for (const { name, dtype, shape, collection } of reader.tensors)
    if (collection === undefined)
      content.set(name, `${dtype} ${shape.join()} ${Buffer.from(await reader.bytes(name)).toString('hex')}`);
  await reader.close();
  return content;
}

describe('an exported checkpoint', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  const exported = async (source: string, form: ExportForm, name = `out${EXPORT_FORMS[form].ending}`) => {
    const request = { checkpoint: fixture(source), form, out: inFolder(name), force: true };
    return (await exportCheckpoint(request)).file;
  };

  for (const source of SOURCES)
    it(`has the same network in every form with masks (${source})`, async () => {
      const { state } = await readNetworkState(fixture(source));
      for (const form of FORMS.filter((name) => name !== 'folded')) {
        const { state: found } = await readNetworkState(await exported(source, form));
        assert.deepEqual(new Map([...found.tensors].sort()), new Map([...state.tensors].sort()), form);
        assert.deepEqual(new Map([...found.masks].sort()), new Map([...state.masks].sort()), form);
      }
    });

  it('has the bytes, dtypes and names of the source', async () => {
    for (const source of [
      'plain_state_dict.pt',
      'dtypes.pt',
      'dtypes_new.pt',
      'views.pt',
      'big_endian.pt',
      'odd_names.pt',
    ])
      for (const form of ['pth', 'safetensors'] as const)
        assert.deepEqual(
          await contentOf(await exported(`pytorch/${source}`, form)),
          await contentOf(fixture(`pytorch/${source}`)),
          `${source} as ${form}`,
        );
  });

  it('has weights that are multiplied by their masks, if they are folded', async () => {
    for (const source of SOURCES) {
      const { state } = await readNetworkState(fixture(source));
      const folded = await contentOf(await exported(source, 'folded'));
      assert.deepEqual([...folded.keys()].sort(), [...state.tensors.keys()].sort());
      for (const [layer, mask] of state.masks) {
        const { data } = state.tensors.get(`${layer}.weight`)!;
        const product = Float32Array.from(mask, (bit, i) => (bit ? Number(data[i]) : 0));
        const hex = Buffer.from(product.buffer).toString('hex');
        assert.equal(folded.get(`${layer}.weight`)?.split(' ')[2], hex, layer);
      }
    }
  });

  it('has exactly the bytes that PyTorch and NumPy have read', async () => {
    const hashes = readJson('pytorch/exports.json') as Record<string, Record<ExportForm, string>>;
    for (const [source, byForm] of Object.entries(hashes))
      for (const form of FORMS) {
        const request = { checkpoint: fixture(source), form, out: inFolder('out'), force: true };
        assert.equal((await exportCheckpoint(request)).sha256, byForm[form], `${source} as ${form}`);
      }
  });

  it('begins every storage of a .pth at a multiple of 64 bytes', async () => {
    const bytes = readFileSync(await exported(OFFICIAL, 'pth'));
    let count = 0;
    for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; count++) {
      const [size, name, extra] = [
        bytes.readUInt32LE(at + 18),
        bytes.readUInt16LE(at + 26),
        bytes.readUInt16LE(at + 28),
      ];
      const begin = at + 30 + name + extra;
      assert.equal(begin % 64, 0);
      at = begin + size;
    }
    assert.ok(count > 60, `${count} entries`);
  });

  it('shares the numbers of tied weights in a .pth', async () => {
    const source = 'cases/38-pth-strides/plain.pt';
    const reader = await openCheckpoint(await exported(source, 'pth'));
    await reader.close();
    const original = await openCheckpoint(fixture(source));
    await original.close();
    const tied = ({ tensors }: typeof reader) =>
      tensors.flatMap(({ name, tiedTo }) => (tiedTo ? [[name, tiedTo]] : []));
    assert.deepEqual(tied(reader), tied(original));
    assert.ok(tied(reader).length > 0);
  });

  it('keeps the metadata of a checkpoint of Winning Sign', async () => {
    const source = 'safetensors/aws_state_f32.safetensors';
    if (!existsSync(fixture(source))) return;
    const [{ metadata: there }, { metadata: here }] = [
      await readNetworkState(fixture(source)),
      await readNetworkState(await exported(source, 'safetensors')),
    ];
    assert.deepEqual(here, there);
  });

  it('replaces no file unless that is wanted, and never the checkpoint', async () => {
    const file = inFolder('r.pth');
    copyFileSync(fixture(OFFICIAL), file);
    writeFileSync(inFolder('old.pth'), 'old');
    symlinkSync(file, inFolder('link.pth'));
    const attempt = (out: string, force = true) =>
      exportCheckpoint({ checkpoint: file, form: 'pth', out: inFolder(out), force }).then(
        () => '',
        (error: unknown) => String(error),
      );
    assert.match(
      await attempt('old.pth', false),
      /old\.pth exists\. Name another file with --out, or replace it with --force\./,
    );
    assert.match(await attempt('r.pth'), /r\.pth is one of the checkpoints\. The file would replace it\./);
    assert.match(await attempt('link.pth'), /is one of the checkpoints/);
    assert.match(await attempt('none/x.pth'), /none is not a folder/);
    assert.match(await attempt('.'), /is a folder\. Name the file of the file|is a folder/);
    assert.equal(readFileSync(inFolder('old.pth'), 'utf8'), 'old');
    assert.equal(await attempt('old.pth'), '');
    assert.deepEqual(readdirSync(inFolder()).sort(), ['link.pth', 'old.pth', 'r.pth']);
  });

  it('is refused if the official code has no place for a mask, and nothing is written', async () => {
    const source = fixture('cases/01-bias-mask/pruned.safetensors');
    const { code, stderr } = await call('export', source, '--as', 'official', '--out', inFolder('x'));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /the official code has no mask for "\S+bias", only for weights of convolutions and linear layers\. Choose another form/,
    );
    assert.deepEqual(readdirSync(inFolder()), []);
  });

  it('is written by the verb export, which describes it in JSON', async () => {
    copyFileSync(fixture(OFFICIAL), inFolder('c.pth.tar'));
    const document = await cliJson<{ file: string; notes: string[] }>('export', inFolder('c.pth.tar'), '--as', 'npz');
    checkOutput('export', document);
    assert.equal(document.file, inFolder('c.npz'));
    assert.match(document.notes[0]!, /not exported, because it is not part of the model: "optimizer"\./);
    assert.match(
      (await call('export', inFolder('c.pth.tar'))).stderr,
      /--as is missing\. It must be one of safetensors, pth/,
    );
  });

  it('has the name of the checkpoint with another ending by default', () => {
    const names = (['pth', 'official', 'folded', 'safetensors'] as const).map((form) =>
      path.basename(defaultExportPath('/a.b/round-03.safetensors', form)),
    );
    assert.deepEqual(names, [
      'round-03.pth',
      'round-03.pth.tar',
      'round-03-folded.safetensors',
      'round-03-exported.safetensors',
    ]);
    assert.equal(defaultExportPath('c.pth.tar', 'pth'), 'c.pth');
  });
});
