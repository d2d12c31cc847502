import { startBackend } from '../../../engine/backends/startBackend';
import { trainsAsOfficial } from './official.suite';

describe('training on wasm', function () {
  this.timeout(60_000);
  trainsAsOfficial(() => startBackend('wasm'));
});
