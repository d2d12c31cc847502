import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import * as vscode from 'vscode';
import { opensByDefault } from '../../../extension/settings';

interface Manifest {
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    configuration: { properties: Record<string, Record<string, unknown>> };
    jsonValidation: { url: string }[];
    views: Record<string, { id: string }[]>;
    customEditors: { viewType: string; selector: { filenamePattern: string }[] }[];
    walkthroughs: { steps: { media: { svg: string }; description: string }[] }[];
    viewsWelcome: { contents: string }[];
  };
}

describe('The manifest', () => {
  const extension = vscode.extensions.getExtension('winning-sign.winning-sign')!;
  const { contributes } = extension.packageJSON as Manifest;
  const declared = contributes.commands.map(({ command }) => command);

  before(() => extension.activate());

  it('declares exactly the commands that are registered', async () => {
    const views = Object.values(contributes.views)
      .flat()
      .map(({ id }) => id); // VS Code adds commands of its own for each view
    const registered = (await vscode.commands.getCommands(true)).filter(
      (id) => id.startsWith('winningSign.') && !views.some((view) => id.startsWith(view)),
    );
    assert.deepEqual(registered.sort(), [...declared].sort());
  });

  it('names only declared commands in menus, welcome views and walkthroughs', () => {
    const inMenus = Object.values(contributes.menus)
      .flat()
      .map(({ command }) => command);
    const texts = [
      ...contributes.viewsWelcome.map(({ contents }) => contents),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description)),
    ];
    const inTexts = texts.flatMap((text) =>
      [...text.matchAll(/command:(winningSign\.\w+)/g)].map((match) => match[1]!),
    );
    assert.ok(inTexts.length > 0);
    for (const id of [...inMenus, ...inTexts]) assert.ok(declared.includes(id), `${id} is not declared`);
  });

  it('gives every setting a default that its own schema accepts', () => {
    for (const [name, { default: value, ...schema }] of Object.entries(contributes.configuration.properties)) {
      const { scope: _, markdownDescription: __, ...jsonSchema } = schema;
      assert.ok(new Ajv().validate(jsonSchema, value), `${name}: ${JSON.stringify(value)}`);
      assert.deepEqual(vscode.workspace.getConfiguration().inspect(name)?.defaultValue, value);
    }
  });

  it('names only files that are in the package', () => {
    const pictures = contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg));
    const files = [...pictures, ...contributes.jsonValidation.map(({ url }) => url)];
    for (const file of files) assert.ok(existsSync(path.join(extension.extensionPath, file)), file);
  });

  it('offers its commands for the same file names of checkpoints everywhere', () => {
    const patterns = Object.values(contributes.menus)
      .flat()
      .flatMap(({ when = '' }) => /resourceFilename =~ (\/.*safetensors.*?\$\/)/.exec(when)?.[1] ?? []);
    assert.ok(patterns.length >= 4);
    assert.equal(new Set(patterns).size, 1);
  });

  it('opens by default the same files that the extension opens by default', () => {
    const [own] = contributes.customEditors.filter(({ viewType }) => viewType === 'winningSign.checkpoint');
    const patterns = own!.selector.map(({ filenamePattern }) => filenamePattern);
    for (const pattern of patterns) assert.ok(opensByDefault(pattern.replace('*', '/study/model')), pattern);
    assert.deepEqual(patterns, ['*.safetensors', '*.pt', '*.pth', '*.pth.tar', '*.ckpt']);
    for (const other of ['/study/x.npz', '/study/model.bin', '/study/x.tar', '/study/model.safetensors.index.json'])
      assert.ok(!opensByDefault(other), other);
  });

  it('checks run files with the schema of the engine', async () => {
    const [shipped] = contributes.jsonValidation.map(({ url }) => path.join(extension.extensionPath, url));
    const own = path.join(extension.extensionPath, 'docs/run.schema.json');
    assert.equal(readFileSync(shipped!, 'utf8'), readFileSync(own, 'utf8'));
    const [folder] = vscode.workspace.workspaceFolders!;
    const file = vscode.Uri.joinPath(folder!.uri, 'misspelt.sign.json');
    await vscode.window.showTextDocument(file);
    const problems = await diagnosticsOf(file);
    assert.match(problems.map(({ message }) => message).join('\n'), /pruningFractoin/);
  });
});

/** Waits for the editor's own JSON support to find something. */
async function diagnosticsOf(file: vscode.Uri): Promise<vscode.Diagnostic[]> {
  const found = vscode.languages.getDiagnostics(file);
  if (found.length > 0) return found;
  return new Promise((resolve) => {
    const listening = vscode.languages.onDidChangeDiagnostics(() => {
      const later = vscode.languages.getDiagnostics(file);
      if (later.length === 0) return;
      listening.dispose();
      resolve(later);
    });
  });
}
