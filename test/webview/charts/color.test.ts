import { contrast, luminance, mix, opaque, over, readable } from '../../../webview/charts/color';
import { equal, near, ok } from '../assert';

describe('color', () => {
  it('measures contrast as defined by WCAG', () => {
    near(contrast('#000000', '#ffffff'), 21, 1e-9);
    near(contrast('#777777', '#ffffff'), 4.48, 0.005);
    near(luminance('#ff0000'), 0.2126, 1e-9);
  });

  it('blends transparent colours with a background', () => {
    equal(over('rgba(255, 255, 255, 0.5)', '#000000'), '#808080');
    equal(opaque('rgba(234, 92, 0, 0.33)'), '#ea5c00');
    equal(mix('#000000', '#ffffff', 0.2), '#333333');
  });

  it('changes a colour only as far as it needs to be readable', () => {
    for (const background of ['#000000', '#1f1f1f', '#ffffff']) {
      for (const color of ['#cca700', '#222222', '#eeeeee', '#0063d3']) {
        const found = contrast(readable(color, background, 3), background);
        ok(found >= 3, `${color} on ${background} has ${found}`);
      }
    }
    equal(readable('#ffffff', '#000000', 4.5), '#ffffff');
  });
});
