/** The panel's entry: shows whatever the host says, and again what it showed before a reload. */
import { startPanel } from './panel';
import { Host } from './host';

startPanel(document.body, new Host());
