/** Takes screenshots of every scene in every theme, and of the main ones in narrow and wide windows. */
import { openPanel } from './panel';
import { SCENES } from './scenes';
import { THEMES, type ThemeName } from './themes';

const NORMAL = [1200, 800] as const;
const SIZES: Record<string, readonly [number, number]> = {
  narrow: [500, 1400],
  tablet: [700, 900],
  laptop: [1000, 700],
  wide: [1600, 900],
  widest: [2200, 1200],
};
const only = new URLSearchParams(location.search).get('grep') ?? '';

async function photograph(name: string, theme: ThemeName, file: string): Promise<void> {
  if (!file.includes(only)) return;
  const { state, options, then } = SCENES[name]!;
  const panel = await openPanel(state, { ...options, theme });
  await then?.(panel);
  await panel.settled();
  await window.person.screenshot(file);
}

async function all(): Promise<void> {
  for (const name of Object.keys(SCENES)) {
    for (const theme of Object.keys(THEMES) as ThemeName[]) await photograph(name, theme, `${name}-${theme}`);
  }
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    await window.person.resize(width, height);
    for (const name of Object.keys(SCENES)) await photograph(name, 'dark', `${name}-${size}`);
    await window.person.resize(...NORMAL);
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
