/** Mounts the view of a panel's state. */
import '@vscode/codicons/dist/codicon.css';
import './styles/page.css';
import './styles/parts.css';
import './styles/charts.css';
import './styles/lines.css';
import './styles/views.css';
import './styles/compare.css';
import './styles/matrix.css';
import './styles/overview.css';
import './styles/runs.css';
import './styles/study.css';
import { Disposables, type Disposable } from './dispose';
import { h } from './dom';
import type { Host } from './host';
import { fileNotice } from './parts/fileNotice';
import { hideTip } from './parts/tooltip';
import type { PanelState } from './protocol';
import { followTheme } from './theme';
import { mountCheckpoint } from './views/checkpoint/checkpoint';
import { mountCompare } from './views/compare/compare';
import { mountConnectivity } from './views/connectivity/connectivity';
import { mountFlips } from './views/flips';
import { mountMatrix } from './views/matrix/matrix';
import { mountRun } from './views/run/run';
import { mountRuns } from './views/runs/runs';
import { mountSeries } from './views/series/series';
import { mountStudy } from './views/study/study';
import type { ViewContext } from './views/view';

function mount(root: HTMLElement, state: PanelState, context: ViewContext): Disposable {
  switch (state.view) {
    case 'runs':
      return mountRuns(root, state, context);
    case 'run':
      return mountRun(root, state, context);
    case 'study':
      return mountStudy(root, state, context);
    case 'checkpoint':
      return mountCheckpoint(root, state, context);
    case 'flips':
      return mountFlips(root, state, context);
    case 'connectivity':
      return mountConnectivity(root, state, context);
    case 'series':
      return mountSeries(root, state, context);
    case 'matrix':
      return mountMatrix(root, state, context);
    case 'compare':
      return mountCompare(root, state, context);
  }
}

/** Shows the state that the extension sends, and replaces the view when another state arrives. */
function stateNow({ kept }: Host, state: PanelState): PanelState {
  if (!kept) return state;
  const { memory: _, ...now } = kept;
  return now;
}

export function startPanel(page: HTMLElement, host: Host): Disposable {
  const owned = new Disposables();
  owned.add(followTheme());
  let view: Disposable | undefined;
  owned.add({ dispose: () => view?.dispose() });
  let shown: PanelState | undefined;
  owned.add(
    host.fileChanged.on((change) => {
      const again = () => {
        if (shown) host.shown.emit(stateNow(host, shown));
      };
      page.querySelector('.file-notice')?.remove();
      page.querySelector('main')?.prepend(fileNotice(change, again));
    }),
  );
  owned.add(
    host.shown.on((state) => {
      shown = state;
      view?.dispose();
      hideTip();
      host.keep(state);
      const root = h('main', { class: `view view-${state.view}` });
      page.querySelector('main')?.remove();
      page.append(root);
      view = mount(root, state, { host, memory: host.memory });
    }),
  );
  owned.add(host);
  host.ready();
  return owned;
}
