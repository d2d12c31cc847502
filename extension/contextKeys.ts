import * as vscode from 'vscode';
import { nextStep, type NextStep } from '../engine/vocabulary/runStatus';
import type { Runs } from './runs';

/** Sets the context keys about runs. The `when` clauses of the manifest use them. */
export function keepContextKeys(runs: Runs): vscode.Disposable {
  const current = new Map<string, boolean>();
  const setKey = (key: string, value: boolean) => {
    if (current.get(key) === value) return;
    current.set(key, value);
    void vscode.commands.executeCommand('setContext', `winningSign.${key}`, value);
  };
  const some = (step: NextStep) => runs.all((run) => nextStep(run) === step).length > 0;
  return runs.onDidSettle(() => {
    setKey('hasRuns', runs.all().length > 0);
    setKey('hasStoppable', some('stop'));
    setKey('hasResumable', some('resume'));
    setKey(
      'hasCheckpoints',
      runs.all().some((run) => run.rounds.length > 0),
    );
  });
}
