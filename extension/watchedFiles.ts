import * as path from 'node:path';
import * as vscode from 'vscode';

/** What happened to a file. */
export type FileEvent = 'changed' | 'deleted';

/** A tool writes a file in several steps, each of which is an event. Only the last one is reported. */
const SETTLE_MS = 300;

/** Reports when one of these files is overwritten or deleted, until disposed. */
export function watchFiles(
  files: readonly string[],
  onEvent: (file: string, event: FileEvent) => void,
): vscode.Disposable {
  const timers = new Map<string, NodeJS.Timeout>();
  const watchers = files.map((file) => {
    const pattern = new vscode.RelativePattern(vscode.Uri.file(path.dirname(file)), globOf(path.basename(file)));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const report = (event: FileEvent) => {
      clearTimeout(timers.get(file));
      timers.set(
        file,
        setTimeout(() => {
          onEvent(file, event);
        }, SETTLE_MS),
      );
    };
    watcher.onDidChange(() => {
      report('changed');
    });
    watcher.onDidCreate(() => {
      report('changed');
    });
    watcher.onDidDelete(() => {
      report('deleted');
    });
    return watcher;
  });
  return vscode.Disposable.from(...watchers, {
    dispose: () => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  });
}

/** Returns a glob pattern that matches only this name. */
function globOf(name: string): string {
  return name.replace(/[[\]{}*?]/g, '[$&]');
}
