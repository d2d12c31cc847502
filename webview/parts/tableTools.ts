/** The buttons that save a table as CSV, JSON or Markdown. */
import { buttonOf, TABLE_FORMATS } from '../../engine/vocabulary/tableFormats';
import { button } from '../dom';
import type { Host } from '../host';
import { DATA_FORMATS, exportTable, type DataFormat, type DataTable, type Provenance } from './dataTable';

export interface ExportedTable {
  host: Host;
  /** File name without extension. */
  file: () => string;
  data: () => DataTable | Promise<DataTable>;
  provenance: () => Provenance;
  /** Called with the reason if the table could not be saved. */
  failed: (message: string) => void;
}

/** Makes a button for each format. */
export function tableButtons(table: ExportedTable): HTMLButtonElement[] {
  return DATA_FORMATS.map((format) => {
    const press = () => {
      saveTable(table, format).catch((error: unknown) => {
        table.failed(error instanceof Error ? error.message : String(error));
      });
    };
    const { label, name } = buttonOf(format);
    return saveButton(label, name, press);
  });
}

/** Makes a small button for saving. Its tooltip is “Save as NAME”. */
export function saveButton(label: string, name: string, press: () => void): HTMLButtonElement {
  const made = button({ label, press });
  made.title = `Save as ${name}`;
  made.setAttribute('aria-label', made.title);
  return made;
}

async function saveTable({ host, file, data, provenance }: ExportedTable, format: DataFormat): Promise<void> {
  const content = exportTable(format, await data(), provenance());
  host.act({ action: 'save', name: `${file()}.${TABLE_FORMATS[format].ending}`, content, encoding: 'utf8' });
}
