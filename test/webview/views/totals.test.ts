import { totalsSentence } from '../../../webview/views/checkpoint/totals';
import { equal, ok } from '../assert';
import { openPanel } from '../panel';
import { checkpointPath } from '../world/checkpoints';
import { answersOf, study } from '../world/world';

const file = checkpointPath('aws', 6);

describe('header of the checkpoint panel', () => {
  it('claims no sparsity if all layers are quantized', () => {
    const inspection = answersOf(study())['checkpoint/statistics']({ file });
    const layers = inspection.layers.map((layer) => ({ ...layer, maskRule: 'quantized' as const }));
    equal(totalsSentence({ ...inspection, layers }), 'Sparsity unknown, because all layers are quantized.');
  });

  it('shows the warnings of the inspection', async () => {
    const answers = answersOf(study());
    const warnings = ['the mask of fc has values other than 0 and 1, so it is not used.'];
    const panel = await openPanel(
      { view: 'checkpoint', file },
      {
        answers: {
          ...answers,
          'checkpoint/statistics': (params) => ({ ...answers['checkpoint/statistics'](params), warnings }),
        },
      },
    );
    await panel.settled();
    equal(panel.find('.warnings').textContent, warnings[0]);
    ok(!panel.find('.warnings').hidden, 'visible');
  });
});
