/**
 * The engine as a server over node IPC. It checks requests, inspects, compares, follows runs, and starts detached runners. It does not
 * train.
 */
import './signals'; // first; the server ignores the signals of schedulers
import { existsSync } from 'node:fs';
import { createConnection, ErrorCodes, ResponseError, type CancellationToken } from 'vscode-languageserver';
import { createProtocolConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-languageserver-protocol/node';
import { roundOf } from './checkpoints/metadata';
import { fileAtRevision, revisionsOf } from './checkpoints/revision';
import { getDataset } from './datasets/get/get';
import { installTensorFlow, planTensorFlow, uninstallTensorFlow } from './install/install';
import { FileError, UserError } from './errors';
import { examineWith } from './examine';
import { allWritten, countOutgoing } from './outgoing';
import { compareCheckpoints } from './inspection/compare';
import { describeCheckpoint } from './inspection/describe';
import { inspect } from './inspection/inspect';
import { measureMarginals } from './inspection/marginals';
import { compareMatrix } from './inspection/matrix';
import { drawPicture } from './inspection/picture';
import { measureSeries } from './inspection/series';
import { seriesFiles } from './inspection/seriesFiles';
import type { ErrorDetails, Events, Params, RequestMethod, Result } from './protocol';
import type { CheckpointHeader } from './vocabulary/checkpoint';
import type { Started } from './vocabulary/runRequest';
import { evaluateApart, importApart } from './runs/apart';
import { checkpointLabel } from './runs/ancestry';
import { RunCatalogue } from './runs/catalogue';
import { exportWithFacts } from './runs/exportFacts';
import { CLI } from './runs/detached';
import { startRunner, stopRun } from './runs/launch';
import { describeApart } from './runs/describeNetwork';
import { annotateRun } from './runs/notes';
import { holderOf } from './runs/lockFile';
import { prepareRun } from './runs/prepare';
import { checkpointOfRound, directoryOf, INITIALIZATION, paths } from './runs/paths';
import { readRecord } from './runs/record';
import { writeReport } from './report/report';
import { StudyCatalogue } from './studies/catalogue';
import { mistakesInText } from './studies/check';
import { planApart, startStudy } from './studies/launch';
import { writeFigure } from './studies/figureFile';
import { studyStates, writeStudyReport, writeTables } from './studies/outputs';
import { readStudy } from './studies/studyFile';
import { listTemplates, newStudy } from './studies/templates/newStudy';

type Handlers = { [M in RequestMethod]: (params: Params<M>, signal: AbortSignal) => Promise<Result<M>> };

// The `createConnection` of vscode-languageserver/node would check every three seconds whether the parent is alive. Here the end of
// the channel reports it at once.
countOutgoing();
const connection = createConnection(
  (logger) => createProtocolConnection(new IPCMessageReader(process), new IPCMessageWriter(process), logger),
  { shutdownReceived: false, initialize: () => undefined, exit: (code) => process.exit(code) },
);

const catalogue = new RunCatalogue({
  onList: (change) => {
    notify('runs/changed', change);
    studies.runChanged(change.directory);
  },
  onRun: (delta) => {
    notify('run/changed', delta);
  },
});

const studies = new StudyCatalogue(catalogue, {
  onList: (change) => {
    notify('studies/changed', change);
  },
  onStudy: (delta) => {
    notify('study/changed', delta);
  },
  onError: (message) => {
    connection.console.error(message);
  },
  whenQuiet: allWritten,
});

const handlers: Handlers = {
  'runs/follow': async ({ folders }) => {
    const list = await catalogue.follow(folders);
    for (const { directory } of list.runs) studies.runChanged(directory);
    return list;
  },
  'run/snapshot': ({ directory }) => catalogue.snapshot(directory),
  'run/start': async ({ confirmed = false, ...request }, signal) => {
    const prepared = await prepareRun(request, confirmed, signal);
    return 'directory' in prepared ? startUnlessFinished(prepared.directory) : prepared;
  },
  'run/resume': async ({ directory }) => {
    await readRecord(directory);
    return startIn(directory);
  },
  'run/stop': ({ directory }) => stopRun(directory),
  'run/annotate': async ({ directory, change }) => {
    const notes = await annotateRun(directory, change);
    await catalogue.look(directory); // runs that have ended may not be watched
    return notes;
  },
  'run/file': async ({ directory }) => {
    await readRecord(directory);
    return { file: paths.record(directory) };
  },
  'run/held': ({ directory }) => Promise.resolve({ held: holderOf(directory) !== undefined }),
  'checkpoint/open': async ({ file }) => withRun(await describeCheckpoint(file)),
  'checkpoint/statistics': ({ file }) => inspect(file),
  'checkpoint/picture': drawPicture,
  'checkpoint/marginals': measureMarginals,
  'checkpoint/compare': ({ a, b, map }) => compareCheckpoints(a, b, { map }),
  'checkpoint/matrix': compareMatrix,
  'checkpoint/series': measureSeries,
  'checkpoint/seriesFiles': ({ targets }) => seriesFiles(targets),
  'checkpoint/revisions': ({ file }) => revisionsOf(file),
  'checkpoint/revision': async ({ file, revision }) => ({ file: await fileAtRevision(file, revision) }),
  'checkpoint/report': ({ files, out }) => writeReport(files, out),
  'checkpoint/export': (request) => exportWithFacts({ ...request, force: true }),
  'checkpoint/import': (request, signal) => importApart(request, { signal }),
  'checkpoint/evaluate': (request, signal) => evaluateApart(request, { signal }),
  'network/describe': ({ file }, signal) => describeApart(file, signal),
  'engine/doctor': (_, signal) => examineWith(CLI, { signal }),
  'backend/plan': ({ gpu }, signal) => planTensorFlow({ gpu }, signal),
  'backend/install': ({ plan }, signal) =>
    installTensorFlow(plan, {
      cli: CLI,
      signal,
      onProgress: (progress) => {
        notify('backend/progress', progress);
      },
    }),
  'backend/uninstall': async () => ({ removed: await uninstallTensorFlow() }),
  'dataset/get': ({ name, into }, signal) =>
    getDataset(name, {
      into,
      signal,
      onMessage: (message) => {
        notify('dataset/progress', { name, message });
      },
      onProgress: ({ file: message, fraction }) => {
        notify('dataset/progress', { name, message, fraction });
      },
    }),
  'studies/follow': ({ folders }) => studies.follow(folders),
  'study/snapshot': ({ file, once }) => studies.snapshot(file, once),
  'study/close': ({ file }) => {
    studies.close(file);
    return Promise.resolve({});
  },
  'study/templates': () => Promise.resolve(listTemplates()),
  'study/new': async (request) => ({ file: await newStudy(request) }),
  'study/check': ({ file, text }) => Promise.resolve({ problems: mistakesInText(file, text) }),
  'study/plan': planApart,
  'study/start': async ({ file, ...part }) => {
    const study = await readStudy(file);
    const started = await startStudy(study, part);
    await studies.refresh(study.file);
    return { file: study.file, ...started };
  },
  'study/stop': ({ file }) => studies.stop(file),
  'study/table': async ({ file, ...output }) => ({
    file: await writeTables(await studyStates(file), replacing(output)),
  }),
  'study/figure': async ({ file, ...output }) => writeFigure(await studyStates(file), replacing(output)),
  'study/report': async ({ file, ...output }) => ({
    file: await writeStudyReport(await studyStates(file), replacing(output)),
  }),
};

/** The user has confirmed that the file is replaced. */
function replacing<T extends { out: string }>(output: T): T & { force: true } {
  return { ...output, force: true };
}

async function startUnlessFinished(directory: string): Promise<Started> {
  const { status } = await catalogue.snapshot(directory);
  return status === 'done' || status === 'diverged' ? { directory, finished: status } : startIn(directory);
}

async function startIn(directory: string): Promise<{ directory: string }> {
  await startRunner(directory);
  await catalogue.scan();
  return { directory };
}

/** Adds to a header its label and the information in its run directory. */
async function withRun(described: Omit<CheckpointHeader, 'label' | 'run'>): Promise<CheckpointHeader> {
  const header = { ...described, label: checkpointLabel(described.file) };
  const directory = directoryOf(header.file);
  if (!existsSync(paths.record(directory))) return header;
  const { name } = await readRecord(directory);
  const round = roundOf(header.metadata);
  const initialization = ifThere(directory, INITIALIZATION);
  const previous = round ? ifThere(directory, checkpointOfRound(round - 1)) : undefined;
  return { ...header, run: { directory, name, round, initialization, previous } };
}

function ifThere(directory: string, checkpoint: string): string | undefined {
  const file = paths.checkpoint(directory, checkpoint);
  return existsSync(file) ? file : undefined;
}

function notify<E extends keyof Events>(event: E, params: Events[E]): void {
  void connection.sendNotification(event, params);
}

/**
 * Converts an error for the protocol. An expected error has its message and the problems of a file. Any other error is a bug and also
 * has its stack.
 */
function asResponseError(error: unknown): ResponseError<ErrorDetails | undefined> {
  if (error instanceof FileError) {
    const { message, file } = error;
    const problems = error.problems.map(({ window, ...problem }) => ({
      ...problem,
      message: window ?? problem.message,
    }));
    return new ResponseError(ErrorCodes.InvalidParams, message, { problems: { file, problems } });
  }
  if (error instanceof UserError) return new ResponseError(ErrorCodes.InvalidParams, error.inWindow, undefined);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return new ResponseError(ErrorCodes.InternalError, message, { stack });
}

for (const method of Object.keys(handlers) as RequestMethod[]) {
  const handler = handlers[method] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
  connection.onRequest(method, (params: unknown, token: CancellationToken) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => {
      abort.abort();
    });
    return handler(params, abort.signal).catch((error: unknown) => asResponseError(error));
  });
}
connection.onInitialize(() => ({ capabilities: {}, serverInfo: { name: 'winning-sign' } }));
connection.onShutdown(() => {
  studies.dispose();
  catalogue.dispose();
});
process.on('disconnect', () => process.exit(0));
connection.listen();
