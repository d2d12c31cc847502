/**
 * Takes screenshots of every scene in each theme and window size. `--grep PATTERN` limits them to the file names that match a regular
 * expression: `matrix`, `hc-dark`, `^(series|flips).*-700-light`.
 */
import { openPanel } from './panel';
import { SCENES } from './scenes';
import { THEMES, type ThemeName } from './themes';

/** Window sizes in CSS pixels. A file is named after the width. */
const SIZES = [
  [500, 1400],
  [700, 1000],
  [1000, 800],
  [1600, 1000],
  [2200, 1200],
] as const;
const only = new RegExp(new URLSearchParams(location.search).get('grep') ?? '', 'u');

async function photograph(name: string, theme: ThemeName, file: string): Promise<void> {
  const { state, options, then } = SCENES[name]!;
  const panel = await openPanel(state, { ...options, theme });
  await then?.(panel);
  await panel.settled();
  await window.person.screenshot(file);
}

async function all(): Promise<void> {
  for (const [width, height] of SIZES) {
    await window.person.resize(width, height);
    for (const name of Object.keys(SCENES)) {
      for (const theme of Object.keys(THEMES) as ThemeName[]) {
        const file = `${name}-${width}-${theme}`;
        if (only.test(file)) await photograph(name, theme, file);
      }
    }
  }
}

window.addEventListener('load', () => {
  all().then(
    () => window.finish({ passed: 1, failed: 0, skipped: 0 }),
    async (error: unknown) => {
      await window.report(error instanceof Error ? (error.stack ?? error.message) : String(error));
      await window.finish({ passed: 0, failed: 1, skipped: 0 });
    },
  );
});
