/**
 * The program `winning-sign`. It does everything that the command palette does, for terminals, clusters and scripts. With `--json` it
 * prints one JSON document.
 */
import { onSchedulerSignal } from './signals'; // first, so that nothing runs before it
import { checkEnvironment } from './environment';
import { command, keepForm, pathWord } from './commands';
import { FileError, MachineError, UserError } from './errors';
import { didYouMean } from './nearest';
import type { Outcome } from './vocabulary/runStatus';
import { problemsText } from './vocabulary/problems';
import { backendVerbs } from './terminal/backendVerbs';
import { benchVerb } from './terminal/bench';
import { datasetVerbs } from './terminal/datasetVerb';
import { demoVerb } from './terminal/demo';
import { evaluateVerb } from './terminal/evaluateVerb';
import { exportVerb } from './terminal/exportVerb';
import { importVerb } from './terminal/importVerb';
import { internalVerbs } from './terminal/internalVerbs';
import { lookVerbs } from './terminal/lookVerbs';
import { modelVerb } from './terminal/modelVerb';
import { noteVerb } from './terminal/noteVerb';
import { flush, writeLines, writeMessage } from './terminal/output';
import { runVerbs } from './terminal/runVerbs';
import { showVerb } from './terminal/showVerb';
import { studyVerbs } from './terminal/studyVerb';
import { helpOf, parseVerb, type Printed, type Verb } from './terminal/verb';

const VERBS: Record<string, Verb> = {
  ...runVerbs,
  note: noteVerb,
  show: showVerb,
  ...lookVerbs,
  evaluate: evaluateVerb,
  import: importVerb,
  export: exportVerb,
  model: modelVerb,
  ...backendVerbs,
  ...datasetVerbs,
  ...studyVerbs,
  bench: benchVerb,
  demo: demoVerb,
  ...internalVerbs,
};

const EXIT: Record<Outcome, number> = { done: 0, failed: 1, diverged: 3, stopped: 130 };
const EXIT_FAILED = 1;
const EXIT_BAD_INPUT = 2;

async function main([name, ...rest]: string[]): Promise<number> {
  if (name === 'help' && rest[0]) return main([rest[0], '--help']);
  if (name === undefined || isHelp(name) || name === 'help') return print(help());
  if (name === '--version') return print(process.env['WINNING_SIGN_VERSION'] ?? 'built from source');
  const json = rest.includes('--json');
  try {
    const verb = findVerb(name);
    if (rest.some(isHelp)) return print(helpOf(verb));
    checkEnvironment();
    keepForm();
    return finish(await verb.run(parseVerb(verb, rest)), json);
  } catch (error) {
    return fail(error, json);
  }
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h';
}

function findVerb(name: string): Verb {
  if (Object.hasOwn(VERBS, name)) return VERBS[name]!;
  throw new UserError(
    `unknown verb "${name}". The verbs are ${verbNames().join(', ')}.${didYouMean(name, verbNames())}`,
  );
}

function verbNames(): string[] {
  return Object.keys(VERBS).filter((name) => !VERBS[name]!.internal);
}

function help(): string {
  const spoken = Object.values(VERBS).filter(({ internal }) => !internal);
  const lines = spoken.map(({ usage, summary }) => `  ${usage}\n      ${summary.replaceAll('\n', '\n      ')}`);
  return [
    `usage: ${command()} VERB … [--json]`,
    '',
    ...lines,
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, 3 diverged, 130 stopped.',
  ].join('\n');
}

function finish({ json, text, outcome = 'done', isIncomplete = false }: Printed, asJson: boolean): number {
  print(asJson ? JSON.stringify(json, undefined, 2) : text); // `writeLines` escapes control characters as JSON does
  return isIncomplete ? EXIT_BAD_INPUT : EXIT[outcome];
}

function print(text: string): number {
  writeLines(process.stdout, text);
  return 0;
}

/**
 * Prints an error and returns the exit code. For an error of the user or the machine, prints the message; for a bug, prints the stack.
 */
function fail(error: unknown, json: boolean): number {
  const kind = error instanceof UserError ? 'input' : error instanceof MachineError ? 'machine' : 'bug';
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const problems = error instanceof FileError && error.problems.map((problem) => ({ file: error.file, ...problem }));
  const more = {
    ...(error instanceof UserError && error.inWindow !== message && { window: error.inWindow }),
    ...(error instanceof MachineError && error.code !== undefined && { code: error.code }),
    ...(problems && { problems }),
  };
  if (json) print(JSON.stringify({ error: { kind, message, ...more } }));
  if (kind === 'bug') writeLines(process.stderr, `winning-sign: ${stack ?? message}`);
  else if (error instanceof UserError && speaksInWindow()) writeMessage(`winning-sign: ${error.inWindow}`);
  else linesOf(error, message).forEach(writeMessage);
  return kind === 'input' ? EXIT_BAD_INPUT : EXIT_FAILED;
}

/** Whether VS Code shows what this process prints. */
function speaksInWindow(): boolean {
  return process.env['WINNING_SIGN_WORDS'] === 'window';
}

/**
 * Returns the lines that describe an error. Names a file below the working directory by its relative path, because terminals show a path
 * with a line number as a link.
 */
function linesOf(error: unknown, message: string): string[] {
  if (!(error instanceof FileError)) return [`winning-sign: ${message}`];
  const lines = error.problems.map((problem) => problemsText({ file: pathWord(error.file), problems: [problem] }));
  return lines.map((line, i) => (i === 0 ? `winning-sign: ${line}` : line));
}

// If the reader of the output ends early (`| head`, a closed terminal), that is not an error and must not end a run.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });

// Signals of schedulers end the process at once. A run sets its own listener, because it must save its state first.
onSchedulerSignal(() => process.exit(EXIT.stopped));

void main(process.argv.slice(2)).then(async (code) => {
  // Flushes first, because writing to a pipe is asynchronous. Exits explicitly, because worker threads of a backend would keep the
  // process alive.
  await flush(process.stdout);
  process.exit(code);
});
