/** Compares the states of panels, and gives panels their titles. */
import * as path from 'node:path';
import type { PanelState } from '../webview/protocol';
import { pathKey } from './paths';

const STUDY_ENDING = '.study.json';

/** Returns a key that is equal for states with the same content, even if their paths are spelled differently. */
export function keyOf(state: PanelState): string {
  return JSON.stringify(state, (_, value: unknown) => (typeof value === 'string' ? pathKey(value) : value));
}

/** Replaces the path of a run directory by the engine's spelling of that path, because the engine's events use that spelling. */
export function withOwnPaths(state: PanelState, ownPath: (directory: string) => string): PanelState {
  if ('directory' in state) return { ...state, directory: ownPath(state.directory) };
  return 'directories' in state ? { ...state, directories: state.directories.map(ownPath) } : state;
}

/** Returns the checkpoints that a panel shows. */
export function filesOf(state: PanelState): string[] {
  if (state.view === 'checkpoint') return [state.file];
  if (state.view === 'matrix') return state.files;
  return state.view === 'compare' ? [state.a, state.b] : [];
}

/** Returns the title of a panel. For two checkpoints, it has their file names until the engine has sent their labels. */
export function titleOf(state: PanelState, nameOf: (directory: string) => string): string {
  switch (state.view) {
    case 'run':
      return nameOf(state.directory);
    case 'runs':
      return 'Runs';
    case 'checkpoint':
      return path.basename(state.file);
    case 'study':
      return path.basename(state.file, STUDY_ENDING);
    case 'flips':
      return `Sign flips: ${nameOf(state.directory)}`;
    case 'connectivity':
      return `Connectivity: ${state.directories.map(nameOf).join(', ')}`;
    case 'series': {
      const [first = ''] = state.targets;
      return `Series: ${state.targets.length === 1 ? path.basename(first) : `${state.targets.length} files`}`;
    }
    case 'matrix':
      return `Compare ${state.files.length} checkpoints`;
    case 'compare':
      return comparedTitle(path.basename(state.a), path.basename(state.b));
  }
}

/** Returns a title such as “aws/round-03 ↔ lrr/round-03”. */
export function comparedTitle(a: string, b: string): string {
  return `${a} ↔ ${b}`;
}
