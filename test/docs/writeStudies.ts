/**
 * `npm run docs:studies -- FOLDER`: writes what the studies in a folder found to docs/studies/NAME.md and NAME.svg. The folder has a file
 * NAME/NAME.study.json for each template whose page is to be written, beside the runs of that study. To make them, call
 * `winning-sign study new NAME` and `winning-sign study run` in a folder NAME. Nothing in the folder is changed.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { studyStates } from '../../engine/studies/outputs';
import { OWN_NAMES } from '../../engine/studies/templates/templates';
import { formatted, withParts } from './markdown';
import { pageOf, PAGES, resultsPart } from './studyPages';

async function writeAll(folder: string | undefined): Promise<void> {
  if (folder === undefined) throw new Error('Name a folder with finished studies: npm run docs:studies -- FOLDER');
  const found = OWN_NAMES.filter((name) => existsSync(path.join(folder, name, `${name}.study.json`)));
  if (found.length === 0) throw new Error(`${folder} has no file NAME/NAME.study.json of a template.`);
  for (const name of found) {
    const { results, figures } = resultsPart(await studyStates(path.join(folder, name, `${name}.study.json`)));
    const page = pageOf(name);
    writeFileSync(page, await formatted(page, withParts(page, { results: () => results })));
    for (const [figure, svg] of figures) writeFileSync(path.join(PAGES, figure), svg);
    console.log(`${page}: written`);
  }
}

writeAll(process.argv[2]).catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
