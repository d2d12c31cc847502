/** The entry point of every panel. */
import { startPanel } from './panel';
import { Host } from './host';

startPanel(document.body, new Host());
