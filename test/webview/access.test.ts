/** Checks the accessibility of every panel with axe-core. */
import axe from 'axe-core';
import { equal } from './assert';
import { openPanel } from './panel';
import { SCENES } from './scenes';
import type { ThemeName } from './themes';

const SERIOUS = ['serious', 'critical'];

/** Returns the serious faults, each with the elements that have it. Contrast has a test of its own, which knows the themes. */
async function faults(): Promise<string[]> {
  const { violations } = await axe.run(document.querySelector('main')!, {
    resultTypes: ['violations'],
    rules: { 'color-contrast': { enabled: false } },
  });
  return violations
    .filter(({ impact }) => SERIOUS.includes(impact ?? ''))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

describe('accessibility', () => {
  for (const [name, { state, options, then }] of Object.entries(SCENES)) {
    it(`of the panel ${name} has no serious fault`, async () => {
      const theme: ThemeName = 'hc-dark';
      const panel = await openPanel(state, { ...options, theme });
      await then?.(panel);
      await panel.settled();
      equal(await faults(), []);
    });
  }

  it('of the panel run has no serious fault while its charts are tables', async () => {
    const panel = await openPanel(SCENES['run']!.state);
    for (const toggle of panel.all('figure button[title^="Show as table"]')) toggle.click();
    equal(await faults(), []);
  });
});
