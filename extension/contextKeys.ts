import * as vscode from 'vscode';
import { nextStep, type NextStep } from '../engine/vocabulary/runStatus';
import type { Runs } from './runs';

/** Sets the context keys about runs. The `when` clauses of the manifest use them. */
export function keepContextKeys(runs: Runs): vscode.Disposable {
  const told = new Map<string, boolean>();
  const tell = (key: string, value: boolean) => {
    if (told.get(key) === value) return;
    told.set(key, value);
    void vscode.commands.executeCommand('setContext', `winningSign.${key}`, value);
  };
  const some = (step: NextStep) => runs.all((run) => nextStep(run) === step).length > 0;
  return runs.onDidChange(() => {
    tell('hasRuns', runs.all().length > 0);
    tell('hasStoppable', some('stop'));
    tell('hasResumable', some('resume'));
    tell(
      'hasCheckpoints',
      runs.all().some((run) => run.rounds.length > 0),
    );
  });
}
