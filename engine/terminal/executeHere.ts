/** Executes runs in this process, for the verbs of the command line. */
import { checkHere } from './checkHere';
import { holdingFiles, releaseFiles } from '../checkpoints/heldFiles';
import type { Dataset } from '../datasets/dataset';
import { executeRun } from '../execution/execute';
import { makeRun, type Draft } from '../runs/drafts';
import { readRun } from '../runs/list';
import { summaryWithPair } from '../runs/pairOfRun';
import { preflight, type Preflight } from '../runs/preflight';
import { readRecord } from '../runs/record';
import { onStopSignal } from '../signals';
import type { Outcome } from '../vocabulary/runStatus';
import { formatRun } from './format';
import { agreementWords } from './formatSigns';
import { writeMessage } from './output';
import { watchProgress } from './progress';
import { runDocument } from './runDocument';
import type { Arguments, Printed } from './verb';

/** Makes and checks a draft, makes the run if it does not exist, and executes the run. Reads its source checkpoints once. */
export function makeAndExecute(makeDraft: () => Promise<Draft>, args: Arguments): Promise<Printed> {
  return holdingFiles(async () => {
    const draft = await makeDraft();
    const found = await check(draft);
    if (!found) releaseFiles(); // the run exists, and may have read its sources already
    return execute(await makeRun(draft), args, found?.dataset);
  });
}

/** Checks a draft, makes the run if it does not exist, and returns its directory. */
export async function makeChecked(draft: Draft): Promise<string> {
  await check(draft);
  return makeRun(draft);
}

/** Checks a draft and prints what is notable about it. Returns undefined for a run that exists. */
async function check(draft: Draft): Promise<Preflight | undefined> {
  const found = await preflight(draft, { checkBackend: checkHere });
  if (found) [found.summary, ...found.inferred, ...found.notes, ...found.warnings].forEach(writeMessage);
  return found;
}

/** A second signal within this time is a copy of the first signal (for example from npx), not a second Ctrl-C. */
const ECHO_MS = 1_000;

/** Executes a run in this process and shows its progress. The first signal saves the state and stops. A second signal ends at once. */
export async function execute(directory: string, { json, flags }: Arguments, dataset?: Dataset): Promise<Printed> {
  const record = await readRecord(directory);
  const abort = new AbortController();
  let firstSignalAt = 0;
  const stop = () => {
    if (abort.signal.aborted) {
      if (Date.now() - firstSignalAt > ECHO_MS) process.exit(130);
      return;
    }
    firstSignalAt = Date.now();
    progress.onMessage('Stopping after the state is saved. Press Ctrl-C again to end at once.');
    abort.abort();
  };
  const progress = watchProgress({ directory, record, stream: json ? process.stderr : process.stdout });
  const ignoreSignals = onStopSignal(stop);
  try {
    const { onEvent, onMessage } = progress;
    const wait = flags['no-wait'] !== true;
    const { outcome, message } = await executeRun(directory, {
      signal: abort.signal,
      dataset,
      onEvent,
      onMessage,
      wait,
    });
    if (outcome === 'stopped' && message !== undefined) onMessage(message);
    return await report(directory, outcome);
  } finally {
    progress.end();
    ignoreSignals();
  }
}

async function report(directory: string, outcome: Outcome): Promise<Printed> {
  const { snapshot } = await readRun(directory);
  const summary = await summaryWithPair(snapshot);
  const signs = agreementWords(snapshot).map((sentence) => `  ${sentence}`);
  return { json: runDocument(summary, snapshot), text: [formatRun(summary), ...signs].join('\n'), outcome };
}
