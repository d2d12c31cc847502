/** Checks that messages which VS Code shows do not use words of the command line. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { FileError, UserError } from '../../engine/errors';
import { asUserError } from '../../engine/runs/prepare';
import { ChildError } from '../../engine/children';
import { start } from './process';

const ENGINE = path.resolve('engine');
/** Parts of the engine that speak only to a terminal, and those whose options are of other programs. */
const TERMINAL =
  /^(terminal\/|cli\.ts|commands\.ts|install\/|backends\/|calibration\/|examine\.ts|inspection\/mapNames\.ts|runs\/missingData\.ts)/;
const OTHER_PROGRAMS = /^(report\/style\.ts|studies\/slurm\/(script|queue|profile)\.ts|vocabulary\/slurmSchema\.ts)/;

/** Returns the texts of a file that name an option or a command, except those that are only for the terminal. */
function wordsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(ENGINE, file), 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText(source) === 'terminal') return;
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    const isCommand = ts.isCallExpression(node) && node.expression.getText(source) === 'command';
    if ((isText && /[\s(“]--[a-z]/.test(node.text)) || isCommand) found.push(`${file}: ${node.getText(source)}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('messages of the engine', () => {
  it('name options and commands of the command line only as advice for the terminal', () => {
    const files = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' })
      .map((file) => file.split(path.sep).join('/'))
      .filter((file) => file.endsWith('.ts') && !TERMINAL.test(file) && !OTHER_PROGRAMS.test(file));
    assert.ok(files.length > 300);
    assert.deepEqual(files.flatMap(wordsOf), []);
  });

  it('have the words of VS Code beside those of the terminal', () => {
    const advice = { terminal: 'Use --force.', window: 'Choose another file.' };
    const error = new UserError('a.svg exists.', { advice });
    assert.deepEqual(
      [error.message, error.inWindow],
      ['a.svg exists. Use --force.', 'a.svg exists. Choose another file.'],
    );
    const inFile = new FileError('a.json', [{ message: 'It is wrong.', advice }]);
    assert.deepEqual(
      [inFile.message, inFile.inWindow],
      ['a.json: It is wrong. Use --force.', 'a.json: It is wrong. Choose another file.'],
    );
    const [problem] = inFile.problems;
    assert.deepEqual(problem, { message: 'It is wrong. Use --force.', window: 'It is wrong. Choose another file.' });
  });

  it('are those of VS Code in a process that was started from there', async () => {
    const args = ['export', 'none.pth', '--as', 'pth', '--out', 'package.json'];
    const { stderr } = await start(args, { WINNING_SIGN_WORDS: 'window' }).ended;
    assert.match(stderr, /^winning-sign: .*package\.json exists\. Choose another file/);
  });

  it('keep both when a process prints them for the server', async () => {
    const { stdout, stderr } = await start(['export', 'none.pth', '--as', 'pth', '--out', 'package.json', '--json'])
      .ended;
    assert.match(stderr, /replace it with --force/);
    const passed = asUserError(new ChildError('winning-sign', { stdout, stderr }, false));
    assert.match(passed.message, /package\.json exists\. Choose another file/);
  });
});
