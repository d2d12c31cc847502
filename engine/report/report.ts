/** Makes one HTML page about checkpoints. The page needs no script, no other file and no Winning Sign. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { MachineError, UserError } from '../errors';
import { writeAtomically } from '../files';
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

/** Throws UserError if the page would replace one of the checkpoints, also if a link leads to it. */
export async function refuseOwnInput(checkpoints: readonly string[], out: string): Promise<void> {
  const page = await identityOf(out);
  for (const checkpoint of checkpoints)
    if (
      path.resolve(checkpoint) === path.resolve(out) ||
      (page !== undefined && (await identityOf(checkpoint)) === page)
    )
      throw new UserError(
        `${out} is one of the checkpoints. The page would replace it. Name another file for the page.`,
      );
}

/** Returns a text that is equal for all paths of a file; undefined if there is no file. */
async function identityOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found && `${found.dev} ${found.ino}`;
}

/**
 * Makes the page and writes it completely or not at all. Returns its absolute path. Throws UserError as `refuseOwnInput` does, and if the
 * page cannot be written at this place.
 */
export async function writeReport(checkpoints: readonly string[], out: string): Promise<{ file: string }> {
  const file = path.resolve(out);
  await refuseOwnInput(checkpoints, file);
  await refuseFolders(file);
  const version = process.env['WINNING_SIGN_VERSION'] ?? '';
  const page = await makeReport(checkpoints, { version, now: new Date() });
  try {
    await writeAtomically(file, page);
  } catch (error) {
    const { code } = (error instanceof MachineError ? error.cause : error) as NodeJS.ErrnoException;
    const reason = code && BAD_PLACES[code];
    throw reason === undefined ? error : new UserError(`${file} cannot be written: ${reason}`, { cause: error });
  }
  return { file };
}

/** Throws UserError if the folder of the page does not exist, or if the page is a folder, before checkpoints are read. */
async function refuseFolders(page: string): Promise<void> {
  const folder = path.dirname(page);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new UserError(
      `${page} cannot be written: ${folder} is not a folder. Create this folder, or choose another file.`,
    );
  if ((await stat(page).catch(() => undefined))?.isDirectory())
    throw new UserError(
      `${page} is a folder. Name the file of the page, for example ${path.join(page, 'report.html')}.`,
    );
}

/** Errors of the place that the user chose, by their codes. Other errors, such as a full disk, are errors of the machine. */
const BAD_PLACES: Record<string, string> = {
  EACCES: 'permission denied. Choose a folder that you can write to.',
  EPERM: 'permission denied. Choose a folder that you can write to.',
  EROFS: 'the file system is read-only. Choose another folder.',
  ENAMETOOLONG: 'the name is too long. Choose a shorter one.',
};

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
