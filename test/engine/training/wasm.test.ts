import { chooseBackend } from '../../../engine/backends/choose';
import { trainsAsOfficial } from './official.suite';

describe('training on wasm', function () {
  this.timeout(60_000);
  trainsAsOfficial(() => chooseBackend('wasm'));
});
