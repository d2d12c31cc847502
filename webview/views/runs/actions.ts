/** What can be done with the selected runs: compare, connect, plot, star, tag and note. */
import type { ListedRun } from '../../../engine/protocol';
import { button, h, setText } from '../../dom';
import { plural } from '../../format';
import type { Host } from '../../host';

/** Returns the last checkpoint that a run has written. Connectivity runs write none. */
export function finalOf({ kind, rounds }: ListedRun): string | undefined {
  return kind === 'connectivity' ? undefined : rounds.at(-1)?.checkpoint;
}

interface Action {
  label: string;
  icon: string;
  /** Why the action is not possible with these runs, or undefined if it is. */
  reason: (runs: readonly ListedRun[], host: Host) => string | undefined;
  perform: (runs: readonly ListedRun[], host: Host) => void;
}

const finals = (runs: readonly ListedRun[]) => runs.flatMap((run) => finalOf(run) ?? []);

/** A key of these letters on a row does the same as the button. */
export const ACTIONS = {
  Enter: {
    label: 'Open',
    icon: 'graph',
    reason: (runs) => (runs.length === 0 ? 'Select a run.' : undefined),
    perform: (runs, host) => {
      for (const { directory } of runs.slice(0, MOST_PANELS)) host.act({ action: 'openRun', directory });
    },
  },
  c: {
    label: 'Compare',
    icon: 'diff',
    reason: (runs) => (finals(runs).length < 2 ? 'Select two or more runs that have checkpoints.' : undefined),
    perform: (runs, host) => {
      const files = finals(runs);
      if (files.length === 2) host.act({ action: 'compare', a: files[0]!, b: files[1]! });
      else host.act({ action: 'matrix', files });
    },
  },
  b: {
    label: 'Barrier',
    icon: 'graph-line',
    reason: (runs, { trusted }) => {
      if (!trusted) return 'The workspace is not trusted, so it cannot start runs.';
      return finals(runs).length === 2 && runs.length === 2 ? undefined : 'Select two runs that have checkpoints.';
    },
    perform: (runs, host) => {
      const [a, b] = finals(runs);
      if (a !== undefined && b !== undefined) host.act({ action: 'connectivity', a, b });
    },
  },
  s: {
    label: 'Star',
    icon: 'star-empty',
    reason: noted,
    perform: (runs, host) => {
      const star = runs.some(({ notes }) => !notes?.star);
      host.act({ action: 'star', directories: runs.map(({ directory }) => directory), star });
    },
  },
  t: {
    label: 'Tags',
    icon: 'tag',
    reason: noted,
    perform: (runs, host) => {
      host.act({ action: 'tag', directories: runs.map(({ directory }) => directory) });
    },
  },
  n: {
    label: 'Note',
    icon: 'note',
    reason: noted,
    perform: (runs, host) => {
      host.act({ action: 'note', directories: runs.map(({ directory }) => directory) });
    },
  },
} satisfies Record<string, Action>;

export type ActionKey = keyof typeof ACTIONS;

/** Greatest number of panels that are opened at once. */
const MOST_PANELS = 8;

function noted(runs: readonly ListedRun[], { trusted }: Host): string | undefined {
  if (!trusted) return 'The workspace is not trusted, so its runs cannot be changed.';
  return runs.length === 0 ? 'Select a run.' : undefined;
}

/** Performs the action of a key, unless it is not possible. Returns whether the key has an action. */
export function performKey(key: string, runs: readonly ListedRun[], host: Host): boolean {
  if (!Object.hasOwn(ACTIONS, key)) return false;
  const action: Action = ACTIONS[key as ActionKey];
  if (action.reason(runs, host) === undefined) action.perform(runs, host);
  return true;
}

/** The row of buttons. `show` enables those that are possible with the selected runs. */
export class ActionBar {
  readonly element: HTMLElement;
  readonly #count = h('span', { class: 'selected-count', role: 'status' });
  readonly #buttons: { made: HTMLButtonElement; action: Action; key: string }[];
  readonly #host: Host;
  #runs: readonly ListedRun[] = [];

  /** `more`: other controls of the selected runs, after the buttons that open panels. */
  constructor(host: Host, more: readonly HTMLElement[]) {
    this.#host = host;
    this.#buttons = Object.entries<Action>(ACTIONS).map(([key, action]) => {
      const press = () => {
        performKey(key, this.#runs, host);
      };
      return { key, action, made: button({ label: action.label, icon: action.icon, text: true, press }) };
    });
    const made = this.#buttons.map((one) => one.made);
    const label = { role: 'toolbar', 'aria-label': 'Selected runs' };
    this.element = h(
      'div',
      { class: 'run-actions', ...label },
      this.#count,
      ...made.slice(0, 3),
      ...more,
      ...made.slice(3),
    );
  }

  show(runs: readonly ListedRun[]): void {
    this.#runs = runs;
    setText(this.#count, runs.length === 0 ? 'Nothing selected' : `${plural(runs.length, 'run')} selected`);
    for (const { made, action, key } of this.#buttons) {
      const reason = action.reason(runs, this.#host);
      made.setAttribute('aria-disabled', String(reason !== undefined));
      made.title = reason ?? `${action.label} (${key === 'Enter' ? key : key.toUpperCase()})`;
    }
  }
}
