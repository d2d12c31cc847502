import * as vscode from 'vscode';
import { duplicateRun, openRunFile, otherSeed, revealRun, revealRunInOS } from './againCommands';
import { evaluateCheckpoint, exportCheckpoint, importCheckpoint } from './checkpointCommands';
import { openCheckpoint } from './checkpointEditor';
import { compare } from './compareCommand';
import { continueSearch } from './continueCommand';
import { getDataset } from './datasetCommand';
import { deleteRuns } from './deleteCommand';
import { doctor } from './doctor';
import { FileError, sentenceOf, UserError } from './errors';
import { openSeries, removeSeries } from './seriesCommand';
import { report } from './reportCommand';
import { compareRevision } from './revisionCommands';
import { showNetwork } from './networkCommand';
import { noteRun, starRun, tagRun } from './notesCommands';
import { newRun, openRun, resume, runFile, showFlips, stop } from './runCommands';
import type { Services } from './services';
import { barriers, lossSurface } from './severalCommands';
import { checkpointFor, directoryIn } from './subjects';
import { installTensorFlow, uninstallTensorFlow } from './tensorFlowCommands';
import { exportStudyFigure, saveStudyTable, studyReport } from './studies/exportCommands';
import { newStudy, openStudy, resumeStudy, retryStudy, runStudy, runStudyPart, stopStudy } from './studies/runCommands';
import { connectivity, transfer } from './ticketCommands';

/** Every command that the manifest declares. */
export type CommandId =
  | 'newRun'
  | 'runFile'
  | 'stop'
  | 'resume'
  | 'otherSeed'
  | 'duplicateRun'
  | 'openRunFile'
  | 'revealRun'
  | 'revealRunInOS'
  | 'deleteRuns'
  | 'transfer'
  | 'connectivity'
  | 'barriers'
  | 'lossSurface'
  | 'compare'
  | 'compareRevision'
  | 'report'
  | 'importCheckpoint'
  | 'exportCheckpoint'
  | 'evaluateCheckpoint'
  | 'continueSearch'
  | 'openSeries'
  | 'removeSeries'
  | 'openRun'
  | 'openRunsTable'
  | 'starRun'
  | 'tagRun'
  | 'noteRun'
  | 'openCheckpoint'
  | 'pickCheckpoint'
  | 'inspect'
  | 'showFlips'
  | 'installTensorFlow'
  | 'uninstallTensorFlow'
  | 'getDataset'
  | 'showNetwork'
  | 'newStudy'
  | 'runStudy'
  | 'runStudyPart'
  | 'stopStudy'
  | 'resumeStudy'
  | 'retryStudy'
  | 'openStudy'
  | 'saveStudyTable'
  | 'exportStudyFigure'
  | 'studyReport'
  | 'doctor'
  | 'showLog';

type Command = (services: Services, ...args: unknown[]) => unknown;

const COMMANDS: Record<CommandId, Command> = {
  newRun,
  runFile,
  stop,
  resume,
  otherSeed,
  duplicateRun,
  openRunFile,
  revealRun,
  revealRunInOS,
  deleteRuns,
  transfer,
  connectivity,
  barriers,
  lossSurface,
  compare,
  compareRevision,
  report,
  importCheckpoint,
  exportCheckpoint,
  evaluateCheckpoint,
  continueSearch,
  openSeries,
  removeSeries,
  openRun,
  openRunsTable: ({ panels }) => {
    panels.show({ view: 'runs' });
  },
  starRun,
  tagRun,
  noteRun,
  openCheckpoint: lookInto,
  pickCheckpoint: lookInto,
  inspect: lookInto,
  showFlips,
  installTensorFlow,
  uninstallTensorFlow,
  getDataset,
  showNetwork,
  newStudy,
  runStudy,
  runStudyPart,
  stopStudy,
  resumeStudy,
  retryStudy,
  openStudy,
  saveStudyTable,
  exportStudyFigure,
  studyReport,
  doctor,
  showLog: async ({ log, runs }, argument) => {
    const file = runs.get(directoryIn(argument) ?? '')?.log;
    if (file) await vscode.window.showTextDocument(vscode.Uri.file(file));
    else log.show();
  },
};

/** Opens a checkpoint: a row of the tree, a file of the explorer, or one that the user picks. */
async function lookInto({ runs }: Services, argument?: unknown): Promise<void> {
  const file = await checkpointFor(argument, runs, 'Open Checkpoint');
  if (file) await openCheckpoint(file);
}

/** Registers the commands. If a command throws, the user sees the error. */
export function registerCommands(services: Services): vscode.Disposable {
  const entries = Object.entries(COMMANDS);
  return vscode.Disposable.from(
    ...entries.map(([id, command]) =>
      vscode.commands.registerCommand(`winningSign.${id}`, async (...args: unknown[]) => {
        try {
          return await command(services, ...args);
        } catch (error) {
          void showError(error, services);
          return undefined;
        }
      }),
    ),
  );
}

async function showError(error: unknown, { log, fileProblems }: Services): Promise<void> {
  if (error instanceof FileError) return fileProblems.show(error.found);
  if (error instanceof UserError) {
    await vscode.window.showErrorMessage(error.message);
    return;
  }
  log.error(error instanceof Error ? error : String(error));
  if (await vscode.window.showErrorMessage(sentenceOf(error), 'Show Log')) log.show();
}
