import { startBackend } from '../../../engine/backends/startBackend';
import { interpolatesEach } from './interpolation.suite';
import { trainsAsOfficial } from './official.suite';
import { measuresSteps } from './measured.suite';
import { reestimatesBySize } from './reestimate.suite';

describe('training on wasm', function () {
  this.timeout(60_000);
  trainsAsOfficial(() => startBackend('wasm'));

  describe('an α for each entry of ψ', () => {
    interpolatesEach(() => startBackend('wasm'));
  });

  describe('measurements', () => {
    measuresSteps(() => startBackend('wasm'));
  });

  describe('batch-norm statistics of unequal batches', () => {
    reestimatesBySize(() => startBackend('wasm'));
  });
});
