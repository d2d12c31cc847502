/** `npm run docs`: writes the generated files and tables in docs/. */
import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated';

void generatedFiles().then((files) => {
  for (const [file, text] of files) writeFileSync(file, text);
});
