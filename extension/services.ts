import type * as vscode from 'vscode';
import type { Engine } from './engine';
import type { FileChoices } from './fileChoices';
import type { FileProblemsView } from './fileProblems';
import type { Panels } from './panel';
import type { Runs } from './runs';
import type { SeriesList } from './seriesList';
import type { Studies } from './studies';
import type { RunsView } from './tree/view';

/** The objects that commands use. `main.ts` constructs them once. */
export interface Services {
  engine: Engine;
  runs: Runs;
  studies: Studies;
  view: RunsView;
  series: SeriesList;
  panels: Panels;
  choices: FileChoices;
  fileProblems: FileProblemsView;
  log: vscode.LogOutputChannel;
}
