/** Replaces the API of VS Code in a page that loads the bundle of the panel. */
import { FakeHost } from './fakeHost';
import { setTheme } from './panel';
import { searchRun } from './world/runs';
import { answersOf } from './world/world';

setTheme('dark');
const run = searchRun('aws', 1);
const host = new FakeHost({ view: 'run', directory: run.directory }, answersOf([run]));
Object.assign(window, { acquireVsCodeApi: () => host });
