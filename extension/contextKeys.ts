import * as vscode from 'vscode';
import { nextStep, type NextStep } from '../engine/vocabulary/runStatus';
import type { Runs } from './runs';
import type { Studies } from './studies';
import { canResume } from './studies/words';

/** Sets the context keys about runs. The `when` clauses of the manifest use them. */
export function keepContextKeys(runs: Runs): vscode.Disposable {
  const setKey = keySetter();
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

/** Sets the context keys about studies. */
export function keepStudyKeys(studies: Pick<Studies, 'all' | 'onDidChange'>): vscode.Disposable {
  const setKey = keySetter();
  return studies.onDidChange(() => {
    setKey('hasStudies', studies.all().length > 0);
    setKey('hasRunningStudy', studies.all(({ executing }) => executing).length > 0);
    setKey('hasResumableStudy', studies.all(canResume).length > 0);
  });
}

/** Returns a function that sets a key if its value has changed. */
function keySetter(): (key: string, value: boolean) => void {
  const current = new Map<string, boolean>();
  return (key, value) => {
    if (current.get(key) === value) return;
    current.set(key, value);
    void vscode.commands.executeCommand('setContext', `winningSign.${key}`, value);
  };
}
