/** Stands in for VS Code in a page that loads the panel's own bundle. */
import { FakeHost } from './fakeHost';
import { setTheme } from './panel';
import { searchRun } from './world/runs';
import { answersOf } from './world/world';

setTheme('dark');
const run = searchRun('aws', 1);
const host = new FakeHost({ view: 'run', directory: run.directory }, answersOf([run]));
Object.assign(window, { acquireVsCodeApi: () => host });
