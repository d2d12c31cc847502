import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { generatedFiles } from './generated';

describe('generated documents', () => {
  it('are up to date (npm run docs writes them)', async () => {
    for (const [file, text] of await generatedFiles()) assert.equal(readFileSync(file, 'utf8'), text, file);
  });
});
