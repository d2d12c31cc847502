import { chooseBackend } from '../../../engine/backends/choose';
import { trainsAsOfficial } from './official.suite';

describe('training on wasm', () => {
  trainsAsOfficial(() => chooseBackend('wasm'));
});
