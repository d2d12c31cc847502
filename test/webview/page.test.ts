import { contrast, over } from '../../webview/charts/color';
import { equal, ok } from './assert';
import { frames, openPanel, setTheme, until } from './panel';
import { SCENES } from './scenes';
import { THEMES, type ThemeName } from './themes';

const MAIN = [
  'run',
  'run-live',
  'run-seeds',
  'checkpoint',
  'flips',
  'connectivity',
  'connectivity-many',
  'surface',
  'surface-loss',
  'surface-live',
  'compare',
];

/** Returns texts that overlap by more than one pixel. */
function overlaps(): string[] {
  const texts = [...document.querySelectorAll<SVGTextElement>('svg text')].filter(
    ({ textContent }) => textContent !== '',
  );
  const boxes = texts.map((text) => ({ text, box: text.getBoundingClientRect() })).filter(({ box }) => box.width > 0);
  return boxes.flatMap(({ text, box }, place) =>
    boxes.slice(place + 1).flatMap(({ text: other, box: beside }) => {
      const wide = Math.min(box.right, beside.right) - Math.max(box.left, beside.left);
      const high = Math.min(box.bottom, beside.bottom) - Math.max(box.top, beside.top);
      return wide > 1 && high > 3 ? [`“${text.textContent}” and “${other.textContent}”`] : [];
    }),
  );
}

/** Returns the contrast of every word on the page with its background. */
function faintTexts(): string[] {
  const page = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll<HTMLElement>('main *')].flatMap((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
    if (!own || element.getClientRects().length === 0) return [];
    const style = getComputedStyle(element);
    const chain = [element, ...ancestors(element)].map((one) => getComputedStyle(one).backgroundColor);
    const background = chain.reverse().reduce((below, color) => over(color, below), page);
    const color = element instanceof SVGElement ? style.fill : style.color;
    const found = contrast(over(color, background), background);
    return found < 4.5 ? [`“${element.textContent}”: ${found.toFixed(2)}`] : [];
  });
}

function ancestors(element: Element): Element[] {
  return element.parentElement ? [element.parentElement, ...ancestors(element.parentElement)] : [];
}

describe('every panel', () => {
  for (const name of MAIN) {
    const { state, options, then } = SCENES[name]!;

    it(`has no overlapping texts at 500, 1200 and 1600 pixels (${name})`, async () => {
      for (const width of [500, 1200, 1600]) {
        await window.person.resize(width, 900);
        const panel = await openPanel(state, options);
        equal(overlaps(), [], `${width} pixels wide`);
        ok(
          document.documentElement.scrollWidth <= width,
          `${document.documentElement.scrollWidth} pixels wide instead of ${width}`,
        );
        await panel.settled();
      }
    });

    it(`has a contrast of 4.5 : 1 for every text in all four themes (${name})`, async () => {
      for (const theme of Object.keys(THEMES) as ThemeName[]) {
        const panel = await openPanel(state, { ...options, theme });
        await then?.(panel);
        equal(faintTexts(), [], theme);
      }
    });
  }

  it('can be used with the keyboard alone: every control has a name and is in the tab order', async () => {
    for (const name of MAIN) {
      const { state, options } = SCENES[name]!;
      const { all } = await openPanel(state, options);
      for (const control of all('main button, main input, main select, main [tabindex]')) {
        const label = control.getAttribute('aria-label') ?? control.textContent;
        ok(
          label !== '' || control.getAttribute('placeholder'),
          `${name}: a control without a name (${control.outerHTML.slice(0, 80)})`,
        );
      }
      for (const group of all('main tbody, .choice, g.points')) {
        const stops = group.querySelectorAll(':scope > [tabindex="0"]').length;
        ok(
          group.querySelectorAll(':scope > [tabindex]').length === 0 || stops === 1,
          `${name}: ${stops} tab stops in one group`,
        );
      }
    }
  });

  it('follows a change of the theme without a reload', async () => {
    const { state } = SCENES['run']!;
    const { find } = await openPanel(state);
    const dark = find('.plot .line').getAttribute('stroke');
    setTheme('light');
    await until(() => find('.plot .line').getAttribute('stroke') !== dark, 'other colours');
    await frames();
    equal(faintTexts(), []);
  });

  it('leaves no elements on the page when another panel opens', async () => {
    for (const name of MAIN) {
      const { state, options } = SCENES[name]!;
      await openPanel(state, options);
    }
    equal(document.querySelectorAll('main').length, 1);
    equal(document.querySelectorAll('.tooltip').length <= 1, true);
  });

  it('works from its own bundle without violating the content security policy of VS Code', async () => {
    const frame = document.createElement('iframe');
    frame.src = '/panel.html';
    document.body.append(frame);
    await until(() => frame.contentDocument?.querySelector('.rounds tbody tr') != null, 'the panel’s own page');
    const font = await frame.contentDocument!.fonts.load('16px codicon');
    equal(font.length, 1, 'icon fonts');
    equal(frame.contentWindow!.violations, []);
    equal(window.violations, []);
  });
});
