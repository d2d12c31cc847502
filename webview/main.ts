/** The entry of panels. */
import { startPanel } from './panel';
import { Host } from './host';

startPanel(document.body, new Host());
