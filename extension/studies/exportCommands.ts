/** Commands that write the results of a study to files. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { TABLE_FORMATS, type TableFormat } from '../../engine/vocabulary/tableFormats';
import { UserError } from '../errors';
import { offerToOpen } from '../reportCommand';
import type { Services } from '../services';
import { field } from '../subjects';
import { STUDY_ENDING, studyFor } from './subject';

type Format = TableFormat | 'svg';

interface FormatChoice extends vscode.QuickPickItem {
  format: TableFormat;
}

const FORMATS = (Object.keys(TABLE_FORMATS) as TableFormat[]).map((format): FormatChoice => {
  const { label, detail } = TABLE_FORMATS[format];
  return { format, label, detail };
});

/**
 * Writes a table of a study. An argument with `table` and `format` leaves out the questions for them. The format `svg` writes the figure of
 * the table.
 */
export async function saveStudyTable(services: Services, argument?: unknown): Promise<string | undefined> {
  const title = 'Export Table';
  const file = await studyFor(argument, services.studies, { title });
  if (file === undefined) return undefined;
  const given = formatIn(argument);
  const name = await tableFor(services, file, { title, argument });
  if (name === undefined) return undefined;
  if (given === 'svg') return saveFigure(services, { file, name });
  const format = given ?? (await vscode.window.showQuickPick(FORMATS, { title, placeHolder: 'Format' }))?.format;
  const out = format && (await askForFile({ title, file, name, format }));
  return out && (await said(services.engine.request('study/table', { file, name, format, out })));
}

/** Writes the figure of a table: as PNG if the user chooses a file with this ending, else as SVG. */
export async function exportStudyFigure(services: Services, argument?: unknown): Promise<string | undefined> {
  const title = 'Export Figure';
  const file = await studyFor(argument, services.studies, { title });
  const name = file && (await tableFor(services, file, { title, argument }));
  return name && saveFigure(services, { file, name });
}

async function saveFigure({ engine }: Services, chosen: { file: string; name: string }): Promise<string | undefined> {
  const out = await askForFile({ title: 'Export Figure', ...chosen, format: 'svg' });
  return out && (await said(engine.request('study/figure', { ...chosen, out })));
}

/** Writes one HTML page about a study, and offers to open it in a browser. */
export async function studyReport({ engine, studies }: Services, argument?: unknown): Promise<string | undefined> {
  const title = 'Write Report of Study';
  const file = await studyFor(argument, studies, { title });
  if (file === undefined) return undefined;
  const defaultUri = vscode.Uri.file(file.replace(STUDY_ENDING, '.html'));
  const out = await vscode.window.showSaveDialog({ title, defaultUri, filters: { 'HTML page': ['html'] } });
  if (!out) return undefined;
  const written = await engine.request('study/report', { file, out: out.fsPath });
  void offerToOpen(written.file);
  return written.file;
}

/** Returns the table in the argument, the only table of a study, or the one that the user picks. */
async function tableFor(
  { engine }: Services,
  file: string,
  { title, argument }: { title: string; argument: unknown },
): Promise<string | undefined> {
  const given = field(argument, 'table');
  if (given !== undefined) return given;
  const { tables } = await engine.request('study/snapshot', { file, once: true });
  const [only] = tables;
  if (!only) throw new UserError(`${file} has no "results", so there is no table. Add one to the file.`);
  if (tables.length === 1) return only.name;
  const rows = tables.map(({ name, title: detail }) => ({ label: name, ...(detail !== undefined && { detail }) }));
  return (await vscode.window.showQuickPick(rows, { title, placeHolder: 'Table' }))?.label;
}

function formatIn(argument: unknown): Format | undefined {
  const given = field(argument, 'format');
  return ([...FORMATS.map(({ format }) => format), 'svg'] as const).find((format) => format === given);
}

async function askForFile({
  title,
  file,
  name,
  format,
}: {
  title: string;
  file: string;
  name: string;
  format: Format;
}): Promise<string | undefined> {
  const ending = format === 'svg' ? format : TABLE_FORMATS[format].ending;
  const study = path.basename(file, STUDY_ENDING);
  const defaultUri = vscode.Uri.file(path.join(path.dirname(file), `${study}-${name}.${ending}`));
  const filters = { [ending.toUpperCase()]: [ending], ...(format === 'svg' && { PNG: ['png'] }) };
  return (await vscode.window.showSaveDialog({ title, defaultUri, filters }))?.fsPath;
}

async function said(writing: Promise<{ file: string }>): Promise<string> {
  const { file } = await writing;
  const open = 'Open';
  void vscode.window.showInformationMessage(`Wrote ${path.basename(file)}.`, open).then((chosen) => {
    if (chosen === open) void vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
  });
  return file;
}
