/** Compares a checkpoint with an earlier version of itself in Git. */
import * as vscode from 'vscode';
import type { Revision } from '../engine/protocol';
import { requireTrust } from './runCommands';
import type { Services } from './services';
import { checkpointFor, field } from './subjects';

/** Compares a checkpoint (B) with the same file in a Git revision (A). Asks for the file and the revision if they are missing. */
export async function compareRevision(services: Services, argument?: unknown): Promise<void> {
  requireTrust(); // git may run programs that the configuration of a repository names
  const title = 'Compare with Git Revision';
  const b = await checkpointFor(argument, services.runs, title);
  const revision = b && (field(argument, 'revision') ?? (await pickRevision(services, b, title)));
  if (!b || !revision) return;
  const progress = { location: vscode.ProgressLocation.Window, title: `Getting ${revision}` };
  const { file: a } = await vscode.window.withProgress(progress, () =>
    services.engine.request('checkpoint/revision', { file: b, revision }),
  );
  services.panels.show({ view: 'compare', a, b });
}

interface RevisionItem extends vscode.QuickPickItem {
  /** Undefined for the item `OTHER`, which lets the user type a commit, branch or tag. */
  commit?: string;
}

const OTHER: RevisionItem = { label: '$(edit) Another commit, branch or tag…', alwaysShow: true };

async function pickRevision({ engine }: Services, file: string, title: string): Promise<string | undefined> {
  const revisions = await engine.request('checkpoint/revisions', { file });
  const options = {
    title,
    placeHolder: 'Commits that changed this file',
    matchOnDescription: true,
    matchOnDetail: true,
  };
  const picked = await vscode.window.showQuickPick<RevisionItem>([...revisions.map(itemOf), OTHER], options);
  if (picked !== OTHER) return picked?.commit;
  return vscode.window.showInputBox({ title, prompt: 'A commit, branch or tag', placeHolder: 'HEAD~1' });
}

function itemOf({ commit, short, date, author, subject }: Revision): RevisionItem {
  const day = new Date(date).toLocaleDateString();
  return {
    label: `$(git-commit) ${subject}`,
    description: short,
    detail: `${author}, ${day}`,
    commit: short || commit,
  };
}
