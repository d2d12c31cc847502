/** The buttons that save a table as CSV, JSON or Markdown. */
import { button } from '../dom';
import type { Host } from '../host';
import { exportTable, TABLE_FORMATS, type DataTable, type Provenance, type TableFormat } from './dataTable';

export interface ExportedTable {
  host: Host;
  /** File name without extension. */
  file: () => string;
  data: () => DataTable | Promise<DataTable>;
  provenance: () => Provenance;
  /** Called with the reason if the table could not be saved. */
  failed: (message: string) => void;
}

/** A spoken name begins with what the button shows. */
const NAMES: Record<TableFormat, string> = { csv: 'CSV', json: 'JSON', md: 'MD (Markdown)' };

/** Makes a button for each format. */
export function tableButtons(table: ExportedTable): HTMLButtonElement[] {
  return TABLE_FORMATS.map((format) => {
    const press = () => {
      saveTable(table, format).catch((error: unknown) => {
        table.failed(error instanceof Error ? error.message : String(error));
      });
    };
    return saveButton(format.toUpperCase(), NAMES[format], press);
  });
}

/** Makes a small button for saving. Its tooltip is “Save as NAME”. */
export function saveButton(label: string, name: string, press: () => void): HTMLButtonElement {
  const made = button({ label, press });
  made.title = `Save as ${name}`;
  made.setAttribute('aria-label', made.title);
  return made;
}

async function saveTable({ host, file, data, provenance }: ExportedTable, format: TableFormat): Promise<void> {
  const content = exportTable(format, await data(), provenance());
  host.act({ action: 'save', name: `${file()}.${format}`, content, encoding: 'utf8' });
}
