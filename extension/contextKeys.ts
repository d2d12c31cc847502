import * as vscode from 'vscode';
import { RESUMABLE, type Runs } from './runs';

/** What the `when` clauses of the manifest ask about runs. */
export function keepContextKeys(runs: Runs): vscode.Disposable {
  const told = new Map<string, boolean>();
  const tell = (key: string, value: boolean) => {
    if (told.get(key) === value) return;
    told.set(key, value);
    void vscode.commands.executeCommand('setContext', `winningSign.${key}`, value);
  };
  return runs.onDidChange(() => {
    tell('hasRuns', runs.all().length > 0);
    tell('hasActive', runs.all('running').length > 0);
    tell('hasResumable', runs.all(...RESUMABLE).length > 0);
    tell(
      'hasCheckpoints',
      runs.all().some((run) => run.rounds.length > 0),
    );
  });
}
