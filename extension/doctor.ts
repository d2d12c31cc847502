import * as vscode from 'vscode';
import type { DoctorCheck } from '../engine/protocol';
import type { Services } from './services';
import { checksSentence } from './words';

/** Checks what training needs on this machine and writes the results to the log. Returns an empty list if the user cancels. */
export async function doctor({ engine, log }: Services): Promise<DoctorCheck[]> {
  const checking = {
    location: vscode.ProgressLocation.Notification,
    title: 'Checking this machine',
    cancellable: true,
  };
  const checks = await vscode.window.withProgress(checking, (_, token) =>
    engine.request('engine/doctor', {}, token).catch((error: unknown) => {
      if (token.isCancellationRequested) return undefined;
      throw error;
    }),
  );
  if (!checks) return [];
  for (const { name, ok, detail, remedy } of checks) {
    const line = `${name}: ${detail}${remedy && !ok ? ` ${remedy}` : ''}`;
    if (ok) log.info(line);
    else log.warn(line);
  }
  log.info(`Doctor: ${checksSentence(checks)}`);
  log.show(true);
  return checks;
}
