import { contrast } from '../../webview/charts/color';
import { flipRamp, followTheme, onThemeChange, ramp, readTheme } from '../../webview/theme';
import { lab } from 'd3';
import { equal, ok } from './assert';
import { setTheme } from './panel';
import { THEMES, type ThemeName } from './themes';

for (const name of Object.keys(THEMES) as ThemeName[]) {
  describe(`theme ${name}`, () => {
    it('has a contrast to the background of 3 : 1 for marks and 4.5 : 1 for text', () => {
      setTheme(name);
      const { background, foreground, muted, methods, ...rest } = readTheme();
      const { positive, negative, flipped, neutral, onlyA, onlyB } = rest;
      const marks = { positive, negative, flipped, neutral, onlyA, onlyB, ...methods };
      for (const [mark, color] of Object.entries<string>(marks)) {
        const found = contrast(color, background);
        ok(found >= 3, `${mark} ${color} on ${background} has ${found}`);
      }
      for (const color of [foreground, muted]) ok(contrast(color, background) >= 4.5, `text ${color} is too faint`);
    });

    it('has a warm colour for plus, a cold one for minus, and a different one for flips', () => {
      setTheme(name);
      const { positive, negative, flipped } = readTheme();
      ok(lab(positive).b > 15, `+ ${positive} is not warm`);
      ok(lab(negative).b < -15, `− ${negative} is not cool`);
      const distance = (a: string, b: string) =>
        Math.hypot(lab(a).l - lab(b).l, lab(a).a - lab(b).a, lab(a).b - lab(b).b);
      for (const other of [positive, negative]) ok(distance(flipped, other) > 40, `flips look like ${other}`);
    });

    it('has flips that stand out from weights with the same sign, also without hues', () => {
      setTheme(name);
      const { flipped, neutral } = readTheme();
      ok(contrast(flipped, neutral) >= 1.5, `${flipped} on ${neutral} has ${contrast(flipped, neutral)}`);
    });
  });
}

describe('theme', () => {
  it('has colour scales from the background to the foreground, and to the colour of flips at chance level', () => {
    setTheme('light');
    const theme = readTheme();
    equal([ramp(0, theme), ramp(1, theme)], [theme.background, theme.foreground]);
    equal(
      [flipRamp(0, theme), flipRamp(0.5, theme), flipRamp(0.9, theme)],
      [theme.background, theme.flipped, theme.flipped],
    );
  });

  it('reports a change after the variables of the stylesheet have changed', async () => {
    setTheme('dark');
    const following = followTheme();
    const told = new Promise<string>((resolve) => {
      onThemeChange(({ background }) => {
        resolve(background);
      });
    });
    setTheme('light');
    equal(await told, '#ffffff');
    equal(document.documentElement.style.getPropertyValue('--sign-background'), '#ffffff');
    following.dispose();
  });
});
