/** Shows the names of layers, which come from files. */
import { cutMiddle, oneLine } from './text';

/** Greatest number of characters of a name in a sentence or a cell, because names from files can have any length. */
const WIDEST_NAME = 64;

/** Returns a name of a layer or tensor for a person, cut to `most` characters. The parameter `.weight` gives a layer an empty name. */
export function nameText(name: string, most = WIDEST_NAME): string {
  return name === '' ? '(no name)' : cutMiddle(oneLine(name), most);
}
