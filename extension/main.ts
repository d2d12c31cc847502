import * as vscode from 'vscode';
import { CheckpointEditor } from './checkpointEditor';
import { registerCommands } from './commands';
import { keepContextKeys, keepStudyKeys } from './contextKeys';
import { Engine } from './engine';
import { FileChoices } from './fileChoices';
import { FileProblemsView } from './fileProblems';
import { HandMatches } from './handMatches';
import { Notices } from './notices';
import { Panels } from './panel';
import { Relay } from './relay';
import { Runs } from './runs';
import { SeriesList } from './seriesList';
import { StatusBar } from './statusBar';
import { Studies } from './studies';
import { StudyChecks } from './studies/checks';
import { StudyNotices } from './studies/notices';
import { StudyStatusBar } from './studies/statusBar';
import { RunsView } from './tree/view';

let engine: Engine | undefined;

/** Constructs all objects and connects them. The engine's process starts with the first request. */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(made: T): T => {
    context.subscriptions.push(made);
    return made;
  };
  const log = own(vscode.window.createOutputChannel('Winning Sign', { log: true }));
  engine = new Engine(context.asAbsolutePath('dist/engine/server.js'), log);
  const studies = own(new Studies(engine));
  const runs = own(new Runs(engine, studies));
  const series = own(new SeriesList(context.workspaceState));
  const view = own(new RunsView({ runs, series, engine }));
  const choices = new FileChoices(context.workspaceState);
  const panels = own(
    new Panels(context.extensionUri, {
      relay: new Relay(engine, runs),
      runs,
      engine,
      choices,
      matches: new HandMatches(context.workspaceState),
      memory: context.workspaceState,
    }),
  );
  const fileProblems = own(new FileProblemsView());
  own(new StatusBar(runs, studies));
  own(new StudyStatusBar(studies));
  own(new Notices(runs, log, studies));
  own(new StudyNotices(studies, engine));
  own(new StudyChecks(engine, fileProblems));
  own(keepContextKeys(runs));
  own(keepStudyKeys(studies));
  own(CheckpointEditor.register(panels));
  own(registerCommands({ engine, runs, studies, view, series, panels, choices, fileProblems, log }));
  Promise.all([runs.ready(), studies.ready()]).catch((error: unknown) => {
    log.error(error instanceof Error ? error : String(error));
  });
}

/** Ends the engine's server process when the window closes. Runs continue, because they are separate processes. */
export async function deactivate(): Promise<void> {
  await engine?.stop();
}
