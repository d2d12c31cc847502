/** Runs that are started one after another, because all of them together would share one processor. */
import * as vscode from 'vscode';
import type { RunRequest, RunStatus } from '../engine/protocol';
import { UserError } from './errors';
import type { Services } from './services';

const START_ANYWAY = 'Start Anyway';

/**
 * Starts each run when the one before has ended. Returns the directories of the runs that have finished. A run that had finished before is
 * not measured again, so the same command continues after a cancel or after a closed window. Cancel stops the current run.
 */
export async function measureInTurn(
  services: Services,
  title: string,
  requests: readonly RunRequest[],
): Promise<string[]> {
  const options = { title, location: vscode.ProgressLocation.Notification, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const finished: string[] = [];
    let confirmed = false;
    for (const [place, request] of requests.entries()) {
      if (token.isCancellationRequested) break;
      progress.report({ message: `pair ${place + 1} of ${requests.length}` });
      let answer = await services.engine.request('run/start', { ...request, confirmed });
      if ('warnings' in answer) {
        if (!(await confirm(answer.warnings, answer.inferred))) break;
        confirmed = true;
        answer = await services.engine.request('run/start', { ...request, confirmed });
      }
      if (!('directory' in answer)) break;
      const { directory } = answer;
      const status = 'finished' in answer ? answer.finished : await untilEnded(services, directory, token);
      if (status === 'stopped') break;
      if (status === 'failed' || status === 'interrupted')
        throw new UserError(
          `Pair ${place + 1} of ${requests.length} was not measured: ${services.runs.get(directory)?.message ?? status} (${directory}). To measure the rest, run the command again.`,
        );
      finished.push(directory);
    }
    return finished;
  });
}

async function confirm(warnings: readonly string[], inferred: readonly string[] = []): Promise<boolean> {
  const detail = [...inferred, ...warnings].join('\n\n');
  return (
    (await vscode.window.showWarningMessage('Measure these pairs?', { modal: true, detail }, START_ANYWAY)) ===
    START_ANYWAY
  );
}

/** Resolves with the status of a run that was just started, when it has ended. Stops it if the user cancels. */
function untilEnded(
  { engine, runs }: Pick<Services, 'engine' | 'runs'>,
  directory: string,
  token: vscode.CancellationToken,
): Promise<RunStatus> {
  return new Promise((resolve, reject) => {
    const listening = vscode.Disposable.from(
      runs.onDidChange(({ directory: changed, before, after }) => {
        if (changed === directory && after && hasEnded(after.status, before?.status)) end(after.status);
      }),
      token.onCancellationRequested(() => {
        engine.request('run/stop', { directory }).catch(reject);
      }),
    );
    const end = (status: RunStatus) => {
      listening.dispose();
      resolve(status);
    };
    const now = runs.get(directory)?.status;
    if (now === 'done' || now === 'diverged') end(now);
  });
}

/** A run that is resumed is still listed with its old status, so a stop or an interruption counts only after it was running. */
function hasEnded(status: RunStatus, before: RunStatus | undefined): boolean {
  if (status === 'stopped' || status === 'interrupted') return before === 'running';
  return status !== 'running' && status !== 'waiting';
}
