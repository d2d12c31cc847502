/** Makes one HTML page about checkpoints. The page needs no script, no other file and no Winning Sign. */
import path from 'node:path';
import { refuseFolders, refuseOwnInput, writeOutput, type OutputFile } from '../outputFile';
import { namesOf } from '../vocabulary/fileNames';
import { html, Html } from './html';
import { fileSection } from './fileSection';
import { overview, pairSection } from './pairSections';
import { measureFile, measurePairs, type MeasuredFile } from './measure';
import { STYLE } from './style';

export interface ReportOptions {
  /** Version of Winning Sign, for the last line. */
  version: string;
  now: Date;
}

/** Describes the file of a page for messages. */
export function pageAt(file: string): OutputFile {
  return { file, what: 'page', example: 'report.html' };
}

/**
 * Makes the page and writes it completely or not at all. Returns its absolute path. Throws UserError as `refuseOwnInput` does, and if the
 * page cannot be written at this place.
 */
export async function writeReport(checkpoints: readonly string[], out: string): Promise<{ file: string }> {
  const file = path.resolve(out);
  const page = pageAt(file);
  await refuseOwnInput(checkpoints, page);
  await refuseFolders(page);
  const version = process.env['WINNING_SIGN_VERSION'] ?? '';
  await writeOutput(file, await makeReport(checkpoints, { version, now: new Date() }));
  return { file };
}

/**
 * Returns the page. It shows each file with its layers, signs and SHA-256, and compares files in pairs. Up to 8 files, all pairs are
 * compared. If there are more, each file is compared only with the first and the previous one. Throws UserError if a file is not a readable
 * checkpoint.
 */
export async function makeReport(checkpoints: readonly string[], { version, now }: ReportOptions): Promise<string> {
  const files: MeasuredFile[] = [];
  for (const checkpoint of checkpoints) files.push(await measureFile(checkpoint));
  const names = namesOf(files.map(({ file }) => file));
  const pairs = await measurePairs(files.map(({ file }) => file));
  const title =
    names.length === 1 ? `Masks and signs of ${names[0]}` : `Masks and signs of ${names.length} checkpoints`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${pairs.length > 0 ? overview(names, pairs) : html``}
        ${files.map((file, i) => fileSection(file, names[i] ?? ''))}
        ${pairs.length === 1 ? pairs.map((pair) => pairSection(pair, names)) : html``}
        <p class="faint">Made by Winning Sign ${version} on ${now.toISOString().slice(0, 10)}.</p>
      </body>
    </html> `;
  return page.text;
}
