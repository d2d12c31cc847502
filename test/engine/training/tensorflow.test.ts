import { startBackend } from '../../../engine/backends/startBackend';
import { reportBackends } from '../../../engine/backends/report';
import { startWasmWith } from '../backends/wasmWith';
import { FLIPPED } from './official';
import { interpolatesEach } from './interpolation.suite';
import { trainsAsOfficial } from './official.suite';
import { measuresSteps } from './measured.suite';
import { reestimatesBySize } from './reestimate.suite';

describe('training on tensorflow', function () {
  this.timeout(60_000);
  before(async function () {
    const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (report.usable) return;
    console.log(`    skipped: ${report.problem}`);
    this.skip();
  });

  after(() => startWasmWith({ winograd: true }));
  trainsAsOfficial(() => startBackend('tensorflow'), {
    limits: FLIPPED,
    guide: () => startWasmWith({ winograd: false }),
  });

  describe('an α for each entry of ψ', () => {
    interpolatesEach(() => startBackend('tensorflow'));
  });

  describe('measurements', () => {
    measuresSteps(() => startBackend('tensorflow'));
  });

  describe('batch-norm statistics of unequal batches', () => {
    reestimatesBySize(() => startBackend('tensorflow'));
  });
});
